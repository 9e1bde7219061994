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

#[test]
fn a_page_is_written_from_reports_and_held_to_them() {
    let place = Place::new();
    let source = "\n[source]\nstatement = \"Gates cost parameters.\"\n";
    place.write("small.toml", &(claims(&["greater"]) + source));
    assert_eq!(place.run(&["run", "small.toml"]).code, 0);
    let folder = "results/small/report";
    let marked = |kind: &str| format!("<!-- {kind} of {folder} -->\n<!-- end of reports -->\n");
    let page = format!("# Page\n{}between\n{}", marked("statement"), marked("publications"));
    std::fs::create_dir_all(place.path("docs")).unwrap();
    place.write("docs/page.md", &page);
    let check = ["gallery", "docs/page.md", "--check"];
    let ended = place.run(&check);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (3, "docs/page.md does not say what its reports say\n")
    );
    let ended = place.run(&["gallery", "docs/page.md"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (0, "docs/page.md is changed\n"),
        "{}",
        ended.stderr
    );
    let written = std::fs::read_to_string(place.path("docs/page.md")).unwrap();
    for line in [
        "> Gates cost parameters.",
        "**It holds**: the claim is borne out.",
        "All claims are borne out of 1 of 1 publication.",
        "between",
    ] {
        assert!(written.contains(line), "{line}: {written}");
    }
    assert!(written.contains("(../results/small/report/figures/differences"), "{written}");
    assert_eq!(place.run(&check).code, 0);
    // A page that is edited by hand no longer says what the report says.
    place.write("docs/page.md", &written.replace("**supported**", "**refuted**"));
    assert_eq!(place.run(&check).code, 3);
    place.write("docs/page.md", "<!-- statement of results/other -->\n<!-- end of reports -->\n");
    let ended = place.run(&check);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("results/other/report.json"), "{}", ended.stderr);
}

#[test]
fn seeds_are_added_until_all_is_decided() {
    let place = Place::new();
    let seeds = "seeds = { from = 2, at_most = 4, until = \"decided\" }";
    place.write("small.toml", &claims(&["greater"]).replace("seeds = 2", seeds));
    let ended = place.run(&["plan", "small.toml", "--no-probe"]);
    assert!(ended.stdout.contains("seeds until decided: 2 seeds of every arm"), "{}", ended.stdout);
    // Two seeds of two arms are to be done; the two others of each nothing has asked for so far.
    let all = ended.stdout.lines().find(|line| line.starts_with("all ")).unwrap();
    let counts: Vec<_> = all.split_whitespace().skip(1).collect();
    assert_eq!(counts, ["-", "4", "4"], "{}", ended.stdout);
    assert!(ended.stdout.contains("not needed"), "{}", ended.stdout);
    assert_eq!(place.run(&["run", "small.toml", "--only", "seed=0"]).code, 0);
    let status = place.run(&["status", "results/small", "--format", "json"]).stdout;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["by_state"]["not-needed"], 4, "{status}");
    // Four pairs decide nothing, so that every seed is run, round by round.
    let ended = place.run(&["run", "small.toml", "--jobs", "1"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let rounds: Vec<&str> = ended
        .stderr
        .lines()
        .filter(|it| it.contains("to do") || it.contains("not all is decided"))
        .collect();
    insta::assert_snapshot!(rounds.join("\n"), @r"
    small: 2 runs to do, 2 finished already
    not all is decided: 2 runs more
    not all is decided: 2 runs more
    ");
    assert_eq!(place.names("results/small/runs").len(), 2);
    for folder in place.names("results/small/runs") {
        let seeds = place.names(&format!("results/small/runs/{folder}"));
        assert_eq!(seeds.iter().filter(|it| it.starts_with("seed-")).count(), 4, "{seeds:?}");
    }
    // The same command has nothing more to do, and the report tells of it.
    let ended = place.run(&["run", "small.toml"]);
    assert!(ended.stderr.contains("nothing to do: 8 of 8 runs are finished"), "{}", ended.stderr);
    assert!(ended.stdout.contains("Seeds were added until decided: 2 seeds"), "{}", ended.stdout);
}

#[test]
fn two_sweeps_are_compared() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    assert_eq!(place.run(&["run", "small.toml"]).code, 0);
    assert_eq!(place.run(&["run", "small.toml", "train.steps=10", "--results", "other"]).code, 0);
    let ended = place.run(&["compare", "results/small", "other/small"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.starts_with("# Comparison of sweeps\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("train.steps: 20 → 10"), "{}", ended.stdout);
    let ended = place.run(&["compare", "results/small", "nowhere"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(place.run(&["compare", "results/small"]).code, 2);
}

/// What the pages say of the textbook and of papers is what the reports say that they link to.
#[test]
fn the_pages_that_are_shipped_say_what_their_reports_say() {
    let documents = ["docs/textbook.md", "docs/papers.md"];
    let mut command = Place::new().command(&[&["gallery", "--check"], &documents[..]].concat());
    let output = command.current_dir(crate::workspace()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    for document in documents {
        let page = std::fs::read_to_string(crate::workspace().join(document)).unwrap();
        let links = page.split("](").skip(1).filter_map(|it| it.split_once(')'));
        for (link, _) in links.filter(|(link, _)| !link.starts_with("http")) {
            let path = link.split('#').next().unwrap();
            let target = crate::workspace().join("docs").join(path);
            assert!(target.exists(), "{document} links to {link}, which is not there");
        }
    }
}
