//! A batch of sequences of different length in one tensor.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use crate::BatchError;

/// A batch of sequences of different length in one tensor, `[batch, steps, channels]`;
/// sequence `b` fills its first `lengths[b]` steps and what follows is padding.
#[derive(Debug, Clone)]
pub struct Padded {
    values: Tensor<3>,
    lengths: Vec<usize>,
}

impl Padded {
    /// Joins values `[batch, steps, channels]` with one length for each sequence.
    ///
    /// # Errors
    /// [`BatchError`] if there are no sequences, no steps or no channels, if `lengths` has not
    /// `batch` entries, or if one of them is 0 or more than `steps`.
    pub fn new(values: Tensor<3>, lengths: Vec<usize>) -> Result<Self, BatchError> {
        let [batch, steps, channels] = values.dims();
        if batch == 0 || steps == 0 || channels == 0 {
            return Err(BatchError::Empty { batch, steps, channels });
        }
        if lengths.len() != batch {
            return Err(BatchError::Lengths { lengths: lengths.len(), batch });
        }
        let valid = 1..=steps;
        match lengths.iter().position(|length| !valid.contains(length)) {
            Some(sequence) => {
                Err(BatchError::Length { sequence, length: lengths[sequence], steps })
            }
            None => Ok(Self { values, lengths }),
        }
    }

    /// The same lengths around other values.
    ///
    /// # Panics
    /// If the values are not of as many sequences and steps: a caller's mistake, never a
    /// user's.
    #[must_use]
    pub fn with_values(&self, values: Tensor<3>) -> Self {
        let [batch, steps, _] = values.dims();
        assert_eq!([batch, steps], [self.batch(), self.steps()], "sequences and steps");
        Self { values, lengths: self.lengths.clone() }
    }

    /// All steps of all sequences as the rows of one matrix, `[batch·steps, channels]`.
    pub fn rows(&self) -> Tensor<2> {
        let [batch, steps, channels] = self.values.dims();
        self.values.clone().reshape([batch * steps, channels])
    }

    /// The same lengths around other [rows](Self::rows).
    ///
    /// # Panics
    /// As [`Self::with_values`].
    #[must_use]
    pub fn with_rows(&self, rows: Tensor<2>) -> Self {
        let [_, width] = rows.dims();
        self.with_values(rows.reshape([self.batch(), self.steps(), width]))
    }

    /// `[batch, steps, channels]`.
    pub fn values(&self) -> &Tensor<3> {
        &self.values
    }

    /// Valid steps of each sequence.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Number of sequences.
    pub fn batch(&self) -> usize {
        self.lengths.len()
    }

    /// Number of steps, padding included.
    pub fn steps(&self) -> usize {
        self.values.dims()[1]
    }

    /// Where the values are.
    pub fn device(&self) -> Device {
        self.values.device()
    }

    /// Whether any sequence is shorter than the batch.
    pub fn is_ragged(&self) -> bool {
        self.lengths.iter().any(|&length| length < self.steps())
    }

    /// Which sequences have ended before step `step`, `[batch, 1]`; `None` if none has.
    pub fn ended_before(&self, step: usize) -> Option<Tensor<2, Bool>> {
        let ended: Vec<bool> = self.lengths.iter().map(|&length| step >= length).collect();
        ended
            .contains(&true)
            .then(|| Tensor::from_data(TensorData::new(ended, [self.batch(), 1]), &self.device()))
    }

    /// 1 at valid steps and 0 at padding, `[batch, steps, 1]`.
    pub fn mask(&self) -> Tensor<3> {
        let mask: Vec<f32> = self.valid().map(f32::from).collect();
        Tensor::from_data(TensorData::new(mask, [self.batch(), self.steps(), 1]), &self.device())
    }

    /// The same batch with every padded step set to zero, whatever was there.
    #[must_use]
    pub fn zero_padding(self) -> Self {
        if !self.is_ragged() {
            return self;
        }
        let padding: Vec<bool> = self.valid().map(|valid| !valid).collect();
        let padding = TensorData::new(padding, [self.batch(), self.steps(), 1]);
        let padding = Tensor::<3, Bool>::from_data(padding, &self.device());
        let padding = padding.expand(self.values.shape());
        Self { values: self.values.mask_fill(padding, 0.0), lengths: self.lengths }
    }

    /// Whether each step of each sequence is valid, sequence by sequence.
    fn valid(&self) -> impl Iterator<Item = bool> {
        let steps = self.steps();
        self.lengths.iter().flat_map(move |&length| (0..steps).map(move |t| t < length))
    }

