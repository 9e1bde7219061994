//! The whole report of small sweeps, in every format.

mod sweep;

use std::fs;
use std::path::Path;

use report::{Format, Options, State, build, table, write};
use store::{EventKind, Outcome, Reading, RunResult};
use sweep::{Sweep, adding, parity};

fn read(sweep: &Sweep, name: &str) -> String {
    fs::read_to_string(sweep.folder().path().join("report").join(name)).unwrap()
}

fn markdown(sweep: &Sweep) -> String {
    write(&sweep.folder(), &Options { formats: vec![Format::Markdown], to: None }).unwrap();
    read(sweep, "report.md")
}

/// Two arms on one task with three seeds: one run diverged, one failed.
fn small() -> Sweep {
    let sweep = Sweep::new(&["lstm", "no forget gate"], vec![adding()], &[0, 1, 2]);
    sweep.finish(0, 0, &[(50, 0.12), (100, 0.004)]);
    sweep.finish(0, 1, &[(50, 0.14), (100, 0.0052)]);
    sweep.finish(0, 2, &[(50, 0.11), (100, 0.0061)]);
    sweep.finish(1, 0, &[(50, 0.16), (100, 0.17)]);
    sweep.diverge(1, 1, &[(50, 3e8)], 71);
    sweep.fail(1, 2, &[(50, 0.15)], "index out of bounds");
    sweep
}

#[test]
fn the_whole_markdown_of_a_small_sweep() {
    insta::assert_snapshot!(markdown(&small()));
}

#[test]
fn the_runs_and_the_curves_as_csv() {
    let sweep = small();
    write(&sweep.folder(), &Options::default()).unwrap();
    insta::assert_snapshot!("runs", read(&sweep, "runs.csv"));
    insta::assert_snapshot!("curves", read(&sweep, "figures/adding.csv"));
}

#[test]
fn the_table_for_the_terminal() {
    insta::assert_snapshot!(table(&build(&small().folder()).unwrap()));
}

#[test]
fn all_files_are_written_and_the_same_results_give_the_same_bytes() {
    let sweep = Sweep::new(&["lstm", "gru"], vec![adding(), parity()], &[0]);
    sweep.finish(0, 0, &[(100, 0.5)]);
    let written = write(&sweep.folder(), &Options::default()).unwrap();
    let folder = sweep.folder().path().join("report");
    let names: Vec<&Path> =
        written.paths.iter().map(|path| path.strip_prefix(&folder).unwrap()).collect();
    let expected = [
        "figures/adding-seeds.svg",
        "figures/adding-seeds.csv",
        "figures/adding.svg",
        "figures/adding.csv",
        "figures/adding-time.svg",
        "figures/adding-time.csv",
        "figures/adding-solving.svg",
        "figures/adding-solving.csv",
        "figures/profile.svg",
        "figures/profile.csv",
        "report.md",
        "report.html",
        "runs.csv",
        "arms.csv",
        "curves.csv",
        "report.json",
    ];
    assert_eq!(names, expected.map(Path::new));
    let bytes = || written.paths.iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>();
    let first = bytes();
    write(&sweep.folder(), &Options::default()).unwrap();
    assert_eq!(bytes(), first);
}

