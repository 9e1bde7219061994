//! A memory that is a matrix, written by keys and read by queries, over all steps at once.

use tiles::{
    Buffer, Left, Level, Op, Packed, Product, Room, Simd, Start, exp, padded, sigmoid, sum,
    threads, without_vanished,
};

use crate::heads::{BLOCK, ByHead, Products, blocks};

/// How much of the memory a step keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgetGate {
    /// f = σ(f̃)
    Sigmoid,
    /// f = exp(f̃)
    Exponential,
}

/// h_t = σ(o_t) ⊙ Σ_s S_ts v_s / max(|Σ_s S_ts|, e^−m_t), S_ts = q_t · k_s / √d e^(F_t − F_s + i_s − m_t) for
/// s ≤ t, with F_t the sum of ln f up to t and m_t the largest of F_t and of F_t − F_s + i_s: an mLSTM whose
/// memory is empty at first, for each head of d numbers. Beck et al. 2024, arXiv:2405.04517.
///
/// What is at padding is not read, and 0 in the result. m is not differentiated: no number that is read depends
/// on it.
#[derive(Debug, Clone, Copy)]
pub struct MatrixMemory<'a> {
    /// Steps of each sequence.
    pub steps: usize,
    /// Heads.
    pub heads: usize,
    /// d
    pub head: usize,
    /// Valid steps of each sequence.
    pub lengths: &'a [usize],
    /// Threads that may be used.
    pub threads: usize,
    /// f
    pub forget: ForgetGate,
    /// q, k, v and o of all heads, `heads·d` numbers each, then i and f̃ of each head, side by side:
    /// `[batch·steps, 4·heads·d + 2·heads]`.
    pub rows: &'a [f32],
}

/// What decays how far in a head of a sequence.
struct Decay {
    /// i_s − F_s, filled up.
    written: Buffer,
    /// The largest of 0 and these so far.
    most: Vec<f32>,
    /// F_t
    forgotten: Vec<f32>,
    /// The slopes of ln f.
    forget_slopes: Vec<f32>,
}

/// The operands of a head of a sequence, in rows that are filled up with zeros.
struct Head {
    query: Buffer,
    /// k / √d
    key: Buffer,
    value: Buffer,
    /// σ(o)
    output: Buffer,
    decay: Decay,
    length: usize,
}

