//! Tables and verdicts of made-up measurements.

use crate::contest::Times;
use crate::measured::{COLUMNS, Measured};
use crate::session::milliseconds;
use crate::table::{Printer, Value};
use crate::verdicts::verdicts;
use crate::{Case, Cell, Format, Pass, Shape};

fn row(cell: Cell, pass: Pass, threads: usize, milliseconds: [f64; 4]) -> Measured {
    let [ours, burn, torch, jax] = milliseconds.map(|ms| Times::Seconds(vec![1e-3 * ms]));
    let shape = Shape::new(64, 50, 128, 256);
    let case = Case { cell, shape, pass, threads };
    Measured { case, ours, burn, torch, jax, speed: Some(5e11) }
}

fn rows() -> Vec<Measured> {
    let both = Pass::ForwardBackward;
    vec![
        row(Cell::Lstm, both, 1, [40.0, 320.0, 50.0, 80.0]),
        row(Cell::Lstm, both, 2, [20.0, 160.0, 25.0, 16.0]),
        row(Cell::Gru, both, 1, [30.0, 120.0, 160.0, 60.0]),
        row(Cell::Gru, both, 2, [15.0, 120.0, 80.0, 60.0]),
        Measured {
            burn: Times::Absent,
            torch: Times::Failed("it ended".into()),
            speed: None,
            ..row(Cell::Vanilla, Pass::Step, 1, [0.1234, 0.0, 0.0, 1.5])
        },
    ]
}

fn print(format: Format) -> String {
    let mut out = Vec::new();
    let mut printer = Printer::new(format, &mut out);
    printer.table("layers", "made up", COLUMNS).unwrap();
    for row in rows() {
        printer.row(&row.row()).unwrap();
    }
    printer.notes(&["a note".into()]).unwrap();
    printer.finish("a machine").unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_table_as_text() {
    insta::assert_snapshot!(print(Format::Text));
}

#[test]
fn the_table_as_markdown() {
    insta::assert_snapshot!(print(Format::Markdown));
}

#[test]
fn the_table_as_json() {
    let all: serde_json::Value = serde_json::from_str(&print(Format::Json)).unwrap();
    let rows = all["tables"][0]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[1]["cell"], "lstm");
    assert_eq!(rows[1]["threads"], 2);
    assert_eq!(rows[1]["ratio"], 1.25);
    assert_eq!(rows[4]["PyTorch ms"], "failed");
    assert!(rows[4]["Burn ms"].is_null() && rows[4]["of peak"].is_null());
    assert_eq!(all["tables"][0]["notes"][0], "a note");
    assert_eq!(all["machine"], "a machine");
}

/// By hand: ratios to the better peer are 0.8 and 0.5 on one thread, 1.25 and 0.25 on two.
#[test]
fn what_the_rows_say_together() {
    insta::assert_snapshot!(verdicts(&rows()).join("\n"));
}

#[test]
fn times_are_shown_with_three_digits() {
    let shown = |milliseconds: f64| {
        let mut out = Vec::new();
        let mut printer = Printer::new(Format::Text, &mut out);
        printer.table("", "", &[("", 0)]).unwrap();
        printer.row(&[Value::Milliseconds(1e-3 * milliseconds)]).unwrap();
        String::from_utf8(out).unwrap().lines().last().unwrap().trim().to_owned()
    };
    assert_eq!(
        [0.012_34, 0.1234, 9.876, 98.76, 987.6, 9876.0].map(shown),
        ["0.0123", "0.123", "9.88", "98.8", "988", "9876"]
    );
    assert_eq!(milliseconds(&Times::Absent), Value::Missing);
}
