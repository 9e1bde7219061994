//! Long short-term memory, with every switch of Greff et al. 2015 but full gate recurrence.

use crate::pointwise::{Backward, Forward, Gate, Number, Pointwise, Shape, Work};

/// Long short-term memory.
///
/// ```text
/// i = σ(W x + R h + b + p_i ⊙ c)    f = σ(W x + R h + b + p_f ⊙ c)
/// g = a(W x + R h + b)              c' = f ⊙ c + i ⊙ g
/// o = σ(W x + R h + b + p_o ⊙ c')   h' = o ⊙ a'(c')
/// ```
///
/// The gates that are learned lie in the order i, f, g, o, and so do the peepholes p_i, p_f
/// and p_o of those that are; the memory is c.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lstm {
    /// Whether i is learned; else it is 1.
    pub input_gate: bool,
    /// f.
    pub forget_gate: Forget,
    /// Whether o is learned; else it is 1.
    pub output_gate: bool,
    /// a, of what is written.
    pub input_activation: Squash,
    /// a', of what is read.
    pub output_activation: Squash,
    /// Whether the learned gates see the memory.
    pub peepholes: bool,
}

/// What the forget gate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forget {
    /// σ of a sum of its own.
    Learned,
    /// 1 − i.
    Coupled,
    /// 1.
    One,
}

/// The function at the entrance or the exit of the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Squash {
    /// tanh
    Tanh,
    /// None: the number itself.
    Identity,
}

impl Squash {
    #[inline(always)]
    fn of<V: Number>(self, value: V) -> V {
        match self {
            Self::Tanh => value.tanh(),
            Self::Identity => value,
        }
    }

    /// The derivative from the function's value.
    #[inline(always)]
    fn slope<V: Number>(self, value: V, one: V) -> V {
        match self {
            Self::Tanh => value.neg_mul_add(value, one),
            Self::Identity => one,
        }
    }
}

/// The place of each learned gate among the blocks of columns, and of its peephole among the
/// parameters.
#[derive(Debug, Clone, Copy)]
struct Places {
    forget: usize,
    candidate: usize,
    output: usize,
    output_peephole: usize,
}

impl Lstm {
    /// The cell of Gers, Schmidhuber and Cummins 2000: every gate learned, no peepholes.
    pub const PLAIN: Self = Self {
        input_gate: true,
        forget_gate: Forget::Learned,
        output_gate: true,
        input_activation: Squash::Tanh,
        output_activation: Squash::Tanh,
        peepholes: false,
    };

    /// The block of columns of the forget gate, if it is learned.
    pub fn forget_column(self) -> Option<usize> {
        (self.forget_gate == Forget::Learned).then(|| self.places().forget)
    }

    /// The block of columns of the output gate, if it is learned.
    pub fn output_column(self) -> Option<usize> {
        self.output_gate.then(|| self.places().output)
    }

    /// The block of columns of the candidate g.
    pub fn candidate_column(self) -> usize {
        self.places().candidate
    }

    #[inline(always)]
    fn places(self) -> Places {
        let forget = usize::from(self.input_gate);
        let candidate = forget + usize::from(self.forget_gate == Forget::Learned);
        Places { forget, candidate, output: candidate + 1, output_peephole: candidate }
    }

    /// A gate's sum with what it sees of the memory.
    #[inline(always)]
    fn peeped<U: Forward>(self, unit: &U, gate: usize, peephole: usize, memory: U::V) -> U::V {
        let sum = unit.sum(gate);
        if self.peepholes { unit.parameter(peephole).mul_add(memory, sum) } else { sum }
    }

    /// The gradient of what a gate sees of the memory, added to `of_memory`, from that of its
    /// sum.
    #[inline(always)]
    fn peeped_grad<U: Backward>(
        self,
        unit: &mut U,
        peephole: usize,
        memory: U::V,
        grad: U::V,
        of_memory: U::V,
    ) -> U::V {
        if !self.peepholes {
            return of_memory;
        }
        unit.add_parameter_grad(peephole, grad * memory);
        unit.parameter(peephole).mul_add(grad, of_memory)
    }
}

