//! What happens inside the recurrent layers of a model while it runs: of any architecture, since
//! all of them run their layers through [`crate::sequence::unroll`].

use std::cell::RefCell;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use kernels::{Padded, Probe};
use recurrence::{Gate, Range};

use crate::cell::Cell;
use crate::module_path::ModulePath;
use crate::unrolled::{Direction, Unrolled};

/// One run of a recurrent layer over a batch.
#[derive(Debug, Clone)]
pub struct LayerRun {
    /// Reads the gradient of a loss by the hidden states.
    pub probe: Probe,
    /// Which end of each sequence was read first.
    pub direction: Direction,
    /// Steps of each sequence.
    pub lengths: Vec<usize>,
    /// The hidden states in the sequence's own order, zero at padding, `[batch, steps, hidden]`.
    pub hidden: Tensor<3>,
    /// The gates, as [`Unrolled::gates`].
    pub gates: Option<Tensor<3>>,
    /// What the gates are.
    pub names: Vec<Gate>,
    /// R, `[hidden, gates·hidden]`, of a cell that has it.
    pub recurrent_weight: Option<Tensor<2>>,
}

impl LayerRun {
    /// The block of R that leads to the candidate, which is what the state is made of,
    /// `[hidden, hidden]`: that of its tanh, or of what has no bound.
    pub fn candidate_weight(&self) -> Option<Tensor<2>> {
        let hidden = self.hidden.dims()[2];
        let of = |range| self.names.iter().position(|gate| gate.range == range);
        let candidate = of(Range::Tanh).or_else(|| of(Range::Open))?;
        Some(self.recurrent_weight.clone()?.narrow(1, candidate * hidden, hidden))
    }
}

thread_local! {
    /// The runs so far, while somebody looks.
    static RUNS: RefCell<Option<Vec<LayerRun>>> = const { RefCell::new(None) };
}

/// What `run` gives, and every run of a recurrent layer in it on this thread, in their order.
/// The layers compute the same as without it.
pub fn probed<T>(run: impl FnOnce() -> T) -> (T, Vec<LayerRun>) {
    /// Whatever happens in `run`, nobody looks after it.
    struct Ended;

    impl Drop for Ended {
        fn drop(&mut self) {
            RUNS.set(None);
        }
    }

    RUNS.set(Some(Vec::new()));
    let ended = Ended;
    let output = run();
    let runs = RUNS.take().unwrap_or_default();
    drop(ended);
    (output, runs)
}

/// A probe for a layer of `hidden` units over `x`, while somebody looks.
pub(crate) fn probe(x: &Padded, hidden: usize) -> Option<Probe> {
    RUNS.with_borrow(Option::is_some).then(|| Probe::new(x, hidden))
}

/// Adds a run to what is looked at.
pub(crate) fn record<C: Cell>(
    cell: &C,
    probe: Probe,
    direction: Direction,
    x: &Padded,
    unrolled: &Unrolled,
) {
    let run = LayerRun {
        probe,
        direction,
        lengths: x.lengths().to_vec(),
        hidden: unrolled.clone().steps(x).values().clone(),
        gates: unrolled.gates().cloned(),
        names: cell.gates(),
        recurrent_weight: cell.recurrent_weight(),
    };
    RUNS.with_borrow_mut(|runs| runs.as_mut().map(|runs| runs.push(run)));
}

/// The Euclidean norm of the gradient of each part of a model: `layer 1`, `layer 1 backward`,
/// `attention`, `head`; in the order of the module.
pub fn gradient_norms<M: Module>(module: &M, gradients: &GradientsParams) -> Vec<(String, f64)> {
    let mut norms = Norms { gradients, path: ModulePath::default(), squares: vec![] };
    module.visit(&mut norms);
    norms.squares.into_iter().map(|(name, sum)| (name, sum.sqrt())).collect()
}

struct Norms<'a> {
    gradients: &'a GradientsParams,
    path: ModulePath,
    squares: Vec<(String, f64)>,
}

impl ModuleVisitor for Norms<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(param.id) else { return };
        let square = f64::from(gradient.square().sum().into_scalar::<f32>());
        let name = self.path.part();
        match self.squares.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += square,
            None => self.squares.push((name, square)),
        }
    }

    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.exit();
    }
}
