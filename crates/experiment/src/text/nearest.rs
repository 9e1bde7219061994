//! "Did you mean".

/// The known word that `word` is most likely a misspelling of.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are no slip of the finger, and the distance is quadratic.
    const LONGEST: usize = 100;
    if word.len() > LONGEST {
        return None;
    }
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let word = plain(word);
    let allowed = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let known = ["forget_bias", "forget_gate", "steps"];
        assert_eq!(nearest("forget_bas", known), Some("forget_bias"));
        assert_eq!(nearest("Forget-Gate", known), Some("forget_gate"));
        assert_eq!(nearest("setps", known), Some("steps"));
        assert_eq!(nearest("dropout", known), None);
        assert_eq!(nearest(&"s".repeat(200), known), None);
    }
}
