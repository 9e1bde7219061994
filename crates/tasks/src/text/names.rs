//! Names: of which language is a surname, read letter by letter?
//!
//! 13 languages, at most 400 surnames of each. A surname that several languages have is of none,
//! and left out.
//!
//! ```text
//! B a r t o š o v á      Czech
//! ```
//!
//! The names are those of the Python package Faker. The task is that of many courses (Robertson
//! 2017, classifying names with a character-level RNN), with other data.

use std::collections::BTreeMap;
use std::path::Path;

use data::DataError;
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::series::SPLIT_SEED;
use crate::text::Vocabulary;
use crate::{
    About, Answers, Context, Example, Finite, Input, Names, Target, Targets, Task, TaskEntry,
    TaskError, TaskShape, divided,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "names",
    summary: "of which of 13 languages a surname is, letter by letter",
    about: include_str!("names.rs"),
    keys: &[
        SHARE_OF_TEST,
        Key::new(
            "validation",
            SHARE,
            Literal::Number(0.1),
            "Share of each language's other names that is for validation.",
        ),
        SPLIT_SEED,
    ],
    build,
};

const SHARE: Kind = Kind::Number { min: 0.02, max: 0.45 };
const SHARE_OF_TEST: Key = Key::new(
    "test",
    SHARE,
    Literal::Number(0.1),
    "Share of each language's names that is for testing; which names is fixed.",
);

const LIMITS: &str = "Endings and single letters tell most of it: a classifier that counts groups of \
     letters reaches about 0.8. Names are lists of a program that makes up people, not a sample of \
     any population, and the languages have from 200 to 400 each: look at balanced_accuracy as well.";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    test: f64,
    validation: f64,
    split_seed: u64,
}

fn build(options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let path = context.datasets.join(ENTRY.name).join("names.tsv");
    let advised =
        |error| TaskError::of_data(error, "the data come with this project, in datasets/names");
    let bytes = data::read_file(&path).map_err(advised)?;
    let checksum = blake3::hash(&bytes).to_hex().to_string();
    let names = read(&path, &bytes).map_err(advised)?;
    let mut languages: Vec<_> = names.iter().map(|(_, language)| language.clone()).collect();
    languages.sort();
    languages.dedup();
    let class = |language: &String| {
        languages.iter().position(|known| known == language).unwrap_or(0) as u32
    };
    let letters: Vec<String> =
        names.iter().flat_map(|(name, _)| name.chars().map(String::from)).collect();
    let vocabulary = Vocabulary::new(letters.iter().map(String::as_str), 1);
    let example = |(name, language): &(String, String)| {
        let tokens = name.chars().map(|c| vocabulary.token(&c.to_string())).collect();
        Example::of_tokens(tokens, Targets::Classes(vec![class(language)]))
    };
    let examples = names.iter().map(example).collect();
    let classes = languages.len();
    let (rest, test) = divided(examples, classes, config.test, 0, "names test");
    let (training, validation) =
        divided(rest, classes, config.validation, config.split_seed, "validation");
    let target = Target::Class { classes };
    let shape = TaskShape::new(
        Input::Tokens { vocabulary: vocabulary.len() },
        0,
        target,
        Answers::Sequence,
    );
    let names = Names { tokens: vocabulary.names(), classes: languages, ..Names::default() };
    let about = About::of_classes(target, ENTRY.summary, LIMITS, names, checksum);
    Ok(Box::new(Finite::new(shape, about, training, validation, test)?))
}

/// Names with their language, each once, in the order of the file.
fn read(path: &Path, bytes: &[u8]) -> Result<Vec<(String, String)>, DataError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| DataError::file(path, "it is not UTF-8 text; save it as UTF-8"))?;
    let mut names = Vec::new();
    let mut of: BTreeMap<String, String> = BTreeMap::new();
    let mut of_several = std::collections::BTreeSet::new();
    for (line, text) in (1..).zip(text.lines()) {
        let pair = text.split_once('\t').filter(|(a, b)| !a.is_empty() && !b.is_empty());
        let problem = "the line is not a language, a tab and a name";
        let (language, name) = pair.ok_or_else(|| DataError::line(path, line, problem))?;
        match of.insert(name.to_owned(), language.to_owned()) {
            None => names.push((name.to_owned(), language.to_owned())),
            Some(other) if other != language => _ = of_several.insert(name.to_owned()),
            Some(_) => {}
        }
    }
    names.retain(|(name, _)| !of_several.contains(name));
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_once_and_those_of_two_languages_left_out() {
        let read = |text: &str| {
            read(Path::new("names.tsv"), text.as_bytes()).map_err(|error| error.to_string())
        };
        let names = read("A\tMeyer\nB\tSilva\nA\tMeyer\nB\tRossi\nA\tSilva\n").unwrap();
        let pairs: Vec<_> = names.iter().map(|(name, of)| (&**name, &**of)).collect();
        assert_eq!(pairs, [("Meyer", "A"), ("Rossi", "B")]);
        let problem = "names.tsv:2: the line is not a language, a tab and a name";
        assert_eq!(read("A\tMeyer\nSilva\n").unwrap_err(), problem);
        assert_eq!(read("A\tMeyer\n\tSilva\n").unwrap_err(), problem);
    }
}
