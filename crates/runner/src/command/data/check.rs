//! `data check`: names all that is wrong with a data set.

use std::path::Path;

use tasks::Context;
use tasks::dataset::check;
use text::counted;

use crate::exit::{Exit, Failure};
use crate::output::say;

/// Prints each fault with its file, row and column.
///
/// # Errors
/// [`Failure::Usage`] if there is any.
pub fn run(folder: &Path, datasets: &Path) -> Result<Exit, Failure> {
    let shown = folder.display();
    match check(folder, &Context { datasets }) {
        Ok(described) => {
            let missing: usize = described.parts.iter().map(|part| part.missing[0]).sum();
            if missing > 0 {
                let missing = counted(missing, "number");
                say::print(format_args!(
                    "note: {missing} missing; an experiment says with `missing` what stands for them"
                ));
            }
            if described.twin_count > 0 {
                let twins = counted(described.twin_count, "sequence");
                say::print(format_args!(
                    "note: {twins} also in another part; runner data describe {shown} names them"
                ));
            }
            let count: usize = described.parts.iter().map(|part| part.sequences).sum();
            say::note(format_args!(
                "{shown}: {} read, nothing is wrong",
                counted(count, "sequence")
            ));
            Ok(Exit::Done)
        }
        Err(faults) => {
            for fault in &faults.kept {
                say::print(format_args!("{fault}"));
            }
            let more = match faults.more {
                0 => String::new(),
                more => format!(" ({more} more are not shown)"),
            };
            let count = counted(faults.count(), "thing");
            Err(Failure::usage(format!(
                "{shown}: {count} wrong{more}; no experiment can use it before that is mended"
            )))
        }
    }
}
