//! The claims and what the data say of each.

use analysis::{Spread, Summary};
use store::{Against, Claim, Expectation, Quantity};

use crate::document::{Block, Cell, Line, Section, Table};
use crate::format::{NONE, difference, mean_difference, mean_in, p_value, plain, probability};
use crate::model::Report;
use crate::quantity::words;
use crate::verdict::{Evidence, Judged, OnTask};

/// The claims with their verdicts, for the first screen; nothing where there are none.
pub(super) fn table(report: &Report) -> Vec<Block> {
    if report.verdicts.is_empty() {
        return Vec::new();
    }
    let mut headings =
        vec!["Claim", "Verdict", "What was compared", "#Measured, 95 %", "#p, Holm", "#pairs"];
    let has_published = report.verdicts.iter().any(|it| it.claim.published.is_some());
    if has_published {
        headings.push("Published");
    }
    let mut table = Table::new(&headings);
    for judged in &report.verdicts {
        let mut first = true;
        for on in judged.tasks.iter().map(Some).chain(judged.tasks.is_empty().then_some(None)) {
            let [claim, verdict] = if first {
                [Cell::from(&judged.claim.text), verdict(judged).into()]
            } else {
                [Cell::from(""), "".into()]
            };
            let p = judged.p.filter(|_| first).map_or_else(|| NONE.to_owned(), probability);
            let mut row = vec![
                claim,
                verdict,
                compared(report, judged, on).into(),
                on.map_or(NONE.into(), |on| {
                    measured(&judged.quantity, &judged.claim.right, on.difference).into()
                }),
                p.into(),
                on.map_or(NONE.into(), |on| pairs(on).into()),
            ];
            if has_published {
                let published = judged.claim.published.as_deref().filter(|_| first);
                row.push(published.unwrap_or_default().into());
            }
            table.row(row);
            first = false;
        }
    }
    vec![Block::Table(table)]
}

fn verdict(judged: &Judged) -> Line {
    Line::default().strong(judged.word()).text(judged.outlook())
}

fn compared(report: &Report, judged: &Judged, on: Option<&OnTask>) -> String {
    let left = &judged.claim.left;
    let sides = match &judged.claim.right {
        Against::Arm(right) => format!("{left} − {right}"),
        Against::Number(_) => left.clone(),
    };
    let Some(on) = on else { return format!("{sides}: on no task are there all of it") };
    let quantity = words(&judged.quantity, on.part.as_deref());
    let task = &report.plan.tasks[on.task].label;
    format!("{quantity} of {sides} on {task}, expected {}", expected(&judged.claim))
}

fn expected(claim: &Claim) -> String {
    let number = number(claim);
    match claim.expect {
        Expectation::Greater { margin } => format!("above {}", minus(number + margin)),
        Expectation::Less { margin } => format!("below {}", minus(number - margin)),
        Expectation::Equivalent { margin } if number == 0.0 => format!("within ±{}", plain(margin)),
        Expectation::Equivalent { margin } => {
            format!("within {} ± {}", minus(number), plain(margin))
        }
    }
}

/// The number that the left arm is compared with; 0 for the difference from an arm.
fn number(claim: &Claim) -> f64 {
    match claim.right {
        Against::Arm(_) => 0.0,
        Against::Number(number) => number,
    }
}

/// [`plain`] with a true minus.
fn minus(value: f64) -> String {
    plain(value).replacen('-', "−", 1)
}

/// The mean difference with its interval; against a number the mean itself, or how many of the runs
/// solve their task.
pub(crate) fn measured(quantity: &Quantity, right: &Against, found: Option<Summary>) -> String {
    let Some(it) = found else { return NONE.into() };
    if let (Quantity::Solved, Against::Number(number)) = (quantity, right) {
        return format!("{:.0} of {}", (it.mean + number) * it.n as f64, it.n);
    }
    // What is the same for every seed has no interval to show.
    let spread = it.spread.filter(|it| it.sd != 0.0);
    match (right, spread) {
        (Against::Arm(_), None) => difference(it.mean),
        (Against::Arm(_), Some(_)) => mean_difference(&it),
        (Against::Number(number), None) => plain(it.mean + number),
        (Against::Number(number), Some(Spread { interval, .. })) => {
            mean_in(it.mean + number, interval.low + number, interval.high + number)
        }
    }
}