impl MatrixMemory<'_> {
    /// h, `[batch·steps, heads·d]`.
    ///
    /// # Panics
    /// If a slice is not as long as the sizes say: a caller's mistake.
    pub fn forward(&self) -> Vec<f32> {
        self.forward_at(Level::best())
    }

    pub(crate) fn forward_at(&self, level: Level) -> Vec<f32> {
        let size = self.check();
        let (batch, filled) = (self.lengths.len(), padded(self.head));
        let mut output = Room::new(batch * size);
        let sequences: Vec<_> = output.blocks(batch, size).enumerate().collect();
        threads::each(self.threads, sequences, |(sequence, output)| {
            let output = output.zeros();
            for at in 0..self.heads {
                let head = self.head_of(level, sequence, at);
                let keys = Packed::transposed(level, &head.key, filled, [filled, head.length]);
                let values = Packed::new(level, &head.value, filled, [head.length, filled]);
                let mut work = Work::new(head.length, filled);
                for (first, rows) in blocks(head.length) {
                    work.read(level, &head, &keys, &values, first, rows, filled);
                    let gates = &head.output[first * filled..][..rows * filled];
                    for (read, gate) in work.read.iter_mut().zip(gates) {
                        *read *= gate;
                    }
                    self.hidden().put(&work.read, output, first, rows, at);
                }
            }
        });
        output.into_numbers()
    }

    /// The gradient of its rows from that of h.
    ///
    /// # Panics
    /// As [`Self::forward`].
    pub fn backward(&self, gradient: &[f32]) -> Vec<f32> {
        self.backward_at(Level::best(), gradient)
    }

    pub(crate) fn backward_at(&self, level: Level, gradient: &[f32]) -> Vec<f32> {
        let (size, batch) = (self.check(), self.lengths.len());
        assert_eq!(gradient.len(), batch * size, "the gradient of h");
        let size = self.steps * self.columns();
        let mut of_rows = Room::new(batch * size);
        let sequences: Vec<_> = of_rows.blocks(batch, size).enumerate().collect();
        threads::each(self.threads, sequences, |(sequence, of_rows)| {
            let of_rows = of_rows.zeros();
            for head in 0..self.heads {
                self.head_backward(level, gradient, sequence, head, of_rows);
            }
        });
        of_rows.into_numbers()
    }

    fn head_backward(
        &self,
        level: Level,
        gradient: &[f32],
        sequence: usize,
        at: usize,
        of_rows: &mut [f32],
    ) {
        let (head, filled) = (self.head_of(level, sequence, at), padded(self.head));
        let (length, wide) = (head.length, padded(head.length));
        let mut gradient = self.hidden().take(gradient, sequence, at, length);
        let keys = Packed::transposed(level, &head.key, filled, [filled, length]);
        let values = Packed::new(level, &head.value, filled, [length, filled]);
        let turned_values = Packed::transposed(level, &head.value, filled, [filled, length]);
        let keys_again = Packed::new(level, &head.key, filled, [length, filled]);
        let mut work = Work::new(length, filled);
        let (mut slopes, mut of_read) = (Buffer::new(BLOCK * wide), Buffer::new(BLOCK * filled));
        let mut of_output = Buffer::new(BLOCK * filled);
        let (mut sum_key, mut sum_value) =
            (Buffer::zeros(length * filled), Buffer::zeros(length * filled));
        let mut of_written = Buffer::zeros(wide);
        let mut of_forgotten = vec![0.0; length];
        for (first, rows) in blocks(length) {
            let seen = first + rows;
            work.read(level, &head, &keys, &values, first, rows, filled);
            let gates = &head.output[first * filled..][..rows * filled];
            for ((above, gate), (of_gate, read)) in gradient[first * filled..]
                .iter_mut()
                .zip(gates)
                .zip(of_output.iter_mut().zip(work.read.iter()))
            {
                let of_read = *above * gate;
                *of_gate = of_read * read * (1.0 - gate);
                *above = of_read;
            }
            self.columns_of(3).put(&of_output, of_rows, first, rows, at);
            for (row, above) in
                gradient[first * filled..].chunks_exact(filled).take(rows).enumerate()
            {
                let Divisor { by, sum, is_sum } = work.divisors[row];
                let read = &work.read[row * filled..][..filled];
                let along: f32 = above.iter().zip(read).map(|(above, read)| above * read).sum();
                let of_sum = if is_sum { -along / by * sum.signum() } else { 0.0 };
                for (to, above) in of_read[row * filled..][..filled].iter_mut().zip(above) {
                    *to = above / by;
                }
                work.of_sums[row] = of_sum;
                // Σ_s of S_ts times its gradient.
                of_forgotten[first + row] += along + of_sum * sum;
            }
            let left = Left { data: &of_read, stride: filled };
            let right = turned_values.panels().up_to(padded(seen));
            level.run(Product::new(rows, left, right, Start::Zero, &mut slopes, wide));
            level.run(OfProducts {
                work: &work,
                slopes: &mut slopes[..rows * wide],
                of_written: &mut of_written,
                wide,
                seen: padded(seen),
            });
            let mut made = Buffer::new(rows * filled);
            let left = Left { data: &slopes, stride: wide };
            let right = keys_again.panels().of_depth(seen);
            level.run(Product::new(rows, left, right, Start::Zero, &mut made, filled));
            self.columns_of(0).put(&made, of_rows, first, rows, at);
            let asking = &head.query[first * filled..];
            let block = Products { level, rows, wide, seen, filled };
            block.add(&slopes, asking, &mut sum_key);
            block.add(&work.scores, &of_read, &mut sum_value);
        }
        let scale = self.key_scale();
        for key in &mut *sum_key {
            *key *= scale;
        }
        self.columns_of(1).put(&sum_key, of_rows, 0, length, at);
        self.columns_of(2).put(&sum_value, of_rows, 0, length, at);
        // i_s − F_s is written, and each ln f is part of every F after it.
        let mut after = 0.0;
        let [input, forget] = self.gates_of(at);
        let of_rows = of_rows.chunks_exact_mut(self.columns()).take(length).enumerate();
        for (step, of_row) in of_rows.rev() {
            after += of_forgotten[step] - of_written[step];
            of_row[input] = of_written[step];
            of_row[forget] = after * head.decay.forget_slopes[step];
        }
    }

    /// Numbers of a sequence of h.
    fn check(&self) -> usize {
        let Self { steps, heads, head, lengths, rows, .. } = *self;
        let size = steps * heads * head;
        assert!(size > 0, "steps and heads");
        assert!(lengths.iter().all(|length| (1..=steps).contains(length)), "lengths");
        assert_eq!(rows.len(), lengths.len() * steps * self.columns(), "numbers of the rows");
        size
    }

    /// Numbers of a row.
    fn columns(&self) -> usize {
        4 * self.heads * self.head + 2 * self.heads
    }

    /// q, k, v or o of the rows.
    fn columns_of(&self, block: usize) -> ByHead {
        let Self { steps, heads, head, .. } = *self;
        ByHead { steps, columns: self.columns(), first: block * heads * head, head }
    }

    /// Where i and f̃ of a head are in a row.
    fn gates_of(&self, head: usize) -> [usize; 2] {
        let input = 4 * self.heads * self.head + head;
        [input, input + self.heads]
    }

    fn hidden(&self) -> ByHead {
        let Self { steps, heads, head, .. } = *self;
        ByHead { steps, columns: heads * head, first: 0, head }
    }

    fn key_scale(&self) -> f32 {
        1.0 / (self.head as f32).sqrt()
    }

    fn head_of(&self, level: Level, sequence: usize, head: usize) -> Head {
        let length = self.lengths[sequence];
        let [query, mut key, value, mut output] =
            [0, 1, 2, 3].map(|it| self.columns_of(it).take(self.rows, sequence, head, length));
        let scale = self.key_scale();
        for key in &mut *key {
            *key *= scale;
        }
        level.run(Open(&mut output));
        let [input, forget] = self.gates_of(head);
        let rows = self.rows[sequence * self.steps * self.columns()..]
            .chunks_exact(self.columns())
            .map(|row| (row[input], self.forget.log_and_slope(row[forget])));
        let mut decay = Decay {
            written: Buffer::zeros(padded(length)),
            most: Vec::with_capacity(length),
            forgotten: Vec::with_capacity(length),
            forget_slopes: Vec::with_capacity(length),
        };
        let (mut sum, mut largest) = (0.0_f32, 0.0_f32);
        for (written, (input, (log_forget, slope))) in decay.written[..length].iter_mut().zip(rows)
        {
            sum += log_forget;
            *written = input - sum;
            largest = largest.max(*written);
            decay.most.push(largest);
            decay.forgotten.push(sum);
            decay.forget_slopes.push(slope);
        }
        Head { query, key, value, output, decay, length }
    }
}

