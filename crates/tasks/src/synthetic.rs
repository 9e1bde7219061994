//! Tasks whose sequences are drawn from a definition.

pub mod adding;
