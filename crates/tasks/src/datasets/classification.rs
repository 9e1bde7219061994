//! Classification of whole sequences from two `.ts` files, one given for training and one
//! for testing.
//!
//! A part of the training file, the same share of every class, is set apart for
//! validation; which sequences is decided by `split_seed` alone. The rest is the training
//! part, run through in passes, each in an order of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::datasets::ts::{self, TsData};
use crate::{
    Batch, Split, Target, Targets, Task, TaskError, TaskFacts, TaskShape, permutation, stream,
};

/// Where the data are, what to make of them, and what to say of them.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    /// The file that training and validation come from.
    pub train: PathBuf,
    /// The file of the test split.
    pub test: PathBuf,
    /// What to do if a file cannot be read.
    pub advice: &'static str,
    /// Share of the training file that is set apart for validation.
    pub validation: f64,
    /// Decides which sequences that share is made of.
    pub split_seed: u64,
    /// Whether to subtract the mean of each channel and divide by its standard deviation,
    /// both over all steps of the training part.
    pub standardize: bool,
    /// One line: what is to be predicted from what.
    pub summary: &'a str,
    /// What the task can and cannot show.
    pub limits: &'a str,
}

/// The task of telling the classes of such data apart.
#[derive(Debug, Clone)]
pub struct Classification {
    shape: TaskShape,
    facts: TaskFacts,
    training: Vec<Sequence>,
    validation: Vec<Sequence>,
    test: Vec<Sequence>,
}

#[derive(Debug, Clone)]
struct Sequence {
    /// `[steps, channels]`
    values: Vec<f32>,
    class: u32,
}

impl Classification {
    /// Reads and splits the data.
    ///
    /// # Errors
    /// [`TaskError::Read`], [`TaskError::Line`]; [`TaskError::Unfit`] if values are
    /// missing, the two files do not belong together, or the split leaves a part empty or
    /// a class without training sequences.
    pub fn load(source: &Source) -> Result<Self, TaskError> {
        let mut hasher = blake3::Hasher::new();
        let (train_data, train) = read(&source.train, source.advice, &mut hasher)?;
        let (test_data, mut test) = read(&source.test, source.advice, &mut hasher)?;
        let header = |data: &TsData| (data.channels, data.classes.clone());
        if header(&train_data) != header(&test_data) {
            let train = source.train.display();
            let reason = format!("its dimensions or class labels are not those of {train}");
            return Err(unfit(&source.test, reason));
        }
        let TsData { channels, classes, .. } = train_data;
        let (mut training, mut validation) = divide(train, &classes, source)?;
        if source.standardize {
            let scales = Scale::of(&training, channels);
            for part in [&mut training, &mut validation, &mut test] {
                standardize(part, &scales);
            }
        }
        let longest = [&training, &validation, &test]
            .into_iter()
            .flatten()
            .map(|sequence| sequence.values.len() / channels)
            .max();
        let facts = TaskFacts {
            summary: source.summary.into(),
            limits: source.limits.into(),
            trivial: class_frequency_scores(&training, &test, classes.len()),
            trivial_rule: "the class frequencies of the training part, whatever the input".into(),
            checksum: hasher.finalize().to_hex().to_string(),
            split_sizes: [training.len(), validation.len(), test.len()],
        };
        let target = Target::Class { classes: classes.len() };
        let shape = TaskShape { channels, max_steps: longest.unwrap_or(0), target };
        Ok(Self { shape, facts, training, validation, test })
    }

    fn split(&self, split: Split) -> &[Sequence] {
        match split {
            Split::Validation => &self.validation,
            Split::Test => &self.test,
        }
    }

    fn batch<'a>(&self, sequences: impl Iterator<Item = &'a Sequence>) -> Batch {
        let (values, classes): (Vec<_>, Vec<_>) =
            sequences.map(|sequence| (&*sequence.values, sequence.class)).unzip();
        Batch::pad(self.shape.channels, &values, Targets::Classes(classes))
    }
}

impl Task for Classification {
    fn shape(&self) -> TaskShape {
        self.shape
    }

    fn facts(&self) -> TaskFacts {
        self.facts.clone()
    }

    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        let order = passes(seed, step, size, self.training.len());
        self.batch(order.into_iter().map(|i| &self.training[i]))
    }

    fn split_len(&self, split: Split) -> usize {
        self.split(split).len()
    }

    fn evaluation_batch(&self, split: Split, start: usize, size: usize) -> Batch {
        self.batch(self.split(split).iter().skip(start).take(size))
    }
}

