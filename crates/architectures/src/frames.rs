//! Convolutions within each frame of a video, which make one vector of a frame.
//!
//! u⁽ˡ⁾ = pool(ReLU(conv(u⁽ˡ⁻¹⁾))), 3 × 3 with zeros around the frame; pool takes the largest of
//! every 2 × 2 numbers and leaves out an odd last row or column.

use burn::module::{Module, Param};
use burn::tensor::module::linear;
use burn::tensor::{Tensor, activation};
use kernels::Padded;

use crate::Initializer;

/// Height and width of what a convolution sees.
const KERNEL: usize = 3;

/// The convolutions, from the frame upwards.
#[derive(Module, Debug)]
pub struct FrameConvolutions {
    /// `[filters, channels, 3, 3]` of each.
    pub weights: Vec<Param<Tensor<4>>>,
    /// `[filters]` of each.
    pub biases: Vec<Param<Tensor<1>>>,
    frame: [usize; 3],
}

impl FrameConvolutions {
    /// As many as leave a row and a column, two at most, of `frame` = [height, width, channels],
    /// with weights from U(-√(6/fan), √(6/fan)) and biases from U(-1/√fan, 1/√fan), fan = 9 · channels.
    /// Also the width of the vectors that they make.
    ///
    /// PyTorch's weights are smaller by √6. With them a picture that is mostly black faded on its way
    /// to the recurrent layer: on moving digits one seed in two stayed at chance.
    pub(crate) fn build(
        frame: [usize; 3],
        filters: usize,
        init: &mut Initializer,
    ) -> (Self, usize) {
        let [mut height, mut width, mut channels] = frame;
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        while weights.len() < 2 && height > 1 && width > 1 {
            let fan = KERNEL * KERNEL * channels;
            weights.push(init.he_uniform([filters, channels, KERNEL, KERNEL], fan));
            biases.push(init.uniform([filters], fan));
            (height, width, channels) = (height / 2, width / 2, filters);
        }
        (Self { weights, biases, frame }, height * width * channels)
    }

    /// Multiply-adds of one frame.
    pub(crate) fn multiply_adds(&self) -> u64 {
        let [mut height, mut width, _] = self.frame;
        let mut sum = 0;
        for weight in &self.weights {
            sum += (height * width * weight.lazy_shape().num_elements()) as u64;
            (height, width) = (height / 2, width / 2);
        }
        sum
    }

    /// One vector for each frame, `[batch, steps, vector]`, of frames `[batch, steps,
    /// height·width·channels]`; zero at padding.
    pub(crate) fn forward(&self, x: &Padded) -> Padded {
        let [batch, steps, _] = x.values().dims();
        let [mut height, mut width, mut channels] = self.frame;
        let rows = batch * steps;
        let mut u = x.values().clone().reshape([rows, height, width, channels]);
        for (weight, bias) in self.weights.iter().zip(&self.biases) {
            let filters = bias.dims()[0];
            u = activation::relu(convolve(weight.val(), bias.val(), u));
            (height, width, channels) = (height / 2, width / 2, filters);
            let even = u.slice([0..rows, 0..2 * height, 0..2 * width, 0..channels]);
            let of_columns: Tensor<5> = even.reshape([rows, 2 * height, width, 2, channels]);
            let columns = of_columns.max_dim(3);
            let of_rows: Tensor<5> = columns.reshape([rows, height, 2, width, channels]);
            u = of_rows.max_dim(2).reshape([rows, height, width, channels]);
        }
        x.with_values(u.reshape([batch, steps, height * width * channels])).zero_padding()
    }
}

/// `[rows, height, width, channels]` to `[rows, height, width, filters]`, as one matrix product.
fn convolve(weight: Tensor<4>, bias: Tensor<1>, u: Tensor<4>) -> Tensor<4> {
    let [rows, height, width, channels] = u.dims();
    let [filters, ..] = weight.dims();
    let device = u.device();
    let row = Tensor::zeros([rows, 1, width, channels], &device);
    let u = Tensor::cat(vec![row.clone(), u, row], 1);
    let column = Tensor::zeros([rows, height + 2, 1, channels], &device);
    let u = Tensor::cat(vec![column.clone(), u, column], 2);
    let taps = (0..KERNEL * KERNEL)
        .map(|tap| u.clone().narrow(1, tap / KERNEL, height).narrow(2, tap % KERNEL, width));
    let fan = KERNEL * KERNEL * channels;
    let seen = Tensor::cat(taps.collect(), 3).reshape([rows * height * width, fan]);
    let weight = weight.permute([2, 3, 1, 0]).reshape([fan, filters]);
    linear(seen, weight, Some(bias)).reshape([rows, height, width, filters])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};

    use super::*;
    use crate::draws::uniform;

    /// A frame of noise comes out with its size, whatever the draw; of PyTorch's weights about a
    /// third is left.
    #[test]
    fn what_goes_through_keeps_its_size() {
        let device = Device::flex();
        for seed in 1..=5 {
            let mut draw = uniform(seed);
            let mut init = Initializer::new(&mut draw, &device);
            let (frames, width) = FrameConvolutions::build([16, 16, 1], 32, &mut init);
            assert_eq!(width, 4 * 4 * 32);
            let noise: Vec<f32> = (0..4 * 256).map(|_| 2.0 * draw() - 1.0).collect();
            let x = Tensor::from_data(TensorData::new(noise, [2, 2, 256]), &device);
            let size = |x: &Tensor<3>| x.clone().square().mean().sqrt().into_scalar::<f32>();
            let before = size(&x);
            let after = size(frames.forward(&Padded::new(x, vec![2, 2]).unwrap()).values());
            assert!((0.6..4.0).contains(&(after / before)), "seed {seed}: {}", after / before);
        }
    }
}
