//! The right-hand side of a product in the order in which it is read: in panels of as many columns as a
//! tile has, each panel row by row, so that a tile reads it from start to end.

use crate::buffer::Buffer;
use crate::simd::{LINE, Level, padded};

/// A matrix `[depth, columns]` in panels.
#[derive(Debug, Clone, Copy)]
pub struct Panels<'a> {
    data: &'a [f32],
    /// Rows that panels have, and those of them that are meant.
    rows: usize,
    first: usize,
    /// Rows of the matrix.
    pub depth: usize,
    /// In whole cache lines.
    pub columns: usize,
    /// Panels from this column on are left out.
    end: usize,
    level: Level,
}

impl<'a> Panels<'a> {
    /// Of `data`, all panels one after another with `rows` rows each, of which `depth` from `first` on
    /// are meant.
    #[inline]
    pub fn new(
        level: Level,
        data: &'a [f32],
        rows: usize,
        [first, depth]: [usize; 2],
        columns: usize,
    ) -> Self {
        Self { data, rows, first, depth, columns, end: columns, level }
    }

    /// Its first `depth` rows alone.
    ///
    /// # Panics
    /// Where it has fewer.
    #[must_use]
    #[inline]
    pub fn of_depth(self, depth: usize) -> Self {
        assert!(depth <= self.depth, "no more rows than there are");
        Self { depth, ..self }
    }

    /// The panels that have one of the first `end` columns.
    #[must_use]
    #[inline]
    pub fn up_to(self, end: usize) -> Self {
        Self { end, ..self }
    }

    /// The first column and the width of each panel.
    #[inline]
    pub fn cut(self) -> impl Iterator<Item = (usize, usize)> {
        self.level.panels(self.columns).take_while(move |(first, _)| *first < self.end)
    }

    /// A panel from its row `k` on, row by row, and what lies behind it.
    #[inline]
    pub fn rest(self, (first, width): (usize, usize), k: usize) -> &'a [f32] {
        &self.data[first * self.rows + (self.first + k) * width..]
    }

    /// All rows of a panel.
    #[inline]
    pub fn panel(self, panel: (usize, usize)) -> &'a [f32] {
        &self.rest(panel, 0)[..self.depth * panel.1]
    }
}

/// A matrix that was brought into panels; columns are filled up with zeros to whole cache lines.
#[derive(Debug)]
pub struct Packed {
    data: Buffer,
    depth: usize,
    columns: usize,
    level: Level,
}

impl Packed {
    /// Of rows `[depth, columns]`, the `k`-th of which begins at `k·stride` of `from`.
    pub fn new(level: Level, from: &[f32], stride: usize, [depth, columns]: [usize; 2]) -> Self {
        let filled = padded(columns);
        let mut data = Buffer::new(depth * filled);
        for (first, width) in level.panels(filled) {
            let panel = &mut data[first * depth..][..depth * width];
            let valid = width.min(columns.saturating_sub(first));
            for (k, to) in panel.chunks_exact_mut(width).enumerate() {
                if valid > 0 {
                    to[..valid].copy_from_slice(&from[k * stride + first..][..valid]);
                }
                to[valid..].fill(0.0);
            }
        }
        Self { data, depth, columns: filled, level }
    }

    /// Of the transpose of `[columns, depth]`, the `n`-th row of which begins at `n·stride` of `from`.
    pub fn transposed(
        level: Level,
        from: &[f32],
        stride: usize,
        [depth, columns]: [usize; 2],
    ) -> Self {
        let filled = padded(columns);
        let mut data = Buffer::new(depth * filled);
        for (first, width) in level.panels(filled) {
            let panel = &mut data[first * depth..][..depth * width];
            let valid = width.min(columns.saturating_sub(first));
            if valid < width {
                panel.fill(0.0);
            }
            // So many rows of the result at a time stay near.
            for k in (0..depth).step_by(LINE) {
                let block = LINE.min(depth - k);
                for n in 0..valid {
                    let row = &from[(first + n) * stride + k..][..block];
                    for (to, value) in panel[k * width..].chunks_exact_mut(width).zip(row) {
                        to[n] = *value;
                    }
                }
            }
        }
        Self { data, depth, columns: filled, level }
    }

    /// To be multiplied with.
    #[inline]
    pub fn panels(&self) -> Panels<'_> {
        self.rows([0, self.depth])
    }

    /// So many rows from the first on.
    #[inline]
    pub fn rows(&self, [first, depth]: [usize; 2]) -> Panels<'_> {
        let Self { data, depth: rows, columns, level } = self;
        Panels::new(*level, data, *rows, [first, depth], *columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::{Left, Product, Start};

    #[test]
    fn products_with_both_are_those_of_numbers() {
        let value = |i: usize| ((i * 7 + 3) % 11) as f32 - 5.0;
        for level in Level::available() {
            for [rows, depth, columns] in [[2, 3, 5], [9, 21, 50], [17, 40, 70], [3, 300, 16]] {
                let left: Vec<f32> = (0..rows * depth).map(value).collect();
                let right: Vec<f32> = (0..depth * columns).map(|i| value(i + 4)).collect();
                let turned: Vec<f32> =
                    (0..columns * depth).map(|i| right[i % depth * columns + i / depth]).collect();
                let packed = Packed::new(level, &right, columns, [depth, columns]);
                let other = Packed::transposed(level, &turned, depth, [depth, columns]);
                let stride = padded(columns);
                let run = |panels: Panels| {
                    let mut result = vec![9.0; rows * stride];
                    let left = Left { data: &left, stride: depth };
                    level.run(Product::new(rows, left, panels, Start::Zero, &mut result, stride));
                    result
                };
                let result = run(packed.panels());
                assert_eq!(result, run(other.panels()));
                for (at, got) in result.iter().enumerate() {
                    let (m, n) = (at / stride, at % stride);
                    let expected: f32 = if n < columns {
                        (0..depth).map(|k| left[m * depth + k] * right[k * columns + n]).sum()
                    } else {
                        0.0
                    };
                    assert!((got - expected).abs() < 1e-3, "{m} {n}: {got}, not {expected}");
                }
                let some = run(packed.panels().of_depth(2).up_to(1));
                let expected = left[0] * right[0] + left[1] * right[columns];
                assert!((some[0] - expected).abs() < 1e-3);
                let is_left = (some[stride - 1] - 9.0).abs() < f32::EPSILON;
                assert_eq!(is_left, level.panels(stride).count() > 1);
            }
        }
    }
}
