//! Names from users as names of files and keys.
//!
//! A name that is safe stays as it is. Any other is made safe and gets a part of its hash, so that
//! no two become one, whatever else the plan holds now or later.

use std::collections::HashMap;

/// Longer names are cut: systems take 255 bytes, MLflow 250 of a key with its slashes.
const LONGEST: usize = 80;
/// Hexadecimal digits of the hash.
const DIGITS: usize = 8;

/// What MLflow takes in a key beside letters and digits.
pub(crate) const IN_KEYS: &str = "_-. ";
/// The same without what stands between the parts of a key.
pub(crate) const IN_PARTS: &str = "_- ";
/// What the names of folders keep.
const IN_FOLDERS: &str = "_-. +=,()";

/// A name of letters and digits of ASCII and of what `plain` has, neither empty nor hidden nor a way
/// out of its folder.
pub(crate) fn safe(name: &str, plain: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || plain.contains(c);
    let is_edge = |c: char| c == '.' || c == ' ';
    let is_safe = !name.is_empty()
        && name.len() <= LONGEST
        && name.chars().all(is_plain)
        && !name.starts_with(is_edge)
        && !name.ends_with(is_edge)
        && !is_hashed(name);
    if is_safe { name.to_owned() } else { hashed(name, is_plain) }
}

/// Whether a name could be one that [`hashed`] made.
fn is_hashed(name: &str) -> bool {
    let Some((_, end)) = name.rsplit_once('-') else { return false };
    end.len() == DIGITS && end.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn hashed(name: &str, is_plain: impl Fn(char) -> bool) -> String {
    let stem: String = name.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    let stem: String = stem.trim_matches(['.', ' ', '-']).chars().take(LONGEST).collect();
    let digest = &store::digest(name.as_bytes())[..DIGITS];
    if stem.is_empty() { format!("name-{digest}") } else { format!("{stem}-{digest}") }
}

/// A folder's name for each of the names, also on systems that do not tell `LSTM` from `lstm`.
pub(crate) fn folders<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let names: Vec<(&str, String)> = names.map(|name| (name, safe(name, IN_FOLDERS))).collect();
    let mut times: HashMap<String, usize> = HashMap::new();
    for (_, safe) in &names {
        *times.entry(safe.to_ascii_lowercase()).or_default() += 1;
    }
    let folder = |(name, safe): (&str, String)| {
        let is_alone = times.get(&safe.to_ascii_lowercase()) == Some(&1);
        if is_alone || is_hashed(&safe) { safe } else { hashed(name, |_| true) }
    };
    names.into_iter().map(folder).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn safe_names_stay_and_no_two_become_one() {
        assert_eq!(safe("no forget gate", IN_KEYS), "no forget gate");
        assert_eq!(safe("a/b", IN_KEYS), format!("a-b-{}", &store::digest(b"a/b")[..8]));
        let long = "x".repeat(300);
        let other = format!("{long}y");
        let names = [
            "a/b", "a-b", "a\\b", "a b", "a\"b", "a:b", "", ".", "..", "../..", "/", " ", "門",
            "±2", "\0", "\u{202E}", "a\nb", &long, &other, "a=1",
        ];
        let made: Vec<String> = names.iter().map(|name| safe(name, IN_KEYS)).collect();
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), names.len(), "{made:?}");
        for name in &made {
            assert!(name.len() <= LONGEST + 1 + DIGITS && !name.starts_with('.'), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c)));
        }
    }

    #[test]
    fn what_a_made_name_says_cannot_be_had_as_a_plain_one() {
        let made = safe("a/b", IN_KEYS);
        assert_ne!(safe(&made, IN_KEYS), made);
    }

    #[test]
    fn names_that_differ_in_case_alone_get_different_folders_everywhere() {
        let made = folders(["LSTM", "lstm", "GRU"].into_iter());
        assert_eq!(made[2], "GRU");
        assert_ne!(made[0].to_ascii_lowercase(), made[1].to_ascii_lowercase());
        assert_eq!(folders(["hidden=4, a (b)"].into_iter()), ["hidden=4, a (b)"]);
    }
}
