//! Who competes with whom under `[halving]`.

use crate::planning::plan::Plan;

/// Runs that compete with each other under `[halving]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Competition {
    /// Index of the task that they compete on.
    pub task: usize,
    /// The competitors: indices into the candidates of [`Plan::tuning`] where there is
    /// tuning, else into [`Plan::conditions`]. One for each identity.
    pub members: Vec<usize>,
}

impl Plan {
    /// Who competes with whom: with `[tune]` the candidates of each arm on each task, so
    /// that every arm has the same budget; without it the arms of each task but the
    /// baseline, which everything is compared with and which is never stopped.
    pub fn competitions(&self) -> Vec<Competition> {
        let mut competitions = Vec::new();
        if self.halving.is_none() {
            return competitions;
        }
        if let Some(tuning) = &self.tuning {
            let mut at = 0;
            for members in tuning.candidates.chunk_by(|a, b| a.of == b.of) {
                let task = members[0].condition.task;
                let identities = members.iter().map(|member| member.condition.identity.as_str());
                competitions.push(Competition { task, members: once_each(identities, at) });
                at += members.len();
            }
            return competitions;
        }
        for (t, arms) in self.conditions.chunk_by(|a, b| a.task == b.task).enumerate() {
            let at = t * arms.len();
            let identities = arms.iter().map(|condition| condition.identity.as_str());
            let mut members = once_each(identities, at);
            members.retain(|&member| self.conditions[member].identity != arms[0].identity);
            competitions.push(Competition { task: arms[0].task, members });
        }
        competitions
    }
}

fn once_each<'a>(identities: impl Iterator<Item = &'a str>, first: usize) -> Vec<usize> {
    let mut seen = std::collections::HashSet::new();
    let new = identities.enumerate().filter(|(_, identity)| seen.insert(*identity));
    new.map(|(index, _)| first + index).collect()
}
