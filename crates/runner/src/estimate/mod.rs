//! What is left of a sweep, and what that will take.

pub mod outlook;
pub mod timing;
