//! Every format of one small sweep: each is read back or compiled by a program of its own where that
//! is installed.

mod sweep;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use report::{Format, Options, write};
use serde_json::{Value, json};
use store::{EventKind, Reading};
use sweep::{Sweep, adding, parity};

/// A name that every format must mind.
const NAME: &str = "=a_b & 50 % ü \u{05D0} {x} \\end{table} \u{202E}";

fn sweep() -> Sweep {
    let mut sweep = Sweep::new(&["lstm", NAME], vec![adding(), parity()], &[0, 1, 2, 3, 4, 5]);
    sweep.plan.claims = vec![
        serde_json::from_value(json!({
            "text": "It is worse: # & %", "left": NAME, "right": "lstm",
            "expect": { "greater": { "margin": 0.0 } }, "tasks": ["adding"],
        }))
        .unwrap(),
    ];
    sweep.write_plan();
    for seed in 0..6 {
        let noise = 0.001 * seed as f64;
        for (condition, end) in [(0, 0.004), (1, 0.05), (2, 0.9)] {
            sweep.finish(condition, seed, &[(50, 0.12), (100, end + noise)]);
        }
    }
    let values = vec![0.1, 0.01, 0.001];
    let reading = Reading {
        kind: Reading::GRADIENT_BY_LAG.into(),
        of: "layer 1".into(),
        at: vec![0.0, 10.0, 20.0],
        values,
    };
    let mut writer = sweep.run(0, 0).event_writer().unwrap();
    writer.append(EventKind::Probed { step: 100, readings: vec![reading] }).unwrap();
    sweep.diverge(3, 0, &[(50, 3e8)], 71);
    sweep.fail(3, 1, &[(50, 0.15)], "index out of bounds");
    sweep.stop(3, 2, &[(50, 0.3)]);
    sweep
}

fn written(sweep: &Sweep, format: Format) -> Vec<PathBuf> {
    let options = Options { formats: vec![format], to: None };
    let paths = write(&sweep.folder(), &options).unwrap().paths;
    let bytes =
        |paths: &[PathBuf]| paths.iter().map(|it| fs::read(it).unwrap()).collect::<Vec<_>>();
    let first = bytes(&paths);
    write(&sweep.folder(), &options).unwrap();
    assert!(bytes(&paths) == first, "{format} differs from one time to the next");
    paths
}

fn names(sweep: &Sweep, paths: &[PathBuf]) -> Vec<String> {
    let folder = sweep.folder().path().join("report");
    paths.iter().map(|it| it.strip_prefix(&folder).unwrap().display().to_string()).collect()
}

#[test]
fn json_says_what_the_report_says() {
    let sweep = sweep();
    let paths = written(&sweep, Format::Json);
    assert_eq!(names(&sweep, &paths), ["report.json"]);
    let report: Value = serde_json::from_slice(&fs::read(&paths[0]).unwrap()).unwrap();
    assert_eq!(report["format"], json!(1));
    assert_eq!(report["claims"][0]["verdict"], json!("supported"));
    assert_eq!(report["claims"][0]["p_holm"], json!(2.0 / 64.0));
    let arm = &report["tasks"][0]["arms"][1];
    assert_eq!(arm["arm"], json!(NAME));
    assert_eq!(arm["versus_baseline"]["finding"], json!("open"), "two comparisons at 2/64");
    assert_eq!(arm["solving"]["never"], json!(6));
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    let page =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/for-programs.md"));
    let page = page.unwrap();
    for key in keys.into_iter().chain(arm.as_object().unwrap().keys()) {
        assert!(page.contains(&format!("`{key}`")), "docs/for-programs.md does not describe {key}");
    }
}

#[test]
fn tidy_tables_are_the_same_in_csv_and_parquet() {
    let sweep = sweep();
    let csv = written(&sweep, Format::Csv);
    let expected = ["runs.csv", "arms.csv", "curves.csv", "probes.csv"];
    assert_eq!(names(&sweep, &csv), expected);
    let parquet = written(&sweep, Format::Parquet);
    assert_eq!(names(&sweep, &parquet), expected.map(|it| it.replace("csv", "parquet")));
    for (csv, parquet) in csv.iter().zip(&parquet) {
        use parquet::file::reader::{FileReader, SerializedFileReader};
        let reader = SerializedFileReader::new(fs::File::open(parquet).unwrap()).unwrap();
        let text = fs::read_to_string(csv).unwrap();
        let schema = reader.metadata().file_metadata().schema();
        let columns: Vec<&str> = schema.get_fields().iter().map(|it| it.name()).collect();
        assert_eq!(text.lines().next().unwrap(), columns.join(","));
        assert_eq!(text.lines().count() - 1, reader.get_row_iter(None).unwrap().count());
    }
    let probes = fs::read_to_string(&csv[3]).unwrap();
    assert!(probes.ends_with("lstm,adding,0,100,gradient-by-lag,layer 1,20,0.001\n"), "{probes}");
}

#[test]
fn tensorboard_has_a_folder_a_run() {
    let sweep = sweep();
    let paths = written(&sweep, Format::TensorBoard);
    let names = names(&sweep, &paths);
    assert_eq!(names.len(), 21);
    assert_eq!(names[0], "tensorboard/lstm/adding/seed-0/events.out.tfevents.0.unroll");
    assert!(names.iter().all(|it| it.is_ascii()), "{names:?}");
    let file = fs::read(&paths[0]).unwrap();
    let tags = String::from_utf8_lossy(&file).matches("validation/loss").count();
    assert_eq!(tags, 2);
}

/// The compiler, where there is one: `REPORT_NEEDS_LATEX` makes it an error that there is none.
fn latex() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|it| ["pdflatex", "lualatex", "tectonic"].map(|name| it.join(name)))
        .find(|it| it.is_file());
    assert!(found.is_some() || std::env::var_os("REPORT_NEEDS_LATEX").is_none(), "no LaTeX");
    found
}

#[test]
fn latex_compiles() {
    let sweep = sweep();
    let paths = written(&sweep, Format::Latex);
    let names = names(&sweep, &paths);
    assert_eq!(names.last().unwrap(), "latex/report.tex");
    assert!(names.contains(&"latex/differences.tex".to_owned()), "{names:?}");
    let table = fs::read_to_string(&paths[0]).unwrap();
    assert!(table.contains("\\toprule") && table.contains("=a\\_b \\& 50 \\%"), "{table}");
    let Some(compiler) = latex() else {
        eprintln!("no LaTeX is installed: the report was not compiled");
        return;
    };
    let folder: &Path = paths[0].parent().unwrap();
    let arguments: &[&str] = if compiler.ends_with("tectonic") {
        &["report.tex"]
    } else {
        &["-interaction=nonstopmode", "-halt-on-error", "report.tex"]
    };
    let output = Command::new(compiler).args(arguments).current_dir(folder).output().unwrap();
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{log}");
    assert!(fs::metadata(folder.join("report.pdf")).unwrap().len() > 20_000, "{log}");
    if let Some(gallery) = std::env::var_os("REPORT_GALLERY") {
        fs::copy(folder.join("report.pdf"), Path::new(&gallery).join("report.pdf")).unwrap();
    }
}
