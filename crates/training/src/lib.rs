//! Training of any architecture on any task by burn-train's learner.
//!
//! burn-train supplies learner, training and inference steps, metrics and interrupter; the
//! loop is a strategy of ours (`strategy.rs`) because the stock loop validates per pass over
//! the data, drops the last steps when it is interrupted, and cannot end at the step whose
//! loss is not finite (`docs/design/why-a-custom-training-strategy.md`).
//!
//! [`train`] runs or resumes one run in its folder.

mod ahead;
pub mod backend;
mod batch;
mod checkpoint;
mod clipping;
mod early_stopping;
mod error;
mod evaluation;
pub mod loss;
mod model;
mod optimizer;
mod options;
mod pace;
mod prediction;
mod probe;
mod recorder;
mod run;
mod schedule;
mod start;
mod step;
mod strategy;
mod trainable;
mod unused;
mod weight_noise;

pub use backend::{BACKENDS, device, device_name, is_built};
pub use batch::{Answers, Item};
pub use burn_train::Interrupter;
pub use clipping::{clip_global_norm, clip_values};
pub use early_stopping::{EARLY_STOPPING_KEYS, EarlyStopping};
pub use error::TrainingError;
pub use evaluation::evaluate;
pub use model::{begin_anew, build_model, parameters, sizes};
pub use optimizer::optimizer;
pub use options::{OptimizerKind, TRAIN_KEYS, TrainOptions, check_options};
pub use pace::{Pace, pace};
pub use prediction::{Predictions, Predictor};
pub use probe::{looks, probe, probe_start};
pub use run::{Ending, Job, train};
pub use schedule::{SCHEDULE_KEYS, Schedule, ScheduleKind};
pub use start::{digest_weights, with_start};
pub use step::Step;
pub use trainable::{StepReport, StepRules, Trainable};
