//! Names, questions and messages that each format would obey or hide.

mod sweep;

use std::fs;

use report::{Format, Options, build, table, write};
use store::{Claim, Expectation};
use sweep::{Sweep, adding, parity};

/// What no format may obey or hide.
const BAD: &str = "=cmd() \u{202E}a|b <script>alert(1)</script> & `c` *d*\n| e \"f'\" \
    \u{1B}[31m\u{9B}K\u{200B}\u{AD}\u{2028}\u{E0041}";

/// A sweep in which everything that a user or a program wrote is hostile.
fn hostile() -> Sweep {
    let mut task = adding();
    task.label = format!("add {BAD}");
    task.summary = format!("summary {BAD}");
    task.limits = format!("limits {BAD}");
    task.trivial_rule = format!("rule {BAD}");
    let mut sweep = Sweep::new(&["lstm", BAD, "-x"], vec![task, parity()], &[0, 1]);
    sweep.plan.question = format!("why {BAD}");
    sweep.plan.experiment = format!("gates {BAD}");
    sweep.plan.claims = vec![Claim { text: format!("claim {BAD}"), ..claim() }];
    sweep.write_plan();
    sweep.finish(0, 0, &[(50, 0.6), (100, 0.5)]);
    sweep.finish(1, 0, &[(50, 0.7), (100, 0.6)]);
    sweep.diverge(1, 1, &[(50, 3e8)], 71);
    sweep.fail(0, 1, &[(50, 0.5)], &format!("message {BAD}"));
    sweep.stop(4, 0, &[(50, 0.5)]);
    let mut provenance = sweep::provenance(&sweep.plan, 0);
    provenance.command = format!("run {BAD}");
    provenance.device = BAD.into();
    sweep.run(0, 0).write_provenance(&provenance).unwrap();
    fs::create_dir_all(sweep.folder().path().join("runs/gone \u{202E}\u{1B}[2J")).unwrap();
    sweep
}

fn claim() -> Claim {
    serde_json::from_value(serde_json::json!({
        "text": "", "left": BAD, "right": "lstm", "expect": Expectation::Greater { margin: 0.0 },
    }))
    .unwrap()
}

/// Every file of the report, and the table for the terminal.
fn outputs(sweep: &Sweep) -> Vec<(String, String)> {
    // JSON is for programs, which get what is stored.
    let formats = vec![Format::Markdown, Format::Html, Format::Csv, Format::Latex];
    let written = write(&sweep.folder(), &Options { formats, to: None }).unwrap();
    let file = |path: &std::path::PathBuf| {
        (
            path.file_name().unwrap().to_string_lossy().into_owned(),
            fs::read_to_string(path).unwrap(),
        )
    };
    let mut outputs: Vec<_> = written.paths.iter().map(file).collect();
    outputs.push(("table".into(), table(&build(&sweep.folder()).unwrap())));
    outputs
}

fn output(outputs: &[(String, String)], ending: &str) -> String {
    outputs.iter().find(|(name, _)| name.ends_with(ending)).unwrap().1.clone()
}

#[test]
fn what_cannot_be_seen_is_shown_in_every_format() {
    for (name, text) in outputs(&hostile()) {
        let hidden = text.chars().find(|&c| c != '\n' && text::is_hidden(c));
        assert_eq!(hidden, None, "{name}:\n{text}");
        if name.ends_with("tex") {
            continue;
        }
        // A table of events that did not happen has a heading only.
        if text.lines().count() == 1 {
            continue;
        }
        for escape in ["\\u{202E}a", "\\u{1B}[31m\\u{9B}K\\u{200B}\\u{AD}\\u{2028}\\u{E0041}"] {
            assert!(text.contains(escape), "{escape} in {name}:\n{text}");
        }
    }
}

#[test]
fn a_question_keeps_its_control_characters_where_they_are_seen() {
    let sweep = hostile();
    let outputs = outputs(&sweep);
    for ending in [".md", ".html"] {
        let text = output(&outputs, ending);
        let question = text.lines().find(|line| line.contains("Question: ")).unwrap();
        assert!(question.contains("\\n") && question.contains("\\u{1B}"), "{question}");
    }
}

#[test]
fn html_and_svg_hold_no_element_of_a_name() {
    let outputs = outputs(&hostile());
    for ending in [".html", ".svg"] {
        let text = output(&outputs, ending);
        // The page's own script comes last.
        let text = text.split("<script>\"use strict\"").next().unwrap();
        assert!(!text.contains("<script") && !text.contains("f'"), "{text}");
        assert!(text.contains("a|b &lt;script&gt;alert(1)&lt;/script&gt; &amp; `c` *d*"));
        assert!(text.contains("e &quot;f&#39;&quot;"));
    }
}

#[test]
fn markdown_keeps_every_name_in_its_cell() {
    let text = output(&outputs(&hostile()), ".md");
    assert!(text.contains(r"a\|b \<script>alert(1)\</script> & \`c\` \*d\*\n\| e"), "{text}");
    let mut columns = None;
    for line in text.lines() {
        let pipes = line.replace("\\|", "").matches('|').count();
        match columns {
            Some(columns) if line.starts_with('|') => assert_eq!(pipes, columns, "{line}"),
            _ => columns = line.starts_with('|').then_some(pipes),
        }
    }
}

#[test]
fn no_cell_of_text_is_a_formula_and_numbers_stay_numbers() {
    let outputs = outputs(&hostile());
    let runs = output(&outputs, "runs.csv");
    let names: Vec<&str> = runs.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"\"'=cmd()"), "{runs}");
    assert!(runs.contains("\n'-x,"), "{runs}");
    assert_eq!(runs.lines().count(), 13, "one line a run:\n{runs}");
    let curves = outputs.iter().filter(|(_, text)| text.starts_with("arm,seed,"));
    for (name, text) in curves {
        assert!(
            text.lines().all(|line| !line.trim_start_matches('"').starts_with('=')),
            "{name}: {text}"
        );
        assert!(text.lines().count() > 1, "{name}");
    }
    let sweep = Sweep::new(&["lstm"], vec![adding()], &[0]);
    sweep.finish(0, 0, &[(50, -0.5), (100, -0.25)]);
    let curves = self::outputs(&sweep).into_iter().find(|it| it.0 == "adding.csv").unwrap().1;
    let end = "lstm,0,finished,50,0.5,-0.5\nlstm,0,finished,100,1,-0.25\n";
    assert!(curves.ends_with(end), "{curves}");
}
