//! MUT1, MUT2 and MUT3: three cells close to the GRU that a search over ten thousand found.
//!
//! r = σ(W_r x + R_r h + b_r)    z = σ(W_z x + R_z h + b_z)
//! n = tanh(W_n x + R_n (r ⊙ h) + b_n)    h' = (1 − z) ⊙ n + z ⊙ h
//!
//! which is the GRU with its reset before the product, but for
//!
//! MUT1: R_z is 0, and n has tanh(x) in the place of W_n x
//! MUT2: r has x in the place of W_r x
//! MUT3: z has R_z tanh(h) in the place of R_z h
//!
//! An x that is not as wide as h is read as P x, P without a bias.
//!
//! Shapes: x [batch, input]; h, r, z, n [batch, hidden]; P [input, hidden]; the weights that there
//! are lie side by side in the order r, z, n: W and R [hidden, 2·hidden or 3·hidden], b [3·hidden].
//! Paper: Jozefowicz, Zaremba and Sutskever 2015, An Empirical Exploration of Recurrent Network
//! Architectures, ICML; its z is our 1 − z, which only changes the signs of the weights of z.
//! PyTorch has none of them.
//! MUT1 and MUT2 are one operation for the whole sequence: a kernel on the CPU backends (flex,
//! ndarray), on others composed of the backend's own operations. MUT3 runs step by step.

use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::ArchitectureError;
use crate::architecture::read_options;
use crate::initial_weights::{INPUT_INIT, RECURRENT_INIT, SPECTRAL_RADIUS};
use crate::layer::{CellEntry, Chosen, LayerCell};
use crate::mut_layer::{Mut, Variant};
use crate::zoneout::ZONEOUT;

/// The cell; also the architecture that is one layer of it.
pub const ENTRY: CellEntry = CellEntry {
    name: "mut",
    summary: "MUT1, MUT2 or MUT3, cells close to the GRU that a search found",
    keys: &[
        Key::new(
            "variant",
            Kind::OneOf(&[
                Choice { word: "mut1", doc: "The update gate does not see the hidden state." },
                Choice { word: "mut2", doc: "The reset gate sees the input without weights." },
                Choice { word: "mut3", doc: "The update gate sees tanh of the hidden state." },
            ]),
            Literal::Text("mut1"),
            "Which of the three.",
        ),
        INPUT_INIT,
        RECURRENT_INIT,
        SPECTRAL_RADIUS,
        ZONEOUT,
    ],
    choose,
};

/// Options of `[model.mut]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MutConfig {
    /// Which cell.
    pub variant: Variant,
}

fn choose(options: &Options) -> Result<Chosen, ArchitectureError> {
    let MutConfig { variant } = read_options(ENTRY.name, options)?;
    Ok(Box::new(move |sizes, weights, init| {
        Ok(LayerCell::Mut(Mut::build(variant, sizes, weights, init)))
    }))
}
