//! Data sets of every format, whole and broken.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Answers, Asked, Batch, Input, Inputs, TEST, Target, Targets, VALIDATION};

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn context() -> Context<'static> {
    Context { datasets: Path::new("nowhere") }
}

fn task(folder: &Path, options: &[(&str, Value)]) -> Result<Box<dyn Task>, String> {
    let mut all: Options = options.iter().map(|(key, it)| ((*key).into(), it.clone())).collect();
    all.insert("path".into(), folder.to_str().unwrap().into());
    let shown = format!("{}/", folder.display());
    crate::build("dataset", &all, &context()).map_err(|error| {
        error.to_string().replace(&shown, "").replace(&shown[..shown.len() - 1], "FOLDER")
    })
}

/// All that is wrong, a line each.
fn faults(files: &[(&str, &[u8])]) -> String {
    let folder = folder(files);
    let shown = format!("{}/", folder.path().display());
    match check(folder.path(), &context()) {
        Ok(_) => "nothing".into(),
        Err(faults) => {
            let lines = faults.kept.iter().map(|it| it.to_string().replace(&shown, ""));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

const WALKS: &str = r#"
kind = "classification"
licence = "CC0"
[files]
train = "train.EXT"
validation = "validation.EXT"
test = "test.EXT"
[columns]
inputs = COLUMNS
target = "gait"
sequence = "walk"
"#;

fn manifest(end: &str, columns: &str) -> String {
    let sequence = if end == "csv" || end == "tsv" { "walk" } else { "" };
    let text = WALKS.replace("EXT", end).replace("COLUMNS", columns);
    if sequence.is_empty() { text.replace("sequence = \"walk\"\n", "") } else { text }
}

/// Three sequences of two channels and unequal length, as each format writes them.
fn held(batch: &Batch) -> (Vec<usize>, Vec<f32>, Vec<u32>) {
    let (Inputs::Values(values), Targets::Classes(classes)) = (&batch.inputs, &batch.targets)
    else {
        panic!("numbers and classes")
    };
    (batch.lengths.clone(), values.clone(), classes.clone())
}

#[test]
fn every_format_gives_the_same_sequences() {
    let csv = "walk,x,y,gait\na,1,2,run\nb,5,6,walk\na,3,4,run\n";
    let jsonl = "{\"x\":[[1,2],[3,4]],\"gait\":\"run\"}\n\n{\"x\":[[5,6]],\"gait\":\"walk\"}\n";
    let ts = "@dimensions 2\n@equalLength false\n@classLabel true run walk\n@data\n1,3:2,4:run\n5:6:walk\n";
    let kinds = [
        ("csv", csv.to_owned(), "[\"x\", \"y\"]"),
        ("tsv", csv.replace(',', "\t"), "[\"x\", \"y\"]"),
        ("jsonl", jsonl.to_owned(), "\"x\""),
        ("ts", ts.to_owned(), "[]"),
    ];
    for (end, text, columns) in kinds {
        let manifest = manifest(end, columns);
        let part = |name: &str| format!("{name}.{end}");
        let names = [part("train"), part("validation"), part("test")];
        let folder = folder(&[
            (MANIFEST, manifest.as_bytes()),
            (&names[0], text.as_bytes()),
            (&names[1], text.as_bytes()),
            (&names[2], text.as_bytes()),
        ]);
        let task = task(folder.path(), &[("standardize", false.into())]).unwrap();
        let batch = task.evaluation_batch(TEST, 0, 9);
        assert_eq!(
            held(&batch),
            (vec![2, 1], vec![1., 2., 3., 4., 5., 6., 0., 0.], vec![0, 1]),
            "{end}"
        );
        assert_eq!(task.names().classes, ["run", "walk"]);
        assert_eq!(task.shape().input, Input::Vectors { channels: 2 });
        // Both of test and both of validation are also trained on.
        let described = check(folder.path(), &context()).unwrap();
        assert_eq!(described.twin_count, 4, "{end}");
        assert_eq!(described.parts[0].steps, Some([1, 2, 2]));
    }
}

/// A `.npy` file of 64-bit numbers.
fn npy(shape: &[usize], values: &[f64]) -> Vec<u8> {
    let shape = shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(",") + ",";
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[test]
fn arrays_are_read_with_their_lengths() {
    let text = r#"
kind = "classification"
licence = "CC0"
[files]
all = { inputs = "x.npy", target = "y.npy", lengths = "n.npy" }
"#;
    let n = 20;
    let values: Vec<f64> = (0..n * 6).map(f64::from).collect();
    let labels: Vec<f64> = (0..n).map(|row| f64::from(row % 2) * 9.0 + 2.0).collect();
    let lengths: Vec<f64> = (0..n).map(|row| f64::from(row % 3 + 1)).collect();
    let n = n as usize;
    let (x, y, l) = (npy(&[n, 3, 2], &values), npy(&[n], &labels), npy(&[n], &lengths));
    let folder =
        folder(&[(MANIFEST, text.as_bytes()), ("x.npy", &x), ("y.npy", &y), ("n.npy", &l)]);
    let task = task(folder.path(), &[("standardize", false.into())]).unwrap();
    // By size, not by letter.
    assert_eq!(task.names().classes, ["2", "11"]);
    let sizes: Vec<_> = task.parts().iter().map(|part| part.sequences).collect();
    assert_eq!((task.facts().training_sequences, sizes), (12, vec![4, 4]));
    let (lengths, values, classes) = held(&task.training_batch(0, 0, 12));
    for (row, length) in lengths.iter().enumerate() {
        let own = &values[row * 6..][..6];
        let index = own[0] as usize / 6;
        assert_eq!(*length, index % 3 + 1);
        assert_eq!(classes[row] as usize, index % 2);
        assert!(own[length * 2..].iter().all(|value| *value == 0.0));
    }
    let wrong = npy(&[n - 1], &labels[1..]);
    fs::write(folder.path().join("y.npy"), wrong).unwrap();
    let error = task_error(folder.path());
    assert_eq!(error, "x.npy: the target has the shape [19], the inputs have [20, 3, 2]");
}

fn task_error(folder: &Path) -> String {
    task(folder, &[]).err().unwrap()
}

#[test]
fn groups_stay_together_and_classes_are_divided_alike() {
    let rows = |group: bool| {
        let row = |at: usize| {
            format!("{at},{},{},{}\n", at * 7, ["a", "b"][at % 2], at / if group { 10 } else { 1 })
        };
        format!("walk,x,gait,person\n{}", (0..100).map(row).collect::<String>())
    };
    let text = "kind = \"classification\"\nlicence = \"CC0\"\n[files]\nall = \"w.csv\"\n\
                [columns]\nsequence = \"walk\"\ninputs = \"x\"\ntarget = \"gait\"\n";
    let data = rows(true);
    let grouped = format!("{text}group = \"person\"\n[split]\nvalidation = 0.1\ntest = 0.3\n");
    let files = folder(&[(MANIFEST, grouped.as_bytes()), ("w.csv", data.as_bytes())]);
    let task_of = |folder: &Path| task(folder, &[("standardize", false.into())]).unwrap();
    let people = |batch: &Batch| {
        let (_, values, _) = held(batch);
        let mut people: Vec<_> = values.iter().map(|value| *value as usize / 70).collect();
        people.sort_unstable();
        people.dedup();
        people
    };
    let own = task_of(files.path());
    let parts = [
        own.evaluation_batch(VALIDATION, 0, 99),
        own.evaluation_batch(TEST, 0, 99),
        own.training_batch(0, 0, 60),
    ];
    let found: Vec<_> = parts.iter().map(people).collect();
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 3, 6]);
    let mut all = found.concat();
    all.sort_unstable();
    assert_eq!(all, (0..10).collect::<Vec<_>>());
    // Without groups, each class gives a fifth.
    let data = rows(false);
    let files = folder(&[(MANIFEST, text.as_bytes()), ("w.csv", data.as_bytes())]);
    let (_, _, classes) = held(&task_of(files.path()).evaluation_batch(TEST, 0, 99));
    assert_eq!([0, 1].map(|class| classes.iter().filter(|it| **it == class).count()), [10, 10]);
}

#[test]
fn text_tags_and_values_are_asked_for() {
    let text = "kind = \"classification\"\nlicence = \"CC0\"\n[files]\nall = \"t.csv\"\n\
                [columns]\ntext = \"said\"\ntarget = \"mood\"\npart = \"part\"\n";
    let data = "said,mood,part\nVery good,up,train\nbad,down,train\ngood,up,val\n\"good, bad\",down,test\n \
                ,up,test\n";
    let files = folder(&[(MANIFEST, text.as_bytes()), ("t.csv", data.as_bytes())]);
    let words = task(files.path(), &[]).unwrap();
    let batch = words.evaluation_batch(TEST, 0, 9);
    assert_eq!(words.names().tokens, ["(unknown)", "bad", "good", "very"]);
    // The comma is unknown, and a text of a blank alone is one unknown token.
    assert_eq!(batch.inputs, Inputs::Tokens(vec![2, 0, 1, 0, 0, 0]));
    assert_eq!(batch.lengths, [3, 1]);
    let characters = task(files.path(), &[("input", "characters".into())]).unwrap();
    assert_eq!(characters.evaluation_batch(TEST, 0, 9).lengths, [9, 1]);

    let tagging = "kind = \"tagging\"\nlicence = \"CC0\"\n[files]\nall = \"t.jsonl\"\n\
                   [columns]\ntext = \"words\"\ntarget = \"tags\"\n";
    let line = |at: usize| format!("{{\"words\":[\"the\",\"w{at}\"],\"tags\":[null,\"N\"]}}\n");
    let data: String = (0..10).map(line).collect();
    let files = folder(&[(MANIFEST, tagging.as_bytes()), ("t.jsonl", data.as_bytes())]);
    let tagging = task(files.path(), &[("input", "characters".into())]).unwrap();
    assert_eq!(tagging.shape().answers, Answers::Steps { future: true });
    let batch = tagging.evaluation_batch(VALIDATION, 0, 1);
    assert_eq!((batch.steps, batch.asked), (6, Asked::Steps(vec![5])));

    let values = "kind = \"regression\"\nlicence = \"CC0\"\n[files]\nall = \"v.csv\"\n\
                  [columns]\ninputs = [\"t1\", \"t2\", \"t3\"]\ntarget = [\"a\", \"b\"]\n";
    let row = |at: usize| format!("{at},{},,{},{}\n", at + 1, 100 * at, at);
    let data = format!("t1,t2,t3,a,b\n{}", (0..20).map(row).collect::<String>());
    let files = folder(&[(MANIFEST, values.as_bytes()), ("v.csv", data.as_bytes())]);
    let values = task(files.path(), &[]).unwrap();
    assert_eq!(values.shape().target, Target::Value { values: 2 });
    assert_eq!(values.shape().max_steps, 2, "empty cells at the end are no steps");
    let units = values.setting().units;
    assert!((units[0] / units[1] - 100.0).abs() < 1e-6, "{units:?}");
    // In the units of the data: the mean of both errors, whose sizes differ a hundredfold.
    assert!(values.facts().trivial["mean_absolute_error"] > 100.0);
}

#[test]
fn labels_that_are_equal_as_numbers_are_two_classes() {
    let text = "kind = \"classification\"\nlicence = \"CC0\"\n[files]\nall = \"l.csv\"\n\
                [columns]\ninputs = \"x\"\ntarget = \"y\"\npart = \"p\"\n";
    let data = "x,y,p\n1,1,train\n2,1.0,train\n3,1,train\n4,10,train\n5,1,val\n6,0,test\n";
    let files = folder(&[(MANIFEST, text.as_bytes()), ("l.csv", data.as_bytes())]);
    let task = task(files.path(), &[]).unwrap();
    assert_eq!(task.names().classes, ["1", "1.0", "10", "0"], "those of training first");
    assert_eq!(task.shape().target, Target::Class { classes: 4 });
}

#[test]
fn missing_values_are_refused_or_filled() {
    let text = "kind = \"classification\"\nlicence = \"CC0\"\n[files]\nall = \"w.csv\"\n\
                [columns]\nsequence = \"w\"\ninputs = \"x\"\ntarget = \"g\"\npart = \"p\"\n";
    let data = "w,x,g,p\n1,1,a,train\n1,,a,train\n2,5,b,val\n3,3,a,test\n";
    let files = folder(&[(MANIFEST, text.as_bytes()), ("w.csv", data.as_bytes())]);
    let error = task_error(files.path());
    assert!(error.starts_with("w.csv:2: a value of the sequence is missing; say with"), "{error}");
    let options = [("missing", "last".into()), ("standardize", false.into())];
    let (_, values, _) = held(&task(files.path(), &options).unwrap().training_batch(0, 0, 1));
    assert_eq!(values, [1.0, 1.0]);
    let described = check(files.path(), &context()).unwrap();
    assert_eq!(described.parts[0].missing, [1, 2]);
}

#[test]
fn texts_and_forecasts_are_the_tasks_of_these_names() {
    let text =
        "kind = \"text\"\nlicence = \"CC0\"\n[files]\nall = \"a.txt\"\n[options]\nsteps = 7\n";
    let book = "to be or not to be. ".repeat(50);
    let files = folder(&[(MANIFEST, text.as_bytes()), ("a.txt", book.as_bytes())]);
    let own = task(files.path(), &[]).unwrap();
    assert!(own.shape().carried && own.shape().max_steps == 7);
    assert_eq!(check(files.path(), &context()).unwrap().parts.len(), 3);
    let error = task(files.path(), &[("least", 3.into())]).err().unwrap();
    assert!(error.contains("`least` means nothing for data of kind \"text\""), "{error}");

    let rows = (0..80).map(|row| format!("{row},{}", row % 12)).collect::<Vec<_>>().join("\n");
    let rows = format!("t,a\n{rows}\n");
    let text = "kind = \"forecasting\"\nlicence = \"CC0\"\n[files]\nall = \"a.csv\"\n[options]\n\
                window = 12\nseason = 12\n";
    let files = folder(&[(MANIFEST, text.as_bytes()), ("a.csv", rows.as_bytes())]);
    let own = task(files.path(), &[]).unwrap();
    assert!(own.facts().trivial["mean_absolute_error"] < 1e-6, "the season repeats");
    let wrong = text.replace("season = 12", "season = 0");
    fs::write(files.path().join(MANIFEST), wrong).unwrap();
    let error = task_error(files.path());
    let expected = "dataset.toml: [options]: task forecasting: season = 0 is not";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn all_that_is_wrong_is_named() {
    let csv = manifest("csv", "[\"x\", \"y\"]");
    let good: &[u8] = b"walk,x,y,gait\na,1,2,run\n";
    let table = |bytes: &[u8]| {
        let files: [(&str, &[u8]); 4] = [
            (MANIFEST, csv.as_bytes()),
            ("train.csv", bytes),
            ("validation.csv", good),
            ("test.csv", good),
        ];
        faults(&files)
    };
    let jsonl = "kind = \"classification\"\nlicence = \"CC0\"\n[files]\nall = \"a.jsonl\"\n[columns]\n\
                 inputs = \"x\"\ntarget = \"y\"\npart = \"p\"\n";
    let lines = |bytes: &[u8]| faults(&[(MANIFEST, jsonl.as_bytes()), ("a.jsonl", bytes)]);
    let only = |text: &str| faults(&[(MANIFEST, text.as_bytes())]);
    let start = "kind = \"classification\"\nlicence = \"CC0\"\n";
    let messages = [
        table(b"walk,x,y,gait\na,1,2,run\na,x,4,run\na,5\nb,1,2,\na,1,1e99,run\na,1,1,walk\n\xff,1,1,a\n"),
        table(b"walk,x,gait\na,1,run\n"),
        table(b"walk,x,y,gait\n"),
        table(b"walk,x,y,gait\na,1,2,\"run\nb,1,2,run\n"),
        lines(
            b"{\"x\":[1,2],\"y\":1,\"p\":\"train\"}\n{\"x\":[1,[2]],\"y\":1}\n{\"x\":1,\"y\":2}\nnothing\n\
              {\"x\":[],\"y\":1,\"p\":\"val\"}\n{\"y\":1}\n{\"x\":[1],\"y\":{},\"p\":\"test\"}\n\
              {\"x\":[[1,2],[3]],\"y\":1,\"p\":\"test\"}\n{\"x\":[1e60],\"y\":1,\"p\":\"soon\"}\n",
        ),
        only(""),
        only("kind = \"ordering\"\nlicence = \"CC0\"\n[files]\nall = \"a.csv\"\n"),
        only(&format!("{start}[files]\nall = \"../a.csv\"\n")),
        only(&format!("{start}[files]\nall = \"a.xlsx\"\n")),
        only(&format!("{start}[files]\nall = \"a.csv\"\ntest = \"b.csv\"\n")),
        only(&format!("{start}[files]\nall = \"a.csv\"\n[columns]\ntarget = 3\n")),
        only(&format!("{start}[files]\nall = \"a.csv\"\n[split]\ntest = 2.0\n")),
        only(&format!("{start}[files]\nall = \"absent.csv\"\n")),
        only(&format!("{start}[files]\nall = \"absent.csv\"\nsplit = 3\n")),
    ];
    insta::assert_snapshot!(messages.join("\n--\n"));
}

#[test]
fn one_of_several_faults_says_how_to_see_all() {
    let csv = manifest("csv", "[\"x\", \"y\"]");
    let good: &[u8] = b"walk,x,y,gait\na,1,2,run\n";
    let bad: &[u8] = b"walk,x,y,gait\na,1,z,run\na,1,z,run\n";
    let files: [(&str, &[u8]); 4] = [
        (MANIFEST, csv.as_bytes()),
        ("train.csv", bad),
        ("validation.csv", good),
        ("test.csv", good),
    ];
    let folder = folder(&files);
    let error = task_error(folder.path());
    let expected = "train.csv:2: column \"y\": \"z\" is not a finite 32-bit number; leave it empty if it is \
                    missing; 1 more: runner data check FOLDER names all";
    assert_eq!(error, expected);
    let missing = tempfile::tempdir().unwrap();
    assert!(task_error(missing.path()).contains("the option `path` names a folder with"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, text in "\\PC*", end in 0..7_usize) {
        let end = ["csv", "tsv", "jsonl", "ts", "npz", "npy", "conllu"][end];
        let name = format!("a.{end}");
        for kind in ["classification", "regression", "tagging"] {
            let manifest = json!({
                "kind": kind, "licence": "CC0", "files": {"all": &name},
                "columns": {"inputs": "a", "target": "b", "sequence": "c"},
            });
            let manifest = toml::to_string(&manifest).unwrap();
            for content in [&bytes[..], text.as_bytes(), format!("a,b,c\n{text}\n").as_bytes()] {
                let _ = faults(&[(MANIFEST, manifest.as_bytes()), (&name, content)]);
            }
        }
        let _ = faults(&[(MANIFEST, text.as_bytes())]);
    }
}
