//! Every architecture against PyTorch: the same weights give the same output, final state
//! and gradients. The files and the script that makes them are in `tests/goldens/`.

mod cells;
mod compounds;
mod file;
mod portable;

#[cfg(any(feature = "ndarray", feature = "wgpu"))]
use burn::tensor::Device;
#[cfg(feature = "wgpu")]
use burn::tensor::{DeviceKind, DeviceType};

/// Runs a check on every backend that is built. Without a GPU adapter the part on wgpu says that it was
/// skipped; `UNROLL_REQUIRE_WGPU=1` makes that a failure.
macro_rules! on_every_backend {
    ($($check:ident),+ $(,)?) => {
        mod flex {
            $(#[test] fn $check() { super::$check(&burn::tensor::Device::flex()); })+
        }
        #[cfg(feature = "ndarray")]
        mod ndarray {
            $(#[test] fn $check() { super::$check(&$crate::ndarray_device()); })+
        }
        #[cfg(feature = "wgpu")]
        mod wgpu {
            $(#[test] fn $check() {
                if let Some(device) = $crate::wgpu_device() { super::$check(&device); }
            })+
        }
    };
}
pub(crate) use on_every_backend;

#[cfg(feature = "ndarray")]
#[expect(deprecated, reason = "tested as long as Burn has it")]
fn ndarray_device() -> Device {
    Device::ndarray()
}

#[cfg(feature = "wgpu")]
fn wgpu_device() -> Option<Device> {
    if Device::enumerate(DeviceType::Wgpu).into_vec().is_empty() {
        let required = std::env::var_os("UNROLL_REQUIRE_WGPU").is_some();
        assert!(!required, "UNROLL_REQUIRE_WGPU is set and there is no wgpu adapter");
        eprintln!("skipped: no wgpu adapter");
        return None;
    }
    Some(Device::wgpu(DeviceKind::DefaultDevice))
}
