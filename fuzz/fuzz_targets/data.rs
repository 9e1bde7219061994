//! What the readers of data make of any bytes: `UNROLL_READER` names one of them, without it the first
//! byte says which.
#![no_main]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use data::csv::{Table, number};
use data::{arff, conllu, gzip, idx, mat, npy, ts, ucr, utf8};
use libfuzzer_sys::fuzz_target;
use schema::Options;
use tasks::Context;

/// One folder a process.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("unroll-fuzz-data-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
});

const READERS: [&str; 14] = [
    "ts", "arff", "ucr", "conllu", "csv", "npy", "npz", "mat", "idx", "gzip", "utf8", "music",
    "manifest", "jsonl",
];

static CHOSEN: LazyLock<Option<usize>> = LazyLock::new(|| {
    let name = std::env::var("UNROLL_READER").ok()?;
    Some(READERS.iter().position(|known| *known == name).expect("one of the readers"))
});

/// Unpacked bytes that are enough for a test.
const MOST: u64 = 1 << 24;

fuzz_target!(|input: &[u8]| {
    let (reader, bytes) = match (*CHOSEN, input.split_first()) {
        (Some(reader), _) => (reader, input),
        (None, Some((which, bytes))) => (usize::from(*which) % READERS.len(), bytes),
        (None, None) => return,
    };
    let path = FOLDER.join("file.csv");
    let written = |path: &Path| std::fs::write(path, bytes).expect("a file");
    match READERS[reader] {
        "ts" => drop(ts::parse(&path, bytes)),
        "arff" => drop(arff::parse(&path, bytes)),
        "ucr" => drop(ucr::parse(&path, bytes)),
        "conllu" => drop(conllu::parse(&path, bytes)),
        "csv" => {
            written(&path);
            let Ok(mut table) = Table::open(&path) else { return };
            while let Ok(Some((_, row))) = table.next_row() {
                row.iter().for_each(|cell| drop(number(cell)));
            }
        }
        "npy" => {
            written(&path);
            drop(npy::read_npy(&path));
        }
        "npz" => drop(npy::parse_npz(&path, bytes)),
        "mat" => drop(mat::parse(&path, bytes)),
        "idx" => {
            written(&path);
            drop(idx::read(&path));
        }
        "gzip" => {
            written(&path);
            drop(gzip::read_maybe_packed(&path, MOST));
        }
        "utf8" => {
            written(&path);
            let mut text = String::new();
            let read = utf8::read_pieces(
                &path,
                |_| {},
                |piece| {
                    text += piece;
                    Ok(())
                },
            );
            let whole = utf8::whole(&path, bytes);
            assert_eq!(read.is_ok(), whole.is_ok());
            if let Ok(whole) = whole {
                assert_eq!(text, whole);
            }
        }
        "music" => {
            let path = FOLDER.join("rolls.json");
            written(&path);
            task("music", &path);
        }
        "manifest" => {
            std::fs::write(&path, "a,b,c\n1,2,x\n2,3,y\n1,4,x\n4,5,y\n").expect("a file");
            written(&FOLDER.join("dataset.toml"));
            task("dataset", &FOLDER);
        }
        _ => {
            written(&FOLDER.join("file.jsonl"));
            let manifest = "kind = \"tagging\"\nlicence = \"none\"\n[files]\nall = \"file.jsonl\"\n\
                            [columns]\ntext = \"a\"\ntarget = \"b\"\n";
            for manifest in [
                manifest.to_owned(),
                manifest.replace("tagging", "classification").replace("text", "inputs"),
            ] {
                std::fs::write(FOLDER.join("dataset.toml"), manifest).expect("a file");
                task("dataset", &FOLDER);
            }
        }
    }
});

/// Builds a task, whose facts and first batches must then be there.
fn task(name: &str, path: &Path) {
    let mut options = Options::new();
    options.insert("path".into(), path.to_str().expect("plain").into());
    let Ok(task) = tasks::build(name, &options, &Context { datasets: Path::new("none") }) else {
        return;
    };
    task.facts();
    task.training_batch(0, 0, 3);
    task.evaluation_batch(0, 0, 3);
}
