//! Tasks that ask for what was bound to a key, or stood beside it.

pub mod associative_recall;
pub mod fast_weights_retrieval;
pub mod induction;
pub mod selective_copying;
