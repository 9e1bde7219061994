//! Sentiment: is a sentence of a review for or against?
//!
//! 3,000 sentences from reviews of products (Amazon), films (IMDb) and restaurants (Yelp), a
//! thousand each, half of them positive. Words or characters are the tokens.
//!
//! ```text
//! the only thing that disappoint me is the infra red port      negative
//! ```
//!
//! Kotzias et al. 2015 (doi:10.1145/2783258.2783380). The last record of each file has no class
//! and is no sentence; it is left out, as are sentences that occur twice.

use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::series::SPLIT_SEED;
use crate::text::Vocabulary;
use crate::text::unit::{INPUT, Unit, words};
use crate::{
    About, Answers, Context, Example, Finite, Input, Names, Target, Targets, Task, TaskEntry,
    TaskError, TaskShape, permutation, stratified, stream,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "sentiment",
    summary: "whether a sentence of a review is for or against",
    about: include_str!("sentiment.rs"),
    keys: &[
        INPUT,
        Key::new(
            "least",
            Kind::Integer { min: 1, max: 1000 },
            Literal::Integer(2),
            "Words (or characters) that occur less often in the training part are one unknown token.",
        ),
        Key::new(
            "fold",
            Kind::Integer { min: 0, max: 4 },
            Literal::Integer(0),
            "Which fifth of the sentences is for testing.",
        ),
        Key::optional(
            "test_domain",
            Kind::OneOf(&[
                Choice { word: "amazon", doc: "Products." },
                Choice { word: "imdb", doc: "Films." },
                Choice { word: "yelp", doc: "Restaurants." },
            ]),
            "Test on all reviews of this kind and train on the two others, in place of `fold`.",
        ),
        Key::new(
            "validation",
            Kind::Number { min: 0.02, max: 0.45 },
            Literal::Number(0.1),
            "Share of the other sentences that is for validation.",
        ),
        SPLIT_SEED,
    ],
    build,
};

const LIMITS: &str = "Single words tell most of it: logistic regression on the words of a sentence \
     reaches an accuracy of 0.829, whatever their order. With 600 test sentences, a standard error is \
     about 0.015.";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    input: Unit,
    least: usize,
    fold: usize,
    test_domain: Option<String>,
    validation: f64,
    split_seed: u64,
}

/// A record of a file.
#[derive(Debug, Deserialize)]
struct Record {
    text: String,
    class: Option<u32>,
}

/// A sentence: the pieces that become tokens, its class, and the file that it is from.
struct Sentence {
    pieces: Vec<String>,
    class: u32,
    domain: usize,
}

const DOMAINS: [&str; 3] = ["amazon", "imdb", "yelp"];
const CLASSES: usize = 2;
const FOLDS: usize = 5;

fn build(options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let (sentences, checksum) = read(context, config.input)?;
    let (training, validation, test) = parts(&sentences, &config);
    let of = |indices: &[usize]| -> Vec<&Sentence> {
        indices.iter().map(|&index| &sentences[index]).collect()
    };
    let known = of(&training).into_iter().flat_map(|sentence| &sentence.pieces);
    let vocabulary = Vocabulary::new(known.map(String::as_str), config.least);
    let examples = |indices: &[usize]| -> Vec<Example> {
        let example = |sentence: &Sentence| {
            let tokens = sentence.pieces.iter().map(|piece| vocabulary.token(piece)).collect();
            Example::of_tokens(tokens, Targets::Classes(vec![sentence.class]))
        };
        of(indices).into_iter().map(example).collect()
    };
    let target = Target::Class { classes: CLASSES };
    let shape = TaskShape::new(
        Input::Tokens { vocabulary: vocabulary.len() },
        0,
        target,
        Answers::Sequence,
    );
    let names = Names {
        tokens: vocabulary.names(),
        classes: vec!["negative".into(), "positive".into()],
        ..Names::default()
    };
    let about = About::of_classes(target, ENTRY.summary, LIMITS, names, checksum);
    Ok(Box::new(Finite::new(
        shape,
        about,
        examples(&training),
        examples(&validation),
        examples(&test),
    )?))
}

