//! The screens, one file each.

mod compare;
mod curves;
mod gradients;
mod run;
mod sweep;

use super::contract::Screen;

/// All of them, in the order of their numbers.
pub(super) fn all() -> Vec<Box<dyn Screen>> {
    vec![
        Box::new(sweep::Sweep),
        Box::new(curves::Curves::default()),
        Box::new(run::Run::default()),
        Box::new(gradients::Gradients::default()),
        Box::new(compare::Compare::default()),
    ]
}