#[test]
fn the_page_refers_to_nothing_outside_itself() {
    let sweep = Sweep::new(&["lstm", "http://example.org/arm"], vec![adding()], &[0, 1]);
    sweep.finish(0, 0, &[(50, 0.1), (100, 0.05)]);
    sweep.finish(1, 0, &[(50, 0.1), (100, 0.06)]);
    write(&sweep.folder(), &Options::default()).unwrap();
    let page = read(&sweep, "report.html");
    for outside in ["src=", "<link", "src:", "<iframe", "@import", "url(", "xlink"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let targets: Vec<&str> = page.split("href=\"").skip(1).collect();
    assert!(!targets.is_empty() && targets.iter().all(|target| target.starts_with("#s")));
    assert!(page.contains("<svg") && page.contains("prefers-color-scheme"));
}

#[test]
fn a_sweep_without_any_run_is_reported() {
    let sweep = Sweep::new(&["lstm", "gru"], vec![adding()], &[0, 1]);
    let text = markdown(&sweep);
    assert!(text.contains("Of 4 planned runs, 0 finished, 0 diverged; without a result: 4."));
    assert!(text.contains("No learning curve yet."));
    assert!(text.contains("No arm shares a scored seed with the baseline yet"));
    assert!(text.contains("On adding (test loss) no run has a score yet."));
    let row = result_rows(&text).remove(0);
    assert_eq!(row[1..], ["–", "–", "0", "0", "0/0", "baseline", "–", "–"]);
    assert!(!sweep.folder().path().join("report/figures/adding.svg").exists());
}

#[test]
fn a_sweep_of_failed_runs_and_one_of_diverged_ones_say_so() {
    let sweep = Sweep::new(&["lstm", "gru"], vec![adding()], &[0, 1]);
    for (condition, seed) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        sweep.fail(condition, seed, &[], "out of memory");
    }
    let text = markdown(&sweep);
    assert!(text.contains("On adding (test loss) no run has a score yet."), "{text}");
    assert!(text.contains("Of 4 planned runs 4 are without a result (failed 4,"), "{text}");
    let sweep = Sweep::new(&["lstm", "gru"], vec![adding()], &[0, 1]);
    for (condition, seed) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        sweep.diverge(condition, seed, &[(50, 3e38)], 71);
    }
    let text = markdown(&sweep);
    assert!(text.contains("lstm (2 of 2) and gru (2 of 2)"), "{text}");
    assert!(text.contains("| lstm | 0/2 | 0.00 to 0.66 | never |"), "{text}");
}

#[test]
fn one_arm_with_one_seed_has_neither_spread_nor_comparison() {
    let sweep = Sweep::new(&["lstm"], vec![adding()], &[7]);
    sweep.finish(0, 7, &[(50, 0.2), (100, 0.1)]);
    let text = markdown(&sweep);
    assert!(text.contains("One arm: there is nothing to compare it with."));
    assert!(!text.contains("difference to"));
    let row = result_rows(&text).remove(0);
    assert_eq!(row[1..4], ["0.101 (one run)", "–", "1"]);
}

#[test]
fn the_limits_follow_the_number_of_paired_seeds() {
    let with_seeds = |count: u64| {
        let seeds: Vec<u64> = (0..count).collect();
        let sweep = Sweep::new(&["lstm", "gru"], vec![adding()], &seeds);
        for seed in seeds {
            sweep.finish(0, seed, &[(100, 0.1 + 0.01 * seed as f64)]);
            sweep.finish(1, seed, &[(100, 0.2 + 0.02 * seed as f64)]);
        }
        build(&sweep.folder()).unwrap().limits.join("\n")
    };
    let three = with_seeds(3);
    assert!(three.contains("3 paired seeds cannot establish any difference"), "{three}");
    assert!(
        three.contains("the test can give is 0.25, and for 1 comparison it takes 6"),
        "{three}"
    );
    assert!(with_seeds(5).contains("can give is 0.0625"));
    assert!(!with_seeds(6).contains("cannot establish"));
}

