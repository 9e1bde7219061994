//! `export`: the weights that a run kept, as a file of their own.

use store::write_atomically;

use crate::arguments::ExportArguments;
use crate::command::kept::Kept;
use crate::exit::{Exit, Failure};
use crate::output::say;

/// Writes the file and says what is in it.
///
/// # Errors
/// [`Failure::Usage`] if the run has no such weights, or the file is there or cannot be written.
pub fn run(arguments: &ExportArguments) -> Result<Exit, Failure> {
    let Kept { folder, config, result, at, bytes } = Kept::read(&arguments.kept)?;
    let file = &arguments.file;
    let shown = file.display();
    if file.exists() && !arguments.force {
        return Err(Failure::usage(format!("{shown} is there already; --force writes over it")));
    }
    let read = weights::of_safetensors(&bytes)
        .map_err(|fault| Failure::usage(format!("{}: {fault}", folder.path().display())))?;
    write_atomically(file, &bytes).map_err(Failure::usage)?;
    let step = result.score(at).map_or(result.steps, |score| score.step);
    let which = at.word();
    say::note(format_args!(
        "{shown}: {} tensors of {}, hidden {}, the {which} weights, after step {step}",
        read.tensors.len(),
        config.model.architecture,
        config.model.hidden,
    ));
    for (name, tensor) in &read.tensors {
        say::print(format_args!("{name} {:?}", tensor.shape));
    }
    Ok(Exit::Done)
}
