//! A sweep of realistic size, to look at: with `REPORT_GALLERY=FOLDER` its report is
//! copied there.

mod sweep;

use report::{Options, write};
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
    assert_eq!(written.paths.len(), 23);
    if let Some(folder) = std::env::var_os("REPORT_GALLERY") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder).unwrap();
        for path in written.paths {
            std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
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
