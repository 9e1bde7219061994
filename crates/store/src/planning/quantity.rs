//! What a claim compares.

/// What a claim compares: a number of each run, or of each arm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quantity {
    /// A metric of the task, at the weights that its primary metric is read from.
    Metric(String),
    /// 1 for a run that solved its task and 0 for one that did not, diverged ones among these.
    Solved,
    /// Optimizer steps until the validation score first counted as solved; all steps that the run
    /// was given where it never did.
    StepsToSolve,
    /// Trainable parameters.
    Parameters,
    /// Numbers that are carried from step to step.
    State,
    /// Multiply-adds for each step of a sequence.
    MultiplyAdds,
    /// Seconds of training, evaluation apart.
    TrainSeconds,
    /// By what the logarithm of the gradient's norm changes with each step of lag when the run was
    /// last looked into, in the recurrent layer nearest to the input: negative where it vanishes.
    GradientDecay,
}

impl Quantity {
    /// The quantities that are no metric, by name.
    pub const NAMED: [(&'static str, Self); 7] = [
        ("solved", Self::Solved),
        ("steps_to_solve", Self::StepsToSolve),
        ("parameters", Self::Parameters),
        ("state", Self::State),
        ("multiply_adds", Self::MultiplyAdds),
        ("train_seconds", Self::TrainSeconds),
        ("gradient_decay", Self::GradientDecay),
    ];

    /// The quantity of this name: one of [`Quantity::NAMED`], else a metric.
    pub fn named(name: &str) -> Self {
        let found = Self::NAMED.into_iter().find(|it| it.0 == name);
        found.map_or_else(|| Self::Metric(name.to_owned()), |it| it.1)
    }

    /// Whether it needs to know when its task counts as solved.
    pub const fn needs_solved(&self) -> bool {
        matches!(self, Self::Solved | Self::StepsToSolve)
    }

    /// Whether it is the same in all runs of an arm.
    pub const fn is_of_the_arm(&self) -> bool {
        matches!(self, Self::Parameters | Self::State | Self::MultiplyAdds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_a_quantity_and_all_else_a_metric() {
        for (word, quantity) in Quantity::NAMED {
            assert!(!matches!(Quantity::named(word), Quantity::Metric(_)), "{word}");
            assert_eq!(Quantity::named(word), quantity);
        }
        assert_eq!(Quantity::named("loss"), Quantity::Metric("loss".into()));
    }
}
