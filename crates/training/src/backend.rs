//! The backends by name.

use burn::tensor::{Device, DeviceKind, DeviceType};
use schema::Choice;

use crate::TrainingError;

/// Words of the key `backend`.
pub const BACKENDS: &[Choice] = &[
    Choice { word: "flex", doc: "CPU, pure Rust, the fastest one here." },
    Choice { word: "ndarray", doc: "CPU, by the ndarray crate; for comparison." },
    Choice { word: "wgpu", doc: "GPU by Vulkan, Metal or DirectX 12." },
];

/// The first device of a backend, without autodiff.
///
/// # Errors
/// [`TrainingError::UnknownBackend`], [`TrainingError::NoDevice`].
pub fn device(backend: &str) -> Result<Device, TrainingError> {
    match backend {
        "flex" => Ok(Device::flex()),
        "ndarray" => Ok(ndarray()),
        "wgpu" => {
            let found = Device::enumerate(DeviceType::Wgpu).into_vec();
            if found.is_empty() {
                let reason = "no Vulkan, Metal or DirectX 12 adapter (on Debian, \
                              mesa-vulkan-drivers brings one that computes on the CPU)";
                return Err(TrainingError::NoDevice { backend: "wgpu", reason: reason.into() });
            }
            Ok(Device::wgpu(DeviceKind::DefaultDevice))
        }
        name => Err(TrainingError::UnknownBackend { name: name.into() }),
    }
}

/// What a device is called: the name of a GPU, or `CPU`. Opens the device.
pub fn device_name(device: &Device) -> String {
    device.identity().map_or_else(|| "CPU".to_owned(), |identity| identity.name)
}

#[expect(deprecated, reason = "kept as an independent CPU backend until Burn 0.23 removes it")]
fn ndarray() -> Device {
    Device::ndarray()
}
