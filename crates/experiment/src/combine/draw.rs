//! Points of `[random]`, each drawn from its own counter.

use serde_json::{Number, Value};

use crate::key::setting::Setting;
use crate::section::random::{Between, Random, Range, Spread};

/// The settings of sample `index`. A value depends on seed, key and index alone, so
/// that a key or a sample more changes no other.
pub(crate) fn sample(random: &Random, index: u64) -> Vec<Setting> {
    let draw = |spread: &Spread| {
        let unit = unit(random.seed, &spread.key, index);
        match &spread.range {
            Range::Choice(settings) => {
                let at = (unit * settings.len() as f64) as usize;
                settings[at.min(settings.len() - 1)].clone()
            }
            Range::Between(between) => Setting {
                key: spread.key.clone(),
                value: Some(at(*between, unit)),
                place: spread.place,
                origin: spread.origin.clone(),
            },
        }
    };
    random.spreads.iter().map(draw).collect()
}

/// The value at a share of the way. Real numbers have four digits: enough to search
/// with, short enough to read, and no last bit that depends on the system's logarithm.
fn at(between: Between, unit: f64) -> Value {
    // Each whole number has a stretch of length 1 that is rounded down to it.
    let high = if between.whole { between.high + 1.0 } else { between.high };
    let value = if between.log {
        (between.low.ln() + unit * (high.ln() - between.low.ln())).exp()
    } else {
        // Not through the difference, which may overflow.
        between.low * (1.0 - unit) + high * unit
    };
    if between.whole {
        return Value::from(value.floor().clamp(between.low, between.high) as i64);
    }
    let short = format!("{value:.3e}").parse().unwrap_or(value).clamp(between.low, between.high);
    Number::from_f64(short).map_or(Value::Null, Value::Number)
}

/// A number in [0, 1) from the first 53 bits of a hash.
fn unit(seed: u64, key: &str, index: u64) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"random search");
    hasher.update(&seed.to_le_bytes());
    hasher.update(&index.to_le_bytes());
    hasher.update(key.as_bytes());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(between: Between) -> Vec<f64> {
        (0..4000).map(|i| at(between, unit(3, "train.x", i)).as_f64().unwrap()).collect()
    }

    #[test]
    fn a_logarithmic_range_is_even_in_its_powers_of_ten() {
        let values = values(Between { low: 1e-4, high: 1e-1, log: true, whole: false });
        assert!(values.iter().all(|value| (1e-4..=1e-1).contains(value)));
        for decade in [1e-4, 1e-3, 1e-2] {
            let share = values.iter().filter(|v| (decade..decade * 10.0).contains(*v)).count();
            assert!((1200..1470).contains(&share), "{decade}: {share}");
        }
        assert!(values.iter().all(|v| v.to_string().trim_start_matches(['0', '.']).len() <= 4));
    }

    #[test]
    fn a_linear_range_of_whole_numbers_has_both_ends_as_often_as_the_rest() {
        let values = values(Between { low: 2.0, high: 5.0, log: false, whole: true });
        for number in 2..=5 {
            let is_it = |value: &&f64| value.total_cmp(&f64::from(number)).is_eq();
            let count = values.iter().filter(is_it).count();
            assert!((880..1120).contains(&count), "{number}: {count}");
        }
    }

    #[test]
    fn the_widest_range_stays_inside_itself() {
        let values = values(Between { low: f64::MIN, high: f64::MAX, log: false, whole: false });
        assert!(values.iter().all(|value| value.is_finite()));
        assert!(values.iter().any(|&value| value < 0.0) && values.iter().any(|&value| value > 0.0));
    }

    #[test]
    fn seed_key_and_index_each_matter() {
        let all = [unit(0, "a", 0), unit(1, "a", 0), unit(0, "b", 0), unit(0, "a", 1)];
        for (i, a) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|b| a.to_bits() != b.to_bits()));
        }
        assert_eq!(unit(0, "a", 0).to_bits(), all[0].to_bits());
    }
}
