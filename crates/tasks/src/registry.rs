//! The list of tasks. Adding one is one line in [`TASKS`].

use schema::Options;

use crate::dataset;
use crate::entry::{Context, TaskEntry};
use crate::error::TaskError;
use crate::forecasting;
use crate::formal::{
    arithmetic, counting, cycle_navigation, dyck, even_pairs, modular_arithmetic, parity,
    reverse_string,
};
use crate::long_lag::{adding, copy_memory, delayed_recall, temporal_order};
use crate::music;
use crate::recall::{associative_recall, fast_weights_retrieval, induction, selective_copying};
use crate::series::{japanese_vowels, spoken_digits, time_series, watch_exercises};
use crate::task::Task;
use crate::text::{names, sentiment, tagging, text};
use crate::vision::{digits, images, moving_digits};

/// All tasks, in the order of lists.
pub const TASKS: &[TaskEntry] = &[
    adding::ENTRY,
    copy_memory::ENTRY,
    temporal_order::ENTRY,
    delayed_recall::ENTRY,
    parity::ENTRY,
    even_pairs::ENTRY,
    cycle_navigation::ENTRY,
    modular_arithmetic::ENTRY,
    reverse_string::ENTRY,
    counting::ENTRY,
    dyck::ENTRY,
    arithmetic::ENTRY,
    associative_recall::ENTRY,
    fast_weights_retrieval::ENTRY,
    selective_copying::ENTRY,
    induction::ENTRY,
    japanese_vowels::ENTRY,
    watch_exercises::ENTRY,
    spoken_digits::ENTRY,
    time_series::ENTRY,
    digits::ENTRY,
    images::ENTRY,
    moving_digits::ENTRY,
    text::ENTRY,
    names::ENTRY,
    sentiment::ENTRY,
    tagging::ENTRY,
    forecasting::ENTRY,
    music::ENTRY,
    dataset::ENTRY,
];

/// The entry of a task.
pub fn find(name: &str) -> Option<&'static TaskEntry> {
    TASKS.iter().find(|entry| entry.name == name)
}

/// Makes a task; options that are absent take their defaults.
///
/// # Errors
/// [`TaskError::Unknown`], [`TaskError::Option`] and [`TaskError::Options`] for the
/// arguments, the others for the task's data.
pub fn build(name: &str, options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    find(name).ok_or_else(|| unknown(name))?.make(options, context)
}

fn unknown(name: &str) -> TaskError {
    let known: Vec<_> = TASKS.iter().map(|entry| entry.name).collect();
    TaskError::Unknown { name: name.to_owned(), known: known.join(", ") }
}
