//! Reading the golden files.

use std::path::Path;

use architectures::Padded;
use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;

/// A golden file.
pub struct Golden {
    case: String,
    value: Value,
}

/// A tensor of a golden file.
pub struct Expected {
    pub name: String,
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

impl Golden {
    pub fn read(case: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
        let text = std::fs::read_to_string(folder.join(format!("{case}.json"))).unwrap();
        Self { case: case.into(), value: serde_json::from_str(&text).unwrap() }
    }

    pub fn size(&self, key: &str) -> usize {
        self.value[key].as_u64().unwrap_or_else(|| panic!("{}: no {key}", self.case)) as usize
    }

    pub fn number(&self, key: &str) -> f32 {
        self.value[key].as_f64().unwrap() as f32
    }

    /// The tensor at `path`, keys joined by `/`; `None` where the file has null.
    pub fn find(&self, path: &str) -> Option<Expected> {
        let value = path.split('/').fold(&self.value, |value, key| &value[key]);
        if value.is_null() {
            return None;
        }
        let list = |key: &str| value[key].as_array().unwrap().iter();
        Some(Expected {
            name: format!("{}: {path}", self.case),
            shape: list("shape").map(|size| size.as_u64().unwrap() as usize).collect(),
            data: list("data").map(|number| number.as_f64().unwrap() as f32).collect(),
        })
    }

    pub fn get(&self, path: &str) -> Expected {
        self.find(path).unwrap_or_else(|| panic!("{}: no {path}", self.case))
    }

    /// The weights, under PyTorch's names and layouts.
    pub fn weights(&self) -> weights::Tensors {
        let names = self.value["weights"].as_object().unwrap().keys();
        let tensor = |name: &String| {
            let Expected { shape, data, .. } = self.weight(name);
            (name.clone(), weights::Tensor { shape, values: data })
        };
        names.map(tensor).collect()
    }

    pub fn weight(&self, name: &str) -> Expected {
        self.get(&format!("weights/{name}"))
    }

    pub fn gradient(&self, name: &str) -> Expected {
        self.get(&format!("gradients/{name}"))
    }

    /// The input, tracked, and its lengths.
    pub fn input(&self, device: &Device) -> Padded {
        let lengths = self.value["lengths"].as_array().unwrap();
        let lengths = lengths.iter().map(|length| length.as_u64().unwrap() as usize).collect();
        Padded::new(self.get("x").tensor::<3>(device).require_grad(), lengths).unwrap()
    }

    /// Σ output ⊙ weight, for the weight tensor at `path`.
    pub fn weighted<const D: usize>(&self, output: &Tensor<D>, path: &str) -> Tensor<1> {
        (output.clone() * self.get(path).tensor::<D>(&output.device())).sum()
    }
}

impl Expected {
    pub fn tensor<const D: usize>(&self, device: &Device) -> Tensor<D> {
        let shape: [usize; D] = self.shape.clone().try_into().unwrap();
        Tensor::from_data(TensorData::new(self.data.clone(), shape), device)
    }

    pub fn param<const D: usize>(&self, device: &Device) -> Param<Tensor<D>> {
        let shape: [usize; D] = self.shape.clone().try_into().unwrap();
        Param::from_data(TensorData::new(self.data.clone(), shape), device)
    }

    /// PyTorch's `[out, in]` as `[in, out]`.
    pub fn transposed(mut self) -> Self {
        let [rows, columns] = self.shape[..] else { panic!("{} is no matrix", self.name) };
        let at = |i: usize| self.data[(i % rows) * columns + i / rows];
        self.data = (0..rows * columns).map(at).collect();
        self.shape = vec![columns, rows];
        self
    }

    /// As a vector.
    pub fn flat(mut self) -> Self {
        self.shape = vec![self.data.len()];
        self
    }

    /// Rows `range` of a matrix or vector.
    pub fn rows(mut self, range: std::ops::Range<usize>) -> Self {
        let row = self.data.len() / self.shape[0];
        self.data = self.data[range.start * row..range.end * row].to_vec();
        self.shape[0] = range.len();
        self
    }

    /// Elementwise sum, for the two biases of PyTorch that are one here.
    pub fn plus(mut self, other: &Self) -> Self {
        assert_eq!(self.shape, other.shape);
        self.data.iter_mut().zip(&other.data).for_each(|(sum, value)| *sum += value);
        self
    }

    /// Fails unless `actual` has this shape and, up to `tolerance` of the largest element
    /// (at least 1), these values.
    pub fn assert_near<const D: usize>(&self, actual: Tensor<D>, tolerance: f32) {
        assert_eq!(actual.dims().to_vec(), self.shape, "shape of {}", self.name);
        let actual = actual.into_data().try_to_vec::<f32>().unwrap();
        let scale = self.data.iter().fold(1.0_f32, |scale, value| scale.max(value.abs()));
        for (i, (actual, expected)) in actual.iter().zip(&self.data).enumerate() {
            let near = (actual - expected).abs() <= tolerance * scale;
            assert!(near, "{}[{i}]: {actual} instead of {expected}", self.name);
        }
    }
}
