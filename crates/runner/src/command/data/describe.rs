//! `data describe`: shapes, classes, lengths, missing values, repeated sequences, trivial scores.

use std::path::Path;

use tasks::dataset::{Description, Twin, check};
use tasks::{Context, Input, Target};
use text::counted;

use crate::command::list::significant;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::table::{Side, Table};

/// Prints what a data set holds.
///
/// # Errors
/// [`Failure::Usage`] if something is wrong with it.
pub fn run(folder: &Path, datasets: &Path) -> Result<Exit, Failure> {
    let described = check(folder, &Context { datasets })
        .map_err(|faults| Failure::usage(faults.into_error(folder)))?;
    anstream::print!("{}", text(&described));
    Ok(Exit::Done)
}

fn text(described: &Description) -> String {
    let mut text = String::new();
    let Description { facts, shape, .. } = described;
    say::line(&mut text, format_args!("{}", facts.summary));
    say::line(&mut text, format_args!("  licence  {}", described.licence));
    if let Some(source) = &described.source {
        say::line(&mut text, format_args!("  source   {source}"));
    }
    let input = match shape.input {
        Input::Vectors { channels } => counted(channels, "number"),
        Input::Tokens { vocabulary } => format!("a token, one of {vocabulary}"),
        Input::Frames { height, width, channels } => {
            format!("a picture of {height}x{width}x{channels}")
        }
    };
    say::line(&mut text, format_args!("  a step   {input}"));
    let target = match shape.target {
        Target::Class { classes } => format!("one of {classes} classes"),
        Target::Value { values } => counted(values, "value"),
        Target::Labels { labels } => format!("any of {}", counted(labels, "label")),
    };
    say::line(&mut text, format_args!("  target   {target}"));
    say::line(&mut text, format_args!("  blake3   {}", facts.checksum));
    text += "\n";
    text += &parts(described).text();
    if !described.classes.is_empty() {
        text += "\n";
        text += &classes(described).text();
    }
    text += "\n";
    say::line(&mut text, format_args!("trivial scores on test: {}", facts.trivial_rule));
    for (metric, score) in &facts.trivial {
        say::line(&mut text, format_args!("  {metric}  {}", significant(*score)));
    }
    if described.twin_count > 0 {
        text += "\n";
        let twins = counted(described.twin_count, "sequence");
        say::line(
            &mut text,
            format_args!("{twins} of one part also stand in another, which makes scores too good:"),
        );
        for Twin { first, first_part, again, again_part } in &described.twins {
            say::line(
                &mut text,
                format_args!("  {first} ({first_part}) and {again} ({again_part})"),
            );
        }
        let more = described.twin_count - described.twins.len();
        if more > 0 {
            say::line(&mut text, format_args!("  and {more} more"));
        }
    }
    text
}

fn parts(described: &Description) -> Table {
    let right = |name| (name, Side::Right);
    let mut table = Table::new([
        ("part", Side::Left),
        right("sequences"),
        right("shortest"),
        right("median"),
        right("longest"),
        right("missing"),
    ]);
    for part in &described.parts {
        let steps =
            |at: usize| part.steps.map_or_else(|| "-".into(), |steps| steps[at].to_string());
        let missing = match part.missing {
            [_, 0] => "-".into(),
            [missing, all] => format!("{missing} of {all}"),
        };
        let sequences = part.sequences.to_string();
        table.row([part.name.clone(), sequences, steps(0), steps(1), steps(2), missing]);
    }
    table
}

/// How often each class occurs in each part.
fn classes(described: &Description) -> Table {
    /// Classes that are shown; a vocabulary has thousands.
    const SHOWN: usize = 50;
    let parts = described.parts.iter().map(|part| (part.name.as_str(), Side::Right));
    let mut table = Table::new([("class", Side::Left)].into_iter().chain(parts));
    for (class, name) in described.classes.iter().enumerate().take(SHOWN) {
        let counts = described.parts.iter().map(|part| part.classes[class].to_string());
        table.row([name.clone()].into_iter().chain(counts));
    }
    let more = described.classes.len().saturating_sub(SHOWN);
    if more > 0 {
        let rest = |part: &tasks::dataset::PartDescription| {
            part.classes[SHOWN..].iter().sum::<usize>().to_string()
        };
        let counts = described.parts.iter().map(rest);
        table.row([format!("({more} more)")].into_iter().chain(counts));
    }
    table
}
