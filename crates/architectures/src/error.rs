//! Errors of building an architecture.

/// Errors of building an architecture.
#[derive(Debug, thiserror::Error)]
pub enum ArchitectureError {
    /// No architecture of this name is registered.
    #[error("there is no architecture \"{name}\"")]
    Unknown {
        /// The name.
        name: String,
    },
    /// Options that its table does not allow.
    #[error("the options of {architecture} are not valid: {source}")]
    Options {
        /// The architecture.
        architecture: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Options that are each allowed but do not fit together.
    #[error("{architecture}: {reason}")]
    Unfit {
        /// The architecture.
        architecture: &'static str,
        /// What does not fit, and what would.
        reason: String,
    },
}
