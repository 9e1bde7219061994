//! Against the definitions number by number in f64, and their gradients by finite differences.

use tiles::Level;

use crate::{Attention, Convolution, ForgetGate, LayerNorm, MatrixMemory, Taps};

/// Numbers in [-1, 1) that depend on the seed alone (splitmix64).
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let of = |at: u64| {
        let mut z = (seed << 32).wrapping_add(at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (1..=count as u64).map(of).collect()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

fn near(got: &[f32], expected: &[f64], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0_f64, |scale, value| scale.max(value.abs()));
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        let is_near = (f64::from(*got) - expected).abs() <= 2e-5 * scale;
        assert!(is_near, "{what} {at}: {got}, not {expected}");
    }
}

/// The gradients of Σ g y by each operand, by central differences of `function`.
fn slopes(
    operands: &[Vec<f64>],
    gradient: &[f32],
    function: impl Fn(&[Vec<f64>]) -> Vec<f64>,
) -> Vec<Vec<f64>> {
    let loss = |operands: &[Vec<f64>]| {
        let y = function(operands);
        y.iter().zip(gradient).map(|(y, g)| y * f64::from(*g)).sum::<f64>()
    };
    let step = 1e-5;
    let of = |which: usize, at: usize| {
        let mut moved = operands.to_vec();
        moved[which][at] += step;
        let above = loss(&moved);
        moved[which][at] -= 2.0 * step;
        (above - loss(&moved)) / (2.0 * step)
    };
    (0..operands.len()).map(|it| (0..operands[it].len()).map(|at| of(it, at)).collect()).collect()
}

/// The output at a smooth place: numbers that ReLU cuts off are not near 0.
fn relu(value: f64, relu: bool) -> f64 {
    if relu { value.max(0.0) } else { value }
}

fn convolved(it: &Convolution, operands: &[Vec<f64>]) -> Vec<f64> {
    let Convolution { batch, steps, channels, filters, taps, .. } = *it;
    let [x, weight, bias] = operands else { unreachable!() };
    let mut y = Vec::new();
    for sequence in 0..batch {
        for output in 0..taps.outputs {
            for filter in 0..filters {
                let mut sum = bias[filter];
                for tap in 0..taps.kernel {
                    let place = output * taps.stride + tap * taps.dilation;
                    let Some(step) = place.checked_sub(taps.before).filter(|step| *step < steps)
                    else {
                        continue;
                    };
                    for channel in 0..channels {
                        sum += x[(sequence * steps + step) * channels + channel]
                            * weight[(tap * channels + channel) * filters + filter];
                    }
                }
                y.push(relu(sum, it.relu));
            }
        }
    }
    y
}

#[test]
fn convolutions_are_what_their_definition_says() {
    let taps = |kernel, dilation, stride, before, outputs| Taps {
        kernel,
        dilation,
        stride,
        before,
        outputs,
    };
    for (seed, (steps, channels, filters, taps)) in [
        (7, 3, 5, Taps::rows(7)),
        (130, 2, 16, Taps::rows(130)),
        (6, 17, 33, taps(3, 1, 1, 2, 6)),
        (9, 4, 7, taps(3, 1, 1, 1, 9)),
        (10, 3, 6, taps(3, 2, 1, 4, 10)),
        (11, 5, 4, taps(4, 3, 1, 9, 11)),
        (9, 3, 5, taps(3, 1, 2, 1, 5)),
        (9, 2, 5, taps(2, 2, 3, 0, 3)),
        (5, 2, 3, taps(2, 4, 1, 9, 7)),
    ]
    .into_iter()
    .enumerate()
    {
        let seed = seed as u64;
        let batch = if steps > 100 { 1 } else { 3 };
        let x = numbers(seed, batch * steps * channels);
        let weight = numbers(seed + 100, taps.kernel * channels * filters);
        let bias = numbers(seed + 200, filters);
        for relu in [false, true] {
            let it = Convolution {
                batch,
                steps,
                channels,
                filters,
                taps,
                relu,
                threads: 1,
                x: &x,
                weight: &weight,
                bias: &bias,
            };
            let operands = [wide(&x), wide(&weight), wide(&bias)];
            let expected = convolved(&it, &operands);
            let gradient = numbers(seed + 300, expected.len());
            let expected_slopes = slopes(&operands, &gradient, |at| convolved(&it, at));
            for level in Level::available() {
                let y = it.forward_at(level);
                near(&y, &expected, &format!("{} y of {seed}", level.name()));
                let gradients = it.backward_at(level, &y, &gradient, true);
                let of_x = gradients.x.clone().unwrap();
                let all = [&of_x, &gradients.weight, &gradients.bias];
                for (which, (got, expected)) in all.iter().zip(&expected_slopes).enumerate() {
                    near(got, expected, &format!("{} gradient {which} of {seed}", level.name()));
                }
                let parallel = Convolution { threads: 3, ..it };
                assert_eq!(parallel.forward_at(level), y);
                assert_eq!(parallel.backward_at(level, &y, &gradient, true), gradients);
                let without = it.backward_at(level, &y, &gradient, false);
                assert_eq!((without.x, without.weight), (None, gradients.weight));
            }
        }
    }
}

