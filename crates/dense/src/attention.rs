//! Attention of the steps of each sequence to each other, head by head.

use std::ops::Range;

use tiles::{
    Buffer, Left, Level, Op, Packed, Product, Room, Simd, Start, exp, largest, padded, sum,
    threads, without_vanished,
};

use crate::heads::{BLOCK, ByHead, Products, blocks};

/// o_t = Σ_s softmax_s(q_t · k_s / √d) v_s, over the steps s that t sees, for each head of d numbers.
/// Vaswani et al. 2017, arXiv:1706.03762.
///
/// q, k, v and o are `[batch·steps, heads·d]`, the numbers of a head side by side. A step sees valid
/// ones alone, and none that is `window` or more away; none after its own where it is causal. What is at
/// padding is 0.
#[derive(Debug, Clone, Copy)]
pub struct Attention<'a> {
    /// Sequences.
    pub batch: usize,
    /// Steps of each.
    pub steps: usize,
    /// Heads.
    pub heads: usize,
    /// d
    pub head: usize,
    /// Valid steps of each sequence.
    pub lengths: &'a [usize],
    /// Whether a step sees none after its own.
    pub causal: bool,
    /// Steps that are seen, back from each, itself included, and as many ahead.
    pub window: usize,
    /// Threads that may be used.
    pub threads: usize,
    /// q
    pub query: &'a [f32],
    /// k
    pub key: &'a [f32],
    /// v
    pub value: &'a [f32],
}

/// The gradients of its operands.
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionGradients {
    /// Of q.
    pub query: Vec<f32>,
    /// Of k.
    pub key: Vec<f32>,
    /// Of v.
    pub value: Vec<f32>,
}

