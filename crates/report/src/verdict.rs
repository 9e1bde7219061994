//! What the data say of each claim.

use std::collections::BTreeMap;

use analysis::{Alternative, PValue, Sample, Summary, fewest_pairs, holm, pairs_to_decide};
use store::{Against, Claim, Expectation, Plan, Quantity};

use crate::ReportError;
use crate::comparison::LEVEL;
use crate::looks::{Differences, Looks};
use crate::quantity::of_run;
use crate::runs::{Run, State};

/// What the data say of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A difference as claimed, beyond the margin and beyond chance.
    Supported,
    /// As claimed, there is no difference beyond the margin.
    Equivalent,
    /// The opposite of what is claimed, beyond chance.
    Refuted,
    /// Neither.
    Inconclusive,
}

impl Verdict {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Equivalent => "equivalent",
            Self::Refuted => "refuted",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Its word for a claim that was made late or in time: `supported`, `refuted, post hoc`.
    pub(crate) fn of_claim(self, post_hoc: bool) -> String {
        let late = if post_hoc { ", post hoc" } else { "" };
        format!("{}{late}", self.word())
    }

    /// Whether the data bear the claim out.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Supported | Self::Equivalent)
    }
}

/// What decides a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// A test over the seeds.
    Test,
    /// What is the same in all runs of an arm, which is no matter of chance.
    Comparison,
    /// One run: that some run solves its task, or that some run does not, is shown by one that
    /// does, and by no number of others refuted.
    Example,
}

impl Evidence {
    /// What decides `claim`, which is about `quantity`.
    fn of(claim: &Claim, quantity: &Quantity) -> Self {
        let some_run = match claim.expect {
            Expectation::Greater { margin } => margin == 0.0 && claim.right.is(0.0),
            Expectation::Less { margin } => margin == 0.0 && claim.right.is(1.0),
            Expectation::Equivalent { .. } => false,
        };
        match quantity {
            Quantity::Solved if some_run => Self::Example,
            it if it.is_of_the_arm() => Self::Comparison,
            _ => Self::Test,
        }
    }
}

/// A claim and what the data say of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// What it compares.
    pub quantity: Quantity,
    /// What the data say.
    pub verdict: Verdict,
    /// p-value behind the verdict, corrected over the claims that it was judged with; `None`
    /// for what is not tested.
    pub p: Option<f64>,
    /// How many claims it was corrected for: those of before the first result, or for one that
    /// came later all of them.
    pub family: usize,
    /// On each task, and each part of it, that it is about. It holds if it holds on each of them.
    pub tasks: Vec<OnTask>,
    /// Where it is inconclusive, an estimate of the paired seeds that would decide it at the effect
    /// seen.
    pub needed: Option<usize>,
}

/// What one task says of a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct OnTask {
    /// Index into [`Plan::tasks`].
    pub task: usize,
    /// Held-out part that the metric is read on; `None` for the test part.
    pub part: Option<String>,
    /// Index into [`Plan::conditions`] of the left arm, and of the right unless that is a number.
    pub conditions: (usize, Option<usize>),
    /// The left arm's numbers minus the right's, seed by seed, or minus the number.
    pub difference: Option<Summary>,
    /// Means of the two sides over the seeds that both have; a number is its own.
    pub means: Option<[f64; 2]>,
    /// Planned seeds that are no pair.
    pub incomplete: usize,
    /// p-value of what is claimed.
    pub support: f64,
    /// p-value of its opposite.
    pub refute: f64,
}