/// All sentences, each once, and the BLAKE3 of the files.
fn read(context: &Context, unit: Unit) -> Result<(Vec<Sentence>, String), TaskError> {
    let mut hasher = blake3::Hasher::new();
    let mut sentences = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (domain, name) in DOMAINS.iter().enumerate() {
        let path = context.datasets.join(ENTRY.name).join(format!("{name}.json"));
        let bytes = data::read_file(&path).map_err(|error| {
            TaskError::of_data(error, "the data come with this project, in datasets/sentiment")
        })?;
        hasher.update(&bytes);
        let records: Vec<Record> = serde_json::from_slice(&bytes).map_err(|error| {
            let reason = format!("it is not a list of records with text and class: {error}");
            TaskError::Unfit { path: path.clone(), reason }
        })?;
        for Record { text, class } in records {
            let Some(class) = class.filter(|class| (*class as usize) < CLASSES) else { continue };
            let pieces = unit.pieces(&text);
            if !pieces.is_empty() && seen.insert(words(&text)) {
                sentences.push(Sentence { pieces, class, domain });
            }
        }
    }
    Ok((sentences, hasher.finalize().to_hex().to_string()))
}

/// Which sentences are for training, validation and testing.
fn parts(sentences: &[Sentence], config: &Config) -> (Vec<usize>, Vec<usize>, Vec<usize>) {
    let mut is_test = vec![false; sentences.len()];
    if let Some(domain) = &config.test_domain {
        for (is_test, sentence) in is_test.iter_mut().zip(sentences) {
            *is_test = DOMAINS[sentence.domain] == domain;
        }
    } else {
        let order = permutation(&mut stream(0, "sentiment test", 0, 0), sentences.len());
        for (place, index) in order.into_iter().enumerate() {
            is_test[index] = place % FOLDS == config.fold;
        }
    }
    let (test, rest): (Vec<_>, Vec<_>) = (0..sentences.len()).partition(|&index| is_test[index]);
    let classes: Vec<u32> = rest.iter().map(|&index| sentences[index].class).collect();
    let apart = stratified(&classes, CLASSES, config.validation, config.split_seed, "validation");
    let (mut training, mut validation) = (Vec::new(), Vec::new());
    for (index, apart) in rest.into_iter().zip(apart) {
        if apart { validation.push(index) } else { training.push(index) }
    }
    (training, validation, test)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{Inputs, TEST, build};

    fn task(options: &[(&str, serde_json::Value)]) -> Box<dyn Task> {
        let datasets = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
        let options = options.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        build("sentiment", &options.collect(), &Context { datasets: &datasets }).unwrap()
    }

    #[test]
    fn folds_and_domains_divide_all_sentences() {
        let all: usize =
            (0..5).map(|fold| task(&[("fold", fold.into())]).parts()[TEST].sequences).sum();
        let domains: usize = DOMAINS
            .iter()
            .map(|domain| task(&[("test_domain", (*domain).into())]).parts()[TEST].sequences)
            .sum();
        assert_eq!(all, domains);
        assert!((2900..3000).contains(&all), "some occur twice: {all}");
        let task = task(&[]);
        let all_of_task = task.facts().training_sequences
            + task.parts().iter().map(|part| part.sequences).sum::<usize>();
        assert_eq!(all_of_task, all);
        let trivial = task.facts().trivial;
        assert!((trivial["accuracy"] - 0.5).abs() < 0.05, "{trivial:?}");
    }

    #[test]
    fn tokens_are_those_of_the_training_part_alone() {
        let task = task(&[("least", 5.into())]);
        let batch = task.evaluation_batch(TEST, 0, 200);
        let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
        let first: Vec<_> = tokens[..batch.lengths[0]].iter().collect();
        assert!(first.iter().any(|token| **token != 0));
        let unknown = batch.lengths.iter().enumerate().flat_map(|(row, &length)| {
            tokens[row * batch.steps..][..length].iter().filter(|token| **token == 0)
        });
        assert!(unknown.count() > 20, "rare words are unknown");
    }
}
