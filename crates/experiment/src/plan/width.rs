//! The width that gives a model a number of parameters.

use std::collections::BTreeMap;

use schema::Kind;
use store::{ModelConfig, TaskConfig};

use crate::catalogue::Catalogue;
use crate::section::model::KEYS;

/// A width and the number of parameters that it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fit {
    pub hidden: usize,
    pub parameters: u64,
}

/// Widths that were found, by model and task.
#[derive(Default)]
pub(crate) struct Fits(BTreeMap<String, Result<Fit, String>>);

impl Fits {
    /// The width at which the model has the number of parameters nearest to `target`.
    ///
    /// # Errors
    /// What the catalogue says of a model that cannot be built at any width near the
    /// smallest.
    pub fn nearest(
        &mut self,
        model: &ModelConfig,
        task: &TaskConfig,
        target: u64,
        catalogue: &dyn Catalogue,
    ) -> Result<Fit, String> {
        let key = format!("{} {:?} {task:?}", model.architecture, model.options);
        let fit = self.0.entry(key).or_insert_with(|| {
            let mut model = model.clone();
            nearest(target, |hidden| {
                model.hidden = hidden;
                catalogue.count_parameters(&model, task)
            })
        });
        fit.clone()
    }
}

/// Widths that [`nearest`] looks at.
fn widest() -> usize {
    match KEYS[0].kind {
        Kind::Integer { max, .. } => usize::try_from(max).unwrap_or(usize::MAX),
        _ => usize::MAX,
    }
}

/// Bisection over the widths. The number of parameters rises with the width; some widths
/// may not exist (attention heads have to divide them). No model of more than about four
/// times the target is ever counted, so none is built that does not fit into memory.
fn nearest(
    target: u64,
    mut count: impl FnMut(usize) -> Result<u64, String>,
) -> Result<Fit, String> {
    /// Longest stretch of widths that do not exist, as of 256 heads.
    const GAP: usize = 256;
    let widest = widest();
    let mut from = |width: usize| -> Result<Fit, String> {
        let mut first = None;
        for hidden in width..=widest.min(width.saturating_add(GAP)) {
            match count(hidden) {
                Ok(parameters) => return Ok(Fit { hidden, parameters }),
                Err(text) => {
                    first.get_or_insert(text);
                }
            }
        }
        Err(first.unwrap_or_default())
    };
    let mut low = from(1)?;
    if low.parameters >= target {
        return Ok(low);
    }
    let mut high = loop {
        if low.hidden == widest {
            return Ok(low);
        }
        match from(low.hidden.saturating_mul(2).min(widest)) {
            Ok(fit) if fit.parameters >= target => break fit,
            Ok(fit) => low = fit,
            // Nothing that wide exists.
            Err(_) => return Ok(low),
        }
    };
    let mut end = high.hidden;
    while end - low.hidden > 1 {
        let middle = usize::midpoint(low.hidden, end);
        match from(middle) {
            Ok(fit) if fit.hidden < end && fit.parameters < target => low = fit,
            Ok(fit) => {
                if fit.hidden < end {
                    high = fit;
                }
                end = middle;
            }
            Err(_) => end = middle,
        }
    }
    let below = target - low.parameters;
    Ok(if high.parameters - target < below { high } else { low })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Of an LSTM with 2 inputs and 3 outputs, at widths that `heads` divides.
    fn lstm(hidden: usize, heads: usize) -> Result<u64, String> {
        let (h, x, y) = (hidden as u64, 2, 3);
        if hidden.is_multiple_of(heads) {
            Ok(4 * h * (h + x + 1) + (h + 1) * y)
        } else {
            Err(format!("{heads} heads do not divide {hidden}"))
        }
    }

    #[test]
    fn the_nearer_of_the_two_widths_around_the_target_is_taken() {
        // 19487 at 68 and 20046 at 69: the middle is 19766.5.
        assert_eq!(lstm(68, 1).unwrap(), 19_519);
        let fit = |target| nearest(target, |hidden| lstm(hidden, 1)).unwrap().hidden;
        let (a, b) = (lstm(68, 1).unwrap(), lstm(69, 1).unwrap());
        assert_eq!(fit(a), 68);
        assert_eq!(fit(a.midpoint(b)), 68, "the narrower of equals");
        assert_eq!(fit(a.midpoint(b) + 1), 69);
        assert_eq!(fit(1), 1);
    }

    #[test]
    fn a_model_that_cannot_be_built_says_why() {
        let error = nearest(100, |_| Err("no".to_owned())).unwrap_err();
        assert_eq!(error, "no");
    }

    #[test]
    fn nothing_much_larger_than_the_target_is_ever_counted() {
        let mut largest = 0;
        let count = |hidden| {
            let parameters = lstm(hidden, 1);
            largest = largest.max(*parameters.as_ref().unwrap());
            parameters
        };
        assert!(nearest(20_000, count).is_ok());
        assert!(largest < 80_000, "{largest}");
        assert_eq!(nearest(u64::MAX, |hidden| lstm(hidden, 1)).unwrap().hidden, 65_536);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]
        #[test]
        fn no_other_width_is_nearer(target in 1_u64..200_000, heads in 1_usize..9) {
            let found = nearest(target, |hidden| lstm(hidden, heads)).unwrap();
            let best = (1..300).filter_map(|hidden| lstm(hidden, heads).ok());
            let best = best.map(|parameters| parameters.abs_diff(target)).min().unwrap();
            prop_assert_eq!(found.parameters.abs_diff(target), best);
            prop_assert_eq!(lstm(found.hidden, heads), Ok(found.parameters));
        }
    }
}
