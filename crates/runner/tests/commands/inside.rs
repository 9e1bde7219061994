//! `probe`, and what runs record of their models.

use crate::{Place, SMALL};

#[test]
fn every_arm_is_looked_into_before_any_training() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let text = place.run(&["probe", "small.toml", "model.hidden=6"]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    // Numbers differ in their last digits between processors.
    let mut lines = text.stdout.lines();
    let title =
        "adding: norm of the gradient of the loss by the hidden state, by lag; mean of 2 seeds";
    assert_eq!(lines.next(), Some(title));
    let words = |line: Option<&str>| line.unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(lines.next()), "arm of 0 1 2 3 5 near → far");
    let gru = words(lines.next());
    assert!(gru.starts_with("gru layer 1 ") && gru.ends_with('▇') | gru.ends_with('▆'), "{gru}");
    assert_eq!(words(lines.next()), "no | recurrence no recurrent layer");
    assert_eq!(lines.next(), Some(""));
    assert_eq!(
        words(lines.next()),
        "arm part gradient norm spectral radius hidden norm saturated, %"
    );
    let gru = words(lines.next());
    assert!(gru.starts_with("gru layer 1 ") && gru.contains("r 0.0 z 0.0 n 0.0"), "{gru}");
    assert!(!place.path("results").exists(), "it writes nothing");

    let csv = place.run(&["probe", "small.toml", "--format", "csv"]);
    assert_eq!(csv.code, 0, "{}", csv.stderr);
    let rows: Vec<Vec<_>> = csv.stdout.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["task", "arm", "seed", "reading", "of", "at", "value"]);
    let lags = |seed: &str| {
        let own = rows.iter().filter(|row| row[2] == seed && row[3] == "gradient-by-lag");
        own.map(|row| row[5].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(lags("0"), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(lags("1"), lags("0"));
}

#[test]
fn runs_record_as_often_as_the_file_says_and_the_report_shows_it() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let looks = |sweep: &str| {
        let mut looks = 0;
        for arm in place.names(&format!("results/{sweep}/runs")) {
            for seed in 0..2 {
                let path = place.path(&format!("results/{sweep}/runs/{arm}/seed-{seed}"));
                let events = store::RunFolder::new(path).events().unwrap();
                let is_look =
                    |event: &&store::Event| matches!(event.kind, store::EventKind::Probed { .. });
                looks += events.iter().filter(is_look).count();
            }
        }
        looks
    };
    assert_eq!(place.run(&["run", "small.toml"]).code, 0);
    // Of each of four runs before the first step and after the last.
    assert_eq!(looks("small"), 8);
    let report = std::fs::read_to_string(place.path("results/small/report/report.md")).unwrap();
    assert!(report.contains("## Gradient flow"));
    assert_eq!(place.run(&["run", "small.toml", "name=\"blind\"", "probes=0"]).code, 0);
    assert_eq!(looks("blind"), 0);
    let report = std::fs::read_to_string(place.path("results/blind/report/report.md")).unwrap();
    assert!(!report.contains("## Gradient flow"));
}
