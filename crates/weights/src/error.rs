use std::io;
use std::path::PathBuf;

/// Why a file of weights cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {fault}", path.display())]
pub struct WeightsError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub fault: Fault,
}

/// What is wrong with a file of weights.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The system gave an error.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// It is neither of safetensors nor of PyTorch, or is damaged.
    #[error(
        "it is no file of weights, or is damaged: {0}; give one of safetensors, or a .pt of a state_dict"
    )]
    Format(String),
    /// A tensor of it cannot be used.
    #[error("tensor \"{name}\": {reason}")]
    Tensor {
        /// Its name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// It has no weights.
    #[error("it holds no tensor of floating-point numbers; save a state_dict")]
    Empty,
}
