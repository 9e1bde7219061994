//! How the weights of a recurrent layer begin: options that every cell has.
//!
//! What is not given is as PyTorch's, from U(−1/√hidden, 1/√hidden).

use schema::{Choice, Key, Kind, Options};
use serde::Deserialize;

use crate::initializer::{normals, within};
use crate::spectral_radius::spectral_radius;

const ORTHOGONAL: Choice = Choice {
    word: "orthogonal",
    doc: "An orthogonal matrix, Saxe et al. 2014: it keeps the length of every vector.",
};
const GLOROT: Choice = Choice {
    word: "glorot",
    doc: "Uniform up to sqrt(6 / (inputs + outputs)), Glorot and Bengio 2010.",
};
const HE: Choice =
    Choice { word: "he", doc: "Normal with variance 2 / inputs, He et al. 2015: for ReLU." };
const PYTORCH: Choice =
    Choice { word: "pytorch", doc: "Uniform up to 1 / sqrt(hidden), as without this key." };

/// The options as keys of a cell's table.
pub(crate) const INPUT_INIT: Key = Key::optional(
    "input_init",
    Kind::OneOf(&[PYTORCH, ORTHOGONAL, GLOROT, HE]),
    "How the weights of the input begin: as PyTorch's if absent.",
);
/// See [`INPUT_INIT`].
pub(crate) const RECURRENT_INIT: Key = Key::optional(
    "recurrent_init",
    Kind::OneOf(&[
        PYTORCH,
        ORTHOGONAL,
        Choice { word: "identity", doc: "The identity: with ReLU the IRNN of Le et al. 2015." },
        GLOROT,
        HE,
    ]),
    "How the weights of the hidden state begin: as PyTorch's if absent.",
);
/// See [`INPUT_INIT`].
pub(crate) const SPECTRAL_RADIUS: Key = Key::optional(
    "spectral_radius",
    Kind::Number { min: 0.0, max: 1000.0 },
    "The weights of the hidden state are scaled to this spectral radius, the size of the largest \
     eigenvalue; as they are drawn if absent.",
);
/// See [`INPUT_INIT`].
pub(crate) const CHRONO: Key = Key::optional(
    "chrono",
    Kind::Integer { min: 3, max: 1_000_000_000 },
    "The longest lag, in steps, that the gates are to begin with: the bias of the gate that keeps \
     is ln U(1, chrono - 1), Tallec and Ollivier 2018, in the place of any other bias. Of no \
     effect without such a gate.",
);

/// How the matrices of a layer begin.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct InitialWeights {
    /// W.
    #[serde(default, rename = "input_init")]
    pub input: Distribution,
    /// R.
    #[serde(default, rename = "recurrent_init")]
    pub recurrent: Distribution,
    /// What each block of R is scaled to.
    pub spectral_radius: Option<f64>,
}

/// How a matrix begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// U(−1/√hidden, 1/√hidden).
    #[default]
    Pytorch,
    /// Orthogonal: of normal numbers, made orthonormal.
    Orthogonal,
    /// The identity.
    Identity,
    /// U(−a, a), a = √(6 / (rows + columns)).
    Glorot,
    /// N(0, 2 / rows).
    He,
}

impl InitialWeights {
    /// Takes them out of the options of a cell, and gives what is left.
    ///
    /// # Errors
    /// Those of `serde_json`.
    pub(crate) fn take(options: &Options) -> Result<(Self, Options), serde_json::Error> {
        schema::take(options, &[INPUT_INIT.name, RECURRENT_INIT.name, SPECTRAL_RADIUS.name])
    }

    /// R, `[hidden, gates·hidden]`, row by row.
    pub(crate) fn recurrent(
        self,
        hidden: usize,
        gates: usize,
        draw: &mut dyn FnMut() -> f32,
    ) -> Vec<f32> {
        let mut all = matrix(self.recurrent, [hidden, hidden], gates, draw);
        let Some(radius) = self.spectral_radius else { return all };
        for gate in 0..gates {
            let rows = all.chunks_exact(gates * hidden);
            let block = rows.flat_map(|row| &row[gate * hidden..][..hidden]);
            let block: Vec<f64> = block.map(|&weight| f64::from(weight)).collect();
            let now = spectral_radius(&block, hidden);
            // Nothing makes a matrix larger that has no eigenvalue but 0.
            let scale = if now > 0.0 { (radius / now) as f32 } else { 0.0 };
            for row in all.chunks_exact_mut(gates * hidden) {
                for weight in &mut row[gate * hidden..][..hidden] {
                    *weight *= scale;
                }
            }
        }
        all
    }

    /// W, `[input, gates·hidden]`, row by row.
    pub(crate) fn input(
        self,
        [input, hidden]: [usize; 2],
        gates: usize,
        draw: &mut dyn FnMut() -> f32,
    ) -> Vec<f32> {
        matrix(self.input, [input, hidden], gates, draw)
    }
}