impl ForgetGate {
    /// ln f and its slope.
    fn log_and_slope(self, x: f32) -> (f32, f32) {
        match self {
            Self::Exponential => (x, 1.0),
            Self::Sigmoid => {
                let below = (-x.abs()).exp();
                let slope = if x > 0.0 { below } else { 1.0 } / (1.0 + below);
                (x.min(0.0) - below.ln_1p(), slope)
            }
        }
    }
}

/// σ of gates, in whole vectors.
struct Open<'a>(&'a mut [f32]);

impl Op for Open<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for at in (0..self.0.len()).step_by(S::WIDTH) {
            let gate = sigmoid(s, s.load(&self.0[at..]));
            s.store(gate, &mut self.0[at..]);
        }
    }
}

/// What a row is divided by.
#[derive(Clone, Copy, Default)]
struct Divisor {
    by: f32,
    /// Σ_s S_ts
    sum: f32,
    /// Whether its size is what divides.
    is_sum: bool,
}

/// What is computed for a block of steps.
struct Work {
    /// S, `[BLOCK, wide]`, 0 where s > t.
    scores: Buffer,
    /// e^(F_t − F_s + i_s − m_t), likewise.
    weights: Buffer,
    /// h, `[BLOCK, filled]`.
    read: Buffer,
    divisors: [Divisor; BLOCK],
    /// The gradients of Σ_s S_ts.
    of_sums: [f32; BLOCK],
}

impl Work {
    fn new(length: usize, filled: usize) -> Self {
        let wide = padded(length);
        Self {
            scores: Buffer::new(BLOCK * wide),
            weights: Buffer::new(BLOCK * wide),
            read: Buffer::new(BLOCK * filled),
            divisors: [Divisor::default(); BLOCK],
            of_sums: [0.0; BLOCK],
        }
    }

