//! Character language model: which character comes next?
//!
//! Every character of a text is predicted from those before it. The text is read in cuts of
//! `steps` characters; row b of a batch goes on where row b of the batch before ended, and a
//! recurrent network goes on from its state (truncated backpropagation through time).
//!
//! ```text
//! input   T o _ b e
//! target  o _ b e ,
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, Targets, build};
//!
//! let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
//! let task = build("text", &Default::default(), &Context { datasets: &datasets })?;
//! let batch = task.training_batch(0, 0, 1);
//! let (Inputs::Tokens(seen), Targets::Classes(next)) = (&batch.inputs, &batch.targets) else {
//!     panic!("tokens and classes")
//! };
//! assert_eq!(seen[1..], next[..99]);
//! // The next batch begins with what the last step asked for.
//! let Inputs::Tokens(later) = task.training_batch(0, 1, 1).inputs else { panic!("tokens") };
//! assert_eq!(later[0], next[99]);
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! Shipped are eight plays by Shakespeare; `path` names any UTF-8 file, or a folder of `.txt`
//! files. The last tenth of each text is for testing, the tenth before it for validation. The
//! training text is a ring that is entered at a place of the seed's; held-out parts are read as
//! sixteen streams side by side (fewer where they are short), so that up to fifteen characters at
//! their end are not scored, and the first of a stream is only read.
//!
//! Mikolov et al. 2012 (bits per character); Graves 2013 (arXiv:1308.0850). A file larger than
//! memory is read once as a stream; beyond 64 MiB its characters lie in a temporary file.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use data::DataError;
use data::long_sequence::{IN_MEMORY, LongSequence};
use data::utf8::read_pieces;
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::metric::{Measure, Metric, accuracy, bits_per_character, cross_entropy, perplexity};
use crate::text::shown;
use crate::{
    Answers, Asked, Batch, Context, Input, Inputs, Names, Part, TEST, Target, Targets, Task,
    TaskEntry, TaskError, TaskFacts, TaskShape, below, stream,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "text",
    summary: "the next character of a text (eight plays by Shakespeare, or any UTF-8 file)",
    about: include_str!("text.rs"),
    keys: &[
        Key::optional(
            "path",
            Kind::Text,
            "A UTF-8 file or a folder of .txt files, absolute or from the folder that the program \
             is started in; the shipped plays if absent.",
        ),
        Key::new(
            "steps",
            Kind::Integer { min: 2, max: 100_000 },
            Literal::Integer(100),
            "Characters of a cut: how far gradients reach back.",
        ),
        Key::new(
            "carry",
            Kind::Boolean,
            Literal::Boolean(true),
            "Whether a network goes on from its state at the end of the cut before.",
        ),
        SHARE_OF_VALIDATION,
        SHARE_OF_TEST,
    ],
    build,
};

const SHARE: Kind = Kind::Number { min: 0.001, max: 0.45 };
const SHARE_OF_VALIDATION: Key = Key::new(
    "validation",
    SHARE,
    Literal::Number(0.1),
    "Share of each text, before the test part, that is for validation.",
);
const SHARE_OF_TEST: Key = Key::new(
    "test",
    SHARE,
    Literal::Number(0.1),
    "Share of each text, at its end, that is for testing.",
);

const LIMITS: &str = "Bits per character compare on the same text and split only: on the shipped \
     plays a 5-gram model scores 2.194 bits on the last tenth (with nine tenths to count). Much of \
     what is predicted is spelling, which needs a few characters; that a network uses more shows \
     only in small differences. An architecture without a state sees the cut alone.";

/// Streams of a held-out part.
const STREAMS: usize = 16;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    path: Option<PathBuf>,
    steps: usize,
    carry: bool,
    validation: f64,
    test: f64,
}

/// Parts of texts, read as one.
#[derive(Debug, Default)]
struct Ribbon {
    /// Ranges of [`Text::characters`].
    pieces: Vec<Range<usize>>,
    length: usize,
}

