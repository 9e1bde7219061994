//! Names of run folders.

use std::collections::BTreeMap;

use store::Condition;

use crate::combine::arms::ArmSpec;
use crate::plan::names::slug;

/// Names of folders; configurations of the same identity share the first one's.
pub(crate) struct Folders {
    labels: Vec<String>,
    taken: BTreeMap<String, String>,
}

impl Folders {
    pub fn new<'a>(labels: impl Iterator<Item = &'a str>) -> Self {
        Self { labels: labels.map(slug).collect(), taken: BTreeMap::new() }
    }

    pub fn name(&mut self, condition: &mut Condition, arms: &[ArmSpec<'_>]) {
        let hash = &condition.identity[..8];
        let folder = self.taken.entry(condition.identity.clone()).or_insert_with(|| {
            let arm = slug(&arms[condition.arm].name);
            match self.labels.as_slice() {
                [_] => format!("{arm}-{hash}"),
                labels => format!("{arm}-{}-{hash}", labels[condition.task]),
            }
        });
        condition.folder.clone_from(folder);
    }
}
