//! What was handed to a cluster: `cluster/N/submission.json`, written once.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::file::files::{Stored, entries, read_json, write_json};
use crate::{Of, StoreError, SweepFolder};

/// Jobs that were submitted together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Version of this format.
    pub format: u32,
    /// Seconds since the Unix epoch.
    pub time: f64,
    /// The command, to be typed again.
    pub command: String,
    /// Digest of the experiment as it was then: a task does nothing if the file has changed since.
    pub experiment: String,
    /// The arrays, each of which begins when the one before has ended.
    pub stages: Vec<SubmittedStage>,
    /// The job that writes the report when they have.
    pub report: String,
}

/// A job array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmittedStage {
    /// What it does: `main`, `tuning, rung 2`.
    pub name: String,
    /// The number of the job.
    pub job: String,
    /// The runs of each of its tasks.
    pub tasks: Vec<Vec<SubmittedRun>>,
}

/// A run of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmittedRun {
    /// Which configuration it is of.
    pub of: Of,
    /// Its seed.
    pub seed: u64,
}

impl Stored for Submission {
    const FORMAT: u32 = 1;
    const SEALED: u32 = 1;

    fn format(&self) -> u32 {
        self.format
    }
}

impl SubmittedStage {
    /// What its script, and what its tasks print, are called.
    pub fn file(&self) -> String {
        self.name.replace(", ", "-").replace(' ', "-")
    }
}

impl Submission {
    /// The numbers of all its jobs.
    pub fn jobs(&self) -> impl Iterator<Item = &str> {
        self.stages.iter().map(|stage| stage.job.as_str()).chain([self.report.as_str()])
    }
}

impl SweepFolder {
    /// Where a submission and what its tasks print lie.
    pub fn submission_folder(&self, number: u32) -> PathBuf {
        self.path().join("cluster").join(number.to_string())
    }

    fn submission_path(&self, number: u32) -> PathBuf {
        self.submission_folder(number).join("submission.json")
    }

    /// What was submitted, with its number, the earliest first.
    ///
    /// # Errors
    /// [`StoreError::Read`], or another if a file is damaged.
    pub fn submissions(&self) -> Result<Vec<(u32, Submission)>, StoreError> {
        let mut submissions = Vec::new();
        for number in self.submission_numbers()? {
            // One whose jobs were refused left its scripts alone.
            if let Some(it) = read_json(&self.submission_path(number))? {
                submissions.push((number, it));
            }
        }
        Ok(submissions)
    }

    /// One of them; `None` if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Read`], or another if the file is damaged.
    pub fn submission(&self, number: u32) -> Result<Option<Submission>, StoreError> {
        read_json(&self.submission_path(number))
    }

    /// The number of the next submission.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn next_submission(&self) -> Result<u32, StoreError> {
        Ok(self.submission_numbers()?.last().unwrap_or(&0) + 1)
    }

    /// Rising, also of those whose jobs were refused.
    fn submission_numbers(&self) -> Result<Vec<u32>, StoreError> {
        let folders = entries(&self.path().join("cluster"))?;
        let number = |path: &PathBuf| path.file_name()?.to_str()?.parse().ok();
        let mut numbers: Vec<u32> = folders.iter().filter_map(number).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Writes a submission.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_submission(&self, number: u32, it: &Submission) -> Result<(), StoreError> {
        write_json(&self.submission_path(number), it)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn submissions_are_read_back_in_their_order_and_damage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        assert_eq!((sweep.submissions().unwrap(), sweep.next_submission().unwrap()), (vec![], 1));
        let runs = vec![
            SubmittedRun { of: Of::Candidate(3), seed: 900 },
            SubmittedRun { of: Of::Condition(0), seed: 7 },
        ];
        let stage = SubmittedStage { name: "main".into(), job: "17".into(), tasks: vec![runs] };
        let submission = |time: f64| Submission {
            format: Submission::FORMAT,
            time,
            command: "unroll submit a.toml".into(),
            experiment: "abc".into(),
            stages: vec![stage.clone()],
            report: "18".into(),
        };
        for number in [2, 10, 1] {
            sweep.write_submission(number, &submission(f64::from(number))).unwrap();
        }
        fs::create_dir_all(sweep.submission_folder(11)).unwrap();
        let read = sweep.submissions().unwrap();
        assert_eq!(read.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 10]);
        assert_eq!(read[2].1, submission(10.0));
        assert_eq!(sweep.next_submission().unwrap(), 12);
        assert_eq!(submission(1.0).jobs().collect::<Vec<_>>(), ["17", "18"]);
        let path = sweep.submission_path(2);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"17\"", "\"71\"")).unwrap();
        let error = sweep.submissions().unwrap_err().to_string();
        assert!(error.contains("2/submission.json"), "{error}");
    }
}
