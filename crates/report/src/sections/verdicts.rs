//! The claims and what the data say of each.

use store::{Claim, Expectation, Quantity};

use crate::document::{Block, Cell, Line, Section, Table};
use crate::format::{NONE, difference, mean_difference, p_value, plain, probability};
use crate::model::Report;
use crate::quantity::words;
use crate::verdict::{Judged, OnTask};

/// The claims with their verdicts, for the first screen; nothing where there are none.
pub(super) fn table(report: &Report) -> Vec<Block> {
    if report.verdicts.is_empty() {
        return Vec::new();
    }
    let headings =
        ["Claim", "Verdict", "What was compared", "#Difference, 95 %", "#p, Holm", "#pairs"];
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
            table.row(vec![
                claim,
                verdict,
                compared(report, judged, on).into(),
                on.map_or(NONE.into(), |on| shown_difference(on).into()),
                p.into(),
                on.map_or(NONE.into(), |on| pairs(on).into()),
            ]);
            first = false;
        }
    }
    vec![Block::Table(table)]
}

fn verdict(judged: &Judged) -> Line {
    Line::default().strong(judged.word()).text(judged.outlook())
}

fn compared(report: &Report, judged: &Judged, on: Option<&OnTask>) -> String {
    let Claim { left, right, part, .. } = &judged.claim;
    let Some(on) = on else { return format!("{left} and {right} have no task together") };
    let quantity = words(&judged.quantity, part.as_deref());
    let task = &report.plan.tasks[on.task].label;
    format!("{quantity} of {left} − {right} on {task}, expected {}", expected(&judged.claim))
}

fn expected(claim: &Claim) -> String {
    match claim.expect {
        Expectation::Greater { margin } => format!("above {}", plain(margin)),
        Expectation::Less { margin: 0.0 } => "below 0".into(),
        Expectation::Less { margin } => format!("below −{}", plain(margin)),
        Expectation::Equivalent { margin } => format!("within ±{}", plain(margin)),
    }
}

fn shown_difference(on: &OnTask) -> String {
    match on.difference {
        None => NONE.into(),
        // What is the same for every seed has no interval to show.
        Some(it) if it.spread.is_some_and(|it| it.sd == 0.0) => difference(it.mean),
        Some(it) => mean_difference(&it),
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
                difference lies beyond it. A claim about several tasks holds if it holds on each. \
                p-values are corrected by Holm over the claims that were made before the first \
                result; a claim made or changed later is post hoc and corrected with all of them.";
    let looked = "Seeds were added until decided, so the sign-flip test gives way to one that may be \
                  looked at after every round: a gambler bets on the sign of each difference, with \
                  stakes that grow with its size, and p is 1 over the most that was ever won. It \
                  errs in at most 5 % whatever the number of looks.";
    let items = report.verdicts.iter().map(|judged| how(report, judged)).collect();
    let mut blocks = vec![Block::Text(rule.into())];
    blocks.extend(report.plan.rounds.map(|_| Block::Text(looked.into())));
    blocks.push(Block::List(items));
    Some(Section { heading: "How the claims were judged".into(), blocks, folded: true })
}

fn how(report: &Report, judged: &Judged) -> Line {
    let mut line = Line::default().strong(&judged.claim.text).text(": ");
    line = line.text(judged.verdict.word());
    if judged.quantity.is_of_the_arm() {
        line = line.text(", by comparing what is the same in every run");
    } else if let Some(p) = judged.p {
        let of = match judged.family {
            1 => "the only claim".into(),
            family => format!("one of {family} claims"),
        };
        line = line.text(format!(", {} as {of}", p_value(p)));
    }
    for on in &judged.tasks {
        line = line.text(format!(". On {}: ", report.plan.tasks[on.task].label));
        if let Some([left, right]) = on.means {
            let Claim { left: one, right: other, .. } = &judged.claim;
            line = line.text(format!("mean {} of {one}, {} of {other}", plain(left), plain(right)));
            if matches!(judged.quantity, Quantity::Metric(_)) && on.incomplete > 0 {
                line = line.text(" over the pairs that are there");
            }
            line = line.text("; ");
        }
        if !judged.quantity.is_of_the_arm() {
            line = line.text(format!(
                "{} for the claim, {} against it; ",
                p_value(on.support),
                p_value(on.refute)
            ));
        }
        let [left, right] =
            on.conditions.map(|it| format!("runs/{}", report.plan.conditions[it].folder));
        line = line.code(left).text(" and ").code(right);
    }
    line.text(".")
}
