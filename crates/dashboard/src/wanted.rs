//! Seeds until decided: which runs the rounds so far ask for, computed beside the screen.

use std::collections::HashSet;

use store::{Plan, SweepFolder};

use crate::background::Background;

/// Runs by identity and seed.
pub(crate) type Runs = HashSet<(String, u64)>;

/// Asks what is wanted anew when runs have ended, of a sweep with seeds until decided.
#[derive(Debug, Default)]
pub(crate) struct Wanted(Background<Result<Option<Runs>, String>>);

impl Wanted {
    /// What has become known since this was called last.
    pub(crate) fn update(
        &mut self,
        folder: &SweepFolder,
        plan: &Plan,
        finished: usize,
    ) -> Option<Result<Runs, String>> {
        plan.rounds?;
        let folder = folder.clone();
        let come = self.0.update(finished, move || {
            let plan = folder.plan().map_err(|error| error.to_string())?;
            let wanted = report::wanted(&folder, &plan).map_err(|error| error.to_string())?;
            Ok(wanted.map(|wanted| {
                let named = wanted.names(&plan).into_iter();
                named.map(|(identity, seed)| (identity.to_owned(), seed)).collect()
            }))
        });
        match come? {
            Ok(known) => known.transpose(),
            Err(_) => Some(Err("which seeds are wanted could not be computed".into())),
        }
    }
}
