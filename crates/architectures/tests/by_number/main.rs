//! Cells that are more than one statement, number by number against their equations.

mod found_by_search;
mod full_gate_recurrence;
mod layer_normalized;
mod mlstm;
mod plain;
mod zoneout;
