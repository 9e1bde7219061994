//! Memory of processes, where the system says it (Linux).

use std::fs;

/// Bytes of memory that a process holds now, shared pages included; `None` if it is gone or
/// the system does not say.
pub(crate) fn held_by(process: u32) -> Option<u64> {
    kibibytes(&format!("/proc/{process}/status"), "VmRSS:")
}

/// Most bytes of memory that this process held at once; `None` if the system does not say.
pub fn peak_memory() -> Option<u64> {
    kibibytes("/proc/self/status", "VmHWM:")
}

/// How many processes the system has killed so far because memory ran out, in every
/// control group; `None` if it does not say.
pub(crate) fn system_kills() -> Option<u64> {
    fs::read_to_string("/proc/vmstat")
        .ok()?
        .lines()
        .find_map(|line| line.strip_prefix("oom_kill "))?
        .trim()
        .parse()
        .ok()
}

fn kibibytes(path: &str, field: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(field))?;
    let number: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024)
}

/// Bytes for people, such as `2.1 GiB`.
pub(crate) fn readable(bytes: u64) -> String {
    let mebibytes = bytes as f64 / 1_048_576.0;
    if mebibytes < 1024.0 {
        format!("{mebibytes:.0} MiB")
    } else {
        format!("{:.1} GiB", mebibytes / 1024.0)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_this_process_is_known_and_grows_with_what_it_holds() {
        let before = held_by(std::process::id()).unwrap();
        let held = vec![7_u8; 64 << 20];
        let after = held_by(std::process::id()).unwrap();
        assert!(after >= before + (60 << 20), "{before} to {after} with {} bytes", held.len());
        assert!(peak_memory().unwrap() >= after - (1 << 20));
        assert!(system_kills().is_some());
        assert_eq!(held_by(u32::MAX), None);
        assert_eq!(readable(300 << 20), "300 MiB");
        assert_eq!(readable(5 << 29), "2.5 GiB");
    }
}
