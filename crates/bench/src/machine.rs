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

/// Processor model, instruction set and number of processors.
pub(crate) fn description() -> String {
    let info = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim());
    let model = model.unwrap_or(std::env::consts::ARCH);
    let load = load().map(|load| format!(", load average {load:.1} at the start"));
    let load = load.unwrap_or_default();
    format!("{model}, {}, {} cores{load}", instruction_set(), cores())
}

/// The widest vector instructions here.
fn instruction_set() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            return "AVX-512";
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return "AVX2";
        }
    }
    if cfg!(target_arch = "aarch64") { "NEON" } else { "no wide vectors" }
}
