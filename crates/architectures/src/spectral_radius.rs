//! The size of the largest eigenvalue of a matrix.

use burn::tensor::Tensor;

/// How often the matrix is squared: its 2¹⁶-th power tells the radius to four places and more.
const SQUARINGS: u32 = 16;

/// The spectral radius of a square matrix, row by row: lim ‖Aᵏ‖^(1/k) (Gelfand 1941), with
/// k = 2¹⁶ by squaring. Real and complex eigenvalues alike; 0 of a nilpotent matrix.
pub fn spectral_radius(matrix: &[f64], size: usize) -> f64 {
    let norm = |matrix: &Vec<f64>| matrix.iter().map(|number| number * number).sum::<f64>().sqrt();
    let divided = |mut matrix: Vec<f64>, by: f64| {
        for number in &mut matrix {
            *number /= by;
        }
        matrix
    };
    by_squaring(matrix.to_vec(), norm, divided, |matrix| squared(&matrix, size))
}

/// The same of a tensor, `[size, size]`, computed where it is: f32 tells it to three places.
pub fn spectral_radius_of(matrix: Tensor<2>) -> f64 {
    let norm =
        |matrix: &Tensor<2>| f64::from(matrix.clone().square().sum().sqrt().into_scalar::<f32>());
    by_squaring(matrix, norm, |matrix, by| matrix / by, |matrix| matrix.clone().matmul(matrix))
}

fn by_squaring<M>(
    mut power: M,
    norm: impl Fn(&M) -> f64,
    divided: impl Fn(M, f64) -> M,
    squared: impl Fn(M) -> M,
) -> f64 {
    // ln ‖Aᵏ‖^(1/k), summed over the norms that are divided out.
    let (mut log, mut weight) = (0.0, 1.0);
    for _ in 0..=SQUARINGS {
        let size_of_power = norm(&power);
        if size_of_power == 0.0 || !size_of_power.is_finite() {
            return size_of_power;
        }
        log += weight * size_of_power.ln();
        weight /= 2.0;
        power = squared(divided(power, size_of_power));
    }
    log.exp()
}

fn squared(matrix: &[f64], size: usize) -> Vec<f64> {
    let mut product = vec![0.0; matrix.len()];
    for (row, product) in matrix.chunks_exact(size).zip(product.chunks_exact_mut(size)) {
        for (left, other) in row.iter().zip(matrix.chunks_exact(size)) {
            for (sum, right) in product.iter_mut().zip(other) {
                *sum += left * right;
            }
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn is_that_of_matrices_whose_eigenvalues_are_known() {
        // A rotation by any angle, stretched: two complex eigenvalues of that size.
        let (sine, cosine) = 0.7_f64.sin_cos();
        let rotation = [1.3 * cosine, -1.3 * sine, 1.3 * sine, 1.3 * cosine];
        let triangular = [0.5, 9.0, -3.0, 0.0, -0.8, 7.0, 0.0, 0.0, 0.2];
        for (matrix, size, expected) in
            [(&rotation[..], 2, 1.3), (&triangular, 3, 0.8), (&[0.0, 5.0, 0.0, 0.0], 2, 0.0)]
        {
            let got = spectral_radius(matrix, size);
            assert!((got - expected).abs() < 1e-3, "{got}, not {expected}");
            let single: Vec<f32> = matrix.iter().map(|&number| number as f32).collect();
            let data = TensorData::new(single, [size, size]);
            let got = spectral_radius_of(Tensor::from_data(data, &Device::flex()));
            assert!((got - expected).abs() < 2e-3, "{got}, not {expected}");
        }
    }
}