    /// h of `rows` steps from `first` on.
    #[expect(clippy::too_many_arguments, reason = "a block of a head")]
    fn read(
        &mut self,
        level: Level,
        head: &Head,
        keys: &Packed,
        values: &Packed,
        first: usize,
        rows: usize,
        filled: usize,
    ) {
        let (wide, seen) = (padded(head.length), first + rows);
        let left = Left { data: &head.query[first * filled..], stride: filled };
        let right = keys.panels().up_to(padded(seen));
        level.run(Product::new(rows, left, right, Start::Zero, &mut self.scores, wide));
        let of_rows = self.scores.chunks_exact_mut(wide).zip(self.weights.chunks_exact_mut(wide));
        for (row, (scores, weights)) in of_rows.take(rows).enumerate() {
            let step = first + row;
            scores[step + 1..padded(seen)].fill(0.0);
            weights[step + 1..padded(seen)].fill(0.0);
            let sum = level.run(Weigh {
                scores: &mut scores[..=step],
                weights: &mut weights[..=step],
                written: &head.decay.written,
                most: head.decay.most[step],
            });
            let least = (-head.decay.forgotten[step] - head.decay.most[step]).exp();
            let is_sum = sum.abs() > least;
            let by = if is_sum { sum.abs() } else { least };
            self.divisors[row] = Divisor { by, sum, is_sum };
        }
        let left = Left { data: &self.scores, stride: wide };
        let right = values.panels().of_depth(seen);
        level.run(Product::new(rows, left, right, Start::Zero, &mut self.read, filled));
        for (row, Divisor { by, .. }) in
            self.read.chunks_exact_mut(filled).zip(&self.divisors).take(rows)
        {
            for value in row {
                *value /= by;
            }
        }
    }
}

/// The weights of a step, and its scores times them; their sum.
struct Weigh<'a> {
    scores: &'a mut [f32],
    weights: &'a mut [f32],
    /// i_s − F_s, filled up.
    written: &'a [f32],
    most: f32,
}

impl Op for Weigh<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> f32 {
        let Self { scores, weights, written, most } = self;
        let mosts = s.splat(most);
        let mut sums = s.splat(0.0);
        let whole = scores.len() - scores.len() % S::WIDTH;
        for at in (0..whole).step_by(S::WIDTH) {
            let weight = without_vanished(s, exp(s, s.sub(s.load(&written[at..]), mosts)));
            let score = s.mul(s.load(&scores[at..]), weight);
            s.store(weight, &mut weights[at..]);
            s.store(score, &mut scores[at..]);
            sums = s.add(sums, score);
        }
        let mut sum = sum(s, sums);
        if whole < scores.len() {
            // What was written is filled up, so that there is a whole vector.
            let mut last = [0.0; 16];
            let weight = exp(s, s.sub(s.load(&written[whole..]), mosts));
            s.store(without_vanished(s, weight), &mut last);
            let rest = scores[whole..].iter_mut().zip(&mut weights[whole..]);
            for ((score, weight), last) in rest.zip(&last) {
                *weight = *last;
                *score *= last;
                sum += *score;
            }
        }
        sum
    }
}

/// From the gradients of the reads to those of S, and of the products q k.
struct OfProducts<'a> {
    work: &'a Work,
    /// du_t · v_s at first, then the gradient of the product.
    slopes: &'a mut [f32],
    of_written: &'a mut [f32],
    wide: usize,
    /// Columns that count, whole cache lines.
    seen: usize,
}

impl Op for OfProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { work, slopes, of_written, wide, seen } = self;
        for (row, slopes) in slopes.chunks_exact_mut(wide).enumerate() {
            let scores = &work.scores[row * wide..][..seen];
            let weights = &work.weights[row * wide..][..seen];
            let of_sum = s.splat(work.of_sums[row]);
            for at in (0..seen).step_by(S::WIDTH) {
                let of_score = s.add(s.load(&slopes[at..]), of_sum);
                let written = s.mul_add(of_score, s.load(&scores[at..]), s.load(&of_written[at..]));
                s.store(written, &mut of_written[at..]);
                let value = s.mul(of_score, s.load(&weights[at..]));
                s.store(without_vanished(s, value), &mut slopes[at..]);
            }
        }
    }
}
