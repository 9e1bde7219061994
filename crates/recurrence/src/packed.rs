//! Weights in the order in which products read them: in panels of as many columns as a tile
//! has, each panel row by row, so that a tile reads it from start to end.
//!
//! The gates are filled up as in [`Layout`]; what fills them up is zero.

use tiles::{Buffer, LINE, Level, Panels, padded};

use super::layout::Layout;

/// Numbers of a row that are transposed at a time.
const PIECE: usize = 128;

/// A weight `[rows, gates]` for products with the gates as result.
#[derive(Debug)]
pub(super) struct IntoGates {
    data: Buffer,
    rows: usize,
    layout: Layout,
    level: Level,
}

impl IntoGates {
    pub(super) fn new(level: Level, layout: Layout, weight: &[f32]) -> Self {
        let rows = weight.len() / layout.width();
        // As much room as its transpose takes: that can have the same memory later.
        let data = Buffer::new(layout.gates * padded(rows));
        let mut packed = Self { data, rows, layout, level };
        let mut filled = Buffer::new(layout.gates);
        for (k, row) in weight.chunks_exact(layout.width()).enumerate() {
            let row = layout.filled(row, &mut filled);
            let (shared, own) = packed.data.split_at_mut(layout.shared * rows);
            for (to, from) in [(shared, &row[..layout.shared]), (own, &row[layout.shared..])] {
                for (first, width) in level.panels(from.len()) {
                    let to = &mut to[first * rows + k * width..][..width];
                    // So few numbers are copied faster than by a call.
                    let from = from[first..first + width].as_chunks::<4>().0;
                    for (to, from) in to.as_chunks_mut::<4>().0.iter_mut().zip(from) {
                        *to = *from;
                    }
                }
            }
        }
        packed
    }

    /// The columns of the gates to which h R is added.
    pub(super) fn shared(&self) -> Panels<'_> {
        self.panels(0, self.layout.shared)
    }

    /// A candidate's that is not one of them.
    pub(super) fn own(&self) -> Panels<'_> {
        self.panels(self.layout.shared * self.rows, self.layout.own)
    }

    fn panels(&self, at: usize, columns: usize) -> Panels<'_> {
        let Self { rows, level, .. } = *self;
        Panels::new(level, &self.data[at..], rows, [0, rows], columns)
    }
}

/// The transpose of a weight `[columns, gates]`, for products with the gates as left-hand
/// side.
#[derive(Debug)]
pub(super) struct OutOfGates {
    data: Buffer,
    columns: usize,
    layout: Layout,
    level: Level,
}

impl OutOfGates {
    pub(super) fn new(level: Level, layout: Layout, weight: &[f32]) -> Self {
        let count = weight.len() / layout.width();
        let (depth, columns) = (layout.gates, padded(count));
        let mut packed = Self { data: Buffer::new(depth * columns), columns, layout, level };
        let mut near = Buffer::new(PIECE * level.panel());
        for (first, width) in level.panels(columns) {
            let panel = &mut packed.data[first * depth..][..depth * width];
            // What fills up gates and columns.
            if layout.hidden < layout.state || first + width > count {
                panel.fill(0.0);
            }
            let rows = weight.chunks_exact(layout.width()).skip(first).take(width);
            let rows: Vec<_> = rows.collect();
            for (gate, panel) in panel.chunks_exact_mut(layout.state * width).enumerate() {
                for (piece, panel) in panel.chunks_mut(PIECE * width).enumerate() {
                    // Read along the rows, written across them: first to where both are near.
                    let from = gate * layout.hidden + piece * PIECE;
                    let len = PIECE.min(layout.hidden - piece * PIECE);
                    for (row, near) in rows.iter().zip(near.chunks_exact_mut(PIECE)) {
                        near[..len].copy_from_slice(&row[from..from + len]);
                    }
                    for (block, to) in panel.chunks_mut(LINE * width).enumerate() {
                        for (n, near) in near.chunks_exact(PIECE).take(rows.len()).enumerate() {
                            let values = &near[block * LINE..len];
                            for (to, value) in to.chunks_exact_mut(width).zip(values) {
                                to[n] = *value;
                            }
                        }
                    }
                }
            }
        }
        packed
    }

    /// The rows of all gates.
    pub(super) fn all(&self) -> Panels<'_> {
        self.panels(0, self.layout.gates)
    }

    /// Those of the gates to which h R is added.
    pub(super) fn shared(&self) -> Panels<'_> {
        self.panels(0, self.layout.shared)
    }

    /// A candidate's that is not one of them.
    pub(super) fn own(&self) -> Panels<'_> {
        self.panels(self.layout.shared, self.layout.own)
    }

    fn panels(&self, first: usize, depth: usize) -> Panels<'_> {
        let Self { columns, level, .. } = *self;
        Panels::new(level, &self.data, self.layout.gates, [first, depth], columns)
    }

    /// The memory, for as many numbers as the weight has, of arbitrary content.
    pub(super) fn into_memory(self, len: usize) -> Vec<f32> {
        self.data.into_memory(len)
    }
}
