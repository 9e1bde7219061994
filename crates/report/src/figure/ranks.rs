//! Mean ranks over many tasks, and which arms are not told apart.

use text::{csv, csv_line, csv_number};

use super::chart::{Axis, Chart, Mark, Panel};
use super::scale::Scale;
use crate::across::{OverTasks, Ranked};
use crate::format::plain;
use crate::model::Report;

/// The critical-difference diagram (Demšar 2006): the mean rank of every arm, the best one first, and
/// below them a bar over each group of which no two are told apart.
pub(crate) fn ranks(report: &Report, arms: &[OverTasks], ranked: &Ranked) -> Chart {
    let name = |place: usize| report.plan.arms[arms[ranked.order[place].0].arm].name.clone();
    let rank = |place: usize| ranked.order[place].1;
    let mut data = csv_line(&["arm", "mean_rank"].map(csv));
    let mut names: Vec<String> = (0..ranked.order.len()).map(name).collect();
    let mut marks = Vec::new();
    for (place, name) in names.iter().enumerate() {
        data.push_str(&csv_line(&[csv(name), csv_number(rank(place))]));
        let title = format!("{name}: mean rank {}", plain(rank(place)));
        let at = (rank(place), place as f64);
        marks.push(Mark::Dot { arm: ranked.order[place].0, at, faint: false, title });
    }
    for &(first, last) in &ranked.together {
        let row = names.len() as f64;
        let title = format!("not told apart: {}", names[first..=last].join(", "));
        let (from, to) = ((rank(first), row), (rank(last), row));
        marks.push(Mark::Bar { arm: ranked.order[first].0, from, to, title });
        names.push("not told apart".into());
    }
    let worst = arms.len() as f64;
    let mut panel = Panel::new(
        Axis::new("mean rank over all tasks: 1 is the best", Scale::exactly(0.8, worst + 0.2)),
        Axis::of_names("", names),
    );
    panel.marks = marks;
    Chart {
        title: "Mean ranks over all tasks".into(),
        panels: vec![panel],
        legend: Vec::new(),
        references: Vec::new(),
        data,
    }
}
