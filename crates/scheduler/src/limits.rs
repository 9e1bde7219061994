//! What one run may take.

use std::time::Duration;

use crate::GRACE;

/// What one run may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time of one attempt. A run that takes longer is asked to save its state and fails.
    pub timeout: Option<Duration>,
    /// Bytes of memory. A run that holds more is killed. It is looked at ten times a second.
    pub memory: Option<u64>,
    /// How long a worker that was asked to stop may take before it is killed.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: None, memory: None, grace: GRACE }
    }
}

/// A limit or a shard that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// No duration.
    #[error("\"{text}\" is no duration; write a number and s, m, h or d, such as 90s or 1.5h")]
    Duration {
        /// What was given.
        text: String,
    },
    /// No amount of memory.
    #[error(
        "\"{text}\" is no amount of memory; write a number and KiB, MiB, GiB, KB, MB or GB, \
         such as 2GiB"
    )]
    Bytes {
        /// What was given.
        text: String,
    },
    /// No shard.
    #[error("\"{text}\" is no shard; write which of how many, such as 2/8")]
    Shard {
        /// What was given.
        text: String,
    },
}

/// Reads `90s`, `1.5h`: seconds, minutes, hours or days.
///
/// # Errors
/// [`LimitError::Duration`] for anything else, and for nothing and less.
pub fn parse_duration(text: &str) -> Result<Duration, LimitError> {
    let units = [("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];
    amount(text, &units)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| LimitError::Duration { text: text.into() })
}

/// Reads `2GiB`, `500MB` as bytes.
///
/// # Errors
/// [`LimitError::Bytes`] for anything else, and for less than one byte.
pub fn parse_bytes(text: &str) -> Result<u64, LimitError> {
    let units = [
        ("KiB", 1024.0),
        ("MiB", 1_048_576.0),
        ("GiB", 1_073_741_824.0),
        ("KB", 1e3),
        ("MB", 1e6),
        ("GB", 1e9),
    ];
    amount(text, &units)
        .filter(|&bytes| (1.0..1e18).contains(&bytes))
        .map(|bytes| bytes as u64)
        .ok_or_else(|| LimitError::Bytes { text: text.into() })
}

fn amount(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.trim();
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    let number: f64 = number.trim_end().parse().ok()?;
    (number.is_finite() && number > 0.0).then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_bytes_have_units() {
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("1.5h"), Ok(Duration::from_mins(90)));
        assert_eq!(parse_duration(" 2 m "), Ok(Duration::from_mins(2)));
        assert_eq!(parse_bytes("2GiB"), Ok(2 << 30));
        assert_eq!(parse_bytes("0.5MB"), Ok(500_000));
        for text in ["", "5", "h", "-1s", "0s", "infs", "nans", "1e400s", "1e30d", "5 parsecs"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        for text in ["", "5", "GiB", "-1GB", "0GB", "1e30GB", "0.0001KB"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }
}
