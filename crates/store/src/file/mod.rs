//! Files: written whole or line by line, with checksums and locks.

pub(crate) mod files;
pub(crate) mod lines;
pub(crate) mod lock;
pub(crate) mod seal;
pub(crate) mod together;
