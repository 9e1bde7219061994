//! Sweeps on a cluster that Slurm runs: which runs a task of a job array does, the script that it
//! starts, and what Slurm says of it afterwards.
//!
//! A task is `run` with a part of the runs, on a folder that all nodes see; nothing of ours runs
//! beside Slurm. [`groups`] puts runs together by their estimated time, [`Script`] writes what `sbatch`
//! takes, [`slurm`] asks and tells it.

mod error;
mod grouping;
mod script;
mod settings;
pub mod slurm;
mod submitted;

pub use error::ClusterError;
pub use grouping::{Aim, groups};
pub use script::Script;
pub use settings::Settings;
pub use slurm::TaskState;
pub use submitted::{Submitted, cancel, runs_in_tasks};
