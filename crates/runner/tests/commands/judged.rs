//! Verdicts on claims by the real program.

use crate::{Place, SMALL};

/// [`SMALL`] with claims of which the verdict does not hang on chance.
fn claims(expects: &[&str]) -> String {
    let claim = |expect: &&str| {
        format!(
            "\n[[claim]]\ntext = \"It has {expect} parameters\"\nleft = \"gru\"\nright = \"no | recurrence\"\n\
             expect = \"{expect}\"\nmetric = \"parameters\"\n"
        )
    };
    SMALL.to_owned() + &expects.iter().map(claim).collect::<String>()
}

#[test]
fn a_report_is_checked_against_its_claims() {
    let place = Place::new();
    place.write("small.toml", &claims(&["greater"]));
    let ended = place.run(&["run", "small.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains("\nclaim supported: It has greater parameters\n"),
        "{}",
        ended.stdout
    );
    let ended = place.run(&["report", "results/small", "--check"]);
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (0, "claim supported: It has greater parameters\n")
    );
    assert!(ended.stdout.contains("report.html"), "{}", ended.stdout);

    // A claim that comes after the results is post hoc, and refuted all the same.
    place.write("small.toml", &claims(&["greater", "less"]));
    assert_eq!(place.run(&["run", "small.toml"]).code, 0);
    let ended = place.run(&["report", "results/small", "--check"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    insta::assert_snapshot!(ended.stderr, @r"
    claim supported: It has greater parameters
    claim refuted, post hoc: It has less parameters
    1 of 2 not supported
    ");

    place.write("small.toml", SMALL);
    assert_eq!(place.run(&["run", "small.toml"]).code, 0);
    let ended = place.run(&["report", "results/small", "--check"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("there is no claim to check"), "{}", ended.stderr);
}
