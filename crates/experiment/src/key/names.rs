//! What may name an experiment, an arm or a task.

use crate::key::checker::Checker;
use crate::key::setting::Word;
use crate::text::problem::Problem;

/// Longest name of an arm or label of a task, in characters.
const LONGEST_LABEL: usize = 60;
/// Longest name of an experiment, in characters.
const LONGEST_NAME: usize = 100;

/// What is wrong with the name of an experiment, which becomes a folder's.
pub(crate) fn name_fault(name: &str) -> Option<&'static str> {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.chars().all(safe) {
        Some("it may hold only letters a to z, digits, `-`, `_` and `.`")
    } else if name.starts_with('.') {
        Some("it may not start with `.`")
    } else if name.len() > LONGEST_NAME {
        Some("it may have at most 100 characters")
    } else {
        None
    }
}

/// What is wrong with the name of an arm or the label of a task.
fn label_fault(label: &str) -> Option<&'static str> {
    if label.chars().any(char::is_control) {
        Some("it may not hold control characters")
    } else if label.chars().count() > LONGEST_LABEL {
        Some("it may have at most 60 characters")
    } else {
        None
    }
}

/// Reports a text that cannot name an arm or a task.
pub(crate) fn check_label(word: Option<&Word>, what: &str, checker: &mut Checker<'_>) {
    if let Some((word, fault)) = word.and_then(|w| Some((w, label_fault(&w.text)?))) {
        checker.report(Problem::new(
            word.place,
            format!("{what} is no usable name"),
            "here",
            fault,
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_experiments_are_names_of_folders() {
        assert_eq!(name_fault("gates-on_adding.v2"), None);
        for bad in ["a/b", "..", ".hidden", "a b", "é", &"a".repeat(101)] {
            assert!(name_fault(bad).is_some(), "{bad}");
        }
    }
}
