//! minLSTM: an LSTM without memory cell, whose gates and candidate see the input only.
//!
//! f = σ(W_f x + b_f)    i = σ(W_i x + b_i)    n = W_n x + b_n
//! h' = f / (f + i) ⊙ h + i / (f + i) ⊙ n
//!
//! Shapes: x [batch, input]; h, f, i, n [batch, hidden]; the weights lie side by side in the
//! order f, i, n: W [input, 3·hidden], b [3·hidden].
//! Paper: Feng et al. 2024, arXiv:2410.01201, without the positive candidate of its log-space form.
//! What it keeps of the past lies in [0, 1] and does not depend on the past, so that it cannot
//! learn parity (Grazzi et al. 2024, arXiv:2411.12537).
//! One operation for the whole sequence: on the CPU backends (flex, ndarray) one product for all
//! steps and a pass over the steps without any, on others a parallel scan of the backend's own
//! operations.

use recurrence::cells::Minimal;
use schema::Options;

use crate::ArchitectureError;
use crate::architecture::read_options;
use crate::initial_weights::INPUT_INIT;
use crate::layer::{CellEntry, Chosen, NoOptions, statement};
use crate::zoneout::ZONEOUT;

/// The cell; also the architecture that is one layer of it.
pub const ENTRY: CellEntry = CellEntry {
    name: "min_lstm",
    summary: "minimal LSTM: the gates see the input only, so the state is a linear recurrence",
    keys: &[INPUT_INIT, ZONEOUT],
    choose,
};

fn choose(options: &Options) -> Result<Chosen, ArchitectureError> {
    let NoOptions {} = read_options(ENTRY.name, options)?;
    Ok(statement(Minimal::Lstm, None))
}