fn normalized(it: &LayerNorm, operands: &[Vec<f64>]) -> Vec<f64> {
    let [x, scale, shift] = operands else { unreachable!() };
    let count = it.width as f64;
    let mut y = Vec::new();
    for row in x.chunks_exact(it.width) {
        let mean = row.iter().sum::<f64>() / count;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        let rate = 1.0 / (variance + f64::from(it.epsilon)).sqrt();
        let each = row.iter().zip(scale.iter().zip(shift));
        y.extend(each.map(|(x, (scale, shift))| relu((x - mean) * rate * scale + shift, it.relu)));
    }
    y
}

#[test]
fn layer_norms_are_what_their_definition_says() {
    for (seed, [rows, width]) in
        [[3, 5], [2, 16], [70, 9], [4, 37], [130, 2]].into_iter().enumerate()
    {
        let seed = seed as u64;
        let x = numbers(seed, rows * width);
        let (scale, shift) = (numbers(seed + 100, width), numbers(seed + 200, width));
        for relu in [false, true] {
            let it = LayerNorm {
                width,
                epsilon: 1e-2,
                relu,
                threads: 1,
                x: &x,
                scale: &scale,
                shift: &shift,
            };
            let operands = [wide(&x), wide(&scale), wide(&shift)];
            let expected = normalized(&it, &operands);
            let gradient = numbers(seed + 300, expected.len());
            let expected_slopes = slopes(&operands, &gradient, |at| normalized(&it, at));
            for level in Level::available() {
                let y = it.forward_at(level);
                near(&y, &expected, level.name());
                let gradients = it.backward_at(level, &y, &gradient);
                let all = [&gradients.x, &gradients.scale, &gradients.shift];
                for (which, (got, expected)) in all.iter().zip(&expected_slopes).enumerate() {
                    near(got, expected, &format!("{} gradient {which} of {seed}", level.name()));
                }
                let parallel = LayerNorm { threads: 3, ..it };
                assert_eq!(parallel.forward_at(level), y);
                assert_eq!(parallel.backward_at(level, &y, &gradient), gradients);
            }
        }
    }
}

fn attended(it: &Attention, operands: &[Vec<f64>]) -> Vec<f64> {
    let Attention { steps, heads, head, lengths, causal, window, .. } = *it;
    let [query, key, value] = operands else { unreachable!() };
    let mut output = vec![0.0; query.len()];
    for (sequence, &length) in lengths.iter().enumerate() {
        for at in 0..heads {
            let row = |step: usize| ((sequence * steps + step) * heads + at) * head;
            for asking in 0..length {
                let seen: Vec<usize> = (0..length)
                    .filter(|step| !(causal && *step > asking) && step.abs_diff(asking) < window)
                    .collect();
                let score = |step: usize| {
                    let dot: f64 =
                        (0..head).map(|i| query[row(asking) + i] * key[row(step) + i]).sum();
                    (dot / (head as f64).sqrt()).exp()
                };
                let total: f64 = seen.iter().map(|step| score(*step)).sum();
                for step in seen {
                    for i in 0..head {
                        output[row(asking) + i] += score(step) / total * value[row(step) + i];
                    }
                }
            }
        }
    }
    output
}

#[test]
fn attention_is_what_its_definition_says() {
    for (seed, (steps, heads, head, causal, window)) in [
        (5, 2, 3, true, 99),
        (5, 2, 3, false, 99),
        (9, 1, 16, true, 3),
        (9, 3, 2, false, 2),
        (40, 1, 5, true, 99),
        (37, 1, 4, false, 99),
        (36, 1, 3, true, 1),
        (32, 1, 16, true, 99),
        (16, 2, 4, false, 16),
    ]
    .into_iter()
    .enumerate()
    {
        let (seed, batch) = (seed as u64, 3);
        let lengths = [steps, 1, steps / 2 + 1];
        let size = batch * steps * heads * head;
        // What is at padding must not be read.
        let dirty = |seed: u64| {
            let mut values = numbers(seed, size);
            for (at, value) in values.iter_mut().enumerate() {
                let row = at / (heads * head);
                if row % steps >= lengths[row / steps] {
                    *value = f32::NAN;
                } else {
                    *value *= 2.0;
                }
            }
            values
        };
        let (query, key, value) = (dirty(seed), dirty(seed + 100), dirty(seed + 200));
        let it = Attention {
            batch,
            steps,
            heads,
            head,
            lengths: &lengths,
            causal,
            window,
            threads: 1,
            query: &query,
            key: &key,
            value: &value,
        };
        let operands = [&query, &key, &value].map(|values| {
            let zero = |value: f64| if value.is_nan() { 0.0 } else { value };
            wide(values).into_iter().map(zero).collect::<Vec<_>>()
        });
        let expected = attended(&it, &operands);
        let gradient = numbers(seed + 300, size);
        let expected_slopes = slopes(&operands, &gradient, |at| attended(&it, at));
        for level in Level::available() {
            let output = it.forward_at(level);
            near(&output, &expected, level.name());
            let gradients = it.backward_at(level, &gradient);
            let all = [&gradients.query, &gradients.key, &gradients.value];
            for (which, (got, expected)) in all.iter().zip(&expected_slopes).enumerate() {
                near(got, expected, &format!("{} gradient {which} of {seed}", level.name()));
            }
            let parallel = Attention { threads: 3, ..it };
            assert_eq!(parallel.forward_at(level), output);
            assert_eq!(parallel.backward_at(level, &gradient), gradients);
        }
    }
}

