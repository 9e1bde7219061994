//! What a cell is: the statement of what it does to each unit's numbers between the products.
//!
//! Everything else (packing, products, groups, threads, the sums of the weights' gradients) is
//! the same for every cell. A statement is written once, over the operations of [`Number`];
//! the kernels run it on vectors of f32, other backends on whole tensors, tests on f64.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Sub};

/// The numbers that a statement computes with: in the kernels one vector, of as many units as
/// an instruction takes.
pub trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// self · by + plus, rounded once where the instruction set can.
    #[must_use]
    fn mul_add(self, by: Self, plus: Self) -> Self;
    /// from − self · by, rounded once where the instruction set can.
    #[must_use]
    fn neg_mul_add(self, by: Self, from: Self) -> Self;
    /// 1 / (1 + e^−self)
    #[must_use]
    fn sigmoid(self) -> Self;
    /// The hyperbolic tangent.
    #[must_use]
    fn tanh(self) -> Self;
    /// ln(1 + e^self)
    #[must_use]
    fn softplus(self) -> Self;
    /// `value` where self is above 0 or NaN, else 0.
    #[must_use]
    fn where_positive(self, value: Self) -> Self;

    /// The derivative of σ by its argument, from its value: s − s².
    #[must_use]
    #[inline(always)]
    fn sigmoid_slope(self) -> Self {
        self.neg_mul_add(self, self)
    }
}

/// Where the last gate, the candidate, gets its product with the hidden state from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Candidate {
    /// R h is part of its sum, as of every other gate's.
    Shared,
    /// R h + c is kept apart from its sum, W x + b: [`Unit::own`]. For a gate that acts on
    /// the product.
    Apart,
    /// Its sum has the product of R with [`Pointwise::operand`] in the place of h. For a gate
    /// that acts on the state before the product.
    OfOperand,
}

/// What a cell consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own")]
pub struct Shape {
    /// Blocks of `hidden` columns in the weights, at least 1.
    pub gates: usize,
    /// Vectors of `hidden` numbers that are carried from step to step beside h.
    pub memory: usize,
    /// Whether there is R at all; else the sums are W x + b, and only [`Self::past_products`]
    /// leads from h to h'.
    pub recurrent: bool,
    /// How the last gate depends on h.
    pub candidate: Candidate,
    /// Vectors of `hidden` weights that no product needs, such as peepholes.
    pub parameters: usize,
    /// Whether h' depends on h also past the products: then [`Pointwise::derivative`] has to
    /// call [`Backward::set_hidden_grad`]. Always so unless the candidate is
    /// [`Candidate::Shared`].
    pub past_products: bool,
    /// Whether h' = a ⊙ h + b, a and b of the sums alone, without R and memory: then all steps can be taken
    /// at once, by a scan.
    pub linear: bool,
    /// Whether the only gate is h' itself: it is not kept twice, and neither
    /// [`Forward::set_gate`] nor [`Backward::gate`] is called.
    pub gate_is_state: bool,
}

impl Shape {
    /// One gate with everything else left out.
    pub const ONE_GATE: Self = Self {
        gates: 1,
        memory: 0,
        recurrent: true,
        candidate: Candidate::Shared,
        parameters: 0,
        past_products: false,
        linear: false,
        gate_is_state: false,
    };
}

/// What a gate is called and between which numbers it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// The letter of its equation.
    pub name: &'static str,
    /// What it lies between.
    pub range: Range,
}

/// What a gate lies between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// 0 and 1, of a σ.
    Sigmoid,
    /// −1 and 1, of a tanh.
    Tanh,
    /// It has no bound.
    Open,
}

impl Gate {
    /// A gate that is σ of its sum.
    pub const fn sigmoid(name: &'static str) -> Self {
        Self { name, range: Range::Sigmoid }
    }

    /// A gate that is tanh of its sum.
    pub const fn tanh(name: &'static str) -> Self {
        Self { name, range: Range::Tanh }
    }

    /// A gate without bound.
    pub const fn open(name: &'static str) -> Self {
        Self { name, range: Range::Open }
    }
}

/// What a unit sees of a step in either direction: what was there before it.
pub trait Unit {
    /// The numbers of this unit.
    type V: Number;
    /// The same number everywhere.
    fn constant(&self, value: f32) -> Self::V;
    /// R h + c of a candidate whose product is kept apart; not to be read after
    /// [`Backward::set_own_grad`].
    fn own(&self) -> Self::V;
    /// h before the step.
    fn hidden(&self) -> Self::V;
    /// One of the vectors beside h, before the step.
    fn memory(&self, index: usize) -> Self::V;
    /// One of the weights of the cell's own.
    fn parameter(&self, index: usize) -> Self::V;
}

