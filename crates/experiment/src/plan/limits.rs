//! How much can be planned at once.

use store::Tuning;

use crate::combine::candidates::size;
use crate::combine::sweep::Sweep;
use crate::key::checker::Checker;
use crate::section::written::Written;
use crate::text::place::Place;
use crate::text::problem::Problem;

/// Most configurations that are planned at once, candidates of tuning included.
pub(crate) const MOST_CONFIGURATIONS: usize = 100_000;
/// Most runs that are planned at once, those of tuning included: each has a folder, and
/// every command looks at all of them.
pub(crate) const MOST_RUNS: usize = 1_000_000;

/// Whether there are more configurations than can be handled.
pub(crate) fn wants_too_many(
    sweep: &Sweep,
    arms: usize,
    points: usize,
    tasks: usize,
    checker: &mut Checker<'_>,
) -> bool {
    let candidates = sweep.tune.as_ref().map_or(1, |tune| 1 + size(tune));
    let parts = [arms, points, tasks, candidates];
    let size = parts.into_iter().fold(1, usize::saturating_mul);
    if size <= MOST_CONFIGURATIONS {
        return false;
    }
    let place = sweep.tune.as_ref().map(|tune| tune.place);
    let place = sweep.keys().map(|(_, _, place)| place).chain(place).min();
    let message = format!("{size} configurations are too many: arms, points, tasks and candidates");
    let help = format!("at most {MOST_CONFIGURATIONS} can be planned at once");
    let place = place.unwrap_or(Place::START);
    checker.report(Problem::new(place, message, "from here on", help));
    true
}

/// Refuses more runs than can be handled.
pub(crate) fn check_runs(
    written: &Written,
    sweep: &Sweep,
    conditions: usize,
    seeds: usize,
    tuning: Option<&Tuning>,
    checker: &mut Checker<'_>,
) {
    let tuned = tuning.map_or(0, |it| it.candidates.len().saturating_mul(it.seeds.len()));
    let runs = conditions.saturating_mul(seeds).saturating_add(tuned);
    if runs <= MOST_RUNS {
        return;
    }
    let place = written.top.seeds_place.or(sweep.tune.as_ref().map(|tune| tune.place));
    let message = format!("{runs} runs are too many");
    let label = format!("{conditions} configurations, {seeds} seeds each");
    let label = if tuned > 0 { format!("{label}; {tuned} runs of tuning") } else { label };
    let help = format!("at most {MOST_RUNS} can be planned at once");
    checker.report(Problem::new(place.unwrap_or(Place::START), message, label, help));
}
