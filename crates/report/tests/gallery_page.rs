//! Pages over several reports: what they say is what the reports say.

#[expect(dead_code, reason = "this test needs a part of it")]
mod sweep;

use report::{Format, Options, Told, publications, statement, write};
use serde_json::{Value, json};
use store::{Claim, Source};
use sweep::{Sweep, adding};

const SEEDS: [u64; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

fn claim(text: &str, right: &Value, expect: &Value) -> Claim {
    serde_json::from_value(json!({
        "text": text, "left": "gru", "right": right, "expect": expect, "published": "0.008 | 0.009",
    }))
    .unwrap()
}

/// A report of a GRU that is better than an LSTM by about 0.02, in the folder `report` of it.
fn written(claims: Vec<Claim>) -> Sweep {
    let mut sweep = Sweep::new(&["lstm", "gru"], vec![adding()], &SEEDS);
    sweep.plan.claims = claims;
    sweep.plan.source = Some(Source {
        statement: "Gates *help*.".into(),
        paper: "Elman 1990".into(),
        place: "Figure 3".into(),
        same: String::new(),
        differs: "It is smaller.".into(),
    });
    sweep.write_plan();
    for seed in SEEDS {
        let noise = 0.001 * ((seed * 5) % 7) as f64;
        sweep.finish(0, seed, &[(50, 0.12), (100, 0.025 + noise)]);
        sweep.finish(1, seed, &[(50, 0.008), (100, 0.005 + 0.3 * noise)]);
    }
    let formats = vec![Format::Markdown, Format::Json];
    write(&sweep.folder(), &Options { formats, to: None }).unwrap();
    sweep
}

#[test]
fn pages_say_what_the_reports_say() {
    let less = json!({ "less": { "margin": 0.0 } });
    let greater = json!({ "greater": { "margin": 0.0 } });
    let all = written(vec![claim("A GRU is better", &json!("lstm"), &less)]);
    let mixed = written(vec![
        claim("It is below 0.01", &json!(0.01), &less),
        claim("It is worse", &json!("lstm"), &greater),
        claim("It is below 0.0069", &json!(0.0069), &less),
    ]);
    let [all, mixed] = [&all, &mixed].map(|sweep| {
        let folder = sweep.folder().path().join("report");
        (Told::read(&folder).unwrap(), folder)
    });
    insta::assert_snapshot!(statement(&all.0, &all.1, "../reports/all").unwrap());
    insta::assert_snapshot!(statement(&mixed.0, &mixed.1, "../reports/mixed").unwrap());
    let both = [(all.0, "../reports/all".into()), (mixed.0, "../reports/mixed".into())];
    insta::assert_snapshot!(publications(&both));
}

#[test]
fn a_folder_without_a_report_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = Told::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("report.json"), "{error}");
    std::fs::write(folder.path().join("report.json"), "{\"experiment\": 3").unwrap();
    let error = Told::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("report.json") && error.contains("--format json"), "{error}");
}
