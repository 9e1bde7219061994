//! A problem of the UCR and UEA archives: series in two files, one given for training and one
//! for testing, with a class or a value each.
//!
//! A part of the training file, the same share of every class, is set apart for
//! validation; which sequences is decided by `split_seed` alone. The rest is the training
//! part, run through in passes, each in an order of its own. Classes are those of the training
//! file, then those that only the test file has.

use std::path::{Path, PathBuf};

use data::ts::{Case, TsData};

use crate::metric::{Setting, mean_absolute_error, squared_error};
use crate::series::files::{self, Files};
use crate::series::{Missing, standardize, standardize_each};
use crate::{
    About, Answers, Example, Finite, Input, Names, Target, Targets, TaskError, TaskShape,
    permutation, stratified, stream,
};

/// Where the data are, what to make of them, and what to say of them.
#[derive(Debug, Clone)]
pub struct Problem<'a> {
    /// The folder of the two files.
    pub folder: PathBuf,
    /// What their names begin with.
    pub problem: &'a str,
    /// What to do if a file cannot be read.
    pub advice: &'static str,
    /// Share of the training file that is set apart for validation.
    pub validation: f64,
    /// Decides which sequences that share is made of.
    pub split_seed: u64,
    /// Whether to subtract the mean of each channel and divide by its standard deviation,
    /// both over all steps of the training part.
    pub standardize: bool,
    /// Whether to do the same before with each sequence by itself.
    pub standardize_each: bool,
    /// What stands for missing values.
    pub missing: Missing,
    /// One line: what is to be predicted from what.
    pub summary: String,
    /// What the task can and cannot show.
    pub limits: &'a str,
}

/// Reads and splits the data.
///
/// # Errors
/// [`TaskError::Read`], [`TaskError::Data`]; [`TaskError::Unfit`] if values are missing, the
/// two files do not belong together, or the split leaves a part empty or a class without
/// training sequences.
pub fn load(source: &Problem) -> Result<Finite, TaskError> {
    let Files { train, test, checksum } =
        files::read(&source.folder, source.problem, source.advice)?;
    let ((train_path, mut train), (test_path, mut test)) = (train, test);
    if test.channels != train.channels {
        let shown = train_path.display();
        let (own, other) = (test.channels, train.channels);
        let reason = format!("it has {own} dimensions, {shown} has {other}");
        return Err(unfit(&test_path, reason));
    }
    for (path, data) in [(&train_path, &mut train), (&test_path, &mut test)] {
        source.missing.fill(data).map_err(|line| {
            let reason = format!(
                "line {line}: a value is missing; say with the option `missing` what stands for \
                 it, or drop the case"
            );
            unfit(path, reason)
        })?;
    }
    let channels = train.channels;
    let kind = Kind::of(&train, &train_path, &test, &test_path)?;
    let mut train_examples = kind.examples(train, &train_path)?;
    let mut test = kind.examples(test, &test_path)?;
    if source.standardize_each {
        standardize_each(&mut train_examples, channels);
        standardize_each(&mut test, channels);
    }
    let apart = kind.apart(&train_examples, source, &train_path)?;
    let (mut training, mut validation) = (Vec::new(), Vec::new());
    for (example, apart) in train_examples.into_iter().zip(apart) {
        if apart { validation.push(example) } else { training.push(example) }
    }
    if source.standardize {
        standardize([&mut training, &mut validation, &mut test], channels);
    }
    let target = kind.target();
    let shape = TaskShape::new(Input::Vectors { channels }, 0, target, Answers::Sequence);
    let (summary, limits) = (source.summary.clone(), source.limits);
    let about = match kind {
        Kind::Classes(classes) => {
            let names = Names { classes, ..Names::default() };
            About::of_classes(target, summary, limits, names, checksum)
        }
        Kind::Value => About {
            summary,
            limits: limits.into(),
            metrics: vec![&squared_error::METRIC, &mean_absolute_error::METRIC],
            metric: "loss",
            setting: Setting::of(target),
            names: Names::default(),
            checksum,
        },
    };
    Finite::new(shape, about, training, validation, test)
}

/// What is asked of a series.
enum Kind {
    /// Its class, one of these.
    Classes(Vec<String>),
    /// Its target.
    Value,
}

