//! Time of the dense layers alone, without Burn: `RAYON_NUM_THREADS=1 cargo bench -p unroll-dense`, and
//! `-- linear` for a part. Items are multiplications and additions in products.
//!
//! Beside other frameworks and with all that lies above it: `unroll bench models`.

use dense::{Attention, Convolution, LayerNorm, Taps};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i as f32 * 1.7).sin()).collect()
}

fn threads() -> usize {
    rayon::current_num_threads()
}

/// Sequences, steps, channels, filters and steps that an output sees.
const CONVOLUTIONS: [[usize; 5]; 6] = [
    [1, 6400, 64, 256, 1],
    [1, 6400, 256, 64, 1],
    [1, 6400, 64, 64, 1],
    [1, 1600, 64, 256, 1],
    [32, 200, 64, 128, 5],
    [32, 50, 128, 64, 3],
];

struct Operands {
    x: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Operands {
    fn new([batch, steps, channels, filters, kernel]: [usize; 5]) -> Self {
        Self {
            x: numbers(batch * steps * channels),
            weight: numbers(kernel * channels * filters),
            bias: numbers(filters),
        }
    }

    fn layer(&self, [batch, steps, channels, filters, kernel]: [usize; 5]) -> Convolution<'_> {
        let taps = if kernel == 1 {
            Taps::rows(steps)
        } else {
            Taps { kernel, dilation: 1, stride: 1, before: kernel - 1, outputs: steps }
        };
        let Self { x, weight, bias } = self;
        let threads = threads();
        Convolution { batch, steps, channels, filters, taps, relu: true, threads, x, weight, bias }
    }
}

fn operations(sizes: [usize; 5]) -> ItemsCount {
    ItemsCount::new(2 * sizes.iter().product::<usize>())
}

#[divan::bench(args = CONVOLUTIONS)]
fn convolution_forward(bencher: Bencher, sizes: [usize; 5]) {
    let operands = Operands::new(sizes);
    let layer = operands.layer(sizes);
    bencher.counter(operations(sizes)).bench_local(|| layer.forward());
}

#[divan::bench(args = CONVOLUTIONS)]
fn convolution_backward(bencher: Bencher, sizes: [usize; 5]) {
    let operands = Operands::new(sizes);
    let layer = operands.layer(sizes);
    let y = layer.forward();
    let gradient = numbers(y.len());
    let twice = ItemsCount::new(4 * sizes.iter().product::<usize>());
    bencher.counter(twice).bench_local(|| layer.backward(&y, &gradient, true));
}

#[divan::bench(args = [true, false])]
fn layer_norm(bencher: Bencher, backward: bool) {
    let (rows, width) = (6400, 64);
    let (x, scale, shift) = (numbers(rows * width), numbers(width), numbers(width));
    let layer = LayerNorm {
        width,
        epsilon: 1e-5,
        relu: false,
        threads: threads(),
        x: &x,
        scale: &scale,
        shift: &shift,
    };
    let y = layer.forward();
    let gradient = numbers(y.len());
    bencher.bench_local(
        || {
            if backward { layer.backward(&y, &gradient).x } else { layer.forward() }
        },
    );
}

#[divan::bench(args = [(50, false), (50, true), (200, false), (200, true)])]
fn attention(bencher: Bencher, (steps, backward): (usize, bool)) {
    let (batch, heads, head) = (32, 4, 16);
    let operand = numbers(batch * steps * heads * head);
    let layer = Attention {
        batch,
        steps,
        heads,
        head,
        lengths: &vec![steps; batch],
        causal: true,
        window: steps,
        threads: threads(),
        query: &operand,
        key: &operand,
        value: &operand,
    };
    bencher.bench_local(|| if backward { layer.backward(&operand).query } else { layer.forward() });
}
