//! Whether what `[seed]` lets vary makes replicates, and of their own.

use store::{SPLIT_SEED, Seeding, Tuning};

use crate::combine::sweep::Sweep;
use crate::key::checker::Checker;
use crate::plan::task::ReadyTask;
use crate::section::seed::SeedDraft;
use crate::text::place::Place;
use crate::text::problem::Problem;

/// Checks what varies against the tasks, and that replicates are not copies of each other.
pub(crate) fn check(
    draft: &SeedDraft,
    seeds: usize,
    tasks: &[Option<ReadyTask>],
    warnings: &mut Vec<String>,
    checker: &mut Checker<'_>,
) {
    let Seeding { initialisation, order, split } = draft.seeding;
    let splits = |task: &ReadyTask| task.config.options.contains_key(SPLIT_SEED);
    if let Some(place) = draft.split {
        for task in tasks.iter().flatten() {
            let key = format!("task.{SPLIT_SEED}");
            let given = task.settings.iter().find(|setting| setting.key == key);
            if let Some(given) = given {
                let message = format!("`{SPLIT_SEED}` is given, but [seed] lets the split vary");
                let help = "remove one of them";
                let problem = Problem::new(given.place, message, "this seed", help);
                checker.report(problem.and(place, "varies here"));
            } else if !splits(task) {
                warnings.push(format!(
                    "the split of {} cannot vary: it has no `{SPLIT_SEED}`",
                    task.planned.label
                ));
            }
        }
    }
    let still = |task: &ReadyTask| split.is_fixed() || !splits(task);
    if seeds < 2 || initialisation.varies() || order.varies() {
        return;
    }
    if let Some(task) = tasks.iter().flatten().find(|task| still(task)) {
        let message = format!(
            "nothing varies between the {seeds} replicates on {}: they would be copies",
            task.planned.label
        );
        let help = "let initialisation or order vary, or set seeds = 1";
        let place = draft.place.unwrap_or(Place::START);
        checker.report(Problem::new(place, message, "here", help));
    }
}

/// Replicates must not use the seeds of tuning.
pub(crate) fn check_seed_space(sweep: &Sweep, seeds: &[u64], checker: &mut Checker<'_>) {
    let Some(tune) = &sweep.tune else { return };
    if let Some(seed) = seeds.iter().find(|&&seed| seed >= Tuning::FIRST_SEED) {
        let message = format!("seed {seed} may be one of tuning's");
        let help = format!("with [tune], replicate seeds are below {}", Tuning::FIRST_SEED);
        checker.report(Problem::new(tune.place, message, "tuning has its own seeds", help));
    }
}