impl Attention<'_> {
    /// o
    ///
    /// # Panics
    /// If a slice is not as long as the sizes say: a caller's mistake.
    pub fn forward(&self) -> Vec<f32> {
        self.forward_at(Level::best())
    }

    pub(crate) fn forward_at(&self, level: Level) -> Vec<f32> {
        let size = self.check();
        let mut output = Room::new(self.batch * size);
        let sequences: Vec<_> = output.blocks(self.batch, size).enumerate().collect();
        threads::each(self.threads, sequences, |(sequence, output)| {
            let output = output.zeros();
            for head in 0..self.heads {
                let Head { query, key, value, length, filled } = self.head_of(sequence, head);
                let key = Packed::transposed(level, &key, filled, [filled, length]);
                let value = Packed::new(level, &value, filled, [length, filled]);
                let mut weights = Buffer::new(BLOCK * padded(length));
                let mut made = Buffer::new(BLOCK * filled);
                for (first, rows) in blocks(length) {
                    let query = &query[first * filled..];
                    let seen = self.seen(first, rows, length);
                    self.weigh(level, query, &key, first, rows, length, &mut weights);
                    let left = Left { data: &weights, stride: padded(length) };
                    let right = value.panels().of_depth(seen);
                    level.run(Product::new(rows, left, right, Start::Zero, &mut made, filled));
                    self.layout().put(&made, output, first, rows, head);
                }
            }
        });
        output.into_numbers()
    }

    /// The gradients from that of o.
    ///
    /// # Panics
    /// As [`Self::forward`].
    pub fn backward(&self, gradient: &[f32]) -> AttentionGradients {
        self.backward_at(Level::best(), gradient)
    }

    pub(crate) fn backward_at(&self, level: Level, gradient: &[f32]) -> AttentionGradients {
        let size = self.check();
        assert_eq!(gradient.len(), self.batch * size, "the gradient of o");
        let room = || Room::new(self.batch * size);
        let (mut query, mut key, mut value) = (room(), room(), room());
        let sequences: Vec<_> = query
            .blocks(self.batch, size)
            .zip(key.blocks(self.batch, size))
            .zip(value.blocks(self.batch, size))
            .enumerate()
            .collect();
        threads::each(self.threads, sequences, |(sequence, ((query, key), value))| {
            let (query, key, value) = (query.zeros(), key.zeros(), value.zeros());
            for head in 0..self.heads {
                self.head_backward(level, gradient, sequence, head, [query, key, value]);
            }
        });
        let [query, key, value] = [query, key, value].map(Room::into_numbers);
        AttentionGradients { query, key, value }
    }

    fn head_backward(
        &self,
        level: Level,
        gradient: &[f32],
        sequence: usize,
        head: usize,
        [of_query, of_key, of_value]: [&mut [f32]; 3],
    ) {
        let Head { query, key, value, length, filled } = self.head_of(sequence, head);
        let gradient = self.layout().take(gradient, sequence, head, length);
        let wide = padded(length);
        let keys = Packed::transposed(level, &key, filled, [filled, length]);
        let values = Packed::transposed(level, &value, filled, [filled, length]);
        let keys_again = Packed::new(level, &key, filled, [length, filled]);
        let mut weights = Buffer::new(BLOCK * wide);
        let mut slopes = Buffer::new(BLOCK * wide);
        let mut made = Buffer::new(BLOCK * filled);
        let (mut sum_key, mut sum_value) =
            (Buffer::zeros(length * filled), Buffer::zeros(length * filled));
        for (first, rows) in blocks(length) {
            let (asking, above) = (&query[first * filled..], &gradient[first * filled..]);
            let seen = self.seen(first, rows, length);
            self.weigh(level, asking, &keys, first, rows, length, &mut weights);
            // The gradient of each weight, then of each score.
            let left = Left { data: above, stride: filled };
            let right = values.panels().up_to(padded(seen));
            level.run(Product::new(rows, left, right, Start::Zero, &mut slopes, wide));
            let scale = 1.0 / (self.head as f32).sqrt();
            let (rows_of, seen_of) = (rows * wide, padded(seen));
            level.run(Scores {
                weights: &weights[..rows_of],
                slopes: &mut slopes[..rows_of],
                wide,
                seen: seen_of,
                scale,
            });
            let left = Left { data: &slopes, stride: wide };
            let right = keys_again.panels().of_depth(seen);
            level.run(Product::new(rows, left, right, Start::Zero, &mut made, filled));
            self.layout().put(&made, of_query, first, rows, head);
            let block = Products { level, rows, wide, seen, filled };
            block.add(&slopes, asking, &mut sum_key);
            block.add(&weights, above, &mut sum_value);
        }
        self.layout().put(&sum_key, of_key, 0, length, head);
        self.layout().put(&sum_value, of_value, 0, length, head);
    }

    /// Numbers of a sequence.
    fn check(&self) -> usize {
        let Self { batch, steps, heads, head, .. } = *self;
        let size = steps * heads * head;
        assert!(size > 0 && self.window > 0, "steps, heads and what they see");
        assert_eq!(self.lengths.len(), batch, "a length for each sequence");
        assert!(self.lengths.iter().all(|length| (1..=steps).contains(length)), "lengths");
        for operand in [self.query, self.key, self.value] {
            assert_eq!(operand.len(), batch * size, "numbers of an operand");
        }
        size
    }

    /// The steps that a step sees, of a sequence of this length.
    #[inline(always)]
    fn sight(&self, step: usize, length: usize) -> Range<usize> {
        let ahead = if self.causal { 1 } else { self.window };
        (step + 1).saturating_sub(self.window)..step.saturating_add(ahead).min(length)
    }

    /// How many steps from the start on any of these see one of.
    fn seen(&self, first: usize, rows: usize, length: usize) -> usize {
        self.sight(first + rows - 1, length).end
    }

    fn layout(&self) -> ByHead {
        let Self { steps, heads, head, .. } = *self;
        ByHead { steps, columns: heads * head, first: 0, head }
    }

    /// The operands of a head, as far as they are valid, in rows that are filled up with zeros.
    fn head_of(&self, sequence: usize, head: usize) -> Head {
        let (length, filled) = (self.lengths[sequence], padded(self.head));
        let [query, key, value] = [self.query, self.key, self.value]
            .map(|operand| self.layout().take(operand, sequence, head, length));
        Head { query, key, value, length, filled }
    }

    /// The weights of the steps that each of `rows` steps from `first` on sees, 0 where it does not.
    #[expect(clippy::too_many_arguments, reason = "a block of a head")]
    fn weigh(
        &self,
        level: Level,
        query: &[f32],
        key: &Packed,
        first: usize,
        rows: usize,
        length: usize,
        weights: &mut [f32],
    ) {
        let (wide, filled) = (padded(length), padded(self.head));
        let seen = self.seen(first, rows, length);
        let left = Left { data: query, stride: filled };
        let right = key.panels().up_to(padded(seen));
        level.run(Product::new(rows, left, right, Start::Zero, weights, wide));
        let scale = 1.0 / (self.head as f32).sqrt();
        let seen = padded(seen);
        level.run(Softmax {
            of: self,
            weights: &mut weights[..rows * wide],
            wide,
            seen,
            first,
            length,
            scale,
        });
    }
}

