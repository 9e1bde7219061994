//! A sweep: from an experiment file to its runs, and to the processes that do them.

pub mod chosen;
pub mod damage;
pub mod left_to_tasks;
pub mod opened;
pub mod part;
pub mod selection;
pub mod session;
pub mod tracking;
pub mod tuning;
pub mod work;
