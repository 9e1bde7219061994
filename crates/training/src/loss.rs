//! The losses, each the mean over the rows of a batch: the places that are asked about.

use burn::tensor::{Int, Tensor, activation};

/// Cross-entropy in nats, `-mean(log_softmax(scores)[class])`, `[1]`, with a part `smoothing` of the
/// target spread over all classes (Szegedy et al. 2016, arXiv:1512.00567).
///
/// Shapes: scores `[rows, classes]`, classes `[rows]`. As PyTorch's `cross_entropy`.
pub fn cross_entropy(scores: Tensor<2>, classes: Tensor<1, Int>, smoothing: f64) -> Tensor<1> {
    let log = activation::log_softmax(scores, 1);
    let of_class = log.clone().gather(1, classes.unsqueeze_dim(1)).mean().neg();
    if smoothing == 0.0 {
        return of_class;
    }
    of_class * (1.0 - smoothing) - log.mean() * smoothing
}

/// Mean squared error over all elements, `[1]`; both `[rows, values]`. As PyTorch's
/// `mse_loss`.
pub fn squared_error(output: Tensor<2>, values: Tensor<2>) -> Tensor<1> {
    (output - values).square().mean()
}

/// Binary cross-entropy of logits in nats, summed over the labels of a row,
/// `mean(Σ ln(1 + exp(z)) − y z)`, `[1]`; both `[rows, labels]`. As PyTorch's
/// `binary_cross_entropy_with_logits(reduction="sum")` over the number of rows.
pub fn binary_cross_entropy(logits: Tensor<2>, labels: Tensor<2>) -> Tensor<1> {
    // ln(1 + exp(z)) = max(z, 0) + ln(1 + exp(−|z|)), which does not overflow.
    let beyond = logits.clone().abs().neg().exp().add_scalar(1.0).log();
    let sums = activation::relu(logits.clone()) + beyond - labels * logits;
    sums.sum_dim(1).mean()
}