#[test]
fn an_unusable_result_is_a_failed_run_with_its_reason() {
    let seeds = [0, 1, 2, 3, 4, 5];
    let sweep = Sweep::new(&["lstm"], vec![adding()], &seeds);
    let results = seeds.map(|seed| sweep.finish(0, seed, &[(100, 0.1)]));
    let file = |seed: u64| sweep.run(0, seed).path().join("result.json");
    fs::write(file(0), "{ \"format\": 1,").unwrap();
    let mut other = results[1].clone();
    other.identity = "0".repeat(64);
    sweep.run(0, 1).write_result(&other).unwrap();
    sweep.run(0, 2).write_result(&results[3]).unwrap();
    let mut other = results[3].clone();
    other.best = None;
    sweep.run(0, 3).write_result(&other).unwrap();
    let mut other = results[4].clone();
    other.last.as_mut().unwrap().test.clear();
    sweep.run(0, 4).write_result(&other).unwrap();

    let report = build(&sweep.folder()).unwrap();
    assert_eq!((report.accounting.total.failed, report.accounting.total.finished), (5, 1));
    let reasons: Vec<String> = report.runs.iter().filter_map(|run| run.state.reason()).collect();
    assert_eq!(
        reasons,
        [
            "damaged: result.json: it is torn: its end is missing",
            "result.json is of another configuration",
            "result.json is of seed 3",
            "result.json has no \"best\" scores",
            "result.json, \"last\" test: no metric \"loss\"",
        ]
    );
    let text = markdown(&sweep);
    assert!(reasons.iter().all(|reason| text.contains(reason)), "{text}");
}

#[test]
fn files_beside_the_result_may_be_missing_or_broken() {
    let sweep = Sweep::new(&["lstm"], vec![adding()], &[0, 1, 2]);
    for seed in [0, 1, 2] {
        sweep.finish(0, seed, &[(100, 0.1)]);
    }
    fs::remove_file(sweep.run(0, 0).path().join("provenance.json")).unwrap();
    fs::write(sweep.run(0, 1).path().join("provenance.json"), "[]").unwrap();
    fs::remove_file(sweep.run(0, 2).events_path()).unwrap();
    let report = build(&sweep.folder()).unwrap();
    assert_eq!(report.accounting.total.finished, 3);
    assert_eq!(report.origin.unrecorded, 2);
    assert!(report.limits.iter().any(|it| it.starts_with("2 started runs recorded no provenance")));
    let text = markdown(&sweep);
    assert!(text.contains("/seed-1`: provenance.json is damaged"), "{text}");
}

