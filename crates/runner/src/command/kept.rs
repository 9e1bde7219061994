//! The weights that a run kept.

use std::path::Path;

use store::{ReadAt, RunConfig, RunFolder, RunResult, StoreError, SweepFolder};

use crate::arguments::{KeptArguments, WhichWeights};
use crate::exit::Failure;

/// A finished run with one set of the weights that it kept.
pub struct Kept {
    /// Its folder.
    pub folder: RunFolder,
    /// What it ran.
    pub config: RunConfig,
    /// What came of it.
    pub result: RunResult,
    /// Which weights.
    pub at: ReadAt,
    /// The file of them, held against its checksum.
    pub bytes: Vec<u8>,
}

impl Kept {
    /// Reads what is asked for.
    ///
    /// # Errors
    /// [`Failure::Usage`] with what to do if the folder is none of a run, the run is not
    /// finished, or it has no such weights.
    pub fn read(arguments: &KeptArguments) -> Result<Self, Failure> {
        let path = &arguments.run;
        let folder = RunFolder::new(path);
        if !path.join("config.toml").exists() {
            return Err(no_run(path));
        }
        let config = folder.config().map_err(Failure::usage)?;
        let shown = path.display();
        let result = folder.result().map_err(Failure::usage)?.ok_or_else(|| {
            Failure::usage(format!("{shown} is not finished; `run` goes on with it"))
        })?;
        let has = |at: ReadAt| result.weights.contains_key(at.file());
        let is_last = match arguments.weights {
            Some(which) => which == WhichWeights::Last,
            None => has(ReadAt::Final) && !has(ReadAt::Best),
        };
        let at = if is_last { ReadAt::Final } else { ReadAt::Best };
        let bytes = folder.kept_weights(&result, at).map_err(|error| match error {
            StoreError::Damaged { .. } => Failure::usage(format!(
                "{error}; to compute it anew, delete the folder of the run and start `run` again"
            )),
            other => Failure::usage(other),
        })?;
        let Some(bytes) = bytes else { return Err(not_kept(&result, at, path)) };
        Ok(Self { folder, config, result, at, bytes })
    }
}

fn not_kept(result: &RunResult, at: ReadAt, path: &Path) -> Failure {
    let shown = path.display();
    let word = at.word();
    if result.score(at).is_none() {
        return Failure::usage(format!("{shown} diverged: it has no {word} weights to keep"));
    }
    Failure::usage(format!(
        "{shown} did not keep its {word} weights; write keep = \"{word}\" at the top of the \
         experiment file, delete this folder, and start `run` again"
    ))
}

/// Says which runs there are where a path is that of a sweep or of an arm.
fn no_run(path: &Path) -> Failure {
    let shown = path.display();
    let sweep = SweepFolder::new(path);
    let first = sweep.plan().ok().and_then(|plan| {
        let (condition, seed) = plan.runs().next()?;
        Some(sweep.run(&plan.conditions[condition], seed).path().display().to_string())
    });
    Failure::usage(match first {
        Some(first) => format!("{shown} is a whole sweep; name one of its runs, such as {first}"),
        None => format!(
            "{shown} is no folder of a run: it has no config.toml; name one such as \
             results/NAME/runs/ARM-HASH/seed-0"
        ),
    })
}