/// Judges every claim of the plan.
///
/// "Greater" and "less" are tested against their margin by the two-sided sign-flip test of the
/// paired differences: beyond it in the claimed direction supports, in the other refutes.
/// "Equivalent" is supported by two one-sided tests against the margin, and refuted by a test that
/// the difference lies beyond it. A claim about several tasks or parts is supported by the largest
/// p-value of them, and refuted by the smallest times their number. The smaller of the two p-values is
/// corrected by Holm over all claims made before the first result. What is no matter of chance is
/// compared: see [`Evidence`].
pub(crate) fn judge(plan: &Plan, runs: &[&Run]) -> Result<Vec<Judged>, ReportError> {
    let mut judged = Vec::new();
    for claim in &plan.claims {
        let mut tasks = Vec::new();
        let mut quantity = Quantity::Metric(String::new());
        for (index, task) in plan.tasks.iter().enumerate() {
            if !claim.is_on(&task.label) {
                continue;
            }
            let name = claim.metric.as_ref().unwrap_or(&task.metric.name);
            quantity = Quantity::named(name);
            let condition = |arm: &str| {
                let is_own =
                    |it: &&store::Condition| it.task == index && plan.arms[it.arm].name == *arm;
                plan.conditions.iter().position(|it| is_own(&it))
            };
            let Some(left) = condition(&claim.left) else { continue };
            let right = claim.right.arm().map(condition);
            if right == Some(None) {
                continue;
            }
            let conditions = (left, right.flatten());
            let parts = claim.parts.names().iter().map(|part| Some(part.as_str()));
            for part in parts.chain(claim.parts.is_empty().then_some(None)) {
                let on = (index, part);
                tasks.push(OnTask::new(plan, runs, (claim, &quantity), on, conditions)?);
            }
        }
        judged.push(Judged::new(claim.clone(), quantity, tasks));
    }
    correct(&mut judged);
    Ok(judged)
}

impl OnTask {
    fn new(
        plan: &Plan,
        runs: &[&Run],
        (claim, quantity): (&Claim, &Quantity),
        (task, part): (usize, Option<&str>),
        conditions: (usize, Option<usize>),
    ) -> Result<Self, ReportError> {
        let of = |condition| runs.iter().filter(move |run| run.condition == condition);
        let by_seed = |condition| -> BTreeMap<u64, f64> {
            let value = |run: &&&Run| Some((run.seed, of_run(plan, run, quantity, part)?));
            of(condition).filter_map(|run| value(&run)).collect()
        };
        let needed = |it| of(it).filter(|run| run.state != State::NotNeeded).count();
        let left = by_seed(conditions.0);
        let right = match claim.right {
            Against::Arm(_) => conditions.1.map_or_else(BTreeMap::new, by_seed),
            Against::Number(number) => left.keys().map(|&seed| (seed, number)).collect(),
        };
        let shared = |own: &BTreeMap<u64, f64>, other: &BTreeMap<u64, f64>| {
            Sample::new(own.iter().filter(|it| other.contains_key(it.0)).map(|it| *it.1))
        };
        let means = [shared(&left, &right)?.summary(), shared(&right, &left)?.summary()];
        let differences = Differences::new(Looks::of(plan), &left, &right)?;
        let [support, refute] = match Evidence::of(claim, quantity) {
            Evidence::Test => tested(&differences, claim.expect),
            Evidence::Comparison => compared(&differences.sample, claim.expect),
            Evidence::Example => [compared(&differences.sample, claim.expect)[0], 1.0],
        };
        let difference = differences.sample.summary();
        let planned = conditions.1.map_or(usize::MAX, needed).min(needed(conditions.0));
        Ok(Self {
            task,
            part: part.map(str::to_owned),
            conditions,
            difference,
            means: match means {
                [Some(left), Some(right)] => Some([left.mean, right.mean]),
                _ => None,
            },
            incomplete: planned.saturating_sub(difference.map_or(0, |it| it.n)),
            support,
            refute,
        })
    }

    /// The folders of the runs behind it, within the results folder.
    pub(crate) fn folders(&self, plan: &Plan) -> Vec<String> {
        let (left, right) = self.conditions;
        let folder = |it: usize| format!("runs/{}", plan.conditions[it].folder);
        std::iter::once(left).chain(right).map(folder).collect()
    }
}