/// Which of `n` sequences optimizer step `step` sees: places `step * size` and on of one
/// permutation after another, each from its own stream.
fn passes(seed: u64, step: u64, size: usize, n: usize) -> Vec<usize> {
    let (n_wide, size_wide) = (n as u128, size as u128);
    let start = u128::from(step) * size_wide;
    let mut next = (start / n_wide) as u64;
    let mut skip = (start % n_wide) as usize;
    let mut order = Vec::with_capacity(size);
    while order.len() < size {
        let pass = permutation(&mut stream(seed, "order", next, 0), n);
        order.extend(pass.into_iter().skip(skip).take(size - order.len()));
        (next, skip) = (next.wrapping_add(1), 0);
    }
    order
}

fn unfit(path: &Path, reason: impl Into<String>) -> TaskError {
    TaskError::Unfit { path: path.into(), reason: reason.into() }
}

/// The header (its cases moved out) and the sequences of a file.
fn read(
    path: &Path,
    advice: &'static str,
    hasher: &mut blake3::Hasher,
) -> Result<(TsData, Vec<Sequence>), TaskError> {
    let bytes =
        fs::read(path).map_err(|source| TaskError::Read { path: path.into(), source, advice })?;
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(&bytes);
    let mut data = ts::parse(path, &bytes)?;
    let mut sequences = Vec::with_capacity(data.cases.len());
    for case in data.cases.drain(..) {
        if case.values.iter().any(|value| value.is_nan()) {
            let line = case.line;
            let reason = format!("line {line}: a value is missing; fill it in or drop the case");
            return Err(unfit(path, reason));
        }
        let class = case.label.ok_or_else(|| {
            unfit(path, "the cases have no class labels (@classLabel false); this task needs them")
        })?;
        sequences.push(Sequence { values: case.values, class: class as u32 });
    }
    Ok((data, sequences))
}

/// Sets the validation part apart, keeping the order of the file in both parts.
fn divide(
    sequences: Vec<Sequence>,
    classes: &[String],
    source: &Source,
) -> Result<(Vec<Sequence>, Vec<Sequence>), TaskError> {
    let mut held_out = vec![false; sequences.len()];
    for (class, label) in classes.iter().enumerate() {
        let members: Vec<_> =
            (0..sequences.len()).filter(|&i| sequences[i].class as usize == class).collect();
        if members.is_empty() {
            let reason = format!("no case is of class {label}; delete it from @classLabel");
            return Err(unfit(&source.train, reason));
        }
        let take = (members.len() as f64 * source.validation).round() as usize;
        if take >= members.len() {
            let reason = format!(
                "validation = {} leaves none of the {} sequences of class {label} to train on; \
                 choose a smaller share",
                source.validation,
                members.len(),
            );
            return Err(unfit(&source.train, reason));
        }
        let rng = &mut stream(source.split_seed, "validation", 0, class as u64);
        for i in permutation(rng, members.len()).into_iter().take(take) {
            held_out[members[i]] = true;
        }
    }
    let mut parts = (Vec::new(), Vec::new());
    for (sequence, held_out) in sequences.into_iter().zip(held_out) {
        if held_out { parts.1.push(sequence) } else { parts.0.push(sequence) }
    }
    if parts.1.is_empty() {
        let reason = format!(
            "validation = {} sets no sequence apart, as every class is small; choose a larger \
             share",
            source.validation
        );
        return Err(unfit(&source.train, reason));
    }
    Ok(parts)
}

/// Mean and standard deviation of a channel over all steps of some sequences.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    /// One for each channel. The deviation of a constant channel counts as 1, so that the
    /// channel becomes 0.
    fn of(sequences: &[Sequence], channels: usize) -> Vec<Self> {
        let channel = |channel| {
            let values: Vec<_> = sequences
                .iter()
                .flat_map(|sequence| sequence.values.iter().skip(channel).step_by(channels))
                .map(|value| f64::from(*value))
                .collect();
            // Told from the values: a variance may round to just above 0.
            let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
            let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if lowest >= highest {
                return Self { mean: lowest, deviation: 1.0 };
            }
            let steps = values.len() as f64;
            let mean = values.iter().sum::<f64>() / steps;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / steps;
            Self { mean, deviation: variance.sqrt() }
        };
        (0..channels).map(channel).collect()
    }

    fn apply(self, value: &mut f32) {
        *value = ((f64::from(*value) - self.mean) / self.deviation) as f32;
    }
}

