//! A number of a run, by the name of what a claim compares.

use store::{Plan, Quantity, Reading};

use crate::runs::{Run, State, first_layer};

/// The quantity of a run on the held-out part `part`, the test part unless given; `None` where the
/// run does not have it, as one without a result.
pub(crate) fn of_run(
    plan: &Plan,
    run: &Run,
    quantity: &Quantity,
    part: Option<&str>,
) -> Option<f64> {
    let metric = &plan.tasks[run.task].metric;
    let condition = &plan.conditions[run.condition];
    match quantity {
        Quantity::Metric(name) => {
            let State::Completed { result, .. } = &run.state else { return None };
            let score = result.score(metric.at)?;
            let scores = part.map_or(Some(&score.test), |part| score.parts.get(part))?;
            scores.get(name).copied()
        }
        Quantity::Solved => is_solved(plan, run).map(|it| f64::from(u8::from(it))),
        Quantity::StepsToSolve => {
            is_solved(plan, run)?;
            steps_to_solve(plan, run).map(|step| step as f64).or_else(|| steps_given(plan, run))
        }
        Quantity::Parameters => Some(condition.parameters as f64),
        Quantity::State => condition.sizes?.state.map(|it| it as f64),
        Quantity::MultiplyAdds => Some(condition.sizes?.multiply_adds as f64),
        Quantity::TrainSeconds => match &run.state {
            State::Completed { result, .. } => Some(result.train_seconds),
            _ => None,
        },
        Quantity::GradientDecay => gradient_decay(run),
    }
}

/// Whether a run solved its task; `None` where that is not known: without a result, stopped at a
/// rung, and on a task that does not say.
pub(crate) fn is_solved(plan: &Plan, run: &Run) -> Option<bool> {
    let metric = &plan.tasks[run.task].metric;
    let solved = metric.solved?;
    match run.state {
        State::Completed { .. } => Some(solved.by(run.state.score(metric.at)?)),
        State::Diverged { .. } => Some(false),
        _ => None,
    }
}

/// The first step at which the validation score counted as solved.
pub(crate) fn steps_to_solve(plan: &Plan, run: &Run) -> Option<u64> {
    let solved = plan.tasks[run.task].metric.solved?;
    run.curve.iter().find(|(_, score)| solved.by(**score)).map(|(&step, _)| step)
}

/// The steps that a run was given.
pub(crate) fn steps_given(plan: &Plan, run: &Run) -> Option<f64> {
    plan.conditions[run.condition].config.train.get("steps")?.as_f64()
}

/// The slope of ln of the gradient's norm over the lag, by least squares, at the last look.
fn gradient_decay(run: &Run) -> Option<f64> {
    let (_, readings) = run.probed.last_key_value()?;
    let by_lag: &Reading = first_layer(readings)?;
    // What is below the normal numbers of a float has lost its digits.
    let is_exact = |norm: f64| norm >= f64::from(f32::MIN_POSITIVE);
    let points = by_lag.at.iter().zip(&by_lag.values).filter(|(_, norm)| is_exact(**norm));
    let points: Vec<(f64, f64)> = points.map(|(&lag, norm)| (lag, norm.ln())).collect();
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (middle_lag, middle) = (mean(|it| it.0), mean(|it| it.1));
    let over: f64 = points.iter().map(|it| (it.0 - middle_lag) * (it.1 - middle)).sum();
    let squares: f64 = points.iter().map(|it| (it.0 - middle_lag).powi(2)).sum();
    (squares > 0.0).then(|| over / squares)
}

/// The quantity in words, as they follow "of": `test loss`, `share of solved runs`.
pub(crate) fn words(quantity: &Quantity, part: Option<&str>) -> String {
    match quantity {
        Quantity::Metric(name) => format!("{} {name}", part.unwrap_or("test")),
        Quantity::Solved => "share of solved runs".into(),
        Quantity::StepsToSolve => "steps to solve".into(),
        Quantity::Parameters => "parameters".into(),
        Quantity::State => "state size".into(),
        Quantity::MultiplyAdds => "multiply-adds a step".into(),
        Quantity::TrainSeconds => "seconds of training".into(),
        Quantity::GradientDecay => "gradient decay a step of lag".into(),
    }
}
