//! All that is wrong with a data set.

use std::path::Path;

use data::DataError;

use crate::TaskError;

/// Faults that are kept to be shown; a file may have one in each row.
const KEPT: usize = 1000;

/// What is wrong, in the order that it was found.
#[derive(Debug, Default)]
pub struct Faults {
    /// The first of them.
    pub kept: Vec<TaskError>,
    /// How many more there are.
    pub more: usize,
}

impl Faults {
    /// Adds one.
    pub(super) fn add(&mut self, fault: impl Into<TaskError>) {
        if self.kept.len() < KEPT { self.kept.push(fault.into()) } else { self.more += 1 }
    }

    /// Adds the fault of a result that failed.
    pub(super) fn unless<T>(&mut self, result: Result<T, DataError>) -> Option<T> {
        result.map_err(|fault| self.add(fault)).ok()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.kept.len() + self.more
    }

    /// The first, which says where to see the others.
    pub fn into_error(self, folder: &Path) -> TaskError {
        let count = self.count();
        let mut kept = self.kept;
        if count > 1 {
            let first = kept.swap_remove(0).to_string();
            return TaskError::Faulty { first, more: count - 1, folder: folder.into() };
        }
        kept.swap_remove(0)
    }
}

impl From<TaskError> for Faults {
    fn from(fault: TaskError) -> Self {
        Self { kept: vec![fault], more: 0 }
    }
}

impl From<DataError> for TaskError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}
