//! Data loaders: a task's batches on a device.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::Device;
use tasks::{Split, Task};

use crate::Item;

/// Sequences evaluated at once; a fixed number, so that sums have a fixed order.
pub const EVALUATION_BATCH: usize = 250;

/// The training batches of one epoch at a time.
#[derive(Clone)]
pub struct TrainingLoader {
    /// The task.
    pub task: Arc<dyn Task>,
    /// Replicate seed.
    pub seed: u64,
    /// Sequences in a batch.
    pub batch: usize,
    /// Steps, counted from 0 over the whole run, that the next iteration gives.
    pub steps: Arc<Mutex<Range<u64>>>,
    /// Where the batches go.
    pub device: Device,
}

impl TrainingLoader {
    /// Sets the steps that the next iteration gives.
    pub fn seek(&self, steps: Range<u64>) {
        *self.range() = steps;
    }

    fn range(&self) -> std::sync::MutexGuard<'_, Range<u64>> {
        self.steps.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl DataLoader<Item> for TrainingLoader {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Item> + 'a> {
        let steps = self.range().clone();
        let batch = move |step| self.task.training_batch(self.seed, step, self.batch);
        Box::new(Batches::new(steps, self.batch, &self.device, Box::new(batch)))
    }

    fn num_items(&self) -> usize {
        let steps = self.range();
        (steps.end - steps.start) as usize * self.batch
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Item>> {
        Arc::new(Self { device: device.clone(), ..self.clone() })
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<Item>> {
        let first = self.range().start;
        let slice = |index: usize| first + (index / self.batch) as u64;
        let steps = Arc::new(Mutex::new(slice(start)..slice(end)));
        Arc::new(Self { steps, ..self.clone() })
    }
}

/// A held-out split, in its fixed order.
#[derive(Clone)]
pub struct SplitLoader {
    /// The task.
    pub task: Arc<dyn Task>,
    /// Which split.
    pub split: Split,
    /// Sequences of the split, a range of their indices.
    pub range: Range<usize>,
    /// Where the batches go.
    pub device: Device,
}

impl SplitLoader {
    /// The whole split.
    pub fn new(task: Arc<dyn Task>, split: Split, device: Device) -> Self {
        let range = 0..task.split_len(split);
        Self { task, split, range, device }
    }
}

impl DataLoader<Item> for SplitLoader {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Item> + 'a> {
        let batches = self.range.len().div_ceil(EVALUATION_BATCH) as u64;
        let batch = move |index| {
            let start = self.range.start + index as usize * EVALUATION_BATCH;
            let size = EVALUATION_BATCH.min(self.range.end - start);
            self.task.evaluation_batch(self.split, start, size)
        };
        Box::new(Batches::new(0..batches, EVALUATION_BATCH, &self.device, Box::new(batch)))
    }

    fn num_items(&self) -> usize {
        self.range.len()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Item>> {
        Arc::new(Self { device: device.clone(), ..self.clone() })
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<Item>> {
        let range = self.range.start + start..self.range.start + end;
        Arc::new(Self { range, ..self.clone() })
    }
}

struct Batches<'a> {
    indices: Range<u64>,
    total: usize,
    done: usize,
    size: usize,
    device: &'a Device,
    batch: Box<dyn Fn(u64) -> tasks::Batch + 'a>,
}

impl<'a> Batches<'a> {
    fn new(
        indices: Range<u64>,
        size: usize,
        device: &'a Device,
        batch: Box<dyn Fn(u64) -> tasks::Batch + 'a>,
    ) -> Self {
        let total = (indices.end - indices.start) as usize * size;
        Self { indices, total, done: 0, size, device, batch }
    }
}

impl Iterator for Batches<'_> {
    type Item = Result<Item, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = (self.batch)(self.indices.next()?);
        self.done += self.size;
        Some(Ok(Item::new(batch, self.device)))
    }
}

impl DataLoaderIterator<Item> for Batches<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.done.min(self.total), self.total, Some("sequences".into()))
    }
}
