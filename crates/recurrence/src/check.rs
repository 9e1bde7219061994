//! A cell's derivative against finite differences of its step, in f64, for one unit.

use super::pointwise::{Backward, Candidate, Forward, Number, Pointwise, Shape, Unit};

impl Number for f64 {
    fn mul_add(self, by: Self, plus: Self) -> Self {
        self * by + plus
    }

    fn neg_mul_add(self, by: Self, from: Self) -> Self {
        from - self * by
    }

    fn sigmoid(self) -> Self {
        1.0 / (1.0 + (-self).exp())
    }

    fn tanh(self) -> Self {
        self.tanh()
    }

    fn softplus(self) -> Self {
        self.max(0.0) + (-self.abs()).exp().ln_1p()
    }

    fn where_positive(self, value: Self) -> Self {
        if self <= 0.0 { 0.0 } else { value }
    }
}

/// All numbers of one unit at one step; what a cell does not have is empty.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    /// The sums, then the gates; backward then the gradients of the sums.
    pub gates: Vec<f64>,
    /// R h + c; backward then its gradient.
    pub own: f64,
    pub hidden: f64,
    pub memory: Vec<f64>,
    pub parameters: Vec<f64>,
    pub next_hidden: f64,
    pub next_memory: Vec<f64>,
    pub hidden_grad: f64,
    pub memory_grad: Vec<f64>,
    pub parameter_grad: Vec<f64>,
    pub left: f64,
}

impl Unit for Numbers {
    type V = f64;

    fn constant(&self, value: f32) -> f64 {
        f64::from(value)
    }

    fn own(&self) -> f64 {
        self.own
    }

    fn hidden(&self) -> f64 {
        self.hidden
    }

    fn memory(&self, index: usize) -> f64 {
        self.memory[index]
    }

    fn parameter(&self, index: usize) -> f64 {
        self.parameters[index]
    }
}

impl Forward for Numbers {
    fn sum(&self, gate: usize) -> f64 {
        self.gates[gate]
    }

    fn set_gate(&mut self, gate: usize, value: f64) {
        self.gates[gate] = value;
    }

    fn set_hidden(&mut self, value: f64) {
        self.next_hidden = value;
    }

    fn set_memory(&mut self, index: usize, value: f64) {
        self.next_memory[index] = value;
    }
}

impl Backward for Numbers {
    fn gate(&self, gate: usize) -> f64 {
        self.gates[gate]
    }

    fn next_hidden(&self) -> f64 {
        self.next_hidden
    }

    fn next_memory(&self, index: usize) -> f64 {
        self.next_memory[index]
    }

    fn hidden_grad(&self) -> f64 {
        self.hidden_grad
    }

    fn memory_grad(&self, index: usize) -> f64 {
        self.memory_grad[index]
    }

    fn left(&self) -> f64 {
        self.left
    }

    fn set_sum_grad(&mut self, gate: usize, value: f64) {
        self.gates[gate] = value;
    }

    fn set_own_grad(&mut self, value: f64) {
        self.own = value;
    }

    fn set_hidden_grad(&mut self, value: f64) {
        self.hidden_grad = value;
    }

    fn set_memory_grad(&mut self, index: usize, value: f64) {
        self.memory_grad[index] = value;
    }

    fn add_parameter_grad(&mut self, index: usize, value: f64) {
        self.parameter_grad[index] += value;
    }

    fn leave(&mut self, value: f64) {
        self.left = value;
    }
}

/// R of the operand in the check: any number will do.
const WEIGHT: f64 = 0.7;

/// The place of one number that the step depends on.
#[derive(Debug, Clone, Copy)]
enum Place {
    Sum(usize),
    Own,
    Hidden,
    Memory(usize),
    Parameter(usize),
}

