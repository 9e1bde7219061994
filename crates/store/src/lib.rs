//! The plain types of plan, arm, claim, event and result, and the run folder that holds
//! them.
//!
//! Bottom of the house: knows nothing of Burn. `experiment` builds a [`Plan`], workers
//! write [`Event`]s and a [`RunResult`], and analysis, report and dashboard only read.
//!
//! | file | what it says | module |
//! |---|---|---|
//! | `plan.json` | what the experiment asks for | [`plan`] |
//! | `runs/*/seed-*/config.toml` | the resolved configuration of one run | [`config`] |
//! | `runs/*/seed-*/events.jsonl` | what happened, appended as it happens | [`event`], [`journal`] |
//! | `runs/*/seed-*/provenance.json` | what computed it | [`provenance`] |
//! | `runs/*/seed-*/result.json` | its scores; written last, so it means "finished" | [`result`] |

pub mod config;
mod error;
pub mod event;
mod files;
mod folder;
pub mod journal;
pub mod plan;
pub mod provenance;
pub mod result;

pub use config::{ModelConfig, RunConfig, TaskConfig};
pub use error::StoreError;
pub use event::{Event, EventKind, FailureClass};
pub use files::write_atomically;
pub use folder::{RunFolder, RunLock, RunState, SweepFolder};
pub use journal::{EventTail, EventWriter};
pub use plan::{
    Arm, Change, Claim, Condition, Expectation, Metric, Plan, PlannedTask, ReadAt, Solved,
};
pub use provenance::Provenance;
pub use result::{Goal, Metrics, Outcome, RunResult, Score};
