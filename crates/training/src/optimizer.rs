//! The optimizers.

use burn::module::{Module, ModuleVisitor, Param, ParamGroup, ParamId};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, AdamWConfig, ModuleOptimizer, Optimizer, RmsPropConfig, SgdConfig};
use burn::tensor::Tensor;

use crate::{OptimizerKind, TrainOptions};

/// ε of PyTorch's optimizers; Burn's own default is 1e-5.
const EPSILON: f32 = 1e-8;

/// A new optimizer for `module`.
///
/// - SGD with `momentum`, which may be Nesterov's: v ← m v + g, w ← w − η v, or η (g + m v).
/// - RMSprop (Hinton 2012), α 0.99: s ← α s + (1 − α) g², w ← w − η g / (√s + ε), with `momentum`
///   as above on g / (√s + ε).
/// - Adam: Kingma and Ba 2015, arXiv:1412.6980, β 0.9 and 0.999.
/// - AdamW: Loshchilov and Hutter 2019, arXiv:1711.05101: w ← (1 − η λ) w before Adam's step.
///
/// ε is 1e-8. `weight_decay` λ is added to the gradient as λ w but in AdamW. All as PyTorch's. With
/// `decay_biases = false` weights with one axis (biases, the scales and shifts of norms, peepholes)
/// do not decay.
pub fn optimizer(options: &TrainOptions, module: &impl Module) -> ModuleOptimizer {
    let decay = options.weight_decay;
    let mut spared = Vectors(Vec::new());
    if !options.decay_biases && decay > 0.0 {
        module.visit(&mut spared);
    }
    match options.optimizer {
        OptimizerKind::Sgd => sparing(|decay| sgd(options, decay).build(), decay, spared),
        OptimizerKind::RmsProp => sparing(|decay| rmsprop(options, decay).build(), decay, spared),
        OptimizerKind::Adam => sparing(|decay| adam(decay).build(), decay, spared),
        OptimizerKind::AdamW => sparing(|decay| adamw(decay).build(), decay, spared),
    }
}

/// An optimizer that decays all weights but some.
fn sparing<O: Optimizer + 'static>(
    with_decay: impl Fn(f64) -> O,
    decay: f64,
    Vectors(spared): Vectors,
) -> ModuleOptimizer {
    let all = ModuleOptimizer::from(with_decay(decay));
    if spared.is_empty() {
        return all;
    }
    all.with_group(ParamGroup::from_ids(spared), with_decay(0.0), None)
}

fn added(decay: f64) -> Option<WeightDecayConfig> {
    (decay > 0.0).then(|| WeightDecayConfig::new(decay as f32))
}

fn sgd(options: &TrainOptions, decay: f64) -> SgdConfig {
    let momentum = (options.momentum > 0.0).then(|| {
        let momentum = MomentumConfig::new().with_momentum(options.momentum);
        momentum.with_dampening(0.0).with_nesterov(options.nesterov)
    });
    SgdConfig::new().with_momentum(momentum).with_weight_decay(added(decay))
}

fn rmsprop(options: &TrainOptions, decay: f64) -> RmsPropConfig {
    let config = RmsPropConfig::new().with_alpha(0.99).with_epsilon(EPSILON);
    config.with_momentum(options.momentum as f32).with_weight_decay(added(decay))
}

fn adam(decay: f64) -> AdamConfig {
    AdamConfig::new().with_epsilon(EPSILON).with_weight_decay(added(decay))
}

fn adamw(decay: f64) -> AdamWConfig {
    AdamWConfig::new().with_epsilon(EPSILON).with_weight_decay(decay as f32)
}

/// Weights with one axis.
struct Vectors(Vec<ParamId>);

impl ModuleVisitor for Vectors {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if D == 1 {
            self.0.push(param.id);
        }
    }
}
