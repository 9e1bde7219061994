//! The backends by name: flex, which is always built, and those that are features.

use burn::tensor::Device;
#[cfg(feature = "wgpu")]
use burn::tensor::{DeviceKind, DeviceType};
use schema::Choice;

use crate::TrainingError;

/// Words of the key `backend`.
pub const BACKENDS: &[Choice] = &[
    Choice { word: "flex", doc: "CPU, pure Rust, the fastest one here." },
    Choice { word: "ndarray", doc: "CPU, by the ndarray crate; for comparison." },
    Choice { word: "wgpu", doc: "GPU by Vulkan, Metal or DirectX 12." },
];

/// Whether a backend is in this build.
pub fn is_built(backend: &str) -> bool {
    match backend {
        "ndarray" => cfg!(feature = "ndarray"),
        "wgpu" => cfg!(feature = "wgpu"),
        name => name == "flex",
    }
}

/// The first device of a backend, without autodiff.
///
/// # Errors
/// [`TrainingError::UnknownBackend`], [`TrainingError::NotBuilt`], [`TrainingError::NoDevice`].
pub fn device(backend: &str) -> Result<Device, TrainingError> {
    match backend {
        "flex" => Ok(Device::flex()),
        #[cfg(feature = "ndarray")]
        "ndarray" => Ok(ndarray()),
        #[cfg(feature = "wgpu")]
        "wgpu" => {
            let found = Device::enumerate(DeviceType::Wgpu).into_vec();
            if found.is_empty() {
                let reason = "no Vulkan, Metal or DirectX 12 adapter (on Debian, \
                              mesa-vulkan-drivers brings one that computes on the CPU)";
                return Err(TrainingError::NoDevice { backend: "wgpu", reason: reason.into() });
            }
            Ok(Device::wgpu(DeviceKind::DefaultDevice))
        }
        #[cfg(not(feature = "ndarray"))]
        "ndarray" => Err(TrainingError::NotBuilt { backend: "ndarray" }),
        #[cfg(not(feature = "wgpu"))]
        "wgpu" => Err(TrainingError::NotBuilt { backend: "wgpu" }),
        name => Err(TrainingError::UnknownBackend { name: name.into() }),
    }
}

/// What a device is called: the name of a GPU, or `CPU`. Opens the device.
#[cfg(feature = "wgpu")]
pub fn device_name(device: &Device) -> String {
    device.identity().map_or_else(|| "CPU".to_owned(), |identity| identity.name)
}

/// What a device is called: `CPU`, where no other kind is built.
#[cfg(not(feature = "wgpu"))]
pub fn device_name(_: &Device) -> String {
    "CPU".to_owned()
}

#[cfg(feature = "ndarray")]
#[expect(deprecated, reason = "kept as an independent CPU backend until Burn 0.23 removes it")]
fn ndarray() -> Device {
    Device::ndarray()
}