impl Ribbon {
    fn add(&mut self, piece: Range<usize>) {
        self.length += piece.len();
        self.pieces.push(piece);
    }
}

/// The task.
struct Text {
    steps: usize,
    carry: bool,
    /// Characters by number, in the order in which they were first met.
    characters: LongSequence<u16>,
    /// The token of each of them.
    tokens: Vec<u32>,
    names: Vec<String>,
    training: Ribbon,
    held_out: [Ribbon; 2],
    streams: usize,
    parts: Vec<Part>,
    checksum: String,
}

fn build(options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let path = config.path.clone().unwrap_or_else(|| context.datasets.join("shakespeare"));
    Ok(Box::new(Text::load(&config, &path, IN_MEMORY)?))
}

impl Text {
    fn load(config: &Config, path: &Path, in_memory: usize) -> Result<Self, TaskError> {
        let advice = "the option `path` names a UTF-8 file or a folder of .txt files";
        let advised = |error| TaskError::of_data(error, advice);
        let mut hasher = blake3::Hasher::new();
        let mut characters = LongSequence::new(in_memory);
        let mut met: HashMap<char, u16> = HashMap::new();
        let (mut training, mut validation, mut test) = <(Ribbon, Ribbon, Ribbon)>::default();
        for file in files(path).map_err(advised)? {
            let start = characters.len();
            let mut numbers = Vec::new();
            let take = |text: &str| {
                numbers.clear();
                for character in text.chars() {
                    let next = met.len();
                    let number = *met.entry(character).or_insert(next as u16);
                    if next > usize::from(u16::MAX) {
                        let problem = "it has more than 65,536 different characters";
                        return Err(DataError::file(&file, problem));
                    }
                    numbers.push(number);
                }
                let written = characters.extend(&numbers);
                written.map_err(|source| DataError::Read { path: file.clone(), source })
            };
            read_pieces(&file, |bytes| _ = hasher.update(bytes), take).map_err(advised)?;
            let length = characters.len() - start;
            let share = |share: f64| (share * length as f64).round() as usize;
            let (for_validation, for_test) = (share(config.validation), share(config.test));
            let test_start = start + length - for_test;
            let validation_start = test_start - for_validation;
            training.add(start..validation_start);
            validation.add(validation_start..test_start);
            test.add(test_start..start + length);
        }
        let shortest = training.length.min(validation.length).min(test.length);
        if shortest < 3 {
            let reason = format!(
                "{} characters are too few: each of the parts needs some",
                characters.len()
            );
            return Err(TaskError::Unfit { path: path.into(), reason });
        }
        let mut in_order: Vec<(char, u16)> = met.into_iter().collect();
        in_order.sort_unstable();
        let mut tokens = vec![0; in_order.len()];
        for (token, (_, number)) in in_order.iter().enumerate() {
            tokens[usize::from(*number)] = token as u32;
        }
        let names = in_order.iter().map(|(c, _)| shown(&c.to_string())).collect();
        let held_out = [validation, test];
        let streams = STREAMS.min((shortest / (2 * config.steps)).max(1));
        let steps = config.steps;
        let sequences = |part: &Ribbon| cut(part.length, streams).div_ceil(steps) * streams;
        let [for_validation, for_test] = held_out.each_ref().map(sequences);
        Ok(Self {
            steps,
            carry: config.carry,
            characters,
            tokens,
            names,
            training,
            held_out,
            streams,
            parts: Part::validation_and_test(for_validation, for_test),
            checksum: hasher.finalize().to_hex().to_string(),
        })
    }

