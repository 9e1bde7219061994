//! Seeds until decided: which runs the rounds so far ask for, computed beside the screen.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use store::{Plan, SweepFolder};

/// Runs by identity and seed.
pub(crate) type Runs = HashSet<(String, u64)>;

/// Asks what is wanted anew when runs have ended, of a sweep with seeds until decided.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// How many runs had a result when it was asked last.
    finished: Option<usize>,
    coming: Option<Receiver<Result<Option<Runs>, String>>>,
}

impl Wanted {
    /// What has become known since this was called last.
    pub(crate) fn update(
        &mut self,
        folder: &SweepFolder,
        plan: &Plan,
        finished: usize,
    ) -> Option<Result<Runs, String>> {
        plan.rounds?;
        let known = match self.coming.as_ref().map(Receiver::try_recv) {
            Some(Err(TryRecvError::Empty)) => return None,
            Some(Ok(known)) => known.transpose(),
            Some(Err(TryRecvError::Disconnected)) | None => None,
        };
        self.coming = None;
        if self.finished != Some(finished) {
            self.finished = Some(finished);
            let (send, receive) = channel();
            self.coming = Some(receive);
            let (folder, plan) = (folder.clone(), plan.clone());
            std::thread::spawn(move || {
                let wanted = report::wanted(&folder, &plan).map_err(|error| error.to_string());
                let runs = wanted.map(|wanted| {
                    let named = wanted?.names(&plan).into_iter();
                    Some(named.map(|(identity, seed)| (identity.to_owned(), seed)).collect())
                });
                // Nobody waits for it where the view is closed.
                send.send(runs).ok();
            });
        }
        known
    }
}
