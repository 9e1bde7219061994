//! Images: what does a picture show, read row by row or pixel by pixel? MNIST, Fashion-MNIST
//! and whatever else comes as IDX files.
//!
//! `path` is a folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
//! `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each also with `.gz`. Pixels are scaled
//! to [0, 1]. MNIST is at yann.lecun.com/exdb/mnist, Fashion-MNIST at
//! github.com/zalandoresearch/fashion-mnist (MIT).
//!
//! Sequential and permuted MNIST: Le, Jaitly and Hinton 2015 (arXiv:1504.00941), Arjovsky et al.
//! 2016 (arXiv:1511.06464), Bai et al. 2018 (arXiv:1803.01271), where 784 steps hold a pixel
//! each. `shrink = 2` joins 2 by 2 pixels into their mean: 196 steps, for a CPU.

use std::path::{Path, PathBuf};

use data::idx;
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::series::SPLIT_SEED;
use crate::vision::{ORDER, Order};
use crate::{
    About, Answers, Context, Example, Finite, Input, Names, Target, Targets, Task, TaskEntry,
    TaskError, TaskShape, divided,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "images",
    summary: "what a picture of an IDX file shows (MNIST, Fashion-MNIST), read as a sequence",
    about: include_str!("images.rs"),
    keys: &[
        Key::required(
            "path",
            Kind::Text,
            "Folder of the four files, absolute or from the folder that the program is started in.",
        ),
        ORDER,
        Key::new(
            "shrink",
            Kind::Integer { min: 1, max: 16 },
            Literal::Integer(1),
            "Pixels on the side of a square whose mean becomes one pixel; it divides the sides.",
        ),
        Key::optional(
            "training_size",
            Kind::Integer { min: 1, max: 100_000_000 },
            "Use the first so many pictures of the training file only.",
        ),
        Key::new(
            "validation",
            Kind::Number { min: 0.001, max: 0.9 },
            Literal::Number(0.1),
            "Share of each class of the given training data that is set apart for validation.",
        ),
        SPLIT_SEED,
    ],
    build,
};

const LIMITS: &str = "What it shows depends on the order: by rows a network reads 28 short steps and \
     nearly any recurrent one does well; pixel by pixel the lags are hundreds of steps, which is \
     what published comparisons use.";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    path: PathBuf,
    order: Order,
    shrink: usize,
    training_size: Option<usize>,
    validation: f64,
    split_seed: u64,
}

fn build(options: &Options, _: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let mut hasher = blake3::Hasher::new();
    let mut training = part(&config, "train", &mut hasher)?;
    let test = part(&config, "t10k", &mut hasher)?;
    let path = config.path.clone();
    if (training.width, training.examples.first().map(|it| it.steps(1)))
        != (test.width, test.examples.first().map(|it| it.steps(1)))
    {
        let reason = "its pictures for training and for testing are of different size".into();
        return Err(TaskError::Unfit { path, reason });
    }
    if let Some(size) = config.training_size {
        training.examples.truncate(size);
    }
    let classes = training.classes.max(test.classes);
    let (rest, validation) =
        divided(training.examples, classes, config.validation, config.split_seed, "validation");
    if rest.is_empty() || validation.is_empty() {
        let reason = "validation and training_size leave no picture to train on or to validate on; \
                      take more pictures or another share";
        return Err(TaskError::Together { task: ENTRY.name, reason: reason.into() });
    }
    let target = Target::Class { classes };
    let shape = TaskShape::new(
        Input::Vectors { channels: config.order.channels(training.width) },
        0,
        target,
        Answers::Sequence,
    );
    let names = Names::default();
    let about = About::of_classes(
        target,
        ENTRY.summary,
        LIMITS,
        names,
        hasher.finalize().to_hex().to_string(),
    );
    Ok(Box::new(Finite::new(shape, about, rest, validation, test.examples)?))
}

/// The pictures of two files.
struct Pictures {
    examples: Vec<Example>,
    width: usize,
    classes: usize,
}

