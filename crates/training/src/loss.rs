//! The losses, each the mean over a batch.

use burn::tensor::{Int, Tensor, activation};

/// Cross-entropy in nats, `-mean(log_softmax(scores)[class])`, `[1]`.
///
/// Shapes: scores `[batch, classes]`, classes `[batch]`. As PyTorch's `cross_entropy`.
pub fn cross_entropy(scores: Tensor<2>, classes: Tensor<1, Int>) -> Tensor<1> {
    let log = activation::log_softmax(scores, 1);
    log.gather(1, classes.unsqueeze_dim(1)).mean().neg()
}

/// Mean squared error over all elements, `[1]`; both `[batch, values]`. As PyTorch's
/// `mse_loss`.
pub fn squared_error(output: Tensor<2>, values: Tensor<2>) -> Tensor<1> {
    (output - values).square().mean()
}