/// p-values of what is expected and of its opposite.
fn tested(differences: &Differences, expect: Expectation) -> [f64; 2] {
    let p = |value: Option<PValue>| value.map_or(1.0, |it| it.p);
    let test = |null, alternative| p(differences.test(null, alternative));
    match expect {
        Expectation::Greater { margin } => directed(differences, margin, 1.0),
        Expectation::Less { margin } => directed(differences, -margin, -1.0),
        Expectation::Equivalent { margin } => {
            let beyond = test(margin, Alternative::Greater).min(test(-margin, Alternative::Less));
            [p(differences.test_equivalence(margin)), (2.0 * beyond).min(1.0)]
        }
    }
}

/// The two-sided test against `null`, for the side on which the mean lies: the claimed one where
/// `sign` times it is above.
fn directed(differences: &Differences, null: f64, sign: f64) -> [f64; 2] {
    let (Some(summary), Some(p)) =
        (differences.sample.summary(), differences.test(null, Alternative::TwoSided))
    else {
        return [1.0, 1.0];
    };
    if sign * (summary.mean - null) > 0.0 { [p.p, 1.0] } else { [1.0, p.p] }
}

/// The same for a number that is no matter of chance: 0 for what is so.
fn compared(differences: &Sample, expect: Expectation) -> [f64; 2] {
    let Some(summary) = differences.summary() else { return [1.0, 1.0] };
    let is_so = match expect {
        Expectation::Greater { margin } => summary.mean > margin,
        Expectation::Less { margin } => summary.mean < -margin,
        Expectation::Equivalent { margin } => summary.mean.abs() < margin,
    };
    if is_so { [0.0, 1.0] } else { [1.0, 0.0] }
}

impl Judged {
    fn new(claim: Claim, quantity: Quantity, tasks: Vec<OnTask>) -> Self {
        Self {
            claim,
            quantity,
            verdict: Verdict::Inconclusive,
            p: None,
            family: 0,
            tasks,
            needed: None,
        }
    }

    /// What decides it.
    pub fn evidence(&self) -> Evidence {
        Evidence::of(&self.claim, &self.quantity)
    }

    /// p-values of the claim and of its opposite over its tasks.
    fn p(&self) -> [f64; 2] {
        let support = self.tasks.iter().map(|it| it.support).reduce(f64::max).unwrap_or(1.0);
        let refute = self.tasks.iter().map(|it| it.refute).reduce(f64::min).unwrap_or(1.0);
        [support, (refute * self.tasks.len().max(1) as f64).min(1.0)]
    }

    /// Its verdict in words: `supported`, `refuted, post hoc`.
    pub(crate) fn word(&self) -> String {
        self.verdict.of_claim(self.claim.post_hoc)
    }

    /// What would decide it, where that is known: `; about 12 pairs would decide`.
    pub(crate) fn outlook(&self) -> String {
        let words = |needed| format!("; about {needed} pairs would decide");
        self.needed.map_or_else(String::new, words)
    }

    fn decide(&mut self, adjusted: f64, family: usize) {
        let [support, refute] = self.p();
        let is_test = self.evidence() == Evidence::Test;
        self.family = family;
        self.p = (is_test && !self.tasks.is_empty()).then_some(adjusted);
        self.verdict = match self.claim.expect {
            _ if adjusted > LEVEL => Verdict::Inconclusive,
            _ if refute < support => Verdict::Refuted,
            Expectation::Equivalent { .. } => Verdict::Equivalent,
            _ => Verdict::Supported,
        };
        if self.verdict == Verdict::Inconclusive && is_test {
            // The task that needs most; what is looked for is a smallest p-value of the family.
            let level = LEVEL / family as f64;
            let expect = self.claim.expect;
            let needed: Option<Vec<usize>> =
                self.tasks.iter().map(|it| it.needed(expect, level)).collect();
            self.needed = needed.and_then(|it| it.into_iter().max());
        }
    }
}

