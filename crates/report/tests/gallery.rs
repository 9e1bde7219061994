//! Sweeps of realistic and of large size, to look at: with `REPORT_GALLERY=FOLDER` their reports
//! are copied there.

mod sweep;

use std::fs;

use report::{Options, Written, write};
use serde_json::json;
use store::{EventKind, Point};
use sweep::{Sweep, adding, parity};

/// Eight arms, two tasks, three seeds, with one diverged and one failed run.
#[test]
fn eight_arms_on_two_tasks() {
    let arms = [
        "lstm",
        "no forget gate",
        "no input gate",
        "no output gate",
        "coupled gates",
        "peepholes <all>",
        "gru",
        "transformer with rotary positions",
    ];
    let sweep = Sweep::new(&arms, vec![adding(), parity()], &[0, 1, 2]);
    for condition in 0..16 {
        for seed in 0..3 {
            let curve = curve(condition, seed);
            match (condition, seed) {
                (1, 2) => sweep.diverge(1, 2, &curve[..9], 1830),
                (3, 1) => sweep.fail(3, 1, &curve[..14], "index out of bounds: the len is 3"),
                (12, 2) => sweep.stop(12, 2, &curve[..20]),
                (15, 2) => {}
                _ => drop(sweep.finish(condition, seed, &curve)),
            }
        }
    }
    let written = write(&sweep.folder(), &Options::default()).unwrap();
    assert_eq!(written.paths.len(), 28);
    copy("eight", &written);
}

fn copy(name: &str, written: &Written) {
    let Some(folder) = std::env::var_os("REPORT_GALLERY") else { return };
    let folder = std::path::PathBuf::from(folder).join(name);
    fs::create_dir_all(&folder).unwrap();
    for path in &written.paths {
        fs::copy(path, folder.join(path.file_name().unwrap())).unwrap();
    }
}

fn curve(condition: usize, seed: u64) -> Vec<(u64, f64)> {
    let (arm, loss) = (condition % 8, condition < 8);
    let speed = [1.0, 0.25, 0.7, 0.8, 1.2, 0.95, 1.6, 0.1][arm] * (1.0 + 0.12 * seed as f64);
    let point = |epoch: u64| {
        let t = epoch as f64 / 30.0;
        let noise = ((epoch * 7919 + seed * 104_729 + condition as u64 * 1_299_709) % 1000) as f64;
        let noise = 0.25 * (noise / 1000.0 - 0.5);
        let value = if loss {
            0.17 * (-7.0 * speed * t * t).exp() * (1.0 + noise) + 0.0004
        } else {
            0.5 + 0.49 * (1.0 - (-4.0 * speed * t * t).exp()) + 0.04 * noise
        };
        (epoch * 200, value)
    };
    (1..=30).map(point).collect()
}

