//! The optimizers.

use burn::optim::{AdamConfig, ModuleOptimizer};

use crate::OptimizerKind;

/// A new optimizer.
///
/// Adam: Kingma and Ba 2015, arXiv:1412.6980, with β 0.9 and 0.999 and ε 1e-8, as PyTorch
/// (Burn's own default ε is 1e-5).
pub fn optimizer(kind: OptimizerKind) -> ModuleOptimizer {
    match kind {
        OptimizerKind::Adam => AdamConfig::new().with_epsilon(1e-8).init(),
    }
}