    /// `count` tokens of a part from `start` on, which goes round at its end.
    fn read(&self, part: &Ribbon, start: usize, count: usize) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(count);
        let mut at = start % part.length;
        while tokens.len() < count {
            let mut before = 0;
            for piece in &part.pieces {
                let own = at.saturating_sub(before).min(piece.len());
                let from = piece.start + own;
                let to = piece.end.min(from + count - tokens.len());
                if before + piece.len() > at && from < to {
                    let numbers = self.characters.read(from..to);
                    tokens.extend(numbers.iter().map(|&number| self.tokens[usize::from(number)]));
                    at += to - from;
                }
                before += piece.len();
                if tokens.len() == count {
                    break;
                }
            }
            at = 0;
        }
        tokens
    }

    /// A batch of cuts, each given by its tokens and the one after them.
    fn batch(&self, cuts: &[Vec<u32>], continues: bool) -> Batch {
        let lengths: Vec<usize> = cuts.iter().map(|cut| cut.len() - 1).collect();
        let steps = lengths.iter().copied().max().unwrap_or(0);
        let mut seen = vec![0; cuts.len() * steps];
        let (mut asked, mut next) = (Vec::new(), Vec::new());
        for (row, cut) in cuts.iter().enumerate() {
            let length = cut.len() - 1;
            seen[row * steps..][..length].copy_from_slice(&cut[..length]);
            asked.extend((row * steps..row * steps + length).map(|at| at as u32));
            next.extend(&cut[1..]);
        }
        Batch {
            size: cuts.len(),
            steps,
            inputs: Inputs::Tokens(seen),
            lengths,
            asked: Asked::Steps(asked),
            targets: Targets::Classes(next),
            continues: continues && self.carry,
        }
    }

    /// How often each token occurs in a part.
    fn counts(&self, part: &Ribbon) -> Vec<f64> {
        const AT_ONCE: usize = 1 << 20;
        let mut counts = vec![0.0; self.tokens.len()];
        for start in (0..part.length).step_by(AT_ONCE) {
            for token in self.read(part, start, AT_ONCE.min(part.length - start)) {
                counts[token as usize] += 1.0;
            }
        }
        counts
    }

    /// Scores of the training part's frequencies on the test part.
    fn trivial(&self) -> BTreeMap<String, f64> {
        let (seen, asked) = (self.counts(&self.training), self.counts(&self.held_out[TEST - 1]));
        let all = seen.iter().sum::<f64>();
        let rows = asked.iter().sum::<f64>();
        let nats = seen.iter().zip(&asked).map(|(seen, asked)| -asked * (seen.max(1.0) / all).ln());
        let loss = nats.sum::<f64>() / rows;
        let frequent = (0..seen.len()).rev().max_by(|&a, &b| seen[a].total_cmp(&seen[b]));
        let score = |metric: &&'static Metric| match metric.measure {
            Measure::OfLoss(of) => of(loss),
            Measure::Counted(_) if metric.name == "loss" => loss,
            Measure::Counted(_) => asked[frequent.unwrap_or(0)] / rows,
        };
        self.metrics().iter().map(|metric| (metric.name.to_owned(), score(metric))).collect()
    }
}

/// Characters that each of `streams` streams reads: all but the last, which is only asked for.
fn cut(length: usize, streams: usize) -> usize {
    (length - 1) / streams
}

/// A file, or the text files of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |source| DataError::Read { path: path.into(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.extension().is_some_and(|end| end == "txt") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(DataError::file(path, "the folder holds no .txt file"));
    }
    Ok(files)
}

impl Task for Text {
    fn shape(&self) -> TaskShape {
        let characters = self.tokens.len();
        TaskShape {
            input: Input::Tokens { vocabulary: characters },
            max_steps: self.steps,
            target: Target::Class { classes: characters },
            answers: Answers::Steps { future: false },
            carried: self.carry,
        }
    }

