//! CoNLL-U: sentences of words with their tags, ten columns between tabs
//! (<https://universaldependencies.org/format.html>).
//!
//! Read are form, universal tag and language-specific tag, and whether a blank follows
//! (`SpaceAfter=No` in the last column). Ranges (`1-2`) and empty nodes (`1.1`) are no words and
//! are passed over; a comment begins with `#`, an empty line ends a sentence.

use std::path::Path;

use crate::utf8::{brief, whole};
use crate::{DataError, read_file};

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word as written.
    pub form: String,
    /// Universal part of speech, `UPOS`.
    pub upos: String,
    /// Language-specific part of speech, `XPOS`.
    pub xpos: String,
    /// Whether a blank follows it in the text.
    pub space_after: bool,
}

/// One sentence, of at least one word.
pub type Sentence = Vec<Word>;

/// Reads the file at `path`.
///
/// # Errors
/// [`DataError::Read`], and those of [`parse`].
pub fn read(path: &Path) -> Result<Vec<Sentence>, DataError> {
    parse(path, &read_file(path)?)
}

/// Reads the content of a file; `path` is for messages only.
///
/// # Errors
/// [`DataError::Line`] for the first line that breaks a rule.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Sentence>, DataError> {
    let text = whole(path, bytes)?;
    let (mut sentences, mut sentence) = (Vec::new(), Sentence::new());
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            if !sentence.is_empty() {
                sentences.push(std::mem::take(&mut sentence));
            }
        } else if !text.starts_with('#') {
            let word = word(text, sentence.len() + 1);
            let word = word.map_err(|problem| DataError::line(path, line, problem))?;
            sentence.extend(word);
        }
    }
    if !sentence.is_empty() {
        sentences.push(sentence);
    }
    if sentences.is_empty() {
        return Err(DataError::file(path, "no line holds a word"));
    }
    Ok(sentences)
}

/// The word of a line, which is to be number `expected` of its sentence.
fn word(text: &str, expected: usize) -> Result<Option<Word>, String> {
    let columns: Vec<&str> = text.split('\t').collect();
    let &[id, form, _, upos, xpos, _, _, _, _, miscellaneous] = &columns[..] else {
        let found = columns.len();
        return Err(format!("{found} columns where 10 are expected; separate them with tabs"));
    };
    let range = |separator| {
        let (a, b) = id.split_once(separator)?;
        Some(a.parse::<usize>().is_ok() && b.parse::<usize>().is_ok())
    };
    if range('-') == Some(true) || range('.') == Some(true) {
        return Ok(None);
    }
    if id.parse() != Ok(expected) {
        let shown = brief(id);
        return Err(format!("the word's number is \"{shown}\", where {expected} is expected"));
    }
    if form.is_empty() || upos.is_empty() || xpos.is_empty() {
        return Err("form or tag is empty; write _ where there is none".into());
    }
    let space_after = miscellaneous.split('|').all(|entry| entry != "SpaceAfter=No");
    let [form, upos, xpos] = [form, upos, xpos].map(str::to_owned);
    Ok(Some(Word { form, upos, xpos, space_after }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(id: &str, form: &str, upos: &str) -> String {
        format!("{id}\t{form}\t_\t{upos}\tX\t_\t0\troot\t_\t_\n")
    }

    fn read_text(text: &str) -> Result<Vec<Sentence>, String> {
        parse(Path::new("a.conllu"), text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn sentences_are_read_without_ranges_and_empty_nodes() {
        let first = line("1", "Ev", "NOUN").replace("\t_\n", "\tA=b|SpaceAfter=No\n");
        let text = format!(
            "\u{feff}# a comment\n{}{first}{}{}\r\n\n\n{}",
            line("1-2", "Evde", "_"),
            line("1.1", "boş", "_"),
            line("2", "de", "ADP"),
            line("1", "Son", "ADJ")
        );
        let sentences = read_text(&text).unwrap();
        let shown: Vec<Vec<_>> = sentences
            .iter()
            .map(|words| words.iter().map(|it| (&*it.form, &*it.upos, it.space_after)).collect())
            .collect();
        assert_eq!(
            shown,
            [vec![("Ev", "NOUN", false), ("de", "ADP", true)], vec![("Son", "ADJ", true)]]
        );
    }

    #[test]
    fn broken_lines_are_named() {
        let good = line("1", "a", "X");
        let message = |text: &str| read_text(text).unwrap_err();
        let messages = [
            message(""),
            message("# only a comment\n"),
            message(&format!("{good}1 a X\n")),
            message(&format!("{good}{}", line("3", "b", "X"))),
            message(&format!("{good}{}", line("1", "b", "X"))),
            message(&format!("{good}{}", line("2", "", "X"))),
            message(&format!("{good}{}", line("2", "b", ""))),
            message(&format!("{good}{}", line("zwei", "b", "X"))),
            parse(Path::new("a.conllu"), b"# x\n\xff").unwrap_err().to_string(),
        ];
        insta::assert_snapshot!(messages.join("\n"), @r#"
        a.conllu: no line holds a word
        a.conllu: no line holds a word
        a.conllu:2: 1 columns where 10 are expected; separate them with tabs
        a.conllu:2: the word's number is "3", where 2 is expected
        a.conllu:2: the word's number is "1", where 2 is expected
        a.conllu:2: form or tag is empty; write _ where there is none
        a.conllu:2: form or tag is empty; write _ where there is none
        a.conllu:2: the word's number is "zwei", where 2 is expected
        a.conllu:2: the file is not UTF-8 text from here on; save it as UTF-8
        "#);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([0-9]{0,2}|\t|-|\\.|#|a|_|\n| ){0,60}") {
            let _ = read_text(&text);
        }
    }
}
