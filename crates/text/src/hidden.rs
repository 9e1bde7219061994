//! Characters that cannot be seen, and what is shown for them.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

/// Ranges of hidden characters, ascending: general categories Cc, Cf, Zl, Zp and Co, the
/// property Default_Ignorable_Code_Point, and the noncharacters that are no plane's last two
/// (Unicode 17.0, `UnicodeData.txt` and `DerivedCoreProperties.txt`).
const HIDDEN: [RangeInclusive<u32>; 30] = [
    // C0: line feed, tab, escape …
    0x00..=0x1F,
    // Delete and C1: next line, control sequence introducer …
    0x7F..=0x9F,
    // Soft hyphen.
    0xAD..=0xAD,
    // Combining grapheme joiner.
    0x34F..=0x34F,
    // Arabic number signs.
    0x600..=0x605,
    // Arabic letter mark.
    0x61C..=0x61C,
    0x6DD..=0x6DD,
    0x70F..=0x70F,
    0x890..=0x891,
    0x8E2..=0x8E2,
    // Hangul fillers.
    0x115F..=0x1160,
    // Khmer inherent vowels.
    0x17B4..=0x17B5,
    // Mongolian variation selectors and vowel separator.
    0x180B..=0x180F,
    // Zero width space, joiners, direction marks.
    0x200B..=0x200F,
    // Line and paragraph separator, embeddings and overrides of direction.
    0x2028..=0x202E,
    // Word joiner, invisible operators, isolates of direction, deprecated controls.
    0x2060..=0x206F,
    // Hangul filler.
    0x3164..=0x3164,
    // Private use.
    0xE000..=0xF8FF,
    // Noncharacters.
    0xFDD0..=0xFDEF,
    // Variation selectors.
    0xFE00..=0xFE0F,
    // Byte order mark.
    0xFEFF..=0xFEFF,
    // Halfwidth Hangul filler.
    0xFFA0..=0xFFA0,
    // Reserved, interlinear annotation.
    0xFFF0..=0xFFFB,
    // Kaithi number signs.
    0x1_10BD..=0x1_10BD,
    0x1_10CD..=0x1_10CD,
    // Egyptian hieroglyph format controls.
    0x1_3430..=0x1_343F,
    // Shorthand format controls.
    0x1_BCA0..=0x1_BCA3,
    // Musical format controls.
    0x1_D173..=0x1_D17A,
    // Tags and the variation selectors' supplement.
    0xE_0000..=0xE_0FFF,
    // Private use planes.
    0xF_0000..=0x10_FFFF,
];

/// Whether `c` cannot be seen for what it is: a control or format character, a line or
/// paragraph separator, any other character that programs draw as nothing, one for private
/// use, or a noncharacter.
///
/// That includes the joiners U+200C and U+200D and the variation selectors. Scripts such as
/// Persian and some emoji are written with them, and read worse with them shown; but two
/// names that differ in nothing else would look the same, and a joiner between letters of
/// another script is nothing that anybody sees. Spaces of any width are not hidden, nor is a
/// code point without a character: that is drawn as a box.
pub fn is_hidden(c: char) -> bool {
    let c = u32::from(c);
    // The last two of every plane are noncharacters.
    if c & 0xFFFF >= 0xFFFE {
        return true;
    }
    let after = HIDDEN.partition_point(|range| *range.end() < c);
    HIDDEN.get(after).is_some_and(|range| range.contains(&c))
}

/// Appends `c`, or what is shown for it.
pub(crate) fn push(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_hidden(c) => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:X}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// `text` with every hidden character shown.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push(&mut out, c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_are_in_order_and_apart() {
        assert!(HIDDEN.iter().all(|range| range.start() <= range.end()));
        assert!(HIDDEN.windows(2).all(|pair| pair[0].end() < pair[1].start()));
    }

    #[test]
    fn what_is_seen_is_not_hidden() {
        for c in "aé門ß→±≈·✓👩 \u{A0}\u{202F}\u{3000}\u{301}\u{FFFD}\u{378}".chars() {
            assert!(!is_hidden(c), "{:X}", u32::from(c));
        }
    }
}
