//! `dataset.toml`: what the files of a folder hold.

use std::path::{Component, Path, PathBuf};

use data::DataError;
use data::utf8::whole;
use schema::Options;
use serde::Deserialize;

use crate::TaskEntry;
use crate::dataset::record::{DataFile, PartName};
use crate::forecasting;
use crate::text::text;

/// Name of the manifest in its folder.
pub const MANIFEST: &str = "dataset.toml";

/// What a manifest says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    kind: Kind,
    pub licence: String,
    pub summary: Option<String>,
    pub source: Option<String>,
    files: Files,
    #[serde(default)]
    pub columns: Columns,
    #[serde(default)]
    pub split: Split,
    /// Options of the task that the kind names.
    #[serde(default)]
    pub options: Options,
}

/// The kinds that there are.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Classification,
    Regression,
    Tagging,
    Text,
    Forecasting,
}

/// Who reads the files.
pub(super) enum Reading {
    /// The readers here, as sequences of which this is asked.
    Sequences(Asks),
    /// Another task, which has one file.
    Task(TaskEntry),
}

/// What is asked of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// Its class.
    Class,
    /// A number, or several.
    Values,
    /// A class at each step.
    Tags,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    all: Option<Listed>,
    train: Option<Listed>,
    validation: Option<Listed>,
    test: Option<Listed>,
}

/// Files of a part.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a file name, a list of them, or { inputs, target } for .npy"
)]
enum Listed {
    One(PathBuf),
    Several(Vec<PathBuf>),
    Arrays { inputs: PathBuf, target: PathBuf, lengths: Option<PathBuf> },
}

/// Names of columns, fields or arrays.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Columns {
    pub inputs: Names,
    pub text: Option<String>,
    pub target: Names,
    pub sequence: Option<String>,
    pub lengths: Option<String>,
    pub part: Option<String>,
    pub group: Option<String>,
}

/// One name or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "expected a name or a list of names")]
pub(super) enum Names {
    One(String),
    Several(Vec<String>),
}

impl Default for Names {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Names {
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// How what the files leave open is divided.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Split {
    pub validation: f64,
    pub test: f64,
    pub seed: u64,
}

impl Default for Split {
    fn default() -> Self {
        Self { validation: 0.2, test: 0.2, seed: 0 }
    }
}

impl Manifest {
    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// [`DataError`] with its line.
    pub fn read(folder: &Path) -> Result<Self, DataError> {
        let path = folder.join(MANIFEST);
        let bytes = data::read_file(&path)?;
        let text = whole(&path, &bytes)?;
        let manifest: Self = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.get(..start).unwrap_or_default().split('\n').count();
            DataError::line(&path, line, error.message())
        })?;
        manifest.sensible().map_err(|problem| DataError::file(&path, problem))?;
        Ok(manifest)
    }

    fn sensible(&self) -> Result<(), String> {
        let Split { validation, test, .. } = self.split;
        for (name, share) in [("validation", validation), ("test", test)] {
            if !(0.001..=0.9).contains(&share) {
                return Err(format!("[split] {name} = {share} is not between 0.001 and 0.9"));
            }
        }
        if validation + test > 0.95 {
            return Err("[split] leaves less than a twentieth to train on".into());
        }
        if self.licence.trim().is_empty() {
            return Err("`licence` is empty; say under which terms the data may be used".into());
        }
        let Files { all, train, validation, test } = &self.files;
        match (all, train) {
            (Some(_), None) if validation.is_none() && test.is_none() => {}
            (None, Some(_)) => {}
            (None, None) => {
                return Err("[files] names neither `all` nor `train`; one of them is needed".into());
            }
            _ => {
                return Err("[files] names `all` beside files of parts; `all` stands alone".into());
            }
        }
        for DataFile { path, beside, .. } in self.files() {
            for path in beside.iter().map(|(_, path)| path).chain([&path]) {
                let plain = path.components().all(|it| matches!(it, Component::Normal(_)));
                if !plain || path.as_os_str().is_empty() {
                    let shown = path.display();
                    return Err(format!(
                        "[files] names \"{shown}\"; files lie in the folder of {MANIFEST} or below"
                    ));
                }
            }
        }
        if matches!(self.reading(), Reading::Sequences(_)) && !self.options.is_empty() {
            return Err("[options] are for the kinds text and forecasting".into());
        }
        Ok(())
    }

    /// Who reads the files.
    pub fn reading(&self) -> Reading {
        match self.kind {
            Kind::Classification => Reading::Sequences(Asks::Class),
            Kind::Regression => Reading::Sequences(Asks::Values),
            Kind::Tagging => Reading::Sequences(Asks::Tags),
            Kind::Text => Reading::Task(text::ENTRY),
            Kind::Forecasting => Reading::Task(forecasting::ENTRY),
        }
    }

    /// All files, those of training first.
    pub fn files(&self) -> Vec<DataFile> {
        let Files { all, train, validation, test } = &self.files;
        let parts = [
            (None, all),
            (Some(PartName::Training), train),
            (Some(PartName::Validation), validation),
            (Some(PartName::Test), test),
        ];
        let listed = parts.into_iter().filter_map(|(part, listed)| Some((part, listed.as_ref()?)));
        listed
            .flat_map(|(part, listed)| {
                let file = |path: &PathBuf| DataFile { path: path.clone(), part, beside: vec![] };
                match listed {
                    Listed::One(path) => vec![file(path)],
                    Listed::Several(paths) => paths.iter().map(file).collect(),
                    Listed::Arrays { inputs, target, lengths } => {
                        let lengths = lengths.iter().map(|path| ("lengths", path.clone()));
                        let beside = [("target", target.clone())].into_iter().chain(lengths);
                        vec![DataFile { beside: beside.collect(), ..file(inputs) }]
                    }
                }
            })
            .collect()
    }

    /// The one file of a kind that has only one.
    ///
    /// # Errors
    /// If there are several, or files of parts.
    pub fn only_file(&self) -> Result<PathBuf, String> {
        match &self.files.all {
            Some(Listed::One(path)) => Ok(path.clone()),
            _ => Err("data of this kind are one file, `all`; it is divided by place".into()),
        }
    }
}
