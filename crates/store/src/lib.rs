//! The plain types of plan, arm, claim, event and result, and the run folder that holds
//! them.
//!
//! Bottom of the house: knows nothing of Burn. `experiment` builds a [`Plan`], workers
//! write [`Event`]s and a [`RunResult`], and analysis, report and dashboard only read.
//!
//! | file | what it says | type |
//! |---|---|---|
//! | `plan.json` | what the experiment asks for | [`Plan`] |
//! | `claims.json` | when each claim was first made | [`ClaimBook`] |
//! | `runs/*/seed-*/config.toml` | the resolved configuration of one run | [`RunConfig`] |
//! | `runs/*/seed-*/events.jsonl` | what happened, appended as it happens | [`Event`] |
//! | `runs/*/seed-*/provenance.json` | what computed it | [`Provenance`] |
//! | `journal.jsonl` | what was done to the sweep, and when | [`SweepEntry`] |
//! | `control.jsonl` | what was asked of the runners at work | [`Asked`] |
//! | `cluster/*/submission.json` | what was handed to a cluster | [`Submission`] |
//! | `runs/*/seed-*/result.json` | its scores; written last, so it means "finished" | [`RunResult`] |
//!
//! | folder | what lies there |
//! |---|---|
//! | `file` | how a file is written whole or line by line, with its checksum, and locked |
//! | `planning` | what an experiment asks for, and what tuning and halving decide |
//! | `run` | the folder of one run and the types of its files |
//! | `sweep` | the folder of a sweep: survey, estimates, claims, journal, mending, checking, cleaning |

mod error;
mod file;
mod planning;
mod run;
mod sweep;

pub use error::StoreError;
pub use file::files::{
    Stored, digest, read_json, read_verified, remove_leftovers, remove_old_leftovers,
    set_damaged_aside, to_sealed_json, write_atomically, write_json,
};
pub use file::lock::RunLock;
pub use planning::claim::{Against, Claim, Expectation, Parts};
pub use planning::competition::Competition;
pub use planning::condition::{Condition, Sizes};
pub use planning::config::{ModelConfig, Pooling, RunConfig, StartWeights, TaskConfig};
pub use planning::estimate::paired_seeds_needed;
pub use planning::factors::Factors;
pub use planning::halving::{AtRung, Halving, Verdict};
pub use planning::keep::Keep;
pub use planning::plan::{
    Arm, Budget, Change, Metric, Plan, PlannedPart, PlannedTask, Point, Solved,
};
pub use planning::quantity::Quantity;
pub use planning::rounds::Rounds;
pub use planning::seeding::{SPLIT_SEED, SeedRule, Seeding, SplitRule};
pub use planning::source::Source;
pub use planning::tuning::{Candidate, Chosen, TunedKey, Tuning};
pub use run::event::{Event, EventKind, FailureClass};
pub use run::journal;
pub use run::journal::{EventTail, EventWriter};
pub use run::provenance::{Fingerprint, Provenance, Stale};
pub use run::reach::Reach;
pub use run::reading::Reading;
pub use run::result::{Goal, Metrics, Outcome, ReadAt, RunResult, Score};
pub use run::run_folder::{RunFolder, RunState};
pub use sweep::at_work::AtWork;
pub use sweep::check::{Checked, Finding};
pub use sweep::claims::{ClaimBook, SeenClaim};
pub use sweep::clean::{CleanChoice, Removable};
pub use sweep::control::{Asking, Requests};
pub use sweep::cost::{Basis, Costs, Estimate, TimeLeft};
pub use sweep::disk::{RunBytes, bytes_on_disk, estimated_bytes};
pub use sweep::folder::SweepFolder;
pub use sweep::mend::SetAside;
pub use sweep::request::{Answer, Asked, Request};
pub use sweep::submission::{Submission, SubmittedRun, SubmittedStage};
pub use sweep::survey::{Of, Standing, Survey, Surveyed};
pub use sweep::sweep_journal;
pub use sweep::sweep_journal::{SweepEntry, SweepEntryKind, SweepJournal, SweepTail};
