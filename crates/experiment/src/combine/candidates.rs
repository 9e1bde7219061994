//! What `[tune]` tries.

use crate::combine::points::product;
use crate::key::setting::Setting;
use crate::section::axis::Axis;
use crate::section::tune::TuneDraft;

/// Candidates of each arm on each task.
pub(crate) fn size(tune: &TuneDraft) -> usize {
    tune.over.iter().map(|axis| axis.values.len()).fold(1, usize::saturating_mul)
}

/// The settings of each candidate, the last key fastest.
pub(crate) fn candidates(tune: &TuneDraft) -> Vec<Vec<Setting>> {
    let axis = |axis: &Axis| axis.values.iter().map(|value| vec![value.clone()]).collect();
    product(&tune.over.iter().map(axis).collect::<Vec<_>>())
}
