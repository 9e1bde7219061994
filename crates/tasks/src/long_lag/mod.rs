//! Tasks that ask for something seen long before.

pub mod adding;
pub mod copy_memory;
pub mod delayed_recall;
pub mod temporal_order;
