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
use kernels::CellKind;

const KINDS: [CellKind; 5] = [
    CellKind::VanillaTanh,
    CellKind::VanillaRelu,
    CellKind::Lstm,
    CellKind::Gru,
    CellKind::GruResetBefore,
];

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
