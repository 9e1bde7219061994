//! Which runs a task does: few long ones, or many short ones.

/// What the groups are to be like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aim {
    /// Seconds of a task below which runs are put together: what it takes a cluster to start one is
    /// then a small part of it.
    pub least: f64,
    /// Seconds of a task that a group is not to go beyond.
    pub most: f64,
    /// Runs at a time in a task.
    pub at_a_time: usize,
    /// Tasks, at most.
    pub tasks: usize,
}

/// Puts runs, given by the seconds each takes, into groups of as much work as `aim` asks for and as much as
/// each other; of runs that take as long the earlier is in the earlier group. Returns the places of each
/// group's runs, rising.
///
/// There are as many groups as work / `least`, or as many as keep each below `most` if those are more; never
/// more than runs or than tasks.
pub fn groups(seconds: &[f64], aim: Aim) -> Vec<Vec<usize>> {
    let lanes = aim.at_a_time.max(1) as f64;
    let known = |it: &f64| if it.is_finite() && *it > 0.0 { *it } else { 0.0 };
    let work: f64 = seconds.iter().map(known).sum();
    let wanted = (work / lanes / aim.least).floor().max((work / lanes / aim.most).ceil());
    // A float that is too large becomes the largest number.
    let count = (wanted as usize).max(1).min(aim.tasks.max(1)).min(seconds.len());
    let mut groups = vec![(0.0_f64, Vec::new()); count];
    let mut order: Vec<usize> = (0..seconds.len()).collect();
    order.sort_by(|&a, &b| known(&seconds[b]).total_cmp(&known(&seconds[a])));
    for run in order {
        // The longest first, each to the group that has least so far; of equals to that of fewer runs.
        let least = groups
            .iter_mut()
            .min_by(|(a, of_a), (b, of_b)| a.total_cmp(b).then(of_a.len().cmp(&of_b.len())));
        if let Some((load, runs)) = least {
            *load += known(&seconds[run]);
            runs.push(run);
        }
    }
    let sorted = |(_, mut runs): (f64, Vec<usize>)| {
        runs.sort_unstable();
        runs
    };
    groups.into_iter().map(sorted).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AIM: Aim = Aim { least: 600.0, most: 3600.0, at_a_time: 1, tasks: 200 };

    #[test]
    fn short_runs_are_put_together_and_long_ones_are_not() {
        // Ten thousand runs of 6 s are 16.7 hours: 100 tasks of ten minutes.
        let all = groups(&vec![6.0; 10_000], AIM);
        assert_eq!(all.len(), 100);
        assert!(all.iter().all(|group| group.len() == 100));
        // Four runs of an hour are four tasks, however many could be put together.
        assert_eq!(groups(&[3600.0; 4], AIM), [[0], [1], [2], [3]]);
        // With two at a time a task has twice as many.
        assert_eq!(groups(&vec![6.0; 10_000], Aim { at_a_time: 2, ..AIM }).len(), 50);
        // Few short ones are one task.
        assert_eq!(groups(&[1.0, 2.0, 3.0], AIM), [[0, 1, 2]]);
        assert_eq!(groups(&[], AIM), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn there_are_never_more_tasks_than_may_be() {
        let all = groups(&[5000.0; 300], Aim { tasks: 7, ..AIM });
        assert_eq!(all.len(), 7);
        assert!(all.iter().all(|group| (42..=43).contains(&group.len())));
    }

    proptest! {
        #[test]
        fn every_run_is_in_one_group_and_no_group_is_empty(
            seconds in proptest::collection::vec(
                prop_oneof![0.0..1e5, Just(f64::NAN), Just(f64::INFINITY), Just(-1.0), Just(0.0)],
                0..80,
            ),
            at_a_time in 0_usize..5,
            tasks in 0_usize..40,
        ) {
            let all = groups(&seconds, Aim { at_a_time, tasks, ..AIM });
            prop_assert!(all.iter().all(|group| !group.is_empty() && group.is_sorted()));
            prop_assert!(all.len() <= tasks.max(1));
            let mut runs = all.concat();
            runs.sort_unstable();
            prop_assert_eq!(runs, (0..seconds.len()).collect::<Vec<_>>());
        }
    }
}