    fn metrics(&self) -> Vec<&'static Metric> {
        vec![
            &cross_entropy::METRIC,
            &bits_per_character::METRIC,
            &accuracy::METRIC,
            &perplexity::METRIC,
        ]
    }

    fn facts(&self) -> TaskFacts {
        TaskFacts {
            summary: ENTRY.summary.into(),
            limits: LIMITS.into(),
            metric: bits_per_character::METRIC.name,
            trivial: self.trivial(),
            trivial_rule: "the frequency of each character in the training part".into(),
            checksum: self.checksum.clone(),
            training_sequences: self.training.length / self.steps,
        }
    }

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        let length = self.training.length;
        // All rows go round together, after as many cuts as a row's share has.
        let cuts = (length / size.max(1) / self.steps).max(1);
        let (pass, cut) = (step / cuts as u64, (step % cuts as u64) as usize);
        let entry = below(&mut stream(seed, "order", pass, 0), length);
        let start = |row: usize| entry + (row * cuts + cut) * self.steps;
        let cuts: Vec<_> =
            (0..size).map(|row| self.read(&self.training, start(row), self.steps + 1)).collect();
        self.batch(&cuts, cut > 0)
    }

    fn evaluation_size(&self) -> usize {
        self.streams
    }

    fn evaluation_batch(&self, part: usize, start: usize, size: usize) -> Batch {
        let own = &self.held_out[part];
        let each = cut(own.length, self.streams);
        let end = start.saturating_add(size).min(self.parts[part].sequences);
        let cuts: Vec<_> = (start..end)
            .map(|index| {
                let (at, stream) = (index / self.streams * self.steps, index % self.streams);
                self.read(own, stream * each + at, self.steps.min(each - at) + 1)
            })
            .collect();
        self.batch(&cuts, start > 0 && start.is_multiple_of(self.streams))
    }

    fn names(&self) -> Names {
        let (tokens, classes) = (self.names.clone(), self.names.clone());
        Names { tokens, classes, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::VALIDATION;

    fn config(steps: usize) -> Config {
        Config { path: None, steps, carry: true, validation: 0.1, test: 0.2 }
    }

    fn load(texts: &[&str], config: &Config, in_memory: usize) -> Result<Text, String> {
        let folder = tempfile::tempdir().unwrap();
        for (number, text) in texts.iter().enumerate() {
            fs::write(folder.path().join(format!("{number}.txt")), text).unwrap();
        }
        let shown = folder.path().display().to_string();
        Text::load(config, folder.path(), in_memory)
            .map_err(|error| error.to_string().replace(&shown, "FOLDER"))
    }

    fn said(task: &Text, tokens: &[u32]) -> String {
        tokens.iter().map(|token| &*task.names[*token as usize]).collect()
    }

    fn seen(batch: &Batch) -> Vec<Vec<u32>> {
        let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
        let rows = tokens.chunks(batch.steps).zip(&batch.lengths);
        rows.map(|(row, length)| row[..*length].to_vec()).collect()
    }

    /// Numbers in words of three letters, which tell where they stand.
    fn long(from: usize, count: usize) -> String {
        (from..from + count).map(|number| format!("{number:03}")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn rows_go_on_where_they_ended_until_all_go_round_together() {
        for in_memory in [0, 1 << 20] {
            let task = load(&[&long(0, 100), &long(500, 60)], &config(7), in_memory).unwrap();
            assert_eq!(task.characters.is_in_file(), in_memory == 0);
            // Seven tenths of 300 and of 180 characters.
            assert_eq!(task.training.length, 210 + 126);
            let (size, cuts) = (4, 336 / 4 / 7);
            let mut text = String::new();
            for step in 0..cuts {
                let batch = task.training_batch(3, step, size);
                assert_eq!(batch.continues, step > 0);
                text += &said(&task, &seen(&batch)[1]);
            }
            assert!(!task.training_batch(3, cuts, size).continues);
            let all = said(&task, &task.read(&task.training, 0, 336));
            assert!(all.repeat(2).contains(&text), "row 1 is a piece of the ring");
            // All rows of a pass together are the ring, once round.
            let whole: String = (0..size)
                .flat_map(|row| (0..cuts).map(move |step| (row, step)))
                .map(|(row, step)| said(&task, &seen(&task.training_batch(3, step, size))[row]))
                .collect();
            assert_eq!(whole.len(), 336);
            assert!(all.repeat(2).contains(&whole));
            let other = task.training_batch(4, 0, size);
            assert_ne!(seen(&other), seen(&task.training_batch(3, 0, size)), "another seed");
        }
    }

    #[test]
    fn every_character_of_a_held_out_part_is_asked_for_once() {
        let task = load(&[&long(0, 300)], &config(7), 1 << 20).unwrap();
        for part in [VALIDATION, TEST] {
            let own = &task.held_out[part];
            let size = task.evaluation_size();
            let mut streams = vec![String::new(); size];
            let sequences = task.parts()[part].sequences;
            for start in (0..sequences).step_by(size) {
                let batch = task.evaluation_batch(part, start, size);
                assert_eq!((batch.size, batch.continues), (size, start > 0));
                let Targets::Classes(next) = &batch.targets else { panic!("classes") };
                let mut next = next.iter();
                for (stream, length) in streams.iter_mut().zip(&batch.lengths) {
                    let own: Vec<u32> = next.by_ref().take(*length).copied().collect();
                    stream.push_str(&said(&task, &own));
                }
            }
            let all = said(&task, &task.read(own, 0, own.length));
            let asked = streams.concat();
            assert_eq!(asked, all[1..=asked.len()]);
            assert!(own.length - 1 - asked.len() < size, "few are left over");
        }
        let validation = said(&task, &task.read(&task.held_out[0], 0, 90));
        assert_eq!(validation, long(210, 30), "the tenth before the last two");
    }

    #[test]
    fn the_plays_have_the_characters_that_were_counted() {
        let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
        let config = Config { validation: 0.1, test: 0.1, ..config(100) };
        let task = Text::load(&config, &datasets.join("shakespeare"), IN_MEMORY).unwrap();
        let test = task.held_out[TEST - 1].length;
        assert!((103_000..115_000).contains(&test), "{test}");
        let trivial = task.facts().trivial;
        // Between the 5-gram's 2.194 and the 6.2 of all characters alike.
        assert!((4.4..5.0).contains(&trivial["bits_per_character"]), "{trivial:?}");
        assert!((trivial["perplexity"].log2() - trivial["bits_per_character"]).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let refused = |texts: &[&str]| load(texts, &config(5), 1000).err().unwrap();
        assert_eq!(
            refused(&["abc"]),
            "FOLDER: 3 characters are too few: each of the parts needs some"
        );
        assert_eq!(refused(&[]), "FOLDER: the folder holds no .txt file");
        let many: String = ('\u{10000}'..'\u{20800}').collect();
        let error = refused(&[&many]);
        assert_eq!(error, "FOLDER/0.txt: it has more than 65,536 different characters");
        let other = load(&["a\r\n\t b".repeat(50).as_str()], &config(5), 1000).unwrap();
        assert_eq!(other.names, ["\\t", "\\n", "\\r", "␣", "a", "b"]);
    }

    /// A gigabyte of text takes no more memory than the limit and its vocabulary.
    /// `cargo test -p tasks -- --ignored a_gigabyte`
    #[test]
    #[ignore = "writes a gigabyte"]
    fn a_gigabyte_is_read_in_bounded_memory() {
        use std::io::Write as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.txt");
        let mut file = fs::File::create(&path).unwrap();
        let piece = long(0, 1000).repeat(100);
        for _ in 0..(1 << 30) / piece.len() {
            file.write_all(piece.as_bytes()).unwrap();
        }
        let task = Text::load(&config(100), &path, IN_MEMORY).unwrap();
        assert!(task.characters.is_in_file());
        for step in 0..100 {
            assert_eq!(task.training_batch(0, step, 32).size, 32);
        }
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
        println!("peak memory {} MiB", peak >> 10);
        assert!(peak < 300 << 10, "{peak} kB");
    }
}
