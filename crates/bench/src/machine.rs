//! What it is measured on.

use std::fs::read_to_string;

/// Processors that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Processes that wanted to run in the last minute, on average, where the system says it.
pub(crate) fn load() -> Option<f64> {
    read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// Processor model, instruction set, number of processors and load.
pub(crate) fn description() -> String {
    let load = load().map(|load| format!(", load average {load:.1} at the start"));
    format!("{}, {} cores{}", processor(), cores(), load.unwrap_or_default())
}

/// Processor model and the vector instructions that the kernels use on it.
pub(crate) fn processor() -> String {
    format!("{}, {}", processor_model(), instruction_set())
}

/// Processor model, where the system says it, else its architecture.
pub fn processor_model() -> String {
    let info = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim());
    model.unwrap_or(std::env::consts::ARCH).to_owned()
}

/// The vector instructions that the kernels use on this processor.
pub fn instruction_set() -> &'static str {
    kernels::instruction_set()
}
