//! Which arguments of `run` are experiments, and which are changes to them.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::arguments::ExperimentArguments;
use crate::exit::Failure;
use crate::folder::experiment_files;
use crate::shipped_files;

/// The experiments that are asked for, in the order given, those of a folder by name.
///
/// The first argument is a file or a folder. Any other is one, too, if it is there or ends in
/// `.toml` as no change does; else it is a change, which holds for every experiment.
///
/// # Errors
/// [`Failure::Usage`] if a folder cannot be read or holds no experiment file.
pub fn experiments(
    given: &[OsString],
    results: &Path,
) -> Result<Vec<ExperimentArguments>, Failure> {
    let mut files = Vec::new();
    let mut overrides = Vec::new();
    for (index, argument) in given.iter().enumerate() {
        let path = &shipped_files::experiments(Path::new(argument))?;
        if path.is_dir() {
            let found = experiment_files(path)?;
            if found.is_empty() {
                let text = format!("{} holds no experiment file (*.toml)", path.display());
                return Err(Failure::usage(text));
            }
            files.extend(found);
        } else if index == 0 || path.exists() || is_file_name(argument) {
            files.push(path.to_owned());
        } else {
            let text = argument.to_str().ok_or_else(|| {
                let shown = path.display();
                Failure::usage(format!("{shown} is neither a file nor text, as KEY=VALUE is"))
            })?;
            overrides.push(text.to_owned());
        }
    }
    let of = |file| {
        let (overrides, results) = (overrides.clone(), results.to_owned());
        ExperimentArguments { file, overrides, results }
    };
    Ok(files.into_iter().map(of).collect())
}

fn is_file_name(argument: &OsStr) -> bool {
    let bytes = argument.as_encoded_bytes();
    bytes.ends_with(b".toml") && !bytes.contains(&b'=')
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_folders_and_changes_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["b.toml", "a.toml", "notes.md", "x=1"] {
            fs::write(path(name), "").unwrap();
        }
        fs::create_dir(path("deeper")).unwrap();
        fs::write(path("deeper/c.toml"), "").unwrap();
        let given = [
            folder.path().into(),
            OsString::from("train.steps=3"),
            path("x=1").into(),
            "missing.toml".into(),
            "init.from=b.toml".into(),
            "typed wrong".into(),
        ];
        let experiments = experiments(&given, Path::new("results")).unwrap();
        let files: Vec<_> = experiments.iter().map(|it| it.file.clone()).collect();
        assert_eq!(files, [path("a.toml"), path("b.toml"), path("x=1"), "missing.toml".into()]);
        for experiment in experiments {
            assert_eq!(experiment.overrides, ["train.steps=3", "init.from=b.toml", "typed wrong"]);
        }
    }

    #[test]
    fn a_folder_without_experiments_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = experiments(&[folder.path().into()], Path::new("results")).unwrap_err();
        assert!(error.to_string().contains("holds no experiment file"), "{error}");
    }
}
