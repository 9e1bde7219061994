//! Is the left arm better than the right one? Two arms that ran with the same seeds, compared pair by
//! pair: `cargo run -p unroll-analysis --example paired_comparison`.

use std::collections::BTreeMap;

use analysis::{Alternative, differences, holm, pairs_to_decide, sign_flip};

fn main() -> Result<(), analysis::NotMeasurable> {
    // Test losses by seed. The seed 7 of the GRU was lost, and is left out on both sides.
    let lstm = [0.0031, 0.0024, 0.0052, 0.0019, 0.0038, 0.0027, 0.0045, 0.0022];
    let gru = [0.0021, 0.0020, 0.0024, 0.0018, 0.0029, 0.0023, 0.0026];
    let vanilla = [0.0033, 0.0022, 0.0060, 0.0024, 0.0031, 0.0026, 0.0049, 0.0029];
    let by_seed =
        |losses: &[f64]| -> BTreeMap<u64, f64> { (0..).zip(losses.iter().copied()).collect() };
    let baseline = by_seed(&lstm);

    let mut compared = Vec::new();
    for (name, losses) in [("gru", gru.as_slice()), ("vanilla", &vanilla)] {
        let differences = differences(&by_seed(losses), &baseline)?;
        // No normal scores and no equal spread are assumed: only that under no effect a difference
        // and its mirror image are equally likely. All signs are counted.
        let test = sign_flip(&differences, 0.0, Alternative::TwoSided).expect("there are pairs");
        compared.push((name, differences, test.p));
    }

    // Two comparisons with one baseline: one of them is found by chance more often than once in 20.
    let p: Vec<f64> = compared.iter().map(|(_, _, p)| *p).collect();
    for ((name, differences, p), adjusted) in compared.iter().zip(holm(&p)) {
        let summary = differences.summary().expect("there are pairs");
        print!(
            "{name} minus lstm: {:+.5} over {} pairs, ",
            summary.mean,
            differences.values().len()
        );
        println!("p = {p:.3}, {adjusted:.3} after Holm");
        let effect = differences.standardised().expect("they are not all equal");
        if adjusted > 0.05 {
            // Fewer than the test itself needs can show nothing, however large the effect.
            if let Some(pairs) = pairs_to_decide(effect, 0.05) {
                println!("    about {pairs} pairs would decide an effect of this size");
            }
        }
    }
    Ok(())
}
