//! `doctor`: what this machine offers, and what is missing for what.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use training::BACKENDS;

use crate::arguments::DoctorArguments;
use crate::command::device;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::provenance;
use crate::shipped_files;
use crate::threads::jobs;

/// Prints it, a line each: `ok`, or `–` with what it takes to have it.
pub fn run(arguments: &DoctorArguments, datasets: Option<&Path>) -> Exit {
    let line = |is_there: bool, what: &str, said: String| {
        let mark = if is_there { "ok" } else { "–" };
        say::print(format_args!("{mark:<3} {what:<15} {said}"));
    };
    let (version, commit) = (env!("CARGO_PKG_VERSION"), provenance::COMMIT);
    line(true, "program", format!("unroll {version} at {commit}, Burn {}", provenance::BURN));
    let cores = bench::machine::cores();
    let model = bench::machine::processor_model();
    let instructions = bench::machine::instruction_set();
    line(true, "processor", format!("{model}, {cores} to use here, {instructions}"));
    line(true, "runs at a time", format!("{} by default, a thread each", jobs(None, 1)));
    match memory() {
        Some((total, limit)) => {
            let limit = limit.map_or_else(String::new, |limit| {
                format!(", of which this process may use {}", report::bytes(limit))
            });
            line(true, "memory", format!("{}{limit}", report::bytes(total)));
        }
        None => line(false, "memory", "this system does not say how much there is".into()),
    }
    line(
        scheduler::peak_memory().is_some(),
        "memory of runs",
        "what a run holds is known, for the report and --memory-limit (Linux)".into(),
    );
    for backend in BACKENDS {
        let word = backend.word;
        match device::ask(word) {
            Ok(()) => line(true, "backend", format!("{word}: {}", backend.doc)),
            Err(why) => line(false, "backend", format!("{word}: {}", said(&why))),
        }
    }
    match shipped_files::datasets(datasets) {
        Ok(folder) => line(folder.is_dir(), "data sets", folder.display().to_string()),
        Err(why) => line(false, "data sets", said(&why)),
    }
    results(&arguments.results, &line);
    let open = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let files = open.map_or_else(|| "any number".into(), |most| format!("{most} at a time"));
    // Each run at work takes a handful.
    line(open.is_none_or(|most| most >= 256), "open files", files);
    line(!dashboard::shows_ascii_alone(), "terminal", terminal());
    let python = std::env::var_os("UNROLL_PYTHON").unwrap_or_else(|| "python3".into());
    for (module, what) in [
        ("torch", "`bench` beside PyTorch, and PyTorch's side of `export`"),
        ("jax", "`bench` beside JAX"),
        ("tensorboard", "looking at --tracker tensorboard"),
        ("mlflow", "looking at --tracker mlflow"),
        ("unroll", "results as frames in Python (docs/python.md)"),
    ] {
        let code = format!("import {module}");
        let is_there = succeeds(&python, &["-c", &code]);
        line(is_there, "Python", format!("{module}: {what}"));
    }
    for (program, what) in [
        ("sbatch", "`submit`: sweeps on a cluster"),
        ("sacct", "why tasks of a cluster ended, long after"),
        ("pdflatex", "compiling `report --format tex`"),
    ] {
        line(succeeds(OsStr::new(program), &["--version"]), program, what.into());
    }
    Exit::Done
}

/// Whether results can be written, whose locks hold how far, and how much room there is.
fn results(folder: &Path, line: &impl Fn(bool, &str, String)) {
    let shown = folder.display();
    // The first folder above it that is there.
    let there = folder.ancestors().find(|it| it.is_dir()).filter(|it| *it != Path::new(""));
    let there = there.unwrap_or(Path::new("."));
    match tempfile::tempfile_in(there) {
        Ok(_) => line(true, "results", format!("{shown} can be written")),
        Err(why) => line(false, "results", format!("{shown} cannot be written: {why}")),
    }
    match rustix::fs::statvfs(there) {
        Ok(it) => {
            let free = it.f_bavail.saturating_mul(it.f_frsize);
            line(free > 1 << 30, "room for them", report::bytes(free));
        }
        Err(why) => line(false, "room for them", format!("not known: {why}")),
    }
    let (holds, how) = locks(there);
    line(holds, "locks", how);
}

/// How far locks on files there reach, by the mount that the folder is on.
fn locks(folder: &Path) -> (bool, String) {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let Ok(folder) = folder.canonicalize() else { return (true, "not known".into()) };
    let mut best: Option<(&str, &str, &str)> = None;
    for mount in mounts.lines() {
        if let [_, place, kind, options, ..] = mount.split(' ').collect::<Vec<_>>()[..]
            && folder.starts_with(place)
            && best.is_none_or(|(longest, ..)| place.len() >= longest.len())
        {
            best = Some((place, kind, options));
        }
    }
    let Some((_, kind, options)) = best else {
        return (true, "this system does not say what file system it is".into());
    };
    let has = |words: &[&str]| options.split(',').any(|option| words.contains(&option));
    let is_lustre = kind == "lustre";
    let stay_here = match kind {
        "nfs" | "nfs4" => has(&["nolock", "local_lock=all", "local_lock=flock"]),
        // Only with `flock` do they reach others.
        "lustre" => !has(&["flock"]),
        _ => false,
    };
    if stay_here {
        let option = if is_lustre { "without flock" } else { "with local locks" };
        let said = format!(
            "{kind} {option}: only runners on this machine see each other; use `submit`, or one \
             machine at a time"
        );
        return (false, said);
    }
    (true, format!("{kind}: no two runners do a run"))
}

/// Bytes of the machine, and those that the group of this process may use.
fn memory() -> Option<(u64, Option<u64>)> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let total = line.split_whitespace().next()?.parse::<u64>().ok()? * 1024;
    let limit = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok()?.trim().parse().ok());
    Some((total, limit.filter(|limit| *limit < total)))
}

fn terminal() -> String {
    let kind = std::env::var("TERM").unwrap_or_else(|_| "none".into());
    let is_ascii = dashboard::shows_ascii_alone();
    let letters = if is_ascii { "ASCII alone, as locale or console say" } else { "Unicode" };
    let colours =
        if std::env::var_os("NO_COLOR").is_some() { ", no colours (NO_COLOR)" } else { "" };
    format!("{kind}, {letters}{colours}")
}

fn succeeds(program: &OsStr, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What a failure says, on one line and without its heading.
fn said(failure: &Failure) -> String {
    match failure {
        Failure::Usage(text) => text.clone(),
        other => other.to_string(),
    }
}
