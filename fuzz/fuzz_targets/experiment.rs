//! An experiment file, then overrides, parted by bytes 0.
#![no_main]

#[path = "../../crates/experiment/tests/experiment/catalogue.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod catalogue;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let mut parts = input.split('\0');
    let text = parts.next().unwrap_or_default();
    let overrides: Vec<_> = parts.collect();
    match catalogue::read(text, &overrides) {
        Ok(experiment) => {
            assert!(experiment.plan.conditions.len() <= 100_000);
            for condition in &experiment.plan.conditions {
                assert_eq!(condition.identity, condition.config.identity());
            }
        }
        Err(rejected) => {
            assert!(!rejected.problems().is_empty());
            assert!(!rejected.render(false, 80).is_empty());
        }
    }
});