/// Step by step, with the memory as it is, divided by nothing.
fn read(it: &MatrixMemory, operands: &[Vec<f64>]) -> Vec<f64> {
    let MatrixMemory { steps, heads, head, lengths, forget, .. } = *it;
    let (hidden, columns) = (heads * head, 4 * heads * head + 2 * heads);
    let rows = &operands[0];
    let mut output = vec![0.0; lengths.len() * steps * hidden];
    for (sequence, &length) in lengths.iter().enumerate() {
        for at in 0..heads {
            let mut memory = vec![0.0; head * head];
            let mut normaliser = vec![0.0; head];
            for step in 0..length {
                let row = sequence * steps + step;
                let of = |block: usize| &rows[row * columns + block * hidden + at * head..][..head];
                let gate = |which: usize| rows[row * columns + 4 * hidden + which * heads + at];
                let (query, value, open) = (of(0), of(2), of(3));
                let key: Vec<_> = of(1).iter().map(|key| key / (head as f64).sqrt()).collect();
                let i = gate(0).exp();
                let f = match forget {
                    ForgetGate::Sigmoid => 1.0 / (1.0 + (-gate(1)).exp()),
                    ForgetGate::Exponential => gate(1).exp(),
                };
                for to in 0..head {
                    for from in 0..head {
                        let cell = &mut memory[to * head + from];
                        *cell = f * *cell + i * value[to] * key[from];
                    }
                }
                for (normaliser, key) in normaliser.iter_mut().zip(&key) {
                    *normaliser = f * *normaliser + i * key;
                }
                let dot =
                    |left: &[f64]| -> f64 { left.iter().zip(query).map(|(a, b)| a * b).sum() };
                let by = dot(&normaliser).abs().max(1.0);
                for to in 0..head {
                    let read = dot(&memory[to * head..][..head]) / by;
                    output[row * hidden + at * head + to] = read / (1.0 + (-open[to]).exp());
                }
            }
        }
    }
    output
}

#[test]
fn a_matrix_memory_is_what_its_definition_says() {
    for (seed, (steps, heads, head)) in
        [(5, 2, 3), (9, 3, 2), (40, 1, 5), (37, 1, 17), (32, 1, 2), (16, 1, 16)]
            .into_iter()
            .enumerate()
    {
        let seed = seed as u64;
        let lengths = [steps, 1, steps / 2 + 1];
        let forget = [ForgetGate::Exponential, ForgetGate::Sigmoid][seed as usize % 2];
        let columns = 4 * heads * head + 2 * heads;
        let mut rows = numbers(seed, lengths.len() * steps * columns);
        for (row, numbers) in rows.chunks_exact_mut(columns).enumerate() {
            let (units, gates) = numbers.split_at_mut(4 * heads * head);
            for it in units {
                *it *= 2.0;
            }
            let (inputs, forgets) = gates.split_at_mut(heads);
            for (input, forget) in inputs.iter_mut().zip(forgets) {
                (*input, *forget) = (0.5 + 2.0 * *input, 0.5 * *forget - 0.4);
            }
            // What is at padding must not be read.
            if row % steps >= lengths[row / steps] {
                numbers.fill(f32::NAN);
            }
        }
        let it =
            MatrixMemory { steps, heads, head, lengths: &lengths, threads: 1, forget, rows: &rows };
        let zero = |value: f64| if value.is_nan() { 0.0 } else { value };
        let operands = [wide(&rows).into_iter().map(zero).collect::<Vec<_>>()];
        let expected = read(&it, &operands);
        let gradient = numbers(seed + 500, expected.len());
        let expected_slopes = slopes(&operands, &gradient, |at| read(&it, at));
        for level in Level::available() {
            near(&it.forward_at(level), &expected, level.name());
            let of_rows = it.backward_at(level, &gradient);
            near(&of_rows, &expected_slopes[0], &format!("{} gradient of {seed}", level.name()));
            let parallel = MatrixMemory { threads: 3, ..it };
            assert_eq!(parallel.forward_at(level), it.forward_at(level));
            assert_eq!(parallel.backward_at(level, &gradient), of_rows);
        }
    }
}
