//! How attention, which is blind to order, learns where a step stands.
//!
//! sinusoidal  pₜ,₂ᵢ = sin(t / 10000^(2i/hidden)), pₜ,₂ᵢ₊₁ = cos of the same; added to the input
//! learned     a vector for each of the task's steps; added to the input
//! rotary      of query and key, numbers i and i + w/2 of a head w wide are turned as a pair by
//!             the angle t / 10000^(2i/w), so that their product knows how far apart they are
//!
//! Papers: Vaswani et al. 2017, arXiv:1706.03762; Su et al. 2021, arXiv:2104.09864 (RoFormer), in
//! the layout by halves.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use kernels::Padded;
use schema::Choice;
use serde::Deserialize;

use crate::{ArchitectureError, Initializer};

/// The choices of the option `positions`.
pub(crate) const POSITIONS: [Choice; 4] = [
    Choice { word: "none", doc: "It does not: attention is blind to order." },
    Choice { word: "sinusoidal", doc: "By waves that are added to the input." },
    Choice { word: "learned", doc: "By a learned vector for each step, added." },
    Choice { word: "rotary", doc: "By turning queries and keys." },
];

/// How a step knows where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// It does not.
    #[default]
    None,
    /// By waves that are added.
    Sinusoidal,
    /// By learned vectors that are added.
    Learned,
    /// By turning queries and keys.
    Rotary,
}

impl Positions {
    /// Whether they are for heads of this width.
    ///
    /// # Errors
    /// [`ArchitectureError::Unfit`] if they are not.
    pub(crate) fn fit(
        self,
        architecture: &'static str,
        head: usize,
    ) -> Result<(), ArchitectureError> {
        if self != Self::Rotary || head.is_multiple_of(2) {
            return Ok(());
        }
        let reason = format!(
            "rotary positions turn pairs of numbers, and model.hidden / heads = {head} is odd"
        );
        Err(ArchitectureError::Unfit { architecture, reason })
    }

    /// Those that are learned, `[max_steps, hidden]`.
    pub(crate) fn learned(
        self,
        shape @ [_, hidden]: [usize; 2],
        init: &mut Initializer,
    ) -> Option<Param<Tensor<2>>> {
        (self == Self::Learned).then(|| init.uniform(shape, hidden))
    }

    /// The steps of u with what is added to them, as rows, `[batch·steps, hidden]`.
    pub(crate) fn rows(self, u: &Padded, learned: Option<&Param<Tensor<2>>>) -> Tensor<2> {
        let [_, steps, hidden] = u.values().dims();
        let added = match (learned, self) {
            (Some(learned), _) => learned.val().narrow(0, 0, steps),
            (None, Self::Sinusoidal) => sinusoidal(steps, hidden, &u.device()),
            _ => return u.rows(),
        };
        u.with_values(u.values().clone() + added.unsqueeze_dim(0)).rows()
    }

    /// How far the vectors of each step are turned, of heads that are `width` wide.
    pub(crate) fn rotation(self, x: &Padded, width: usize) -> Option<Rotation> {
        (self == Self::Rotary).then(|| Rotation::new(x, width))
    }
}

/// The slowest wave is this many times as long as the fastest.
const SPAN: f64 = 10_000.0;

/// The frequency of each pair of `width` numbers; of an odd one the last is alone.
fn frequencies(width: usize) -> Vec<f64> {
    let of_pair = |pair: usize| SPAN.powf(-2.0 * pair as f64 / width as f64);
    (0..width.div_ceil(2)).map(of_pair).collect()
}

/// The sinusoidal positions, `[steps, hidden]`.
fn sinusoidal(steps: usize, hidden: usize, device: &Device) -> Tensor<2> {
    let frequencies = &frequencies(hidden);
    let number = |step: usize, i: usize| {
        let angle = step as f64 * frequencies[i / 2];
        (if i.is_multiple_of(2) { angle.sin() } else { angle.cos() }) as f32
    };
    let all = (0..steps).flat_map(|step| (0..hidden).map(move |i| number(step, i)));
    Tensor::from_data(TensorData::new(all.collect::<Vec<_>>(), [steps, hidden]), device)
}

/// The angles by which the vectors of a batch are turned.
pub(crate) struct Rotation {
    /// Of each step, `[1, 1, steps, width / 2]`: cosine and sine.
    all: [Tensor<4>; 2],
    /// Of the last valid step of each sequence, `[batch, 1, 1, width / 2]`.
    last: [Tensor<4>; 2],
}

impl Rotation {
    /// For heads that are `width` wide.
    fn new(x: &Padded, width: usize) -> Self {
        let (half, frequencies) = (width / 2, frequencies(width));
        let table = |steps: &[usize], shape: [usize; 4]| {
            let angles: Vec<f64> = steps
                .iter()
                .flat_map(|&step| frequencies.iter().map(move |it| step as f64 * it))
                .collect();
            [f64::cos, f64::sin].map(|of| {
                let values: Vec<f32> = angles.iter().map(|&angle| of(angle) as f32).collect();
                Tensor::from_data(TensorData::new(values, shape), &x.device())
            })
        };
        let all: Vec<usize> = (0..x.steps()).collect();
        let last: Vec<usize> = x.lengths().iter().map(|length| length - 1).collect();
        Self {
            all: table(&all, [1, 1, x.steps(), half]),
            last: table(&last, [x.batch(), 1, 1, half]),
        }
    }

    /// Turns the vectors of all steps, `[batch, heads, steps, width]`.
    pub fn all(&self, vectors: Tensor<4>) -> Tensor<4> {
        turned(vectors, &self.all)
    }

    /// Turns those of the last valid steps, `[batch, heads, 1, width]`.
    pub fn last(&self, vectors: Tensor<4>) -> Tensor<4> {
        turned(vectors, &self.last)
    }
}

fn turned(vectors: Tensor<4>, [cos, sin]: &[Tensor<4>; 2]) -> Tensor<4> {
    let half = vectors.dims()[3] / 2;
    let (a, b) = (vectors.clone().narrow(3, 0, half), vectors.narrow(3, half, half));
    let first = a.clone() * cos.clone() - b.clone() * sin.clone();
    let second = a * sin.clone() + b * cos.clone();
    Tensor::cat(vec![first, second], 3)
}