impl Numbers {
    /// A unit of numbers in −1..1 that depend on `seed`, the loss's weights included.
    fn drawn(shape: Shape, seed: u64) -> Self {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut number = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        let mut numbers = |count: usize| (0..count).map(|_| number()).collect::<Vec<_>>();
        let single = numbers(3);
        Self {
            gates: numbers(shape.gates),
            own: single[0],
            hidden: single[1],
            memory: numbers(shape.memory),
            parameters: numbers(shape.parameters),
            next_memory: vec![0.0; shape.memory],
            hidden_grad: single[2],
            memory_grad: numbers(shape.memory),
            parameter_grad: vec![0.0; shape.parameters],
            ..Self::default()
        }
    }

    fn at(&mut self, place: Place) -> &mut f64 {
        match place {
            Place::Sum(gate) => &mut self.gates[gate],
            Place::Own => &mut self.own,
            Place::Hidden => &mut self.hidden,
            Place::Memory(index) => &mut self.memory[index],
            Place::Parameter(index) => &mut self.parameters[index],
        }
    }

    /// The unit after a step; the operand's product is that with [`WEIGHT`].
    fn stepped<C: Pointwise>(mut self, cell: &C, shape: Shape) -> Self {
        if shape.candidate == Candidate::OfOperand {
            let operand = cell.operand(&mut self);
            self.gates[shape.gates - 1] += WEIGHT * operand;
        }
        cell.step(&mut self);
        if shape.gate_is_state {
            self.gates[0] = self.next_hidden;
        }
        self
    }
}

/// Compares [`Pointwise::derivative`] with finite differences of [`Pointwise::step`] at many
/// random points.
///
/// # Errors
/// What differs, and by how much.
pub fn check_derivative<C: Pointwise>(cell: &C) -> Result<(), String> {
    let shape = Pointwise::shape(cell);
    let mut places: Vec<Place> = (0..shape.gates).map(Place::Sum).collect();
    if shape.candidate == Candidate::Apart {
        places.push(Place::Own);
    }
    places.push(Place::Hidden);
    places.extend((0..shape.memory).map(Place::Memory));
    places.extend((0..shape.parameters).map(Place::Parameter));
    for seed in 0..100 {
        let before = Numbers::drawn(shape, seed);
        let mut after = before.clone().stepped(cell, shape);
        cell.derivative(&mut after);
        if shape.candidate == Candidate::OfOperand {
            let grad = WEIGHT * after.gates[shape.gates - 1];
            cell.operand_derivative(&mut after, grad);
        }
        let past_products = shape.past_products || shape.candidate != Candidate::Shared;
        if !past_products {
            after.hidden_grad = 0.0;
        }
        let loss = |unit: Numbers| {
            let after = unit.stepped(cell, shape);
            let memory = after.next_memory.iter().zip(&before.memory_grad);
            after.next_hidden * before.hidden_grad
                + memory.map(|(memory, grad)| memory * grad).sum::<f64>()
        };
        if shape.linear {
            let from =
                |hidden: f64| Numbers { hidden, ..before.clone() }.stepped(cell, shape).next_hidden;
            let bend = from(2.0) - 2.0 * from(1.0) + from(0.0);
            if bend.is_nan() || bend.abs() > 1e-9 || shape.memory > 0 || shape.recurrent {
                return Err(format!("{cell:?}: h' is not linear in h alone (point {seed})"));
            }
        }
        for &place in &places {
            let moved = |by: f64| {
                let mut unit = before.clone();
                *unit.at(place) += by;
                loss(unit)
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            let grad = match place {
                Place::Sum(gate) => after.gates[gate],
                Place::Own => after.own,
                Place::Hidden => after.hidden_grad,
                Place::Memory(index) => after.memory_grad[index],
                Place::Parameter(index) => after.parameter_grad[index],
            };
            let error = (slope - grad).abs() / (1.0 + slope.abs());
            if error.is_nan() || error > 1e-7 {
                return Err(format!(
                    "{cell:?}: the gradient by {place:?} is {grad}, the slope {slope} (point {seed})"
                ));
            }
        }
    }
    Ok(())
}