fn pairs(on: &OnTask) -> String {
    let pairs = on.difference.map_or(0, |it| it.n);
    match on.incomplete {
        0 => pairs.to_string(),
        missing => format!("{pairs} of {}", pairs + missing),
    }
}

/// How each verdict came about; nothing without claims.
pub(super) fn section(report: &Report) -> Option<Section> {
    if report.verdicts.is_empty() {
        return None;
    }
    let rule = "A claim that one arm is greater or less is tested against its margin by the exact \
                two-sided sign-flip test of the differences, seed by seed: beyond the margin the \
                claimed way it is supported, the other way refuted. A claim of equivalence is \
                borne out by two one-sided tests against the margin, and refuted where the \
                difference lies beyond it. A claim about several tasks or held-out parts holds if it holds on each. \
                p-values are corrected by Holm over the claims that were made before the first \
                result; a claim made or changed later is post hoc and corrected with all of them.";
    let looked = "Seeds were added until decided, so the sign-flip test gives way to one that may be \
                  looked at after every round: a gambler bets on the sign of each difference, with \
                  stakes that grow with its size, and p is 1 over the most that was ever won. It \
                  errs in at most 5 % whatever the number of looks.";
    let example = "That some run solves a task (a share of solved runs above 0), or that some run does \
                   not (a share below 1), is shown by one run, and by no number of others refuted.";
    let items = report.verdicts.iter().map(|judged| how(report, judged)).collect();
    let mut blocks = vec![Block::Text(rule.into())];
    let by_example = report.verdicts.iter().any(|it| it.evidence() == Evidence::Example);
    blocks.extend(by_example.then(|| Block::Text(example.into())));
    blocks.extend(report.plan.rounds.map(|_| Block::Text(looked.into())));
    blocks.push(Block::List(items));
    Some(Section { heading: "How the claims were judged".into(), blocks, folded: true })
}

fn how(report: &Report, judged: &Judged) -> Line {
    let mut line = Line::default().strong(&judged.claim.text).text(": ");
    line = line.text(judged.verdict.word());
    match judged.evidence() {
        Evidence::Test => {}
        Evidence::Comparison => {
            line = line.text(", by comparing what is the same in every run");
        }
        Evidence::Example => line = line.text(", for which one run is enough"),
    }
    if let Some(p) = judged.p {
        let of = match judged.family {
            1 => "the only claim".into(),
            family => format!("one of {family} claims"),
        };
        line = line.text(format!(", {} as {of}", p_value(p)));
    }
    for on in &judged.tasks {
        let part = on.part.as_ref().map_or_else(String::new, |part| format!(", {part}"));
        line = line.text(format!(". On {}{part}: ", report.plan.tasks[on.task].label));
        if let Some([left, right]) = on.means {
            let Claim { left: one, right: other, .. } = &judged.claim;
            line = line.text(format!("mean {} of {one}, ", plain(left)));
            line = line.text(match other {
                Against::Arm(other) => format!("{} of {other}", plain(right)),
                Against::Number(_) => format!("against {}", plain(right)),
            });
            if matches!(judged.quantity, Quantity::Metric(_)) && on.incomplete > 0 {
                line = line.text(" over the pairs that are there");
            }
            line = line.text("; ");
        }
        if judged.evidence() == Evidence::Test {
            line = line.text(format!(
                "{} for the claim, {} against it; ",
                p_value(on.support),
                p_value(on.refute)
            ));
        }
        for (index, folder) in on.folders(&report.plan).into_iter().enumerate() {
            line = line.text(if index == 0 { "" } else { " and " }).code(folder);
        }
    }
    line.text(".")
}
