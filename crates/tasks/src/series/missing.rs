//! What stands for values that are missing.

use data::ts::TsData;
use schema::{Choice, Key, Kind, Literal};
use serde::Deserialize;

/// The option `missing`.
pub(crate) const MISSING: Key = Key::new(
    "missing",
    Kind::OneOf(&[
        Choice { word: "refuse", doc: "A missing value is an error that names its line." },
        Choice { word: "zero", doc: "0." },
        Choice {
            word: "mean",
            doc: "The mean of what the case has in that channel; 0 if nothing.",
        },
        Choice {
            word: "last",
            doc: "The value before it in that channel; at the start the first one there is, 0 if \
                  there is none.",
        },
    ]),
    Literal::Text("refuse"),
    "What stands for a missing value.",
);

/// What stands for a missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// Nothing: it is an error.
    Refuse,
    /// 0.
    Zero,
    /// The mean of the case's channel.
    Mean,
    /// The value before it.
    Last,
}

impl Missing {
    /// Fills all missing values.
    ///
    /// # Errors
    /// The first line with one, if they are refused.
    pub fn fill(self, data: &mut TsData) -> Result<(), usize> {
        let channels = data.channels;
        for case in &mut data.cases {
            if !self.fill_values(&mut case.values, channels) {
                return Err(case.line);
            }
        }
        Ok(())
    }

    /// Fills the missing values, NaN, of one sequence, `[steps, channels]`; `false` if there are
    /// some and they are refused.
    pub fn fill_values(self, values: &mut [f32], channels: usize) -> bool {
        if values.iter().all(|value| !value.is_nan()) {
            return true;
        }
        if self == Self::Refuse {
            return false;
        }
        for channel in 0..channels {
            let own = values.iter().skip(channel).step_by(channels);
            let there: Vec<f64> =
                own.filter(|value| !value.is_nan()).map(|&value| f64::from(value)).collect();
            let mean = there.iter().sum::<f64>() / there.len().max(1) as f64;
            let mut last = there.first().map_or(0.0, |&value| value as f32);
            for value in values.iter_mut().skip(channel).step_by(channels) {
                if value.is_nan() {
                    *value = match self {
                        Self::Mean => mean as f32,
                        Self::Last => last,
                        Self::Zero | Self::Refuse => 0.0,
                    };
                }
                last = *value;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use data::ts::Case;

    use super::*;

    fn filled(missing: Missing) -> Result<Vec<f32>, usize> {
        let nan = f32::NAN;
        let values = vec![nan, 1.0, 2.0, nan, 4.0, nan, nan, 4.0];
        let case = Case { line: 9, values, label: Some(0), target: None };
        let empty = Case { line: 10, values: vec![nan, nan], label: Some(0), target: None };
        let (name, classes) = (String::new(), vec!["a".into()]);
        let mut data = TsData { name, channels: 2, classes, cases: vec![case, empty] };
        missing.fill(&mut data)?;
        Ok(data.cases.into_iter().flat_map(|case| case.values).collect())
    }

    #[test]
    fn values_are_filled_by_channel() {
        assert_eq!(filled(Missing::Refuse), Err(9));
        assert_eq!(filled(Missing::Zero), Ok(vec![0., 1., 2., 0., 4., 0., 0., 4., 0., 0.]));
        assert_eq!(filled(Missing::Mean), Ok(vec![3., 1., 2., 2.5, 4., 2.5, 3., 4., 0., 0.]));
        assert_eq!(filled(Missing::Last), Ok(vec![2., 1., 2., 1., 4., 1., 4., 4., 0., 0.]));
    }
}
