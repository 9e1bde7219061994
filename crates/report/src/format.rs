//! Numbers as text, rounded to what their uncertainty supports.

use analysis::Summary;
use serde_json::Value;

/// Shown where there is no value.
pub(crate) const NONE: &str = "–";

/// How numbers that stand together are rounded: all to the same digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rounding {
    /// Power of ten that is split off; 0 for none.
    exponent: i32,
    /// Decimals kept of what remains; negative rounds before the point.
    decimals: i32,
}

impl Rounding {
    /// Keeps two significant digits of `uncertainty`; four of `value` if that is zero.
    fn new(value: f64, uncertainty: f64) -> Self {
        let largest = value.abs().max(uncertainty);
        let exponent = match magnitude(largest) {
            small @ ..=-5 => small,
            large @ 6.. => large,
            _ => 0,
        };
        let last_digit =
            if uncertainty > 0.0 { magnitude(uncertainty) - 1 } else { magnitude(largest) - 3 };
        Self { exponent, decimals: exponent - last_digit }
    }

    fn text(self, value: f64) -> String {
        let scaled = value / 10f64.powi(self.exponent);
        let text = if self.decimals >= 0 {
            // Twelve decimals are more than any score carries.
            format!("{scaled:.*}", self.decimals.min(12) as usize)
        } else {
            let unit = 10f64.powi(-self.decimals);
            format!("{:.0}", (scaled / unit).round() * unit)
        };
        // A zero has no sign.
        let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
        if zero { text.trim_start_matches('-').to_owned() } else { text }
    }

    fn signed(self, value: f64) -> String {
        let text = self.text(value);
        if text.starts_with('-') { text } else { format!("+{text}") }
    }

    /// `text` with the power of ten that was split off.
    fn with_exponent(self, text: String) -> String {
        if self.exponent == 0 { text } else { format!("{text}e{}", self.exponent) }
    }
}

/// The power of ten of the first digit.
fn magnitude(value: f64) -> i32 {
    if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 }
}

/// `1.234`: four significant digits.
pub(crate) fn plain(value: f64) -> String {
    let rounding = Rounding::new(value, 0.0);
    let text = rounding.text(value);
    let short =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    rounding.with_exponent(short.to_owned())
}

/// `0.0123 ± 0.0021`.
pub(crate) fn plus_minus(value: f64, uncertainty: f64) -> String {
    let rounding = Rounding::new(value, uncertainty);
    let text = format!("{} ± {}", rounding.text(value), rounding.text(uncertainty));
    match rounding.exponent {
        0 => text,
        exponent => format!("({text})e{exponent}"),
    }
}

/// `[0.0071, 0.0175]`, rounded to its half-width.
pub(crate) fn interval(low: f64, high: f64) -> String {
    let rounding = Rounding::new(low.abs().max(high.abs()), (high - low) / 2.0);
    rounding.with_exponent(format!("[{}, {}]", rounding.text(low), rounding.text(high)))
}

/// `+1.2`: an effect in standard deviations.
pub(crate) fn signed_tenths(value: f64) -> String {
    if value.abs() >= 99.95 {
        return if value < 0.0 { "< −100" } else { "> 100" }.into();
    }
    format!("{value:+.1}").replace("-0.0", "0.0").replace("+0.0", "0.0")
}

/// `0.0123 [0.0071, 0.0175]`, rounded to the interval's half-width.
pub(crate) fn mean_in(value: f64, low: f64, high: f64) -> String {
    let rounding = Rounding::new(low.abs().max(high.abs()), (high - low) / 2.0);
    let [value, low, high] = [value, low, high].map(|number| rounding.text(number));
    rounding.with_exponent(format!("{value} [{low}, {high}]"))
}

/// `+0.0123`: a difference of which no uncertainty is known.
pub(crate) fn difference(value: f64) -> String {
    let sign = if value >= 0.0 { "+" } else { "" };
    format!("{sign}{}", plain(value))
}

/// `+0.012 [-0.003, +0.027]`, rounded to the interval's half-width.
pub(crate) fn difference_in(value: f64, low: f64, high: f64) -> String {
    let rounding = Rounding::new(low.abs().max(high.abs()), (high - low) / 2.0);
    let [value, low, high] = [value, low, high].map(|number| rounding.signed(number));
    let interval = format!("[{low}, {high}]");
    if rounding.exponent == 0 {
        format!("{value} {interval}")
    } else {
        format!("({value} {interval})e{}", rounding.exponent)
    }
}

/// `0.0041` and `95 % 0.0030 to 0.0052`, rounded alike.
pub(crate) fn between(value: f64, interval: Option<[f64; 2]>) -> (String, Option<String>) {
    let Some([low, high]) = interval else { return (plain(value), None) };
    let rounding = Rounding::new(low.abs().max(high.abs()), (high - low) / 2.0);
    let text = |number| rounding.with_exponent(rounding.text(number));
    (text(value), Some(format!("95 % {} to {}", text(low), text(high))))
}

/// `p = 0.031`, two digits; `p < 0.0001` where it is smaller.
pub(crate) fn p_value(p: f64) -> String {
    if p < 1e-4 { "p < 0.0001".into() } else { format!("p = {}", probability(p)) }
}

