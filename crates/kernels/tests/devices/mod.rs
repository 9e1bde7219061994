//! The devices of every CPU backend of this build.

use burn::tensor::Device;

#[cfg_attr(feature = "ndarray", expect(deprecated, reason = "tested as long as Burn has it"))]
pub fn devices() -> Vec<Device> {
    vec![
        Device::flex().autodiff(),
        #[cfg(feature = "ndarray")]
        Device::ndarray().autodiff(),
    ]
}