    /// Each sequence reversed within its own length; padding stays where it is.
    ///
    /// Reversing the padded tensor would start a backward pass in the padding.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let values = if self.is_ragged() {
            let [batch, steps, channels] = self.values.dims();
            let row = |&length: &usize| {
                let source = move |t| if t < length { length - 1 - t } else { t };
                (0..steps).map(move |t| source(t) as i32)
            };
            let source: Vec<i32> = self.lengths.iter().flat_map(row).collect();
            let source = TensorData::new(source, [batch, steps, 1]);
            let source = Tensor::<3, Int>::from_data(source, &self.device());
            self.values.clone().gather(1, source.expand([batch, steps, channels]))
        } else {
            self.values.clone().flip([1])
        };
        Self { values, lengths: self.lengths.clone() }
    }

    /// The values at the last valid step of each sequence, `[batch, channels]`.
    pub fn at_last_valid(&self) -> Tensor<2> {
        let [batch, steps, channels] = self.values.dims();
        if self.is_ragged() {
            let last: Vec<i32> = self.lengths.iter().map(|&length| length as i32 - 1).collect();
            let last =
                Tensor::<3, Int>::from_data(TensorData::new(last, [batch, 1, 1]), &self.device());
            self.values.clone().gather(1, last.expand([batch, 1, channels])).squeeze_dim(1)
        } else {
            self.values.clone().slice([0..batch, steps - 1..steps, 0..channels]).squeeze_dim(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(lengths: &[usize]) -> Padded {
        // Padding is not zero here, so that reading it shows.
        let values: Vec<f32> = (0..12).map(|value| value as f32 + 1.0).collect();
        let data = TensorData::new(values, [2, 3, 2]);
        Padded::new(Tensor::from_data(data, &Device::flex()), lengths.to_vec()).unwrap()
    }

    fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().expect("f32 data")
    }

    #[test]
    fn reversal_stays_within_each_length() {
        let ragged = read(batch(&[2, 3]).reversed().values);
        assert_eq!(ragged, [3., 4., 1., 2., 5., 6., 11., 12., 9., 10., 7., 8.]);
        let full = read(batch(&[3, 3]).reversed().values);
        assert_eq!(full, [5., 6., 3., 4., 1., 2., 11., 12., 9., 10., 7., 8.]);
    }

    #[test]
    fn reversing_twice_gives_the_batch_back() {
        let twice = batch(&[2, 1]).reversed().reversed();
        assert_eq!(read(twice.values), read(batch(&[2, 1]).values));
    }

    #[test]
    fn padding_is_masked_and_the_last_valid_step_is_found() {
        let ragged = batch(&[2, 1]);
        assert_eq!(read(ragged.at_last_valid()), [3., 4., 7., 8.]);
        assert_eq!(read(batch(&[3, 3]).at_last_valid()), [5., 6., 11., 12.]);
        let masked = read(ragged.clone().zero_padding().values);
        assert_eq!(masked, [1., 2., 3., 4., 0., 0., 7., 8., 0., 0., 0., 0.]);
        assert!(ragged.ended_before(0).is_none());
        let ended = ragged.ended_before(1).expect("the second sequence has ended");
        assert_eq!(ended.into_data().try_to_vec::<bool>().expect("truth values"), [false, true]);
    }

    #[test]
    fn whatever_is_in_the_padding_is_overwritten() {
        let data = TensorData::new(vec![1.0, f32::NAN, f32::INFINITY, 2.0, 3.0, 4.0], [2, 3, 1]);
        let dirty = Padded::new(Tensor::from_data(data, &Device::flex()), vec![1, 3]).unwrap();
        assert_eq!(read(dirty.zero_padding().values), [1., 0., 0., 2., 3., 4.]);
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        let refused = |shape: [usize; 3], lengths: &[usize]| {
            let values = Tensor::zeros(shape, &Device::flex());
            Padded::new(values, lengths.to_vec()).expect_err("no batch").to_string()
        };
        let empty = "where every count must be at least 1";
        for (shape, lengths, said) in [
            ([0, 3, 2], &[][..], "0 sequences of 3 steps with 2 numbers"),
            ([2, 0, 3], &[0, 0], "2 sequences of 0 steps with 3 numbers"),
            ([2, 3, 0], &[3, 1], "2 sequences of 3 steps with 0 numbers"),
        ] {
            assert_eq!(refused(shape, lengths), format!("an empty batch: {said} each, {empty}"));
        }
        let one_each = "3 lengths for 2 sequences, where each must have one";
        assert_eq!(refused([2, 3, 4], &[1, 2, 3]), one_each);
        let length =
            |length| format!("sequence 1 of the batch has length {length}, which must be 1 to 3");
        assert_eq!(refused([2, 3, 4], &[2, 0]), length(0));
        assert_eq!(refused([2, 3, 4], &[2, 4]), length(4));
    }
}
