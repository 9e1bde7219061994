//! Which share of runs reaches which score, over all tasks.

use text::{csv, csv_line, csv_number};

use super::MANY;
use super::chart::{Axis, Chart, Mark, Panel};
use super::scale::Scale;
use crate::across::OverTasks;
use crate::model::Report;

/// Scores at which the profile is taken.
const PLACES: u32 = 100;

/// The performance profile (Agarwal et al. 2021): the share of runs, every task counted alike, whose
/// normalised score is at least so much. Nothing for more arms than can be told apart.
pub(crate) fn profile(report: &Report, arms: &[OverTasks]) -> Chart {
    let mut data = csv_line(&["arm", "score", "share"].map(csv));
    let mut panel = Panel::new(
        Axis::new(
            "normalised score: 0 is the trivial prediction, 1 is perfect",
            Scale::exactly(0.0, 1.0),
        ),
        Axis::new("share of runs with at least this", Scale::exactly(-0.02, 1.02)),
    );
    let mut legend = Vec::new();
    for (look, arm) in arms.iter().enumerate().filter(|_| arms.len() <= MANY) {
        let name = &report.plan.arms[arm.arm].name;
        let mut points = Vec::new();
        for place in 0..=PLACES {
            let least = f64::from(place) / f64::from(PLACES);
            let Some(share) = analysis::profile(&arm.scores, least) else { break };
            points.push((least, share));
            data.push_str(&csv_line(&[csv(name), csv_number(least), csv_number(share)]));
        }
        if points.is_empty() {
            continue;
        }
        for &at in points.iter().skip(look).step_by(12) {
            let title = format!("{name}: {:.0} % of runs reach {:.2}", 100.0 * at.1, at.0);
            panel.marks.push(Mark::Dot { arm: look, at, faint: false, title });
        }
        panel.marks.push(Mark::Line { arm: look, points, thin: false, title: name.clone() });
        legend.push((look, name.clone()));
    }
    Chart {
        title: "Performance profile over all tasks".into(),
        panels: vec![panel],
        legend,
        references: Vec::new(),
        data,
    }
}
