//! Housekeeping: which run folders can go, and removing them.
//!
//! Only folders of runs inside `runs/` are ever removed, never one that a worker holds, and
//! a symbolic link is never followed.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::{Fingerprint, Plan, RunFolder, RunLock, RunState, StoreError, SweepFolder};

/// What to remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CleanChoice<'a> {
    /// Runs whose last attempt failed.
    pub failed: bool,
    /// Runs that other code than this, or other data than the plan's, computed.
    pub stale: Option<&'a str>,
    /// Runs that the plan does not name, and results that were replaced.
    pub unplanned: bool,
}

/// A run folder that can go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removable {
    /// The folder.
    pub path: PathBuf,
    /// Why it can go, for people.
    pub why: String,
    /// Bytes of the files in it.
    pub bytes: u64,
}

impl SweepFolder {
    /// The run folders that `choice` names, sorted by path; removes nothing. Folders that a
    /// worker holds are left out.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Invalid`].
    pub fn removable(
        &self,
        plan: &Plan,
        choice: CleanChoice,
    ) -> Result<Vec<Removable>, StoreError> {
        // The data that each planned run reads.
        let mut planned: HashMap<_, _> = HashMap::new();
        for (condition, seeds) in crate::sweep::folder::planned(plan) {
            let data = plan.tasks[condition.task].checksum.as_str();
            planned.extend(seeds.iter().map(|&seed| ((condition.folder.as_str(), seed), data)));
        }
        let mut found = Vec::new();
        for condition in self.condition_folders()? {
            let folder = self.path().join("runs").join(&condition);
            for path in real_folders(&folder)? {
                let run = RunFolder::new(&path);
                let data = run.seed().and_then(|seed| planned.get(&(condition.as_str(), seed)));
                let why = match data {
                    Some(&data) => {
                        let current = choice
                            .stale
                            .map(|code| Fingerprint { code: code.into(), data: data.into() });
                        why_planned(&run, choice.failed, current.as_ref())?
                    }
                    None => choice.unplanned.then(|| why_unplanned(&path)),
                };
                if let Some(why) = why
                    && !RunLock::is_taken(&path)
                {
                    let bytes = size(&path)?;
                    found.push(Removable { path, why, bytes });
                }
            }
        }
        Ok(found)
    }

    /// Removes the folder of a run. `false` if a worker holds it by now: it stays.
    ///
    /// # Errors
    /// [`StoreError::Write`]; [`StoreError::Invalid`] for a folder that is no run's.
    pub fn remove(&self, removable: &Removable) -> Result<bool, StoreError> {
        let path = &removable.path;
        let runs = self.path().join("runs");
        let inside = path.strip_prefix(&runs).unwrap_or(Path::new(""));
        let is_run = inside.components().count() == 2
            && inside.components().all(|part| matches!(part, Component::Normal(_)))
            && [path.parent().unwrap_or(path), path].into_iter().all(is_real_folder);
        if !is_run {
            let reason = "it is not the folder of a run".to_owned();
            return Err(StoreError::Invalid { path: path.clone(), reason });
        }
        let fail = |source| StoreError::Write { path: path.clone(), source };
        let lock = match RunLock::take(path) {
            Err(StoreError::Locked { .. }) => return Ok(false),
            lock => lock?,
        };
        // One rename, so that nobody sees a run without a part of its files.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let going = path.with_file_name(format!(".removed-{name}-{}", std::process::id()));
        fs::rename(path, &going).map_err(fail)?;
        drop(lock);
        fs::remove_dir_all(&going).map_err(fail)?;
        // The folder of the condition goes with its last run.
        if let Some(condition) = path.parent() {
            match fs::remove_dir(condition) {
                Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => {
                    return Err(fail(error));
                }
                _ => {}
            }
        }
        Ok(true)
    }
}

fn why_planned(
    run: &RunFolder,
    failed: bool,
    current: Option<&Fingerprint>,
) -> Result<Option<String>, StoreError> {
    if failed && let RunState::Failed { class, message } = run.state()? {
        return Ok(Some(format!("failed ({class}): {message}")));
    }
    match current {
        Some(current) => Ok(run.stale(current)?.map(|stale| format!("stale: {stale}"))),
        None => Ok(None),
    }
}

fn why_unplanned(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let why = if name.contains(".replaced-") { "replaced" } else { "not planned" };
    why.to_owned()
}

fn is_real_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Folders in `folder` that are no links, sorted; none if it is not a real folder itself.
fn real_folders(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    if !is_real_folder(folder) {
        return Ok(Vec::new());
    }
    let entries =
        fs::read_dir(folder).map_err(|source| StoreError::Read { path: folder.into(), source })?;
    let mut folders: Vec<_> =
        entries.flatten().map(|entry| entry.path()).filter(|path| is_real_folder(path)).collect();
    folders.sort_unstable();
    Ok(folders)
}

