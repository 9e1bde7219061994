//! How long a sweep has been at work and how long it will go on.

use std::collections::BTreeMap;

use crate::run::{RunView, Status};

/// What is left of a sweep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TimeLeft {
    /// No run that would still be done.
    Nothing,
    /// There is work, and no run yet that tells how long it takes.
    Estimating,
    /// About so many seconds.
    About(f64),
}

/// Estimates the time left from the seconds of finished runs and the pace of running ones,
/// assuming that as many go on in parallel as do now. A failed run is not done again by
/// itself, so it is not counted.
///
/// A condition without data takes as long as the mean of the conditions that have some.
pub fn time_left<'a>(runs: impl Iterator<Item = &'a RunView> + Clone) -> TimeLeft {
    let is_left =
        |run: &&RunView| matches!(run.status, Status::Planned | Status::Running | Status::Stopped);
    let mut known: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for run in runs.clone() {
        if let Some(seconds) = whole_seconds(run) {
            known.entry(run.condition).or_default().push(seconds);
        }
    }
    let by_condition: BTreeMap<usize, f64> =
        known.into_iter().map(|(condition, seconds)| (condition, mean(&seconds))).collect();
    let overall = mean(&by_condition.values().copied().collect::<Vec<_>>());

    let (mut total, mut longest, mut parallel, mut count) = (0.0_f64, 0.0_f64, 0_usize, 0_usize);
    for run in runs.filter(is_left) {
        count += 1;
        parallel += usize::from(run.status == Status::Running);
        let whole = whole_seconds(run)
            .unwrap_or_else(|| by_condition.get(&run.condition).copied().unwrap_or(overall));
        let left = whole * (1.0 - run.fraction());
        total += left;
        longest = longest.max(left);
    }
    match count {
        0 => TimeLeft::Nothing,
        _ if by_condition.is_empty() => TimeLeft::Estimating,
        _ => TimeLeft::About((total / parallel.max(1) as f64).max(longest)),
    }
}

/// Seconds that the whole run took, or will take at its present pace. A diverged run says
/// nothing: it ended early.
fn whole_seconds(run: &RunView) -> Option<f64> {
    match run.status {
        Status::Finished => run.result.as_ref().map(|result| result.total_seconds),
        Status::Running => {
            let attempt = run.attempts.last()?;
            let taken = run.step.saturating_sub(attempt.from_step);
            let seconds = attempt.last - attempt.started;
            let whole = seconds / taken as f64 * run.steps? as f64;
            (taken > 0 && seconds > 0.0).then_some(whole)
        }
        _ => None,
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Seconds during which at least one run was at work, so that a pause between two sessions
/// does not count. `now`: seconds since the Unix epoch.
pub fn elapsed<'a>(runs: impl Iterator<Item = &'a RunView>, now: f64) -> f64 {
    let mut spans: Vec<(f64, f64)> = runs
        .flat_map(|run| {
            let open = (run.status == Status::Running).then_some(now);
            let last = run.attempts.len().saturating_sub(1);
            run.attempts.iter().enumerate().map(move |(i, attempt)| {
                let end = open.filter(|_| i == last).unwrap_or(attempt.last);
                (attempt.started, end.max(attempt.started))
            })
        })
        .collect();
    spans.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut sum, mut reached) = (0.0, f64::NEG_INFINITY);
    for (start, end) in spans {
        sum += (end - start.max(reached)).max(0.0);
        reached = reached.max(end);
    }
    sum
}

#[cfg(test)]
mod tests {
    use store::{Outcome, RunResult};

    use super::*;
    use crate::run::Attempt;

    fn planned(condition: usize) -> RunView {
        RunView::new(condition, 0, Some(100))
    }

    fn finished(condition: usize, total_seconds: f64) -> RunView {
        let result = RunResult {
            format: RunResult::FORMAT,
            identity: String::new(),
            seed: 0,
            outcome: Outcome::Completed,
            best: None,
            last: None,
            weights: BTreeMap::new(),
            parameters: 1,
            steps: 100,
            train_seconds: total_seconds,
            total_seconds,
        };
        RunView { status: Status::Finished, result: Some(result), ..planned(condition) }
    }

    fn running(condition: usize, from_step: u64, step: u64, seconds: f64) -> RunView {
        let attempts = vec![Attempt { started: 50.0, last: 50.0 + seconds, from_step }];
        RunView { status: Status::Running, step, attempts, ..planned(condition) }
    }

    #[test]
    fn nothing_is_left_when_every_run_is_finished_or_failed() {
        let failed = RunView { status: Status::Failed, ..planned(0) };
        assert_eq!(time_left([finished(0, 3.0), failed].iter()), TimeLeft::Nothing);
        assert_eq!(time_left([].iter()), TimeLeft::Nothing);
    }

    #[test]
    fn without_data_it_says_so() {
        assert_eq!(time_left([planned(0), running(0, 0, 0, 1.0)].iter()), TimeLeft::Estimating);
    }

    #[test]
    fn a_planned_run_takes_what_its_condition_took_and_else_the_mean() {
        let runs = [finished(0, 10.0), finished(0, 20.0), planned(0)];
        assert_eq!(time_left(runs.iter()), TimeLeft::About(15.0));
        let runs = [finished(0, 10.0), finished(1, 30.0), planned(2)];
        assert_eq!(time_left(runs.iter()), TimeLeft::About(20.0));
    }

    #[test]
    fn a_running_run_goes_on_at_the_pace_of_its_attempt() {
        // 20 steps in 10 s from step 40: 40 more steps take 20 s.
        assert_eq!(time_left([running(0, 40, 60, 10.0)].iter()), TimeLeft::About(20.0));
    }

    #[test]
    fn parallel_runs_share_the_work_and_the_longest_bounds_it() {
        // 50 s and 50 s left in parallel, 100 s planned: 200 s over two.
        let runs = [running(0, 0, 50, 50.0), running(0, 0, 50, 50.0), planned(0)];
        assert_eq!(time_left(runs.iter()), TimeLeft::About(100.0));
        // 10 s and 90 s left: the second bounds it.
        let runs = [running(0, 0, 90, 90.0), running(0, 0, 10, 10.0)];
        assert_eq!(time_left(runs.iter()), TimeLeft::About(90.0));
    }

    #[test]
    fn a_pause_between_sessions_is_not_elapsed_time() {
        let attempt = |started, last| Attempt { started, last, from_step: 0 };
        let first = RunView { attempts: vec![attempt(0.0, 10.0)], ..planned(0) };
        let second =
            RunView { attempts: vec![attempt(5.0, 12.0), attempt(100.0, 103.0)], ..planned(0) };
        let third = RunView {
            status: Status::Running,
            attempts: vec![attempt(102.0, 103.0)],
            ..planned(0)
        };
        assert!((elapsed([first, second, third].iter(), 110.0) - (12.0 + 10.0)).abs() < 1e-9);
    }
}