/// Standardises every channel of every sequence.
fn standardize(sequences: &mut [Sequence], scales: &[Scale]) {
    for step in sequences.iter_mut().flat_map(|sequence| sequence.values.chunks_mut(scales.len())) {
        step.iter_mut().zip(scales).for_each(|(value, scale)| scale.apply(value));
    }
}

/// Scores on `test` of predicting the class frequencies of `training`: their
/// cross-entropy, and the accuracy of naming the most frequent class (the first of them).
fn class_frequency_scores(
    training: &[Sequence],
    test: &[Sequence],
    classes: usize,
) -> BTreeMap<String, f64> {
    let counts = |part: &[Sequence]| {
        let mut counts = vec![0_usize; classes];
        for sequence in part {
            counts[sequence.class as usize] += 1;
        }
        counts
    };
    let (seen, asked) = (counts(training), counts(test));
    let loss: f64 = seen
        .iter()
        .zip(&asked)
        .map(|(&seen, &asked)| asked as f64 * (training.len() as f64 / seen as f64).ln())
        .sum();
    let majority = (0..classes).rev().max_by_key(|&class| seen[class]).unwrap_or(0);
    let share = |sum: f64| sum / test.len() as f64;
    [("loss", share(loss)), ("accuracy", share(asked[majority] as f64))]
        .map(|(metric, score)| (metric.to_owned(), score))
        .into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    use super::*;

    const HEADER: &str = "@dimensions 2\n@classLabel true a b\n@data\n";

    /// A data set of two channels, one of them constant, in a folder of its own: `a` and
    /// `b` count the training sequences of each class, and every value is different.
    struct Files {
        folder: tempfile::TempDir,
        source: Source<'static>,
    }

    impl Files {
        fn new(a: usize, b: usize) -> Self {
            let mut train = HEADER.to_owned();
            for i in 0..a {
                writeln!(train, "{i}.5,{i}.25:3,3:a").unwrap();
            }
            for i in 0..b {
                writeln!(train, "{i}.125:3:b").unwrap();
            }
            Self::with(&train, &format!("{HEADER}1,2,3:3,3,4:a\n4,5:3,3:b\n6:3:b\n"))
        }

        fn with(train: &str, test: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            fs::write(path("train.ts"), train).unwrap();
            fs::write(path("test.ts"), test).unwrap();
            let source = Source {
                train: path("train.ts"),
                test: path("test.ts"),
                advice: "download it",
                validation: 0.25,
                split_seed: 0,
                standardize: false,
                summary: "a or b",
                limits: "a toy",
            };
            Self { folder, source }
        }

        /// The message of loading, without the temporary folder.
        fn message(&self) -> String {
            let folder = format!("{}/", self.folder.path().display());
            Classification::load(&self.source).unwrap_err().to_string().replace(&folder, "")
        }
    }

    fn bits(sequences: &[Sequence]) -> BTreeSet<Vec<u32>> {
        let bits = |values: &Vec<f32>| values.iter().map(|value| value.to_bits()).collect();
        sequences.iter().map(|sequence| bits(&sequence.values)).collect()
    }

    #[test]
    fn every_class_gives_the_same_share_to_validation() {
        let task = Classification::load(&Files::new(12, 8).source).unwrap();
        let count = |part: &[Sequence], class| part.iter().filter(|s| s.class == class).count();
        assert_eq!([count(&task.validation, 0), count(&task.validation, 1)], [3, 2]);
        assert_eq!([count(&task.training, 0), count(&task.training, 1)], [9, 6]);
        assert!(bits(&task.training).is_disjoint(&bits(&task.validation)));
        assert_eq!(task.facts.split_sizes, [15, 5, 3]);
        let target = Target::Class { classes: 2 };
        assert_eq!(task.shape, TaskShape { channels: 2, max_steps: 3, target });
    }

    #[test]
    fn only_the_split_seed_decides_the_split() {
        let mut files = Files::new(12, 8);
        let first = Classification::load(&files.source).unwrap();
        let again = Classification::load(&files.source).unwrap();
        assert_eq!(bits(&first.validation), bits(&again.validation));
        files.source.split_seed = 1;
        let other = Classification::load(&files.source).unwrap();
        assert_ne!(bits(&first.validation), bits(&other.validation));
    }

    #[test]
    fn channels_are_scaled_by_the_training_part_alone() {
        let mut files = Files::new(12, 8);
        let raw = Classification::load(&files.source).unwrap();
        files.source.standardize = true;
        let task = Classification::load(&files.source).unwrap();
        let channel = |part: &[Sequence], c: usize| -> Vec<f64> {
            part.iter()
                .flat_map(|s| s.values.iter().skip(c).step_by(2))
                .map(|value| f64::from(*value))
                .collect()
        };
        let values = channel(&task.training, 0);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
        assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6, "{mean} {square}");
        // The constant channel is 3 in training; the test split has a single 4.
        assert!(channel(&task.training, 1).iter().all(|value| *value == 0.0));
        assert_eq!(channel(&task.test, 1), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        let before = channel(&raw.training, 0);
        let mean = before.iter().sum::<f64>() / before.len() as f64;
        let deviation =
            (before.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / before.len() as f64).sqrt();
        for (raw, scaled) in channel(&raw.test, 0).into_iter().zip(channel(&task.test, 0)) {
            assert!(((raw - mean) / deviation - scaled).abs() < 1e-6);
        }
    }

    #[test]
    fn trivial_scores_are_those_of_the_class_frequencies() {
        let task = Classification::load(&Files::new(12, 4).source).unwrap();
        // 9 and 3 to train on, so frequencies 3/4 and 1/4; the test split is a, b, b.
        let loss = -((0.75_f64).ln() + 2.0 * (0.25_f64).ln()) / 3.0;
        assert!((task.facts.trivial["loss"] - loss).abs() < 1e-12);
        assert!((task.facts.trivial["accuracy"] - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn batches_run_through_one_permutation_after_another() {
        let (n, size) = (7, 3);
        let order: Vec<_> = (0..14).flat_map(|step| passes(5, step, size, n)).collect();
        let expected: Vec<_> =
            (0..6).flat_map(|pass| permutation(&mut stream(5, "order", pass, 0), n)).collect();
        assert_eq!(order, expected);
        assert_eq!(passes(5, 0, 42, n), expected, "a batch longer than the data");
        assert_eq!(passes(5, u64::MAX, size, n).len(), size);
    }

    #[test]
    fn the_checksum_follows_the_bytes() {
        let first = Classification::load(&Files::new(8, 8).source).unwrap().facts.checksum;
        let same = Classification::load(&Files::new(8, 8).source).unwrap().facts.checksum;
        let other = Classification::load(&Files::new(8, 9).source).unwrap().facts.checksum;
        assert_eq!(first, same);
        assert_ne!(first, other);
    }

    #[test]
    fn a_split_that_leaves_a_part_empty_is_refused() {
        insta::assert_snapshot!(
            Files::new(8, 0).message(),
            @"train.ts: no case is of class b; delete it from @classLabel"
        );
        insta::assert_snapshot!(
            Files::new(1, 1).message(),
            @"train.ts: validation = 0.25 sets no sequence apart, as every class is small; choose a larger share"
        );
        let mut files = Files::new(8, 2);
        files.source.validation = 0.9;
        insta::assert_snapshot!(
            files.message(),
            @"train.ts: validation = 0.9 leaves none of the 2 sequences of class b to train on; choose a smaller share"
        );
    }

    #[test]
    fn files_that_do_not_fit_are_refused() {
        let case = "1:1:a\n1:1:b\n";
        let train = format!("{HEADER}{case}");
        let message = |train: &str, test: &str| Files::with(train, test).message();
        let other = "@classLabel true a c\n@data\n1:1:a\n";
        insta::assert_snapshot!(
            message(&train, other),
            @"test.ts: its dimensions or class labels are not those of train.ts"
        );
        insta::assert_snapshot!(
            message("@classLabel false\n@data\n1:1\n", &train),
            @"train.ts: the cases have no class labels (@classLabel false); this task needs them"
        );
        insta::assert_snapshot!(
            message(&format!("{train}1,?:1,1:a"), &train),
            @"train.ts: line 6: a value is missing; fill it in or drop the case"
        );
        insta::assert_snapshot!(
            message(&train, &format!("{HEADER}1:x:a")),
            @r#"test.ts:4: dimension 2, value 1: "x" is not a finite 32-bit number; write ? for a missing value"#
        );
        let files = Files::new(8, 8);
        fs::remove_file(&files.source.test).unwrap();
        insta::assert_snapshot!(
            files.message(),
            @"cannot read test.ts: No such file or directory (os error 2); download it"
        );
    }
}
