//! What goes wrong.

/// Why nothing, or no more, was measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A word that is none of those known.
    #[error("\"{word}\" is no {what}; there are {known}")]
    Unknown {
        /// What was asked for.
        what: &'static str,
        /// What was given.
        word: String,
        /// The known words, joined by commas.
        known: String,
    },
    /// A shape that cannot be read.
    #[error(
        "\"{text}\" is no shape; write batch, steps, input and hidden as four numbers from 1 to \
         {largest}, such as 32x100x64x128"
    )]
    Shape {
        /// What was given.
        text: String,
        /// The largest number allowed.
        largest: usize,
    },
    /// An architecture that cannot be built.
    #[error("an architecture cannot be built: {0}")]
    Architecture(#[from] architectures::ArchitectureError),
    /// A model that cannot be built for a task.
    #[error("a model cannot be built: {0}")]
    Model(String),
    /// Threads that cannot be started.
    #[error("cannot start {threads} threads: {source}")]
    Threads {
        /// How many.
        threads: usize,
        /// Why not.
        source: rayon::ThreadPoolBuildError,
    },
    /// A measurement in a process of its own that failed.
    #[error("the process that measures memory failed: {0}")]
    Memory(String),
    /// The results cannot be printed.
    #[error("cannot print the results: {0}")]
    Print(#[from] std::io::Error),
}
