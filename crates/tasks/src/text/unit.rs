//! What the tokens of a text are: words or characters.

use schema::{Choice, Key, Kind, Literal};
use serde::Deserialize;

/// The option `input`.
pub(crate) const INPUT: Key = Key::new(
    "input",
    Kind::OneOf(&[
        Choice { word: "words", doc: "A word, or a mark of punctuation, a token." },
        Choice { word: "characters", doc: "A character a token." },
    ]),
    Literal::Text("words"),
    "What the tokens are.",
);

/// What the tokens are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    Words,
    Characters,
}

impl Unit {
    /// The pieces of a text that become tokens.
    pub fn pieces(self, text: &str) -> Vec<String> {
        match self {
            Self::Words => words(text),
            Self::Characters => text.chars().map(String::from).collect(),
        }
    }

    /// The pieces of a sentence whose words are given, each with whether a blank follows it, and
    /// the place of each word's last piece.
    pub fn of_words(self, sentence: &[(String, bool)]) -> (Vec<String>, Vec<usize>) {
        if self == Self::Words {
            let words: Vec<_> = sentence.iter().map(|(word, _)| word.clone()).collect();
            let places = (0..words.len()).collect();
            return (words, places);
        }
        let (mut characters, mut last) = (Vec::new(), Vec::new());
        for (index, (word, space_after)) in sentence.iter().enumerate() {
            characters.extend(word.chars().map(String::from));
            last.push(characters.len() - 1);
            if *space_after && index + 1 < sentence.len() {
                characters.push(" ".to_owned());
            }
        }
        (characters, last)
    }
}

/// Words in small letters, and marks of punctuation by themselves.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in text.chars() {
        if character.is_alphanumeric() || character == '\'' {
            if let Some(last) = words.last_mut() {
                last.extend(character.to_lowercase());
            }
        } else {
            if !character.is_whitespace() {
                words.push(character.to_string());
            }
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_small_letters_without_their_punctuation() {
        assert_eq!(
            words("It's GREAT!!  Ça va... "),
            ["it's", "great", "!", "!", "ça", "va", ".", ".", "."]
        );
        assert_eq!(words(" "), Vec::<String>::new());
    }

    #[test]
    fn a_word_ends_at_its_last_character() {
        let sentence = [("aç", false), ("ık", true), ("mı", true)].map(|(a, b)| (a.to_owned(), b));
        let (characters, last) = Unit::Characters.of_words(&sentence);
        assert_eq!(characters.concat(), "açık mı");
        assert_eq!(last, [1, 3, 6]);
        let (words, last) = Unit::Words.of_words(&sentence);
        assert_eq!((words.len(), last), (3, vec![0, 1, 2]));
    }
}