/// One step forward, as a unit sees it.
pub trait Forward: Unit {
    /// W x + b + R h of a gate, or what [`Self::set_gate`] has put in its place; of the
    /// candidate see [`Candidate`].
    fn sum(&self, gate: usize) -> Self::V;
    /// Keeps a gate after its nonlinearity, for the derivative and for who wants to see it.
    fn set_gate(&mut self, gate: usize, value: Self::V);
    /// h'.
    fn set_hidden(&mut self, value: Self::V);
    /// One of the vectors beside h, after the step.
    fn set_memory(&mut self, index: usize, value: Self::V);
}

/// One step backward, as a unit sees it: from the gradients of what is after the step to those
/// of what is before it.
pub trait Backward: Unit {
    /// A gate as [`Forward::set_gate`] kept it; not to be read after its
    /// [`Self::set_sum_grad`].
    fn gate(&self, gate: usize) -> Self::V;
    /// h' after the step.
    fn next_hidden(&self) -> Self::V;
    /// One of the vectors beside h, after it.
    fn next_memory(&self, index: usize) -> Self::V;
    /// The gradient of h'; after [`Self::set_hidden_grad`] what that was given.
    fn hidden_grad(&self) -> Self::V;
    /// The gradient of one of the vectors beside h after the step; after
    /// [`Self::set_memory_grad`] what that was given.
    fn memory_grad(&self, index: usize) -> Self::V;
    /// What [`Pointwise::derivative`] has left for [`Pointwise::operand_derivative`].
    fn left(&self) -> Self::V;
    /// The gradient of [`Forward::sum`].
    fn set_sum_grad(&mut self, gate: usize, value: Self::V);
    /// The gradient of [`Unit::own`].
    fn set_own_grad(&mut self, value: Self::V);
    /// The gradient of h past the products.
    fn set_hidden_grad(&mut self, value: Self::V);
    /// The gradient of [`Unit::memory`].
    fn set_memory_grad(&mut self, index: usize, value: Self::V);
    /// A part of the gradient of [`Unit::parameter`].
    fn add_parameter_grad(&mut self, index: usize, value: Self::V);
    /// Leaves a number for [`Pointwise::operand_derivative`], such as what it still has to add
    /// to the gradient of a gate whose value it needs.
    fn leave(&mut self, value: Self::V);
}

/// What is done with a cell; see [`Pointwise::specialised`].
pub trait Work<C> {
    /// Does it.
    fn run(self, cell: &C);
}

/// The statement of a cell.
///
/// Each method has to be `#[inline(always)]`: else the vectors go through memory, and what
/// comes out is right but slow. [`check_derivative`](super::check_derivative) compares the
/// derivative with finite differences.
pub trait Pointwise: Sized + Debug + Clone + Send + Sync + 'static {
    /// What the cell consists of.
    fn shape(&self) -> Shape;

    /// The gates in their order, as many as the shape says: for who looks at them. Without bounds
    /// unless the cell says more.
    fn gates(&self) -> Vec<Gate> {
        vec![Gate::open("gate"); self.shape().gates]
    }

    /// The states after the step from the sums and the states before it.
    fn step<U: Forward>(&self, unit: &mut U);

    /// The gradients of the sums and of the states before the step from those of the states
    /// after it.
    fn derivative<U: Backward>(&self, unit: &mut U);

    /// Runs `work` on this cell. A cell with switches hands the settings that are asked for most
    /// out as constants: then they are compiled apart, and no unit has to ask for a switch.
    #[inline(always)]
    fn specialised<W: Work<Self>>(&self, work: W) {
        work.run(self);
    }

    /// What the candidate's product is of, where that is not h: see [`Candidate::OfOperand`].
    /// Called before [`Self::step`]; the candidate's sum has no product yet.
    #[inline(always)]
    fn operand<U: Forward>(&self, unit: &mut U) -> U::V {
        unit.hidden()
    }

    /// The gradients of the sums that [`Self::operand`] has read, and what it adds to that of
    /// h, from the gradient of what it gave. Called after [`Self::derivative`].
    #[inline(always)]
    fn operand_derivative<U: Backward>(&self, unit: &mut U, grad: U::V) {
        unit.set_hidden_grad(unit.hidden_grad() + grad);
    }
}
