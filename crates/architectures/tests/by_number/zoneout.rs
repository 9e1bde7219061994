//! Zoneout: which units keep what they were, in training and without.

use architectures::sequence::{Direction, unroll};
use architectures::{State, dropout};
use burn::tensor::Device;
use serde_json::json;

use crate::plain::{batch, layer, numbers};

const SIZES: [usize; 3] = [2, 1, 3];
const HIDDEN: usize = 40;

/// h and c after one step from a state of all 0.7 and 0.9.
fn step(changes: &serde_json::Value, training: bool) -> [Vec<f64>; 2] {
    let device = Device::flex();
    let layer = layer("lstm", [SIZES[2], HIDDEN], changes, &device);
    let (x, _) = batch(SIZES, &device);
    let zero = State::zero([SIZES[0], HIDDEN], 1, &device);
    let from = State {
        hidden: zero.hidden + 0.7,
        memory: zero.memory.into_iter().map(|c| c + 0.9).collect(),
    };
    let run = || unroll(&layer, &x, Direction::Forward, Some(from)).last();
    let last = if training {
        let numbers = |place: u64, count: usize| {
            // Of h every fourth unit is kept, of c every second.
            (0..count)
                .map(|at| if (at as u64).is_multiple_of(4 - 2 * place) { 0.1 } else { 0.9 })
                .collect()
        };
        dropout::training(numbers, run)
    } else {
        run()
    };
    [numbers(last.hidden), numbers(last.memory[0].clone())]
}

#[test]
fn units_that_are_drawn_keep_what_they_were() {
    let both = json!({ "zoneout": 0.25, "zoneout_memory": 0.5 });
    let [plain_h, plain_c] = step(&json!({}), true);
    let [h, c] = step(&both, true);
    let [expected_h, expected_c] = step(&both, false);
    for at in 0..h.len() {
        let near = |got: f64, expected: f64, what: &str| {
            assert!((got - expected).abs() < 1e-6, "{what} {at}: {got}, not {expected}");
        };
        near(h[at], if at % 4 == 0 { 0.7 } else { plain_h[at] }, "h");
        near(c[at], if at % 2 == 0 { 0.9 } else { plain_c[at] }, "c");
        near(expected_h[at], 0.25 * 0.7 + 0.75 * plain_h[at], "h without training");
        near(expected_c[at], 0.5 * 0.9 + 0.5 * plain_c[at], "c without training");
    }
}