impl Kind {
    /// What both files ask.
    fn of(
        train: &TsData,
        train_path: &Path,
        test: &TsData,
        test_path: &Path,
    ) -> Result<Self, TaskError> {
        let has_targets = |data: &TsData| data.cases.iter().any(|case| case.target.is_some());
        match (has_targets(train), has_targets(test)) {
            (true, true) => return Ok(Self::Value),
            (false, false) => {}
            _ => {
                let reason = format!("one of it and {} has targets", train_path.display());
                return Err(unfit(test_path, reason + ", the other has none"));
            }
        }
        for (data, path) in [(train, train_path), (test, test_path)] {
            if data.classes.is_empty() {
                let reason = "the cases have no class labels (@classLabel false); this task needs \
                              them";
                return Err(unfit(path, reason));
            }
        }
        let mut classes = train.classes.clone();
        classes.extend(test.classes.iter().filter(|it| !train.classes.contains(it)).cloned());
        Ok(Self::Classes(classes))
    }

    fn target(&self) -> Target {
        match self {
            Self::Classes(classes) => Target::Class { classes: classes.len() },
            Self::Value => Target::Value { values: 1 },
        }
    }

    /// The cases of a file.
    fn examples(&self, data: TsData, path: &Path) -> Result<Vec<Example>, TaskError> {
        let TsData { classes: own, cases, .. } = data;
        let example = |case: Case| {
            let targets = match self {
                Self::Value => case.target.map(|target| Targets::Values(vec![target])),
                Self::Classes(all) => case.label.and_then(|label| {
                    let class = all.iter().position(|class| *class == own[label])?;
                    Some(Targets::Classes(vec![class as u32]))
                }),
            };
            let line = case.line;
            let targets = targets
                .ok_or_else(|| unfit(path, format!("line {line}: nothing is asked of it")))?;
            Ok(Example::of_values(case.values, targets))
        };
        cases.into_iter().map(example).collect()
    }

    /// Which of the training file's cases are set apart for validation.
    fn apart(
        &self,
        examples: &[Example],
        source: &Problem,
        path: &Path,
    ) -> Result<Vec<bool>, TaskError> {
        let (share, seed) = (source.validation, source.split_seed);
        let apart = match self {
            Self::Classes(classes) => {
                let of: Vec<u32> = examples.iter().map(Example::class).collect();
                let apart = stratified(&of, classes.len(), share, seed, "validation");
                for (class, label) in classes.iter().enumerate() {
                    let members: Vec<_> =
                        (0..of.len()).filter(|&at| of[at] as usize == class).collect();
                    if !members.is_empty() && members.iter().all(|&at| apart[at]) {
                        let reason = format!(
                            "validation = {share} leaves none of the {} sequences of class \
                             {label} to train on; choose a smaller share",
                            members.len(),
                        );
                        return Err(unfit(path, reason));
                    }
                }
                apart
            }
            Self::Value => {
                let take = (examples.len() as f64 * share).round() as usize;
                let mut apart = vec![false; examples.len()];
                let order = permutation(&mut stream(seed, "validation", 0, 0), examples.len());
                order.into_iter().take(take).for_each(|at| apart[at] = true);
                apart
            }
        };
        if apart.iter().all(|apart| !apart) {
            let reason = format!(
                "validation = {share} sets no sequence apart, as every class is small; choose a \
                 larger share"
            );
            return Err(unfit(path, reason));
        }
        Ok(apart)
    }
}

