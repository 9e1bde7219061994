//! Formal languages: trained on short strings, tested on longer ones.

pub mod arithmetic;
mod beyond;
pub mod counting;
pub mod cycle_navigation;
pub mod dyck;
pub mod even_pairs;
pub mod modular_arithmetic;
pub mod parity;
pub mod reverse_string;

pub(crate) use beyond::Beyond;