/// The operands of one head of one sequence.
struct Head {
    query: Buffer,
    key: Buffer,
    value: Buffer,
    length: usize,
    /// Numbers of a row.
    filled: usize,
}

/// From the scores of a block of steps to their weights, 0 where a step is not seen.
struct Softmax<'a> {
    of: &'a Attention<'a>,
    /// `[rows, wide]`
    weights: &'a mut [f32],
    wide: usize,
    /// Columns that count, whole cache lines.
    seen: usize,
    /// The first step.
    first: usize,
    length: usize,
    scale: f32,
}

impl Op for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        /// Rows at a time: while one waits for its largest score, others go on.
        const ROWS: usize = 4;
        let Self { of, weights, wide, seen, first, length, scale } = self;
        for (group, weights) in weights.chunks_mut(ROWS * wide).enumerate() {
            let (step, count) = (first + group * ROWS, weights.len() / wide);
            // Whole vectors, in which what is not seen has a score so low that its weight is 0.
            let start = of.sight(step, length).start / S::WIDTH * S::WIDTH;
            let end = of.sight(step + count - 1, length).end.next_multiple_of(S::WIDTH);
            for (row, weights) in weights.chunks_exact_mut(wide).enumerate() {
                let sight = of.sight(step + row, length);
                weights[..start].fill(0.0);
                weights[start..sight.start].fill(UNSEEN);
                weights[sight.end..end].fill(UNSEEN);
                weights[end..seen].fill(0.0);
            }
            if count == ROWS {
                softmax::<S, ROWS>(s, weights, wide, start..end, scale);
            } else {
                for weights in weights.chunks_exact_mut(wide) {
                    softmax::<S, 1>(s, weights, wide, start..end, scale);
                }
            }
        }
    }
}

/// Less than any score.
const UNSEEN: f32 = -1e30;

/// softmax of the scores times `scale` of `N` rows that are `wide` numbers apart, in whole vectors.
#[inline(always)]
fn softmax<S: Simd, const N: usize>(
    s: S,
    scores: &mut [f32],
    wide: usize,
    range: Range<usize>,
    scale: f32,
) {
    let scales = s.splat(scale);
    let mut mosts = [s.splat(UNSEEN); N];
    for at in range.clone().step_by(S::WIDTH) {
        for (row, most) in mosts.iter_mut().enumerate() {
            *most = s.max(s.load(&scores[row * wide + at..]), *most);
        }
    }
    for most in &mut mosts {
        *most = s.splat(largest(s, *most));
    }
    let mut sums = [s.splat(0.0); N];
    for at in range.clone().step_by(S::WIDTH) {
        for (row, (most, total)) in mosts.iter().zip(&mut sums).enumerate() {
            let scores = &mut scores[row * wide + at..];
            let value = exp(s, s.mul(s.sub(s.load(scores), *most), scales));
            *total = s.add(*total, value);
            s.store(value, scores);
        }
    }
    for total in &mut sums {
        *total = s.splat(1.0 / sum(s, *total));
    }
    for at in range.step_by(S::WIDTH) {
        for (row, share) in sums.iter().enumerate() {
            let weights = &mut scores[row * wide + at..];
            // What is so small would only make later products slow.
            s.store(without_vanished(s, s.mul(s.load(weights), *share)), weights);
        }
    }
}

/// From the gradients of the weights to those of the scores: w ⊙ (g − Σ w g), times `scale`.
struct Scores<'a> {
    /// `[rows, wide]`, 0 where a step is not seen.
    weights: &'a [f32],
    slopes: &'a mut [f32],
    wide: usize,
    /// Columns that count, whole cache lines.
    seen: usize,
    scale: f32,
}

impl Op for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { weights, slopes, wide, seen, scale } = self;
        let rows = weights.chunks_exact(wide).zip(slopes.chunks_exact_mut(wide));
        for (weights, slopes) in rows {
            let (weights, slopes) = (&weights[..seen], &mut slopes[..seen]);
            let mut sums = s.splat(0.0);
            for at in (0..seen).step_by(S::WIDTH) {
                sums = s.mul_add(s.load(&weights[at..]), s.load(&slopes[at..]), sums);
            }
            let (sums, scales) = (s.splat(sum(s, sums)), s.splat(scale));
            for at in (0..seen).step_by(S::WIDTH) {
                let slope = s.sub(s.load(&slopes[at..]), sums);
                let value = s.mul(s.mul(s.load(&weights[at..]), scales), slope);
                s.store(without_vanished(s, value), &mut slopes[at..]);
            }
        }
    }
}