/// A matrix `[rows, gates·columns]`, row by row.
fn matrix(
    distribution: Distribution,
    [rows, columns]: [usize; 2],
    gates: usize,
    draw: &mut dyn FnMut() -> f32,
) -> Vec<f32> {
    let count = rows * gates * columns;
    let block: &mut dyn FnMut() -> Vec<f64> = match distribution {
        Distribution::Pytorch => return within(1.0 / (columns as f32).sqrt(), count, draw),
        Distribution::Glorot => {
            return within((6.0 / (rows + columns) as f32).sqrt(), count, draw);
        }
        Distribution::He => {
            let deviation = (2.0 / rows as f32).sqrt();
            let mut normal = normals(draw);
            return (0..count).map(|_| normal() * deviation).collect();
        }
        Distribution::Identity => &mut || {
            let one = |at: usize| f64::from(u8::from(at / columns == at % columns));
            (0..rows * columns).map(one).collect()
        },
        Distribution::Orthogonal => &mut || orthogonal(rows, columns, draw),
    };
    // Each gate has a block of its own.
    let blocks: Vec<_> = (0..gates).map(|_| block()).collect();
    let row = |row: usize| blocks.iter().flat_map(move |it| &it[row * columns..][..columns]);
    (0..rows).flat_map(row).map(|&weight| weight as f32).collect()
}

/// A matrix whose rows, or columns where there are fewer of them, are orthonormal: of normal
/// numbers by the method of Gram and Schmidt, each taken twice against rounding, so that it is
/// uniform among all such matrices.
fn orthogonal(rows: usize, columns: usize, draw: &mut dyn FnMut() -> f32) -> Vec<f64> {
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    let mut normal = normals(draw);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    while vectors.len() < count {
        let mut vector: Vec<f64> = (0..length).map(|_| f64::from(normal())).collect();
        for _ in 0..2 {
            for other in &vectors {
                let along = dot(&vector, other);
                for (v, other) in vector.iter_mut().zip(other) {
                    *v -= along * other;
                }
            }
        }
        let norm = dot(&vector, &vector).sqrt();
        // Where chance gives what is there already, it is asked again.
        if norm > 1e-6 {
            vectors.push(vector.into_iter().map(|v| v / norm).collect());
        }
    }
    let at = |row: usize, column: usize| {
        if rows <= columns { vectors[row][column] } else { vectors[column][row] }
    };
    (0..rows).flat_map(|row| (0..columns).map(move |column| at(row, column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw() -> impl FnMut() -> f32 {
        let mut state = 1_u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as f32 / (1 << 24) as f32
        }
    }

    #[test]
    fn an_orthogonal_matrix_has_orthonormal_rows_or_columns() {
        for [rows, columns] in [[5, 5], [3, 7], [7, 3]] {
            let matrix = orthogonal(rows, columns, &mut draw());
            let at = |row: usize, column: usize| matrix[row * columns + column];
            let few = rows.min(columns);
            for a in 0..few {
                for b in 0..few {
                    let products = (0..rows.max(columns)).map(|k| {
                        if rows <= columns { at(a, k) * at(b, k) } else { at(k, a) * at(k, b) }
                    });
                    let expected = if a == b { 1.0 } else { 0.0 };
                    assert!((products.sum::<f64>() - expected).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn every_block_has_the_spectral_radius_that_is_asked_for() {
        let weights = InitialWeights { spectral_radius: Some(0.7), ..InitialWeights::default() };
        let [hidden, gates] = [9, 3];
        let matrix = weights.recurrent(hidden, gates, &mut draw());
        for gate in 0..gates {
            let rows = matrix.chunks_exact(gates * hidden);
            let block = rows.flat_map(|row| &row[gate * hidden..][..hidden]);
            let block: Vec<f64> = block.map(|&weight| f64::from(weight)).collect();
            assert!((spectral_radius(&block, hidden) - 0.7).abs() < 1e-4);
        }
    }

    #[test]
    fn glorot_and_he_have_their_spread_and_the_identity_is_one() {
        let spread = |distribution, shape: [usize; 2]| {
            let numbers = matrix(distribution, shape, 4, &mut draw());
            let squares: f64 = numbers.iter().map(|&number| f64::from(number).powi(2)).sum();
            squares / numbers.len() as f64
        };
        // The variance of U(−a, a) is a²/3.
        assert!((spread(Distribution::Glorot, [60, 20]) - 2.0 / 80.0).abs() < 1e-3);
        assert!((spread(Distribution::He, [60, 20]) - 2.0 / 60.0).abs() < 2e-3);
        let identity = InitialWeights { recurrent: Distribution::Identity, ..Default::default() };
        let expected = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
        assert!(identity.recurrent(2, 2, &mut draw()).iter().eq(&expected));
    }
}
