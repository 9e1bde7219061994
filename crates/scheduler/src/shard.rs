//! A part of a sweep, for one of several machines.

use std::str::FromStr;

use crate::LimitError;

/// The `index`-th of `count` parts of a plan: written `2/8`.
///
/// Of `count` runs that follow each other in the plan every part has one, but not always in
/// the same order: runs of one arm are as far apart as there are arms, and would all fall
/// into one part. It goes by a run's place in the whole plan, so the parts do not change as
/// runs finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// Whether the run at `position` in the plan, from 0, belongs to this part.
    pub fn holds(self, position: usize) -> bool {
        let group = (position / self.count) as u64;
        let turn = group.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        (position + turn as usize) % self.count == self.index
    }
}

impl FromStr for Shard {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let fail = || LimitError::Shard { text: text.into() };
        let (index, count) = text.split_once('/').ok_or_else(fail)?;
        let index: usize = index.trim().parse().map_err(|_| fail())?;
        let count: usize = count.trim().parse().map_err(|_| fail())?;
        if index == 0 || index > count {
            return Err(fail());
        }
        Ok(Self { index: index - 1, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shards_of_a_plan_are_disjoint_and_together_all_of_it() {
        let shards: Vec<Shard> =
            ["1/3", "2/3", "3/3"].iter().map(|text| text.parse().unwrap()).collect();
        for position in 0..10 {
            assert_eq!(shards.iter().filter(|shard| shard.holds(position)).count(), 1);
        }
    }

    #[test]
    fn every_shard_has_runs_of_every_arm() {
        for (arms, count) in [(2, 2), (3, 3), (4, 2), (8, 4), (3, 5)] {
            for index in 1..=count {
                let shard: Shard = format!("{index}/{count}").parse().unwrap();
                let runs = (0..arms * 20).filter(|&position| shard.holds(position));
                let mut of_arm = vec![0; arms];
                runs.for_each(|position| of_arm[position % arms] += 1);
                let (all, least) = (of_arm.iter().sum::<usize>(), of_arm.iter().min().unwrap());
                assert_eq!(all, arms * 20 / count);
                assert!(*least * 3 >= 20 / count, "{shard:?}: {of_arm:?}");
            }
        }
    }

    #[test]
    fn what_is_no_shard_is_refused_with_an_example() {
        for text in ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", ""] {
            let error = text.parse::<Shard>().unwrap_err().to_string();
            assert!(error.contains("such as 2/8"), "{error}");
        }
    }
}