impl Pointwise for Lstm {
    fn shape(&self) -> Shape {
        let gates = self.places().candidate + 1 + usize::from(self.output_gate);
        let parameters = if self.peepholes { gates - 1 } else { 0 };
        Shape { gates, memory: 1, parameters, ..Shape::ONE_GATE }
    }

    fn gates(&self) -> Vec<Gate> {
        let input = self.input_gate.then_some(Gate::sigmoid("i"));
        let forget = (self.forget_gate == Forget::Learned).then_some(Gate::sigmoid("f"));
        let candidate = match self.input_activation {
            Squash::Tanh => Gate::tanh("g"),
            Squash::Identity => Gate::open("g"),
        };
        let output = self.output_gate.then_some(Gate::sigmoid("o"));
        input.into_iter().chain(forget).chain([candidate]).chain(output).collect()
    }

    #[inline(always)]
    fn specialised<W: Work<Self>>(&self, work: W) {
        match *self {
            Self::PLAIN => work.run(&Self::PLAIN),
            other => work.run(&other),
        }
    }

    #[inline(always)]
    fn step<U: Forward>(&self, unit: &mut U) {
        let places = self.places();
        let c = unit.memory(0);
        let g = self.input_activation.of(unit.sum(places.candidate));
        unit.set_gate(places.candidate, g);
        let mut written = g;
        let mut coupled = unit.constant(0.0);
        if self.input_gate {
            let i = self.peeped(unit, 0, 0, c).sigmoid();
            unit.set_gate(0, i);
            written = i * g;
            coupled = unit.constant(1.0) - i;
        }
        let next = match self.forget_gate {
            Forget::Learned => {
                let f = self.peeped(unit, places.forget, places.forget, c).sigmoid();
                unit.set_gate(places.forget, f);
                f.mul_add(c, written)
            }
            Forget::Coupled => coupled.mul_add(c, written),
            Forget::One => c + written,
        };
        unit.set_memory(0, next);
        let mut read = self.output_activation.of(next);
        if self.output_gate {
            let o = self.peeped(unit, places.output, places.output_peephole, next).sigmoid();
            unit.set_gate(places.output, o);
            read = o * read;
        }
        unit.set_hidden(read);
    }

    #[inline(always)]
    fn derivative<U: Backward>(&self, unit: &mut U) {
        let places = self.places();
        let one = unit.constant(1.0);
        let (c, next) = (unit.memory(0), unit.next_memory(0));
        let read = self.output_activation.of(next);
        let slope = self.output_activation.slope(read, one);
        let dh = unit.hidden_grad();
        // dc = dc' + dh o a'
        let mut dc = unit.memory_grad(0);
        if self.output_gate {
            let o = unit.gate(places.output);
            dc = (dh * o).mul_add(slope, dc);
            let grad = (dh * read) * o.sigmoid_slope();
            unit.set_sum_grad(places.output, grad);
            dc = self.peeped_grad(unit, places.output_peephole, next, grad, dc);
        } else {
            dc = dh.mul_add(slope, dc);
        }
        let g = unit.gate(places.candidate);
        let mut through_g = dc;
        let mut before = match self.forget_gate {
            Forget::Learned => {
                let f = unit.gate(places.forget);
                let grad = (dc * c) * f.sigmoid_slope();
                unit.set_sum_grad(places.forget, grad);
                self.peeped_grad(unit, places.forget, c, grad, dc * f)
            }
            Forget::Coupled => unit.constant(0.0),
            Forget::One => dc,
        };
        if self.input_gate {
            let i = unit.gate(0);
            through_g = dc * i;
            let mut through_i = dc * g;
            if self.forget_gate == Forget::Coupled {
                before = dc * (one - i);
                through_i = dc * (g - c);
            }
            let grad = through_i * i.sigmoid_slope();
            unit.set_sum_grad(0, grad);
            before = self.peeped_grad(unit, 0, c, grad, before);
        }
        unit.set_sum_grad(places.candidate, through_g * self.input_activation.slope(g, one));
        unit.set_memory_grad(0, before);
    }
}
