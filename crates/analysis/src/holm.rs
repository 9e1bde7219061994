//! Several tests at once.

/// Holm's adjustment (1979): with it, the chance that any true null hypothesis of the family is
/// rejected at level α is at most α, whatever the tests have to do with each other.
///
/// In ascending order the i-th of m p-values (from 0) becomes the largest of `(m − j)·p_j` over
/// j ≤ i, at most 1. In the order of `p`.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        least = least.max((p.len() - rank) as f64 * p[index]).min(1.0);
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_by_hand() {
        assert_eq!(holm(&[]), []);
        assert_eq!(holm(&[0.04]), [0.04]);
        // 3·0.01, then 2·0.03, then 1·0.04 which may not fall below the one before it.
        let found = holm(&[0.04, 0.01, 0.03]);
        let expected = [0.06, 0.03, 0.06];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{found:?}");
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }
}
