//! A sweep as it was at an earlier time, from what is known of it now.

use crate::curve::Points;
use crate::run::{RunView, Status};

impl RunView {
    /// The run as it was at `time`: what came later is left out.
    pub(crate) fn at(&self, time: f64) -> Self {
        let begun = self.attempts.iter().filter(|it| it.started <= time).copied();
        let mut attempts: Vec<_> = begun.collect();
        let Some(last) = attempts.last_mut() else {
            return Self::new(self.condition, self.seed, self.steps);
        };
        let is_last = attempts_end(self) <= time;
        let has_ended = last.last <= time;
        last.last = last.last.min(time);
        if is_last {
            return self.clone();
        }
        let step = self.times.step_at(time).unwrap_or(0.0);
        let until = |points: &Points| -> Points {
            points.iter().copied().take_while(|point| point.0 <= step).collect()
        };
        Self {
            status: if has_ended { Status::Stopped } else { Status::Running },
            step: step as u64,
            loss: None,
            steps_per_second: None,
            failure: None,
            attempts,
            curves: self.curves.iter().map(|(name, it)| (name.clone(), until(it))).collect(),
            seconds: until(&self.seconds),
            kept: until(&self.kept),
            readings: self.readings.clone().filter(|it| it.0 as f64 <= step),
            times: self.times.clone(),
            result: None,
            ..*self
        }
    }
}

fn attempts_end(run: &RunView) -> f64 {
    run.attempts.iter().map(|it| it.last).fold(f64::NEG_INFINITY, f64::max)
}

/// When the first run began and the last one ended; `None` if none has begun.
pub(crate) fn span<'a>(runs: impl Iterator<Item = &'a RunView>) -> Option<(f64, f64)> {
    let spans = runs.filter_map(|run| Some((run.attempts.first()?.started, attempts_end(run))));
    spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{START, STEPS, Sweep, append, evaluated, finish, started, train};
    use crate::sweep::SweepState;

    #[test]
    fn a_run_is_shown_as_it_was() {
        let sweep = Sweep::new(&["adding"], &["lstm"], 1);
        let run = sweep.run(0, 0, 0);
        train(&run, 2.0, 500, 2.0);
        append(&run, 2, [(50.0, started(400)), (52.0, evaluated(450, 0.1))]);
        append(&run, 2, [(60.0, evaluated(STEPS, 0.01))]);
        finish(&run, store::Outcome::Completed, 12.0);
        let mut state = SweepState::open(&sweep.folder).unwrap();
        state.update(std::time::Duration::MAX);
        let run = state.runs().next().unwrap();
        assert_eq!(span(state.runs()), Some((START + 2.0, START + 60.0)));
        let at = |seconds: f64| {
            let run = run.at(START + seconds);
            (run.status, run.step, run.curve("loss").len())
        };
        assert_eq!(at(1.0), (Status::Planned, 0, 0));
        assert_eq!(at(2.0), (Status::Running, 0, 0));
        assert_eq!(at(4.0), (Status::Running, 200, 4));
        assert_eq!(at(30.0), (Status::Stopped, 400, 8), "what the next attempt did again is gone");
        assert_eq!(at(53.0), (Status::Running, 450, 9));
        assert_eq!(at(60.0), (Status::Finished, STEPS, 10));
        assert_eq!(run.at(START + 99.0), *run);
    }
}
