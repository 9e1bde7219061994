//! A mean over sequences, as a burn-train metric.

use std::sync::Arc;

use burn::tensor::TensorReadError;
use burn_train::metric::state::{FormatOptions, NumericMetricState};
use burn_train::metric::{
    Adaptor, Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericAttributes,
    NumericEntry, SerializedEntry,
};

use crate::StepReport;

/// The mean over sequences of one value of a [`StepReport`].
#[derive(Clone)]
pub struct MeanMetric {
    name: MetricName,
    higher_is_better: bool,
    state: NumericMetricState,
}

impl MeanMetric {
    /// The mean of the value called `name`.
    pub fn new(name: &str, higher_is_better: bool) -> Self {
        let state = NumericMetricState::new();
        Self { name: Arc::new(name.to_owned()), higher_is_better, state }
    }

    fn format(&self) -> FormatOptions {
        FormatOptions::new(self.name.clone())
    }
}

impl Adaptor<StepReport> for StepReport {
    fn adapt(&self) -> StepReport {
        self.clone()
    }
}

impl Metric for MeanMetric {
    type Input = StepReport;

    fn name(&self) -> MetricName {
        self.name.clone()
    }

    fn attributes(&self) -> MetricAttributes {
        NumericAttributes { unit: None, higher_is_better: self.higher_is_better }.into()
    }

    fn update(
        &mut self,
        report: &StepReport,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        let value = report.metric(&self.name).unwrap_or(f64::NAN);
        self.state.update(value, report.size);
        Ok(self.state.compute_update(self.format()))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(self.state.compute_final(self.format()))
    }

    fn clear(&mut self) {
        self.state.reset();
    }
}

impl Numeric for MeanMetric {
    fn value(&self) -> Option<NumericEntry> {
        Some(self.state.current_value())
    }

    fn running_value(&self) -> Option<NumericEntry> {
        Some(self.state.running_value())
    }

    fn final_value(&self) -> NumericEntry {
        self.state.final_value()
    }
}
