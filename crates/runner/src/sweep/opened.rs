//! From an experiment file to a sweep: the plan, its folder and what is left to do.

use std::path::{Path, PathBuf};

use experiment::{Experiment, Source};
use store::{
    ClaimBook, Fingerprint, Plan, RunFolder, RunLock, RunState, Stale, SweepFolder, journal,
};

use crate::arguments::ExperimentArguments;
use crate::catalogue::Registries;
use crate::exit::Failure;
use crate::provenance;
use crate::shipped_files;
use crate::sweep::chosen;

/// A checked experiment and its results folder; nothing is written yet.
#[derive(Clone)]
pub struct Sweep {
    /// The checked experiment; its plan names the folders that are there.
    pub experiment: Experiment,
    /// Text of the experiment file.
    pub text: String,
    /// The results folder.
    pub folder: SweepFolder,
    /// The claims that were made so far, those of the experiment among them.
    pub claims: ClaimBook,
}

/// A planned run.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// Index into the plan's conditions.
    pub condition: usize,
    /// Replicate seed.
    pub seed: u64,
    /// `<arm> on <task>, seed <n>`.
    pub label: String,
    /// Its folder.
    pub folder: RunFolder,
    /// What is known of it.
    pub state: RunState,
    /// Its place in the whole plan, from 0; it does not depend on what tuning chooses.
    pub position: usize,
    /// Code and data that would compute it now.
    pub current: Fingerprint,
    /// In what what was computed so far differs from that.
    pub stale: Option<Stale>,
}

impl Sweep {
    /// Reads and checks an experiment file.
    ///
    /// # Errors
    /// [`Failure::Usage`] for everything that is wrong with it.
    pub fn open(arguments: &ExperimentArguments, datasets: &Path) -> Result<Self, Failure> {
        let path = &shipped_files::experiments(&arguments.file)?;
        let text = experiment::read(path).map_err(Failure::usage)?;
        let source = Source { path, text: &text };
        let color =
            anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        let width = terminal_width();
        let registries = Registries::new(datasets);
        let mut experiment =
            experiment::load(source, &arguments.overrides, &registries).map_err(|rejected| {
                let drawn = rejected.render(color, width);
                if rejected.lacks_only_data() {
                    Failure::LacksData(drawn)
                } else {
                    Failure::Rejected(drawn)
                }
            })?;
        let folder = SweepFolder::new(arguments.results.join(&experiment.plan.experiment));
        folder.adopt(&mut experiment.plan).map_err(|error| {
            Failure::usage(format!(
                "{error}; give another --results folder, or another name in {}",
                path.display()
            ))
        })?;
        let claims = note_claims(&mut experiment, &folder)?;
        chosen::settle(&mut experiment, &folder)?;
        Ok(Self { experiment, text, folder, claims })
    }

    /// Digest of the experiment as it was read: its file and those that it extends, the changes to it
    /// included, as far as they change what is run.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let plan = &self.experiment.plan;
        // What tuning chose, and when claims were made, is not of the file.
        for condition in &plan.conditions {
            let (arm, task) = (&plan.arms[condition.arm].name, &plan.tasks[condition.task].label);
            hasher.update(format!("{arm:?}{task:?}").as_bytes());
        }
        hasher.update(format!("{:?}", plan.seeds).as_bytes());
        for text in
            std::iter::once(&self.text).chain(self.experiment.extended.iter().map(|it| &it.text))
        {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Takes part in the work on the folder until the lock is dropped; plan, experiment file
    /// and claims are written.
    ///
    /// # Errors
    /// [`Failure::Usage`] if another runner works on another plan, or the folder cannot be
    /// written.
    pub fn join(&self) -> Result<RunLock, Failure> {
        let lock = self.folder.join(&self.experiment.plan, &self.text).map_err(Failure::usage)?;
        for (index, extended) in self.experiment.extended.iter().enumerate() {
            let (path, text) = (&extended.path, &extended.text);
            self.folder.write_extended(index, path, text).map_err(Failure::usage)?;
        }
        self.folder.write_claim_book(&self.claims).map_err(Failure::usage)?;
        Ok(lock)
    }

    /// Every planned run once, seeds outermost, of those whose condition and seed are `wanted`: nothing of
    /// the others is read. Arms that resolve to the same configuration share their runs. Runs that tuning
    /// has yet to decide are left out.
    ///
    /// # Errors
    /// [`Failure::Usage`] if a run folder cannot be read.
    pub fn runs(&self, wanted: impl Fn(usize, u64) -> bool) -> Result<Vec<PlannedRun>, Failure> {
        let plan = &self.experiment.plan;
        let mut seen = std::collections::HashSet::new();
        let mut runs = Vec::new();
        for (position, (index, seed)) in plan.runs().enumerate() {
            let condition = &plan.conditions[index];
            if !plan.is_settled_for(index)
                || !seen.insert((condition.identity.as_str(), seed))
                || !wanted(index, seed)
            {
                continue;
            }
            let folder = self.folder.run(condition, seed);
            let state = self.folder.state(condition, seed).map_err(Failure::usage)?;
            let current = Fingerprint {
                code: provenance::CODE.into(),
                data: plan.tasks[condition.task].checksum.clone(),
            };
            let stale = folder.stale(&current).map_err(Failure::usage)?;
            let label = label(plan, index, seed);
            runs.push(PlannedRun {
                condition: index,
                seed,
                label,
                folder,
                state,
                position,
                current,
                stale,
            });
        }
        Ok(runs)
    }
}

/// Marks the claims that were made and the seeds that were added after results existed; what is to be
/// remembered of claims is written by [`Sweep::join`].
fn note_claims(experiment: &mut Experiment, folder: &SweepFolder) -> Result<ClaimBook, Failure> {
    // Results first: another runner writes its claims before it has any.
    let results = folder.has_results().map_err(Failure::usage)?;
    let mut book = folder.claim_book().map_err(Failure::usage)?;
    book.note(&mut experiment.plan.claims, results, journal::now());
    if results && let Ok(before) = folder.plan() {
        let plan = &mut experiment.plan;
        plan.seeds_before_results = plan.seeds_added_to(&before);
    }
    Ok(book)
}

/// `<arm> on <task>, seed <n>`.
pub fn label(plan: &Plan, condition: usize, seed: u64) -> String {
    let condition = &plan.conditions[condition];
    let (arm, task) = (&plan.arms[condition.arm].name, &plan.tasks[condition.task].label);
    format!("{arm} on {task}, seed {seed}")
}

/// A results folder that must hold a plan.
///
/// # Errors
/// [`Failure::Usage`].
pub fn existing(folder: &Path) -> Result<(SweepFolder, Plan), Failure> {
    let sweep = SweepFolder::new(PathBuf::from(folder));
    let plan = sweep.plan().map_err(Failure::usage)?;
    Ok((sweep, plan))
}

/// Columns to wrap messages at.
fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or(100).clamp(40, 160)
}
