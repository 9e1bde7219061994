//! Names of folders, and labels of tasks that have none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use schema::Options;
use serde_json::Value;

/// A name as part of a folder's: lower-case ASCII letters, digits and single hyphens, and
/// short enough that two of them and a hash make a name that every file system takes.
pub(crate) fn slug(name: &str) -> String {
    const LONGEST: usize = 80;
    let mut slug = String::new();
    for c in name.chars() {
        if slug.len() == LONGEST {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "x".to_owned() } else { slug.to_owned() }
}

/// A label for each task: its kind, followed by the options in which it differs from
/// others of the same kind.
pub(crate) fn task_labels(tasks: &[(&str, &Options)]) -> Vec<String> {
    let mut kinds: BTreeMap<&str, Vec<&Options>> = BTreeMap::new();
    for (kind, options) in tasks {
        kinds.entry(kind).or_default().push(options);
    }
    let different: BTreeMap<_, BTreeSet<&str>> = kinds
        .iter()
        .map(|(kind, all)| {
            let keys = all.iter().flat_map(|options| options.keys());
            let keys: BTreeSet<_> = keys.map(String::as_str).collect();
            let differs = |key: &&str| all.iter().any(|it| it.get(*key) != all[0].get(*key));
            (*kind, keys.into_iter().filter(differs).collect())
        })
        .collect();
    let label = |(kind, options): &(&str, &Options)| {
        let mut label = (*kind).to_owned();
        for key in different.get(kind).into_iter().flatten() {
            let _ = match options.get(*key) {
                Some(Value::String(text)) => write!(label, "-{text}"),
                Some(Value::Bool(truth)) => write!(label, "-{key}-{truth}"),
                Some(value) => write!(label, "-{value}"),
                None => write!(label, "-no-{key}"),
            };
        }
        label
    };
    tasks.iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slugs_are_safe_in_every_file_system() {
        assert_eq!(slug("No forget gate!"), "no-forget-gate");
        assert_eq!(slug("../../etc"), "etc");
        assert_eq!(slug("h=128,  deep"), "h-128-deep");
        assert_eq!(slug("門"), "x");
        assert_eq!(slug(&"x".repeat(100)).len(), 80);
    }

    #[test]
    fn labels_are_as_short_as_they_can_be() {
        let options = |value: Value| value.as_object().unwrap().clone();
        let (short, long) = (
            options(json!({ "length": 50, "noise": 0.5 })),
            options(json!({ "length": 100, "noise": 0.5 })),
        );
        let noisy = options(json!({ "length": 50, "noise": 0.5, "seen": true }));
        assert_eq!(task_labels(&[("adding", &short)]), ["adding"]);
        assert_eq!(
            task_labels(&[("adding", &short), ("copy", &long), ("adding", &long)]),
            ["adding-50", "copy", "adding-100"]
        );
        assert_eq!(
            task_labels(&[("adding", &short), ("adding", &noisy)]),
            ["adding-no-seen", "adding-seen-true"]
        );
    }
}