fn unfit(path: &Path, reason: impl Into<String>) -> TaskError {
    TaskError::Unfit { path: path.into(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::fs;

    use super::*;
    use crate::{Batch, Inputs, TEST, Task, VALIDATION};

    const HEADER: &str = "@dimensions 2\n@classLabel true a b\n@data\n";

    /// A data set of two channels, one of them constant, in a folder of its own: `a` and
    /// `b` count the training sequences of each class, and every value is different.
    struct Files {
        folder: tempfile::TempDir,
        source: Problem<'static>,
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
            fs::write(path("toy_TRAIN.ts"), train).unwrap();
            fs::write(path("toy_TEST.ts"), test).unwrap();
            let source = Problem {
                folder: folder.path().into(),
                problem: "toy",
                advice: "download it",
                validation: 0.25,
                split_seed: 0,
                standardize: false,
                standardize_each: false,
                missing: Missing::Refuse,
                summary: "a or b".into(),
                limits: "a toy",
            };
            Self { folder, source }
        }

        /// The message of loading, without the temporary folder.
        fn message(&self) -> String {
            let folder = format!("{}/", self.folder.path().display());
            load(&self.source).unwrap_err().to_string().replace(&folder, "")
        }
    }

    /// All of the training part.
    fn training(task: &Finite) -> Batch {
        task.training_batch(0, 0, task.facts().training_sequences)
    }

    fn part(task: &Finite, part: usize) -> Batch {
        task.evaluation_batch(part, 0, task.parts()[part].sequences)
    }

    /// Each sequence of two channels without its padding.
    fn sequences(batch: &Batch) -> Vec<Vec<f32>> {
        let Inputs::Values(values) = &batch.inputs else { panic!("numbers") };
        let rows = values.chunks(batch.steps * 2).zip(&batch.lengths);
        rows.map(|(row, length)| row[..length * 2].to_vec()).collect()
    }

    fn bits(batch: &Batch) -> BTreeSet<Vec<u32>> {
        let bits = |values: Vec<f32>| values.iter().map(|value| value.to_bits()).collect();
        sequences(batch).into_iter().map(bits).collect()
    }

    #[test]
    fn every_class_gives_the_same_share_to_validation() {
        let task = load(&Files::new(12, 8).source).unwrap();
        let count = |batch: &Batch, class| {
            let Targets::Classes(classes) = &batch.targets else { panic!("classes") };
            classes.iter().filter(|it| **it == class).count()
        };
        let (training, validation) = (training(&task), part(&task, VALIDATION));
        assert_eq!([count(&validation, 0), count(&validation, 1)], [3, 2]);
        assert_eq!([count(&training, 0), count(&training, 1)], [9, 6]);
        assert!(bits(&training).is_disjoint(&bits(&validation)));
        assert_eq!(task.parts()[TEST].sequences, 3);
        let shape = task.shape();
        assert_eq!((shape.input, shape.max_steps), (Input::Vectors { channels: 2 }, 3));
        assert_eq!(shape.target, Target::Class { classes: 2 });
        assert_eq!(task.names().classes, ["a", "b"]);
    }

    #[test]
    fn only_the_split_seed_decides_the_split() {
        let mut files = Files::new(12, 8);
        let validation = |files: &Files| bits(&part(&load(&files.source).unwrap(), VALIDATION));
        let first = validation(&files);
        assert_eq!(first, validation(&files));
        files.source.split_seed = 1;
        assert_ne!(first, validation(&files));
    }

    #[test]
    fn each_sequence_is_scaled_by_itself() {
        let values = vec![1.0, 7.0, 3.0, 7.0, 5.0, 7.0];
        let mut examples = [Example::of_values(values, Targets::Classes(vec![0]))];
        standardize_each(&mut examples, 2);
        let Inputs::Values(values) = &examples[0].inputs else { panic!() };
        let far = (1.5_f32).sqrt();
        for (value, expected) in values.iter().zip([-far, 0.0, 0.0, 0.0, far, 0.0]) {
            assert!((value - expected).abs() < 1e-6, "{values:?}: a constant channel is 0");
        }
    }

    #[test]
    fn channels_are_scaled_by_the_training_part_alone() {
        let mut files = Files::new(12, 8);
        let raw = load(&files.source).unwrap();
        files.source.standardize = true;
        let task = load(&files.source).unwrap();
        let channel = |batch: &Batch, c: usize| -> Vec<f64> {
            let own = |sequence: Vec<f32>| sequence.into_iter().skip(c).step_by(2);
            sequences(batch).into_iter().flat_map(own).map(f64::from).collect()
        };
        let values = channel(&training(&task), 0);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
        assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6, "{mean} {square}");
        // The constant channel is 3 in training; the test part has a single 4.
        assert!(channel(&training(&task), 1).iter().all(|value| *value == 0.0));
        assert_eq!(channel(&part(&task, TEST), 1), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        let before = channel(&training(&raw), 0);
        let mean = before.iter().sum::<f64>() / before.len() as f64;
        let deviation =
            (before.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / before.len() as f64).sqrt();
        let tests = channel(&part(&raw, TEST), 0).into_iter().zip(channel(&part(&task, TEST), 0));
        for (raw, scaled) in tests {
            assert!(((raw - mean) / deviation - scaled).abs() < 1e-6);
        }
    }

    #[test]
    fn trivial_scores_are_those_of_the_class_frequencies() {
        let task = load(&Files::new(12, 4).source).unwrap();
        // 9 and 3 to train on, so frequencies 3/4 and 1/4; the test part is a, b, b.
        let loss = -((0.75_f64).ln() + 2.0 * (0.25_f64).ln()) / 3.0;
        let trivial = task.facts().trivial;
        assert!((trivial["loss"] - loss).abs() < 1e-6);
        assert!((trivial["accuracy"] - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_class_that_only_one_file_has_is_a_class() {
        let case = "1:1:a\n2:1:a\n3:1:b\n4:1:b\n5:1:b\n6:1:a\n7:1:a\n8:1:b\n";
        let other = "@dimensions 2\n@classLabel true c b\n@data\n1:1:c\n9:1:b\n";
        let files = Files::with(&format!("{HEADER}{case}"), other);
        let task = load(&files.source).unwrap();
        assert_eq!(task.names().classes, ["a", "b", "c"]);
        assert_eq!(part(&task, TEST).targets, Targets::Classes(vec![2, 1]));
        assert!(task.facts().trivial["loss"].is_finite());
    }

    #[test]
    fn targets_make_a_regression() {
        let header = "@targetLabel true\n@data\n";
        let lines = |from: usize| -> String {
            let line = |i| format!("{i}.5,2:{i},3:{}\n", i * 10);
            (from..from + 8).map(line).collect::<Vec<_>>().concat()
        };
        let train = format!("{header}{}", lines(0));
        let files = Files::with(&train, &format!("{header}{}", lines(8)));
        let task = load(&files.source).unwrap();
        assert_eq!(task.shape().target, Target::Value { values: 1 });
        assert_eq!(task.parts()[VALIDATION].sequences, 2);
        let Targets::Values(targets) = part(&task, TEST).targets else { panic!("values") };
        assert_eq!(targets, [80., 90., 100., 110., 120., 130., 140., 150.]);
        let mixed = Files::with(&train, &format!("{HEADER}1:1:a\n"));
        insta::assert_snapshot!(
            mixed.message(),
            @"toy_TEST.ts: one of it and toy_TRAIN.ts has targets, the other has none"
        );
    }

    #[test]
    fn the_checksum_follows_the_bytes() {
        let checksum = |a, b| load(&Files::new(a, b).source).unwrap().facts().checksum;
        assert_eq!(checksum(8, 8), checksum(8, 8));
        assert_ne!(checksum(8, 8), checksum(8, 9));
    }

    #[test]
    fn a_split_that_leaves_a_part_empty_is_refused() {
        insta::assert_snapshot!(
            Files::new(1, 1).message(),
            @"toy_TRAIN.ts: validation = 0.25 sets no sequence apart, as every class is small; choose a larger share"
        );
        let mut files = Files::new(8, 2);
        files.source.validation = 0.9;
        insta::assert_snapshot!(
            files.message(),
            @"toy_TRAIN.ts: validation = 0.9 leaves none of the 2 sequences of class b to train on; choose a smaller share"
        );
    }

    #[test]
    fn files_that_do_not_fit_are_refused() {
        let case = "1:1:a\n1:1:b\n";
        let train = format!("{HEADER}{case}");
        let message = |train: &str, test: &str| Files::with(train, test).message();
        let other = "@classLabel true a\n@data\n1:a\n";
        insta::assert_snapshot!(
            message(&train, other),
            @"toy_TEST.ts: it has 1 dimensions, toy_TRAIN.ts has 2"
        );
        insta::assert_snapshot!(
            message("@classLabel false\n@data\n1:1\n", &train),
            @"toy_TRAIN.ts: the cases have no class labels (@classLabel false); this task needs them"
        );
        insta::assert_snapshot!(
            message(&format!("{train}1,?:1,1:a"), &train),
            @"toy_TRAIN.ts: line 6: a value is missing; say with the option `missing` what stands for it, or drop the case"
        );
        insta::assert_snapshot!(
            message(&train, &format!("{HEADER}1:x:a")),
            @r#"toy_TEST.ts:4: dimension 2, value 1: "x" is not a finite 32-bit number; write ? for a missing value"#
        );
        let files = Files::new(8, 8);
        fs::remove_file(files.folder.path().join("toy_TEST.ts")).unwrap();
        insta::assert_snapshot!(
            files.message(),
            @"cannot read toy_TEST.ts: No such file or directory (os error 2); download it"
        );
    }
}