/// `85 %` of a share.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// `0.031`: two digits, and from 0.1 on two decimals.
pub(crate) fn probability(p: f64) -> String {
    if p < 1e-4 {
        return "< 0.0001".into();
    }
    let decimals = if p < 0.1 { (1 - magnitude(p)) as usize } else { 2 };
    // What rounds to the level is not shown as if it had reached it.
    let shown = format!("{p:.decimals$}");
    if p > 0.05 && shown == "0.050" { format!("{p:.4}") } else { shown }
}

/// A value of an option without the quotes that JSON puts around text.
pub(crate) fn option(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `0.0123 ± 0.0021`: mean and standard deviation; of one value the value.
pub(crate) fn mean(summary: &Summary) -> String {
    summary.spread.map_or_else(|| plain(summary.mean), |it| plus_minus(summary.mean, it.sd))
}

/// `+0.012 [-0.003, +0.027]`: a mean difference with its interval; of one pair the difference.
pub(crate) fn mean_difference(summary: &Summary) -> String {
    match summary.spread {
        Some(it) => difference_in(summary.mean, it.interval.low, it.interval.high),
        None => difference(summary.mean),
    }
}

/// `12 345`: whole numbers from five digits on in groups of three.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            // A narrow space that no line breaks at.
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Seconds for people: `4.2 s`, `12 min 30 s`, `3 h 07 min`.
pub fn duration(seconds: f64) -> String {
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

/// Bytes for people: `4.2 kB`, `38 MB`, `1.5 GB`; a kB is 1000 bytes.
pub fn bytes(bytes: u64) -> String {
    let mut amount = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        // What would round to 1000 belongs to the next unit.
        if amount < 999.5 {
            let decimals = usize::from(unit != "B" && amount < 9.95);
            return format!("{amount:.decimals$} {unit}");
        }
        amount /= 1000.0;
    }
    format!("{amount:.1} TB")
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// [`list`] of the first six, and how many more there are.
pub(crate) fn first_of<T: AsRef<str>>(items: &[T]) -> String {
    const FIRST: usize = 6;
    if items.len() == FIRST + 1 { list(items) } else { shortened(items, FIRST) }
}

/// [`list`] of the first so many, and how many more there are.
pub(crate) fn shortened<T: AsRef<str>>(items: &[T], first: usize) -> String {
    let mut all: Vec<&str> = items.iter().take(first).map(AsRef::as_ref).collect();
    let more = format!("{} more", items.len().saturating_sub(first));
    if items.len() > first {
        all.push(&more);
    }
    list(&all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_two_digits_or_more() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (38_200_000, "38 MB"),
            (1_500_000_000, "1.5 GB"),
            (2_400_000_000_000, "2.4 TB"),
        ];
        for (amount, expected) in cases {
            assert_eq!(bytes(amount), expected);
        }
    }

    #[test]
    fn a_value_is_rounded_to_two_digits_of_its_uncertainty() {
        assert_eq!(plus_minus(0.012_345, 0.002_06), "0.0123 ± 0.0021");
        assert_eq!(plus_minus(0.1, 0.0), "0.1000 ± 0.0000");
        assert_eq!(plus_minus(12_345.0, 678.0), "12350 ± 680");
        assert_eq!(plus_minus(-0.5, 12.3), "0 ± 12");
        assert_eq!(plus_minus(1.234e-7, 2.1e-8), "(1.23 ± 0.21)e-7");
        assert_eq!(plus_minus(2.5e30, 1e29), "(2.50 ± 0.10)e30");
        assert_eq!(plus_minus(0.0, 0.0), "0.000 ± 0.000");
    }

    #[test]
    fn intervals_share_one_rounding() {
        assert_eq!(interval(0.007_123, 0.017_456), "[0.0071, 0.0175]");
        assert_eq!(interval(-1.2e-8, 3.4e-8), "[-1.2, 3.4]e-8");
        assert_eq!(difference_in(0.0123, -0.0031, 0.0277), "+0.012 [-0.003, +0.028]");
        assert_eq!(difference_in(2e-9, 1e-9, 3e-9), "(+2.0 [+1.0, +3.0])e-9");
        assert_eq!(difference(0.25), "+0.25");
        assert_eq!(difference(-0.25), "-0.25");
    }

    #[test]
    fn numbers_without_uncertainty_keep_four_digits() {
        let texts = [0.166_666, 1.0, 0.0, 1234.56, 3.4e12, -0.000_012_3].map(plain);
        assert_eq!(texts, ["0.1667", "1", "0", "1235", "3.4e12", "-1.23e-5"]);
    }

    #[test]
    fn counts_and_times_read_well() {
        assert_eq!(
            [0, 999, 1234, 12345, 1_234_567].map(count),
            ["0", "999", "1234", "12\u{202f}345", "1\u{202f}234\u{202f}567"]
        );
        assert_eq!(
            [0.0, 4.24, 59.97, 754.2, 11_220.0].map(duration),
            ["0.0 s", "4.2 s", "1 min 00 s", "12 min 34 s", "3 h 07 min"]
        );
        assert_eq!(
            [list(&["a"]), list(&["a", "b"]), list(&["a", "b", "c"])],
            ["a", "a and b", "a, b and c"]
        );
    }
}