/// Bytes of all files in a folder.
fn size(folder: &Path) -> Result<u64, StoreError> {
    let read = |source| StoreError::Read { path: folder.into(), source };
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let metadata = entry.metadata().map_err(read)?;
        bytes += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::folder::tests::{plan, provenance, result};
    use crate::{EventKind, FailureClass, Outcome};

    /// Seeds 0 and 1 are planned: 0 failed, 1 is finished by the code `old`; 5 is not
    /// planned.
    fn sweep(folder: &Path) -> (SweepFolder, Plan) {
        let sweep = SweepFolder::new(folder.join("sweep"));
        let plan = plan("first");
        let condition = &plan.conditions[0];
        let failed = sweep.run(condition, 0);
        let started = EventKind::Started { step: 0, steps: 20, parameters: 10 };
        failed.event_writer().unwrap().append(started).unwrap();
        failed.record_failure(FailureClass::Killed, "signal: 9").unwrap();
        for seed in [1, 5] {
            let run = sweep.run(condition, seed);
            run.write_provenance(&provenance("old")).unwrap();
            run.write_result(&result(&plan, seed, Outcome::Completed)).unwrap();
        }
        (sweep, plan)
    }

    fn names(found: &[Removable]) -> Vec<String> {
        found
            .iter()
            .map(|it| format!("{} {}", it.path.file_name().unwrap().display(), it.why))
            .collect()
    }

    #[test]
    fn each_choice_names_its_runs_and_only_they_go() {
        let folder = tempfile::tempdir().unwrap();
        let (sweep, plan) = sweep(folder.path());
        let find = |choice| sweep.removable(&plan, choice).unwrap();
        assert!(find(CleanChoice::default()).is_empty());
        let failed = find(CleanChoice { failed: true, ..CleanChoice::default() });
        assert_eq!(names(&failed), ["seed-0 failed (killed): signal: 9"]);
        let unplanned = find(CleanChoice { unplanned: true, ..CleanChoice::default() });
        assert_eq!(names(&unplanned), ["seed-5 not planned"]);
        assert!(find(CleanChoice { stale: Some("old"), ..CleanChoice::default() }).is_empty());
        let stale = find(CleanChoice { stale: Some("new"), ..CleanChoice::default() });
        assert_eq!(names(&stale), ["seed-1 stale: other code computed it"]);
        let written = fs::metadata(stale[0].path.join("result.json")).unwrap().len();
        assert!(stale[0].bytes > written);

        assert!(sweep.remove(&failed[0]).unwrap());
        assert!(!failed[0].path.exists() && stale[0].path.exists());
        let condition = stale[0].path.parent().unwrap().to_owned();
        assert_eq!(fs::read_dir(&condition).unwrap().count(), 2, "nothing else is left there");
        assert!(sweep.remove(&stale[0]).unwrap() && sweep.remove(&unplanned[0]).unwrap());
        assert!(!condition.exists());
    }

    #[test]
    fn a_run_at_work_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (sweep, plan) = sweep(folder.path());
        let choice = CleanChoice { unplanned: true, ..CleanChoice::default() };
        let found = sweep.removable(&plan, choice).unwrap();
        let _lock = RunFolder::new(&found[0].path).lock().unwrap();
        assert!(sweep.removable(&plan, choice).unwrap().is_empty());
        assert!(!sweep.remove(&found[0]).unwrap() && found[0].path.exists());
    }

    #[test]
    #[cfg(unix)]
    fn nothing_outside_the_sweep_goes() {
        let folder = tempfile::tempdir().unwrap();
        let (sweep, plan) = sweep(folder.path());
        let outside = folder.path().join("outside/deep/seed-0");
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("precious"), "x").unwrap();
        let runs = sweep.path().join("runs");
        let condition = runs.join(&plan.conditions[0].folder);
        std::os::unix::fs::symlink(&outside, condition.join("seed-7")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("outside/deep"), runs.join("link")).unwrap();
        // A link within a run goes without what it points to.
        let inner = condition.join("seed-5/link");
        std::os::unix::fs::symlink(&outside, inner).unwrap();

        let choice = CleanChoice { failed: true, stale: Some("new"), unplanned: true };
        let found = sweep.removable(&plan, choice).unwrap();
        assert_eq!(found.len(), 3, "{found:?}");
        for removable in &found {
            assert!(sweep.remove(removable).unwrap());
        }
        for path in [
            outside.clone(),
            condition.join("seed-7"),
            runs.join("link/seed-0"),
            runs.join("x/../../../outside"),
            sweep.path().to_owned(),
        ] {
            let removable = Removable { path, why: String::new(), bytes: 0 };
            assert!(sweep.remove(&removable).is_err(), "{removable:?}");
        }
        assert!(outside.join("precious").exists());
    }
}