/// A grid of 25 learning rates by 20 widths, with two seeds.
fn grid() -> Sweep {
    let names: Vec<String> =
        (0..500).map(|it| format!("lstm learning_rate={} hidden={}", it / 20, it % 20)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut sweep = Sweep::new(&names, vec![adding()], &[0, 1]);
    for (index, arm) in sweep.plan.arms.iter_mut().enumerate() {
        let (rate, hidden) = (index / 20, index % 20);
        arm.point = Some(Point {
            arm: "lstm".into(),
            values: vec![
                ("train.learning_rate".into(), json!(1e-4 * 1.5_f64.powi(rate as i32))),
                ("model.hidden".into(), json!(8 * (hidden + 1))),
            ],
        });
    }
    sweep.write_plan();
    for condition in 0..500 {
        let (rate, hidden) = ((condition / 20) as f64, (condition % 20) as f64);
        for seed in 0..2 {
            if condition == 77 && seed == 1 {
                sweep.diverge(condition, seed, &[(50, 3e8)], 71);
            } else if condition == 78 {
                sweep.fail(condition, seed, &[(50, 0.2)], "out of memory");
            } else if condition == 79 {
                sweep.stop(condition, seed, &[(50, 0.2)]);
            } else {
                let end =
                    0.01 + 0.001 * (rate - 12.0).powi(2) + 0.002 * hidden + 1e-4 * seed as f64;
                let curve: Vec<_> =
                    (1..=20).map(|it| (it * 5, end + 0.15 * (-(it as f64) / 5.0).exp())).collect();
                sweep.finish(condition, seed, &curve);
            }
        }
    }
    sweep
}

#[test]
fn five_hundred_points_are_shown_by_their_factors() {
    let sweep = grid();
    let written = write(&sweep.folder(), &Options::default()).unwrap();
    let folder = sweep.folder().path().join("report");
    let bytes = |name: &str| fs::metadata(folder.join(name)).unwrap().len();
    println!("500 points: {:.1} MB of HTML", bytes("report.html") as f64 / 1e6);
    assert!(bytes("report.html") < 3_000_000, "{}", bytes("report.html"));
    assert!(bytes("report.md") < 200_000, "{}", bytes("report.md"));
    for path in written.paths.iter().filter(|it| it.extension().is_some_and(|it| it == "svg")) {
        let size = fs::metadata(path).unwrap().len();
        assert!(size < 500_000, "{} has {size} bytes", path.display());
    }
    let text = fs::read_to_string(folder.join("report.md")).unwrap();
    for part in [
        "more rows are in `arms.csv`.",
        "grey: the middle half and the middle eight tenths of the means of all arms",
        "figures/adding-factors.svg",
        "figures/adding-map.svg",
    ] {
        assert!(text.contains(part), "{part}");
    }
    // Arms are told apart where there is little room for their names.
    let seeds = fs::read_to_string(folder.join("figures/adding-seeds.svg")).unwrap();
    assert!(seeds.contains("; arms by learning_rate, hidden"), "{seeds}");
    assert!(seeds.contains(">0.0001, 8<"), "{seeds}");
    assert_eq!(fs::read_to_string(folder.join("arms.csv")).unwrap().lines().count(), 501);
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains("<details class=\"folded\"><summary>475 more rows</summary>"), "folded");
    // Every point of the grid that has a score is in the map's data, and the best is darkest.
    let map = fs::read_to_string(folder.join("figures/adding-map.csv")).unwrap();
    assert_eq!(map.lines().count(), 499);
    copy("grid", &written);
}

/// Asked: 10,000 runs with 100 points each in 5 s and 500 MB.
#[test]
#[ignore = "measures time"]
fn a_report_of_ten_thousand_runs() {
    let names: Vec<String> = (0..5000).map(|it| format!("arm {it}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let sweep = Sweep::new(&names, vec![adding()], &[0, 1]);
    for condition in 0..5000 {
        for seed in 0..2 {
            let end = 0.01 + 1e-6 * (condition * 7919 % 5000) as f64 + 1e-5 * seed as f64;
            let curve = (1..=100).map(|it| (it, end + 0.15 * (-(it as f64) / 20.0).exp()));
            let curve: Vec<_> = curve.collect();
            sweep.finish(condition, seed, &curve);
            // Written as a worker writes them, with a checksum on every line.
            let run = sweep.run(condition, seed);
            fs::remove_file(run.events_path()).unwrap();
            let mut writer = run.event_writer().unwrap();
            for (index, &(step, value)) in curve.iter().enumerate() {
                let metrics = store::Metrics::from([("loss".to_owned(), value)]);
                let (training, validation) = (metrics.clone(), metrics);
                let (epoch, train_seconds) = (index as u64 + 1, index as f64);
                let kind =
                    EventKind::Evaluated { epoch, step, training, validation, train_seconds };
                writer.append(kind).unwrap();
            }
        }
    }
    let begin = std::time::Instant::now();
    let written = write(&sweep.folder(), &Options::default()).unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|it| it.starts_with("VmHWM")).unwrap_or("");
    let points = fs::read_to_string(sweep.folder().path().join("report/curves.csv")).unwrap();
    assert_eq!(points.lines().count(), 1_000_001);
    println!("10 000 runs: {} files in {seconds:.2} s; {peak}", written.paths.len());
}
