//! Whole-sequence recurrences: against PyTorch, and the kernels against their definition.

mod agreement;
mod bits;
mod case;
mod differences;
mod extremes;
mod goldens;

use burn::tensor::Device;
#[cfg(feature = "wgpu")]
use burn::tensor::{DeviceKind, DeviceType};
use std::sync::Arc;

use kernels::CellKernel;
use recurrence::cells::{Forget, Gru, Lstm, Minimal, Reset, Squash, Vanilla};

/// The cells that PyTorch or a paper has under a name, then some with parts taken out and put
/// in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    VanillaTanh,
    VanillaRelu,
    Lstm,
    Gru,
    GruResetBefore,
    LstmPeepholes,
    LstmBare,
    GruUpdateOnly,
    GruResetOnly,
    MinGru,
    MinLstm,
}

const KINDS: [Kind; 11] = [
    Kind::VanillaTanh,
    Kind::VanillaRelu,
    Kind::Lstm,
    Kind::Gru,
    Kind::GruResetBefore,
    Kind::LstmPeepholes,
    Kind::LstmBare,
    Kind::GruUpdateOnly,
    Kind::GruResetOnly,
    Kind::MinGru,
    Kind::MinLstm,
];

impl Kind {
    fn cell(self) -> Arc<dyn CellKernel> {
        match self {
            Self::VanillaTanh => Arc::new(Vanilla::Tanh),
            Self::VanillaRelu => Arc::new(Vanilla::Relu),
            Self::Lstm => Arc::new(Lstm::PLAIN),
            Self::Gru => Arc::new(Gru::RESET_AFTER),
            Self::GruResetBefore => Arc::new(Gru::RESET_BEFORE),
            Self::LstmPeepholes => {
                Arc::new(Lstm { forget_gate: Forget::Coupled, peepholes: true, ..Lstm::PLAIN })
            }
            Self::LstmBare => Arc::new(Lstm {
                input_gate: false,
                forget_gate: Forget::One,
                output_gate: false,
                input_activation: Squash::Tanh,
                output_activation: Squash::Identity,
                peepholes: false,
            }),
            Self::GruUpdateOnly => Arc::new(Gru { reset: Reset::None, update_gate: true }),
            Self::MinGru => Arc::new(Minimal::Gru),
            Self::MinLstm => Arc::new(Minimal::Lstm),
            Self::GruResetOnly => Arc::new(Gru { reset: Reset::BeforeProduct, update_gate: false }),
        }
    }
}

/// `None` where it is not built: `--features runner/ndarray` of the workspace's tests.
#[cfg(not(feature = "ndarray"))]
fn ndarray() -> Option<Device> {
    None
}

#[cfg(feature = "ndarray")]
#[expect(clippy::unnecessary_wraps, reason = "there is none where it is not built")]
#[expect(deprecated, reason = "tested as long as Burn has it")]
fn ndarray() -> Option<Device> {
    Some(Device::ndarray().autodiff())
}

fn flex() -> Device {
    Device::flex().autodiff()
}

/// `None` where it is not built: `--features runner/wgpu` of the workspace's tests.
#[cfg(not(feature = "wgpu"))]
fn wgpu() -> Option<Device> {
    None
}

/// `None`, said aloud, without an adapter; `UNROLL_REQUIRE_WGPU=1` makes that a failure.
#[cfg(feature = "wgpu")]
fn wgpu() -> Option<Device> {
    if Device::enumerate(DeviceType::Wgpu).into_vec().is_empty() {
        let required = std::env::var_os("UNROLL_REQUIRE_WGPU").is_some();
        assert!(!required, "UNROLL_REQUIRE_WGPU is set and there is no wgpu adapter");
        eprintln!("skipped: no wgpu adapter");
        return None;
    }
    Some(Device::wgpu(DeviceKind::DefaultDevice).autodiff())
}
