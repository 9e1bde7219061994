//! Weight noise: each batch is trained with weights that are moved at random.
//!
//! w' = w + σ ε, ε ~ N(0, 1), fresh for each batch; loss and gradient are those at w', the step is
//! taken from w (Graves 2011, "Practical Variational Inference for Neural Networks", with a fixed σ;
//! so trained are the networks of Chung et al. 2014, arXiv:1412.3555). Every weight has it, biases
//! too. It is no part of evaluation, nor of the looks inside a model.

use architectures::initializer::normals;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use tasks::randomness;

use crate::Trainable;

impl Trainable {
    /// The same model with noise of its rules' deviation on its weights, drawn for a batch from
    /// (`seed`, "weight noise", `batch`, place of the weight). Its gradients are given to the
    /// weights of `self`, whose names its own bear.
    pub(crate) fn with_weight_noise(&self, seed: u64, batch: u64) -> Self {
        let deviation = self.rules.weight_noise as f32;
        self.clone().map(&mut Noise { deviation, seed, batch, place: 0 })
    }
}

struct Noise {
    deviation: f32,
    seed: u64,
    batch: u64,
    /// Of the next weight among all of the model.
    place: u64,
}

impl ModuleMapper for Noise {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let mut stream = randomness::stream(self.seed, "weight noise", self.batch, self.place);
        self.place += 1;
        let mut uniform = || randomness::unit(&mut stream);
        let mut normal = normals(&mut uniform);
        param.map(|weight| {
            let required = weight.is_require_grad();
            let shape = weight.shape();
            let count = shape.num_elements();
            let moves: Vec<f32> = (0..count).map(|_| self.deviation * normal()).collect();
            let moves = Tensor::from_data(TensorData::new(moves, shape), &weight.device());
            let moved = weight.detach() + moves;
            moved.detach().set_require_grad(required)
        })
    }
}