fn part(config: &Config, name: &str, hasher: &mut blake3::Hasher) -> Result<Pictures, TaskError> {
    let mut file = |what: &str| {
        let plain = config.path.join(format!("{name}-{what}-ubyte"));
        let packed = config.path.join(format!("{name}-{what}-ubyte.gz"));
        let path = if packed.is_file() && !plain.is_file() { packed } else { plain };
        let advice = "the option `path` names the folder of the four IDX files, as they are \
                      published, packed or not";
        let read = idx::read(&path).map_err(|error| TaskError::of_data(error, advice))?;
        hasher.update(&(read.values.len() as u64).to_le_bytes());
        hasher.update(&read.values);
        Ok::<_, TaskError>((path, read))
    };
    let ((images_path, images), (labels_path, labels)) =
        (file("images-idx3")?, file("labels-idx1")?);
    let unfit = |path: &Path, reason: String| TaskError::Unfit { path: path.into(), reason };
    let &[count, height, width] = &images.shape[..] else {
        return Err(unfit(&images_path, format!("its shape is {:?}, not pictures", images.shape)));
    };
    if labels.shape != [count] {
        let reason = format!("its shape is {:?}, but there are {count} pictures", labels.shape);
        return Err(unfit(&labels_path, reason));
    }
    let shrink = config.shrink;
    if height == 0 || width == 0 || height % shrink != 0 || width % shrink != 0 {
        let reason = format!("shrink = {shrink} does not divide pictures of {height} by {width}");
        return Err(unfit(&images_path, reason));
    }
    let mut pictures: Vec<_> = images
        .values
        .chunks_exact(height * width)
        .map(|picture| shrunk(picture, width, shrink))
        .collect();
    config.order.apply(&mut pictures);
    let example = |(picture, &label): (_, &u8)| {
        Example::of_values(picture, Targets::Classes(vec![u32::from(label)]))
    };
    let examples = pictures.into_iter().zip(&labels.values).map(example).collect();
    let classes = labels.values.iter().max().map_or(0, |&label| usize::from(label) + 1);
    Ok(Pictures { examples, width: width / shrink, classes })
}

/// Means of squares of `shrink` by `shrink` pixels, scaled to [0, 1].
fn shrunk(picture: &[u8], width: usize, shrink: usize) -> Vec<f32> {
    let columns = width / shrink;
    let rows = picture.len() / width / shrink;
    let area = (shrink * shrink) as f32 * 255.0;
    let mean = |at: usize| {
        let (row, column) = (at / columns * shrink, at % columns * shrink);
        let square = (row..row + shrink)
            .flat_map(|row| &picture[row * width + column..][..shrink])
            .map(|&pixel| u32::from(pixel));
        square.sum::<u32>() as f32 / area
    };
    (0..rows * columns).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{Inputs, TEST, build};

    /// Four by four pixels, `count` pictures, in a folder.
    fn write(folder: &Path, name: &str, count: u8, labels: u8) {
        let mut images = vec![0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 4, 0, 0, 0, 4];
        images.extend((0..u16::from(count) * 16).map(|at| (at * 5 % 256) as u8));
        fs::write(folder.join(format!("{name}-images-idx3-ubyte")), images).unwrap();
        let mut classes = vec![0, 0, 8, 1, 0, 0, 0, labels];
        classes.extend((0..labels).map(|at| at % 3));
        fs::write(folder.join(format!("{name}-labels-idx1-ubyte")), classes).unwrap();
    }

    fn load(folder: &Path, options: &[(&str, serde_json::Value)]) -> Result<Box<dyn Task>, String> {
        let mut all: Options =
            options.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        all.insert("path".into(), folder.to_str().unwrap().into());
        let context = Context { datasets: Path::new("datasets") };
        let shown = format!("{}/", folder.display());
        build("images", &all, &context).map_err(|error| error.to_string().replace(&shown, ""))
    }

    #[test]
    fn pictures_are_read_shrunk_and_split() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "train", 30, 30);
        write(folder.path(), "t10k", 6, 6);
        let task =
            load(folder.path(), &[("shrink", 2.into()), ("validation", 0.2.into())]).unwrap();
        assert_eq!(task.shape().input, Input::Vectors { channels: 2 });
        assert_eq!((task.shape().max_steps, task.facts().training_sequences), (2, 24));
        let batch = task.evaluation_batch(TEST, 0, 1);
        let Inputs::Values(values) = &batch.inputs else { panic!("numbers") };
        // The first square of the first picture holds 0, 5, 20, 25.
        assert!((values[0] - 12.5 / 255.0).abs() < 1e-7);
        assert_eq!(
            task.evaluation_batch(TEST, 0, 6).targets,
            Targets::Classes(vec![0, 1, 2, 0, 1, 2])
        );
        let task = load(
            folder.path(),
            &[("order", "pixels".into()), ("training_size", 10.into()), ("validation", 0.3.into())],
        );
        let task = task.unwrap();
        assert_eq!(task.shape().max_steps, 16);
        assert_eq!(task.facts().training_sequences + task.parts()[0].sequences, 10);
    }

    #[test]
    fn files_that_do_not_fit_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let message =
            |options: &[(&str, serde_json::Value)]| load(folder.path(), options).err().unwrap();
        let mut messages = vec![message(&[])];
        write(folder.path(), "train", 30, 29);
        write(folder.path(), "t10k", 6, 6);
        messages.push(message(&[]));
        write(folder.path(), "train", 30, 30);
        messages.push(message(&[("shrink", 3.into())]));
        insta::assert_snapshot!(messages.join("\n"), @r"
        cannot read train-images-idx3-ubyte: No such file or directory (os error 2); the option `path` names the folder of the four IDX files, as they are published, packed or not
        train-labels-idx1-ubyte: its shape is [29], but there are 30 pictures
        train-images-idx3-ubyte: shrink = 3 does not divide pictures of 4 by 4
        ");
    }
}
