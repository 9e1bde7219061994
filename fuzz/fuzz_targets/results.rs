//! What the readers of a results folder make of any bytes: the first byte says of which file.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use store::{RunFolder, SweepFolder, journal, sweep_journal};

/// One folder a process.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("unroll-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
});

fuzz_target!(|input: &[u8]| {
    const FILES: [&str; 7] = [
        "events.jsonl",
        "journal.jsonl",
        "plan.json",
        "claims.json",
        "config.toml",
        "provenance.json",
        "result.json",
    ];
    let Some((which, bytes)) = input.split_first() else { return };
    let name = FILES[usize::from(*which) % FILES.len()];
    let path = FOLDER.join(name);
    std::fs::write(&path, bytes).expect("a file");
    let (run, sweep) = (RunFolder::new(&*FOLDER), SweepFolder::new(&*FOLDER));
    match name {
        "events.jsonl" => {
            let events = run.events().expect("events can be read whatever they are");
            assert_eq!(run.last_event().expect("and the last of them"), events.last().cloned());
            journal::evaluations(&events);
            let _ = run.state();
        }
        "journal.jsonl" => drop(sweep_journal::read_sweep_journal(&FOLDER)),
        "plan.json" => {
            if let Ok(plan) = sweep.plan() {
                sweep.unplanned(&plan).expect("folders");
                plan.runs().take(100_000).for_each(drop);
            }
        }
        "claims.json" => drop(sweep.claim_book()),
        "config.toml" => {
            if let Ok(config) = run.config() {
                assert_eq!(config.identity().len(), 64);
            }
        }
        "provenance.json" => drop(run.provenance()),
        _ => drop(run.state()),
    }
    std::fs::remove_file(&path).expect("the file");
});
