//! The plain types of plan, arm, claim, event and result, and the run folder that holds
//! them.
//!
//! Bottom of the house: knows nothing of Burn. `experiment` builds a [`Plan`], workers
//! write [`Event`]s and a [`RunResult`], and analysis, report and dashboard only read.
//!
//! | file | what it says | module |
//! |---|---|---|
//! | `plan.json` | what the experiment asks for | [`plan`] |
//! | `claims.json` | when each claim was first made | [`claims`] |
//! | `runs/*/seed-*/config.toml` | the resolved configuration of one run | [`config`] |
//! | `runs/*/seed-*/events.jsonl` | what happened, appended as it happens | [`event`], [`journal`] |
//! | `runs/*/seed-*/provenance.json` | what computed it | [`provenance`] |
//! | `journal.jsonl` | what was done to the sweep, and when | [`sweep_journal`] |
//! | `runs/*/seed-*/result.json` | its scores; written last, so it means "finished" | [`result`] |

mod check;
mod choice;
pub mod claims;
mod clean;
mod competition;
mod condition;
pub mod config;
pub mod cost;
pub mod disk;
mod error;
pub mod estimate;
pub mod event;
mod files;
mod folder;
pub mod halving;
pub mod journal;
mod lines;
mod lock;
mod mend;
pub mod plan;
pub mod provenance;
mod reach;
pub mod result;
mod run_folder;
mod rungs;
mod seal;
pub mod seeding;
pub mod survey;
pub mod sweep_journal;
pub mod tuning;

pub use check::{Checked, Finding};
pub use claims::{ClaimBook, SeenClaim};
pub use clean::{CleanChoice, Removable};
pub use competition::Competition;
pub use condition::Condition;
pub use config::{ModelConfig, RunConfig, TaskConfig};
pub use cost::{Basis, Costs, Estimate, TimeLeft};
pub use disk::{RunBytes, bytes_on_disk, estimated_bytes};
pub use error::StoreError;
pub use estimate::paired_seeds_needed;
pub use event::{Event, EventKind, FailureClass};
pub use files::{
    Stored, digest, read_json, read_verified, remove_leftovers, remove_old_leftovers,
    set_damaged_aside, to_sealed_json, write_atomically,
};
pub use folder::SweepFolder;
pub use halving::{AtRung, Halving, Verdict};
pub use journal::{EventTail, EventWriter};
pub use lock::RunLock;
pub use mend::SetAside;
pub use plan::{
    Arm, Budget, Change, Claim, Expectation, Metric, Plan, PlannedTask, Point, ReadAt, Solved,
};
pub use provenance::{Fingerprint, Provenance, Stale};
pub use reach::Reach;
pub use result::{Goal, Metrics, Outcome, RunResult, Score};
pub use run_folder::{RunFolder, RunState};
pub use seeding::{SPLIT_SEED, SeedRule, Seeding, SplitRule};
pub use survey::{Of, Standing, Survey, Surveyed};
pub use sweep_journal::{SweepEntry, SweepEntryKind, SweepJournal};
pub use tuning::{Candidate, Chosen, TunedKey, Tuning};