impl OnTask {
    fn needed(&self, expect: Expectation, level: f64) -> Option<usize> {
        let difference = self.difference?;
        let sd = difference.spread?.sd;
        let distance = match expect {
            Expectation::Greater { margin } => difference.mean - margin,
            Expectation::Less { margin } => difference.mean + margin,
            Expectation::Equivalent { margin } => margin - difference.mean.abs(),
        };
        if sd == 0.0 {
            return fewest_pairs(level).filter(|_| distance != 0.0);
        }
        pairs_to_decide(distance / sd, level)
    }
}

/// Holm's correction: over the claims of before the first result; one that was made later is
/// corrected as if all had been made together, which moves none of the others.
fn correct(judged: &mut [Judged]) {
    let counts = |it: &Judged| it.evidence() == Evidence::Test;
    let smaller = |it: &Judged| it.p().into_iter().fold(1.0, f64::min);
    let family = |with_late: bool| -> Vec<usize> {
        let is_in = |it: &Judged| counts(it) && (with_late || !it.claim.post_hoc);
        (0..judged.len()).filter(|&index| is_in(&judged[index])).collect()
    };
    let mut decided = vec![None; judged.len()];
    for with_late in [true, false] {
        let members = family(with_late);
        let p: Vec<f64> = members.iter().map(|&index| smaller(&judged[index])).collect();
        for (&index, adjusted) in members.iter().zip(holm(&p)) {
            decided[index] = Some((adjusted, members.len()));
        }
    }
    for (it, decided) in judged.iter_mut().zip(decided) {
        let (adjusted, family) = decided.unwrap_or((smaller(it), 1));
        it.decide(adjusted, family);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_task(values: &[f64], expect: Expectation) -> OnTask {
        let sides = |of: fn(f64) -> f64| -> BTreeMap<u64, f64> {
            (0..).zip(values.iter().map(|&it| of(it))).collect()
        };
        let differences = Differences::new(Looks::Once, &sides(|it| it), &sides(|_| 0.0)).unwrap();
        let [support, refute] = tested(&differences, expect);
        OnTask {
            task: 0,
            part: None,
            conditions: (0, Some(1)),
            difference: differences.sample.summary(),
            means: None,
            incomplete: 0,
            support,
            refute,
        }
    }

    fn claim(expect: Expectation) -> Claim {
        Claim {
            text: String::new(),
            left: "a".into(),
            right: Against::Arm("b".into()),
            expect,
            tasks: vec![],
            metric: None,
            parts: store::Parts::default(),
            published: None,
            post_hoc: false,
        }
    }

    fn judged(values: &[&[f64]], expect: Expectation, post_hoc: bool) -> Judged {
        let tasks = values.iter().map(|it| on_task(it, expect)).collect();
        let claim = Claim { post_hoc, ..claim(expect) };
        Judged::new(claim, Quantity::Metric("loss".into()), tasks)
    }

    fn verdict(values: &[&[f64]], expect: Expectation) -> Verdict {
        let mut all = [judged(values, expect, false)];
        correct(&mut all);
        all[0].verdict
    }

    const UP: [f64; 6] = [1.0, 1.2, 0.9, 1.1, 1.3, 0.8];
    const NONE: [f64; 6] = [0.1, -0.12, 0.05, -0.06, 0.02, 0.01];

    #[test]
    fn a_direction_is_supported_refuted_or_left_open() {
        let greater = |margin| Expectation::Greater { margin };
        let less = |margin| Expectation::Less { margin };
        assert_eq!(verdict(&[&UP], greater(0.0)), Verdict::Supported);
        assert_eq!(verdict(&[&UP], less(0.0)), Verdict::Refuted);
        assert_eq!(verdict(&[&NONE], greater(0.0)), Verdict::Inconclusive);
        // Beyond the margin, within it, and about it.
        assert_eq!(verdict(&[&UP], greater(0.5)), Verdict::Supported);
        assert_eq!(verdict(&[&UP], greater(2.0)), Verdict::Refuted);
        assert_eq!(verdict(&[&UP], greater(1.05)), Verdict::Inconclusive);
        assert_eq!(verdict(&[&NONE], less(0.5)), Verdict::Refuted);
        // Five pairs cannot show anything at all.
        assert_eq!(verdict(&[&UP[..5]], greater(0.0)), Verdict::Inconclusive);
        assert_eq!(verdict(&[], greater(0.0)), Verdict::Inconclusive);
    }

    #[test]
    fn equivalence_is_a_verdict_of_its_own() {
        let within = |margin| Expectation::Equivalent { margin };
        assert_eq!(verdict(&[&NONE], within(0.5)), Verdict::Equivalent);
        assert_eq!(verdict(&[&UP], within(0.5)), Verdict::Refuted);
        assert_eq!(verdict(&[&UP], within(1.05)), Verdict::Inconclusive);
    }

    #[test]
    fn a_claim_about_tasks_holds_on_each_and_falls_with_one() {
        let greater = Expectation::Greater { margin: 0.0 };
        let down = UP.map(|it| -it);
        assert_eq!(verdict(&[&UP, &UP], greater), Verdict::Supported);
        assert_eq!(verdict(&[&UP, &NONE], greater), Verdict::Inconclusive);
        // Six pairs do not bear the correction for two tasks, seven do.
        assert_eq!(verdict(&[&UP, &down], greater), Verdict::Inconclusive);
        let longer = [&down[..], &[-1.05]].concat();
        assert_eq!(verdict(&[&UP, &longer], greater), Verdict::Refuted);
    }

    #[test]
    fn claims_are_corrected_together_and_late_ones_move_no_other() {
        let greater = Expectation::Greater { margin: 0.0 };
        let mut all = [judged(&[&UP], greater, false), judged(&[&NONE], greater, true)];
        correct(&mut all);
        assert_eq!((all[0].verdict, all[0].family), (Verdict::Supported, 1));
        assert_eq!(all[1].family, 2);
        let mut all = [judged(&[&UP], greater, false), judged(&[&NONE], greater, false)];
        correct(&mut all);
        // 2/64 times two is above 5 %.
        assert_eq!((all[0].verdict, all[0].family), (Verdict::Inconclusive, 2));
        assert_eq!(all[0].needed, Some(7));
        assert_eq!(all[0].p, Some(0.0625));
    }

    #[test]
    fn one_run_shows_that_some_run_solves_its_task_and_none_refutes_it() {
        let some =
            Claim { right: Against::Number(0.0), ..claim(Expectation::Greater { margin: 0.0 }) };
        assert_eq!(Evidence::of(&some, &Quantity::Solved), Evidence::Example);
        let not_all =
            Claim { right: Against::Number(1.0), ..claim(Expectation::Less { margin: 0.0 }) };
        assert_eq!(Evidence::of(&not_all, &Quantity::Solved), Evidence::Example);
        // A share, an arm or a score is a matter of chance.
        let half = Claim { right: Against::Number(0.5), ..some.clone() };
        assert_eq!(Evidence::of(&half, &Quantity::Solved), Evidence::Test);
        let margin = Claim { expect: Expectation::Greater { margin: 0.1 }, ..some.clone() };
        assert_eq!(Evidence::of(&margin, &Quantity::Solved), Evidence::Test);
        let arm = claim(Expectation::Greater { margin: 0.0 });
        assert_eq!(Evidence::of(&arm, &Quantity::Solved), Evidence::Test);
        assert_eq!(Evidence::of(&some, &Quantity::Metric("loss".into())), Evidence::Test);
        assert_eq!(Evidence::of(&some, &Quantity::State), Evidence::Comparison);
    }

    #[test]
    fn what_is_no_matter_of_chance_is_compared() {
        let sample = Sample::new([5.0, 5.0]).unwrap();
        let compared = |expect| compared(&sample, expect).map(|p| p as u8);
        assert_eq!(compared(Expectation::Greater { margin: 4.0 }), [0, 1]);
        assert_eq!(compared(Expectation::Less { margin: 0.0 }), [1, 0]);
        assert_eq!(compared(Expectation::Equivalent { margin: 5.0 }), [1, 0]);
    }
}