#[test]
fn mixed_commits_changed_data_and_unplanned_folders_are_said() {
    let sweep = Sweep::new(&["lstm"], vec![adding()], &[0, 1]);
    sweep.finish(0, 0, &[(100, 0.1)]);
    sweep.finish(0, 1, &[(100, 0.1)]);
    let mut other = sweep::provenance(&sweep.plan, 0);
    other.commit = "fedcba9-dirty".into();
    other.data = "adding-v0".into();
    sweep.run(0, 1).write_provenance(&other).unwrap();
    fs::create_dir_all(sweep.folder().path().join("runs/gone-00000000")).unwrap();
    let text = markdown(&sweep);
    for part in [
        "The runs differ in commit: 0123abc (1 run) and fedcba9-dirty (1 run).",
        "On adding 1 run used other data than the plan names",
        "- `runs/gone-00000000`",
        "`0123abc` (1 run); `fedcba9-dirty` (1 run)",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_live_sweep_shows_what_is_there() {
    let sweep = Sweep::new(&["lstm", "gru"], vec![adding()], &[0, 1]);
    sweep.stop(0, 0, &[(50, 0.3)]);
    sweep.stop(0, 1, &[(50, 0.2), (100, 0.1)]);
    let _lock = sweep.run(0, 1).lock().unwrap();
    let report = build(&sweep.folder()).unwrap();
    let words: Vec<&str> = report.runs.iter().map(|run| run.state.word()).collect();
    assert_eq!(words, ["stopped", "running", "missing", "missing"]);
    let text = markdown(&sweep);
    assert!(text.contains("thin lines: single runs"));
    // Two events one second apart, and three.
    assert!(text.contains("of the others so far, by their events: 5.0 s"), "{text}");
}

#[test]
fn a_run_that_was_stopped_at_a_rung_is_in_no_number_but_the_accounting() {
    let mut sweep = Sweep::new(&["lstm", "gru", "vanilla"], vec![adding()], &[0, 1]);
    sweep.plan.halving = Some(store::Halving { rungs: vec![50], keep: 0.5 });
    sweep.write_plan();
    for seed in [0, 1] {
        let wobble = 0.002 * seed as f64;
        sweep.finish(0, seed, &[(50, 0.2), (100, 0.02 + wobble)]);
        sweep.finish(1, seed, &[(50, 0.1), (100, 0.005 + 0.5 * wobble)]);
        // It would have counted as solved, and been the best.
        let stopped = sweep.finish(2, seed, &[(50, 0.001)]);
        let outcome = Outcome::StoppedAtRung { step: 50 };
        sweep.run(2, seed).write_result(&RunResult { outcome, ..stopped }).unwrap();
    }
    let report = build(&sweep.folder()).unwrap();
    let arms = &report.tasks[0].arms;
    assert_eq!(arms[2].primary, None);
    assert_eq!((arms[2].other, arms[2].median, arms[2].difference()), (None, None, None));
    assert_eq!(arms[2].solved().unwrap().of, 0);
    assert_eq!((arms[2].counts.at_rung, arms[2].counts.unknown()), (2, 0));
    let text = markdown(&sweep);
    for part in [
        "4 finished, 0 diverged, 2 were stopped at a rung (successive halving); without a result: 0",
        "successive halving stopped runs at a rung: vanilla (2 of 2). They are in no mean",
        "stopped at step 50 as one of the worse",
        "| stopped at a rung |",
        "A run that was stopped at a rung did not take all its steps",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    insta::assert_snapshot!("the_table_of_a_halved_sweep", table(&report));
}

#[test]
fn a_plan_that_contradicts_itself_names_its_file() {
    let mut sweep = Sweep::new(&["lstm"], vec![adding()], &[0]);
    sweep.plan.baseline = "gru".into();
    sweep.write_plan();
    let error = build(&sweep.folder()).unwrap_err().to_string();
    assert!(error.contains("no arm has the baseline's name, \"gru\""), "{error}");
    sweep.plan.conditions[0].arm = 4;
    sweep.write_plan();
    let error = build(&sweep.folder()).unwrap_err().to_string();
    assert!(error.contains("plan.json is damaged: condition 0"), "{error}");
}

#[test]
fn every_number_of_the_result_table_comes_from_the_result_files() {
    let seeds: Vec<u64> = (0..7).collect();
    let sweep = Sweep::new(&["lstm", "gru"], vec![parity()], &seeds);
    for &seed in &seeds {
        let wobble = 0.011 * ((seed * 5) % 7) as f64;
        sweep.finish(0, seed, &[(50, 0.93 - wobble), (100, 0.9 - wobble)]);
        sweep.finish(1, seed, &[(50, 0.81), (100, 0.72 + 0.4 * wobble)]);
    }
    sweep.diverge(1, 6, &[(50, 0.5)], 60);
    let tables = result_tables(&markdown(&sweep));
    let [rows, further] = tables.as_slice() else { panic!("not two tables") };

    let test = |condition: usize, seed: u64, at: &str| -> Option<f64> {
        let file = fs::read_to_string(sweep.run(condition, seed).path().join("result.json"));
        let value: serde_json::Value = serde_json::from_str(&file.unwrap()).unwrap();
        value[at]["test"]["accuracy"].as_f64()
    };
    let scores = |condition, at| -> Vec<f64> {
        seeds.iter().filter_map(|&seed| test(condition, seed, at)).collect()
    };
    // t(0.975, n - 1) from a table.
    let quantile =
        |n: usize| [(6, 2.570_582), (7, 2.446_912)].iter().find(|it| it.0 == n).unwrap().1;
    for (condition, row) in rows.iter().take(2).enumerate() {
        let (mean, sd) = moments(&scores(condition, "last"));
        assert_shown(&row[1], &[mean, sd]);
        let n = 7 - condition;
        let half = quantile(n) * sd / (n as f64).sqrt();
        assert_shown(&row[2], &[mean - half, mean + half]);
        assert_eq!(row[3], n.to_string());
        let (mean, sd) = moments(&scores(condition, "best"));
        assert_shown(&further[condition][1], &[mean, sd]);
        assert_eq!(row[4], condition.to_string());
    }
    let differences: Vec<f64> = (0..6)
        .map(|seed| test(1, seed, "last").unwrap() - test(0, seed, "last").unwrap())
        .collect();
    let (mean, sd) = moments(&differences);
    let half = quantile(6) * sd / 6f64.sqrt();
    assert_shown(&rows[1][5], &[mean, mean - half, mean + half]);
    assert_eq!(rows[1][7], "6");
    // The diverged run ranks last of seven, so the fourth best of the others is the middle.
    let mut ranked: Vec<f64> = scores(1, "last");
    ranked.sort_by(|a, b| b.total_cmp(a));
    assert_shown(&further[1][2], &[ranked[3]]);
    // 100 steps in 2, 3 ... 8 seconds: the median run took 5.
    assert_eq!(further[0][3..], ["–", "–", "12\u{202f}345", "20.0", "52 MB"]);
    assert_eq!(rows[2][..2], ["trivial prediction", "0.5"]);
}

#[test]
fn scores_by_length_are_a_table_and_a_file_of_their_own() {
    let mut task = parity();
    let part = |length: usize| store::PlannedPart {
        name: format!("length_{length}"),
        sequences: 500,
        length: Some(length),
    };
    task.parts = vec![part(40), part(256)];
    let sweep = Sweep::new(&["lstm", "gru"], vec![task], &[0, 1]);
    for (condition, seed, at_40, at_256) in
        [(0, 0, 0.75, 0.5), (0, 1, 1.0, 0.625), (1, 0, 0.5, 0.5), (1, 1, 0.5, 0.5)]
    {
        let mut result = sweep.finish(condition, seed, &[(100, 0.5)]);
        let scores = |score: f64| store::Metrics::from([("accuracy".to_owned(), score)]);
        for score in [&mut result.best, &mut result.last].into_iter().flatten() {
            score.parts =
                [("length_40".to_owned(), scores(at_40)), ("length_256".into(), scores(at_256))]
                    .into();
        }
        sweep.run(condition, seed).write_result(&result).unwrap();
    }
    let markdown = markdown(&sweep);
    let rows = tables(&markdown)
        .into_iter()
        .find(|table| table[0].iter().any(|heading| heading == "length 256"))
        .expect("a table by length");
    assert_eq!(rows[0], ["Arm", "length 40", "length 256"]);
    // Mean and sample standard deviation of two values.
    assert_shown(&rows[2][1], &[0.875, 0.125 * 2.0_f64.sqrt()]);
    assert_shown(&rows[2][2], &[0.5625, 0.0625 * 2.0_f64.sqrt()]);
    assert!(markdown.contains("; 2 further parts of 500"), "{markdown}");
    write(&sweep.folder(), &Options::default()).unwrap();
    let csv = read(&sweep, "parts.csv");
    insta::assert_snapshot!(csv.lines().take(4).collect::<Vec<_>>().join("\n"), @r"
    arm,task,seed,weights,part,length,metric,value
    lstm,parity length=20,0,best,length_40,40,accuracy,0.75
    lstm,parity length=20,0,best,length_256,256,accuracy,0.5
    lstm,parity length=20,0,final,length_40,40,accuracy,0.75
    ");
    assert_eq!(csv.lines().count(), 1 + 2 * 2 * 2 * 2);
}

#[test]
fn most_runs_diverged_means_a_diverged_median() {
    let sweep = Sweep::new(&["lstm", "gru"], vec![adding()], &[0, 1, 2]);
    sweep.finish(1, 0, &[(100, 0.001)]);
    sweep.diverge(1, 1, &[], 3);
    sweep.diverge(1, 2, &[], 4);
    let report = build(&sweep.folder()).unwrap();
    assert!(matches!(report.runs[4].state, State::Diverged { step: 3, .. }));
    let tables = result_tables(&markdown(&sweep));
    assert_eq!(tables[0][1][4..6], ["2", "1/3"]);
    assert_eq!(tables[1][1][2], "diverged");
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

/// The numbers in `cell` are `expected`, each to half a unit of its last digit.
#[track_caller]
fn assert_shown(cell: &str, expected: &[f64]) {
    let numbers: Vec<&str> = cell
        .split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')))
        .filter(|part| part.contains(|c: char| c.is_ascii_digit()))
        .collect();
    assert_eq!(numbers.len(), expected.len(), "{cell}");
    for (text, expected) in numbers.iter().zip(expected) {
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let unit = 0.1f64.powi(decimals as i32);
        let shown: f64 = text.parse().unwrap();
        assert!((shown - expected).abs() <= 0.500_01 * unit, "{text} in {cell} is not {expected}");
    }
}

/// The body of the main table of results.
fn result_rows(markdown: &str) -> Vec<Vec<String>> {
    result_tables(markdown).remove(0)
}

/// The bodies of the two tables of results.
fn result_tables(markdown: &str) -> Vec<Vec<Vec<String>>> {
    let results = markdown.split("## Results: ").nth(1).unwrap();
    let tables = tables(results).into_iter().take(2);
    tables.map(|mut table| table.split_off(2)).collect()
}

/// Every table as rows of cells.
fn tables(markdown: &str) -> Vec<Vec<Vec<String>>> {
    let blocks = markdown.split("\n\n").filter(|block| block.trim_start().starts_with("| "));
    let row = |line: &str| {
        let line = line.replace("\\|", "¦");
        let cells = line.trim_start_matches("| ").trim_end_matches(" |").split(" | ");
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    blocks.map(|block| block.trim().lines().map(row).collect()).collect()
}

#[test]
fn what_was_seen_inside_the_models_is_shown() {
    let sweep = small();
    let reading = |kind: &str, of: &str, at: &[f64], values: &[f64]| Reading {
        kind: kind.into(),
        of: of.into(),
        at: at.into(),
        values: values.into(),
    };
    let look = |condition: usize, seed: u64, step: u64, far: f64, stuck: f64| {
        let readings = vec![
            // In the layer nearest to the input; a gradient of 0 has no place on the axis.
            reading(
                Reading::GRADIENT_BY_LAG,
                "layer 1",
                &[0.0, 1.0, 9.0, 12.0],
                &[2.0, 1.0, far, 0.0],
            ),
            reading(Reading::GRADIENT_BY_LAG, "layer 2", &[0.0, 12.0], &[7.0, 7.0]),
            reading(Reading::SATURATED, "layer 1 i", &[0.0, 1.0], &[0.01, 0.0]),
            reading(Reading::SATURATED, "layer 1 f", &[0.0, 1.0], &[0.02, stuck]),
            reading(Reading::SPECTRAL_RADIUS, "layer 1", &[], &[0.5 + far]),
            reading("of a later version", "layer 1", &[], &[3.0]),
        ];
        let mut writer = sweep.run(condition, seed).event_writer().unwrap();
        writer.append(EventKind::Probed { step, readings }).unwrap();
    };
    for seed in 0..3 {
        look(0, seed, 0, 0.2, 0.03);
        look(0, seed, 100, 0.4 + 0.1 * seed as f64, 0.5);
    }
    let text = markdown(&sweep);
    let start = text.find("## Gradient flow").unwrap();
    let end = start + text[start + 3..].find("\n## ").unwrap();
    insta::assert_snapshot!(&text[start..end]);
    let figure = read(&sweep, "figures/adding-gradients.csv");
    assert!(
        figure.starts_with("arm,seed,state,lag,gradient_norm\nlstm,0,finished,0,2\n"),
        "{figure}"
    );
    assert!(!figure.contains(",12,"), "{figure}");
}
