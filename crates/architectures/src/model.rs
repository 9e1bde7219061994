//! An architecture between an embedding and a linear head: what is trained.

use burn::module::Module;
use burn::nn::{Embedding, Linear};
use burn::tensor::{Int, Tensor};
use kernels::Padded;
use schema::Options;

use crate::cost::in_products;
use crate::{
    ArchitectureError, Carried, Cost, Dropout, Encoder, Initializer, Pooling, PoolingKind, Spec,
};

/// An architecture with a linear head and, for tokens, an embedding.
#[derive(Module, Debug)]
pub struct Model {
    /// A vector for each token; `None` where the input is vectors already.
    pub embedding: Option<Embedding>,
    /// The architecture.
    pub encoder: Encoder,
    /// Makes one vector of a sequence's, where one output a sequence is asked for.
    pub pooling: Pooling,
    /// Reads the architecture's vectors.
    pub head: Linear,
    /// Of those vectors.
    #[module(skip)]
    dropout: Dropout,
}

/// What a model reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Vectors of the width of [`Spec::input`].
    Vectors,
    /// Tokens of a vocabulary of this size, embedded in vectors of that width.
    Tokens(usize),
}

/// A batch of sequences as a model reads them.
#[derive(Debug, Clone)]
pub enum Sequences {
    /// `[batch, steps, channels]`.
    Vectors(Padded),
    /// Tokens `[batch, steps]`, with the length of each sequence. What is in the padding is a
    /// token as well; it has no influence.
    Tokens(Tensor<2, Int>, Vec<usize>),
}

/// The places that a model is asked about.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one for each batch")]
pub enum Places {
    /// Each sequence once.
    Sequences,
    /// Every step, of sequences without padding.
    AllSteps,
    /// These steps, `sequence · steps + step`, `[rows]`.
    Steps(Tensor<1, Int>),
}

impl Model {
    /// The named architecture with new weights and a head of `outputs` outputs. Of weights,
    /// the embedding's and then the pooling's are drawn last, so that those of the others do not
    /// depend on them.
    ///
    /// # Errors
    /// [`ArchitectureError`].
    pub fn build(
        architecture: &str,
        spec: &Spec,
        reads: Reads,
        pooling: PoolingKind,
        outputs: usize,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let encoder = Encoder::build(architecture, spec, options, init)?;
        let head = init.linear(encoder.width(), outputs);
        let embedding = match reads {
            Reads::Vectors => None,
            Reads::Tokens(vocabulary) => Some(init.embedding(vocabulary, spec.input)),
        };
        let pooling = Pooling::build(pooling, encoder.width(), init);
        Ok(Self { embedding, encoder, pooling, head, dropout: Dropout::default() })
    }

    /// This model, of whose vectors the head reads all but a part of `rate` while training.
    #[must_use]
    pub fn with_dropout(self, rate: f32) -> Self {
        Self { dropout: Dropout::fresh(rate), ..self }
    }

    /// What a sequence of so many steps takes, with `answers` of them asked for. An embedding takes
    /// nothing: it is looked up.
    pub fn cost(&self, steps: usize, answers: usize) -> Cost {
        let encoder = self.encoder.cost(steps);
        let head = answers as u64 * in_products(&self.head);
        let pooling = steps as u64 * in_products(&self.pooling);
        Cost { multiply_adds: encoder.multiply_adds + head + pooling, ..encoder }
    }

    /// The vectors that the architecture reads.
    fn vectors(&self, sequences: &Sequences) -> Padded {
        match (sequences, &self.embedding) {
            (Sequences::Vectors(padded), None) => padded.clone(),
            (Sequences::Tokens(tokens, lengths), Some(embedding)) => {
                let values = embedding.forward(tokens.clone());
                Padded::new(values, lengths.clone()).expect("a task gives lengths that fit")
            }
            _ => unreachable!("the model was built for the other kind of input"),
        }
    }

    /// One output for each place that is asked about, `[rows, outputs]`.
    pub fn forward(&self, sequences: &Sequences, places: &Places) -> Tensor<2> {
        let x = self.vectors(sequences);
        match places {
            Places::Sequences => {
                self.head.forward(self.dropout.apply(self.pooling.pool(&self.encoder, &x)))
            }
            steps => self.read(&self.encoder.steps(&x), steps),
        }
    }

    /// The same of sequences that go on where others ended, from what those carried over; and
    /// what these carry.
    pub fn forward_carried(
        &self,
        sequences: &Sequences,
        places: &Places,
        carried: &Carried,
    ) -> (Tensor<2>, Carried) {
        let (steps, carried) = self.encoder.steps_carried(&self.vectors(sequences), carried);
        (self.read(&steps, places), carried)
    }

    /// The head at some steps of `[batch, steps, width]`.
    fn read(&self, steps: &Padded, places: &Places) -> Tensor<2> {
        let [batch, count, width] = steps.values().dims();
        let rows = steps.values().clone().reshape([batch * count, width]);
        let rows = self.dropout.apply(rows);
        self.head.forward(match places {
            Places::Steps(asked) => rows.select(0, asked.clone()),
            Places::Sequences | Places::AllSteps => rows,
        })
    }

    /// One output for each step, `[batch, steps, outputs]`; at padding it is the head's
    /// bias and means nothing.
    pub fn forward_steps(&self, x: &Padded) -> Tensor<3> {
        self.head.forward(self.encoder.steps(x).values().clone())
    }
}
