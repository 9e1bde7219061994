//! The card of a model.

#[expect(dead_code, reason = "this test needs a part of it")]
mod sweep;

use report::Card;
use store::{Outcome, ReadAt};
use sweep::{Sweep, adding, provenance};

#[test]
fn the_card_says_what_the_weights_are_and_how_good() {
    let sweep = Sweep::new(&["lstm", "no | gate"], vec![adding()], &[3]);
    let mut result = sweep.finish(1, 3, &[(50, 0.12), (100, 0.0042)]);
    result.best.as_mut().unwrap().parts =
        [("length_400".to_owned(), [("loss".to_owned(), 0.021)].into())].into();
    let provenance = provenance(&sweep.plan, 1);
    let card = Card {
        config: &sweep.plan.conditions[1].config,
        result: &result,
        at: ReadAt::Best,
        provenance: Some(&provenance),
        planned: Some(("gates", "no | gate", &sweep.plan.tasks[0])),
        file: "gate.safetensors",
    };
    insta::assert_snapshot!(card.markdown());
}

#[test]
fn without_its_sweep_a_card_says_less_and_a_diverged_run_says_so() {
    let sweep = Sweep::new(&["lstm"], vec![adding()], &[3]);
    let mut result = sweep.finish(0, 3, &[(50, 0.12)]);
    result.outcome = Outcome::Diverged { step: 71 };
    let card = Card {
        config: &sweep.plan.conditions[0].config,
        result: &result,
        at: ReadAt::Best,
        provenance: None,
        planned: None,
        file: "a`b.safetensors",
    };
    let text = card.markdown();
    assert!(text.contains("; training diverged at step 71."), "{text}");
    assert!(text.contains("``a`b.safetensors``"), "{text}");
    assert!(!text.contains("checksum of the data") && !text.contains("commit"), "{text}");
    let scores = "| loss | 0.12 | 0.121 | – |";
    assert!(text.contains(scores), "{text}");
    let without = store::RunResult { best: None, ..result.clone() };
    let text = Card { result: &without, ..card }.markdown();
    assert!(text.contains("There are none."), "{text}");
}
