//! `export`: the weights that a run kept, as a file of their own, with a card of the model.

use std::path::{Path, PathBuf};

use report::Card;
use store::{Plan, SweepFolder, write_atomically};

use crate::arguments::ExportArguments;
use crate::command::kept::Kept;
use crate::exit::{Exit, Failure};
use crate::output::say;

/// Writes both files and says what is in the first.
///
/// # Errors
/// [`Failure::Usage`] if the run has no such weights, or a file is there or cannot be written.
pub fn run(arguments: &ExportArguments) -> Result<Exit, Failure> {
    let Kept { folder, config, result, at, bytes } = Kept::read(&arguments.kept)?;
    let file = &arguments.file;
    let card_file = card_of(file)?;
    for path in [file, &card_file] {
        if path.exists() && !arguments.force {
            let shown = path.display();
            return Err(Failure::usage(format!(
                "{shown} is there already; --force writes over it"
            )));
        }
    }
    let read = weights::of_safetensors(&bytes)
        .map_err(|fault| Failure::usage(format!("{}: {fault}", folder.path().display())))?;
    let provenance = folder.provenance().map_err(Failure::usage)?;
    let plan = plan_of(folder.path());
    let card = Card {
        config: &config,
        result: &result,
        at,
        provenance: provenance.as_ref(),
        planned: plan.as_ref().and_then(|plan| {
            let condition = plan.conditions.iter().find(|it| it.identity == result.identity)?;
            let arm = &plan.arms[condition.arm].name;
            Some((plan.experiment.as_str(), arm.as_str(), &plan.tasks[condition.task]))
        }),
        file: &file.file_name().unwrap_or_default().to_string_lossy(),
    };
    write_atomically(file, &bytes).map_err(Failure::usage)?;
    write_atomically(&card_file, card.markdown().as_bytes()).map_err(Failure::usage)?;
    let step = result.score(at).map_or(result.steps, |score| score.step);
    let which = at.word();
    say::note(format_args!(
        "{}: {} tensors of {}, hidden {}, the {which} weights, after step {step}; card: {}",
        file.display(),
        read.tensors.len(),
        config.model.architecture,
        config.model.hidden,
        card_file.display(),
    ));
    for (name, tensor) in &read.tensors {
        say::print(format_args!("{name} {:?}", tensor.shape));
    }
    Ok(Exit::Done)
}

/// The file of the card: beside that of the weights, with the ending `md`.
fn card_of(file: &Path) -> Result<PathBuf, Failure> {
    let card = file.with_extension("md");
    if card == file {
        let shown = file.display();
        return Err(Failure::usage(format!(
            "{shown}: the weights need another ending than md, which is that of their card; \
             safetensors is usual"
        )));
    }
    Ok(card)
}

/// The plan of the sweep that a run stands in; `None` where the folder was moved out of it.
fn plan_of(run: &Path) -> Option<Plan> {
    let run = run.canonicalize().ok()?;
    SweepFolder::new(run.ancestors().nth(3)?).plan().ok()
}
