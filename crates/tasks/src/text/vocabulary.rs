//! Which token stands for which text.

use std::collections::BTreeMap;

/// Tokens of texts: of words, or of characters. Token 0 stands for all that are not known.
#[derive(Debug, Clone)]
pub(crate) struct Vocabulary {
    tokens: BTreeMap<String, u32>,
    names: Vec<String>,
}

impl Vocabulary {
    /// Of the texts that occur at least `least` times, in the order of the alphabet.
    pub fn new<'a>(texts: impl Iterator<Item = &'a str>, least: usize) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for text in texts {
            *counts.entry(text).or_default() += 1;
        }
        let known = counts.into_iter().filter(|(_, count)| *count >= least);
        let mut names = vec!["(unknown)".to_owned()];
        names.extend(known.map(|(text, _)| text.to_owned()));
        let tokens = (1..).zip(&names[1..]).map(|(token, name)| (name.clone(), token)).collect();
        let names = names.iter().map(|name| shown(name)).collect();
        Self { tokens, names }
    }

    /// Number of tokens, the unknown one included.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The token of a text.
    pub fn token(&self, text: &str) -> u32 {
        self.tokens.get(text).copied().unwrap_or(0)
    }

    /// What tokens are called.
    pub fn names(&self) -> Vec<String> {
        self.names.clone()
    }
}

/// A text as people can read it: a blank and what cannot be seen are written out.
pub(crate) fn shown(text: &str) -> String {
    let visible = |c: char| match c {
        ' ' => "␣".to_owned(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(visible).collect()
}
