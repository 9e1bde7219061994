//! Several ways to do the same work, timed in turn so that whatever else the machine does
//! hits all of them alike.

use std::time::Duration;

/// Does the work so many times and says how many seconds that took, or why it failed.
pub(crate) type Turn<'a> = Box<dyn FnMut(u32) -> Result<f64, String> + 'a>;

/// One way to do the work.
pub(crate) enum Contestant<'a> {
    /// Can be timed.
    Ready(Turn<'a>),
    /// As [`Self::Ready`], but seldom where the work takes long: Burn's own layers would
    /// otherwise take most of the whole time.
    Patience(Turn<'a>),
    /// Does not take part.
    Absent,
    /// Could not be set up.
    Broken(String),
}

/// How long each repetition took.
#[derive(Debug, Clone, PartialEq)]
pub enum Times {
    /// It did not take part.
    Absent,
    /// It failed, with this message.
    Failed(String),
    /// Seconds of the work in each repetition; never empty.
    Seconds(Vec<f64>),
}

impl Times {
    /// The median in seconds.
    pub fn median(&self) -> Option<f64> {
        let Self::Seconds(seconds) = self else { return None };
        median(seconds.clone())
    }

    /// The shortest in seconds.
    pub fn shortest(&self) -> Option<f64> {
        let Self::Seconds(seconds) = self else { return None };
        seconds.iter().copied().min_by(f64::total_cmp)
    }
}

/// The middle one, or what is between the two middle ones; `None` of nothing.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { upper } else { 0.5 * (values[middle - 1] + upper) })
}

/// A repetition lasts at least about this long: the work is done several times if need be.
const REPETITION: f64 = 0.02;
/// Work that takes longer needs no second warm-up.
const LONG: f64 = 0.25;
/// A contestant that asks for patience is timed for about so many seconds, or once.
const PATIENCE: f64 = 1.5;
/// Between two turns, so that the threads of the last one have gone to sleep.
const PAUSE: Duration = Duration::from_millis(5);

/// Times every contestant `repetitions` times in turn, after a warm-up that is not counted.
pub(crate) fn contest(contestants: Vec<Contestant>, repetitions: usize) -> Vec<Times> {
    let mut all: Vec<_> = contestants.into_iter().map(Timed::warm_up).collect();
    for repetition in 0..repetitions {
        for timed in &mut all {
            timed.repeat(repetition);
        }
    }
    all.into_iter().map(|timed| timed.times).collect()
}

struct Timed<'a> {
    turn: Option<Turn<'a>>,
    iterations: u32,
    most: usize,
    times: Times,
}

impl<'a> Timed<'a> {
    fn warm_up(contestant: Contestant<'a>) -> Self {
        let (turn, patience) = match contestant {
            Contestant::Ready(turn) => (Some(turn), false),
            Contestant::Patience(turn) => (Some(turn), true),
            Contestant::Absent => (None, false),
            Contestant::Broken(message) => {
                let times = Times::Failed(message);
                return Self { turn: None, iterations: 1, most: 0, times };
            }
        };
        let mut timed = Self { turn, iterations: 1, most: usize::MAX, times: Times::Absent };
        let Some(first) = timed.take() else { return timed };
        // The first time pays for what is set up only once; a second tells more.
        let once = if first < LONG { timed.take() } else { Some(first) };
        let Some(once) = once else { return timed };
        timed.iterations = (REPETITION / once).ceil().clamp(1.0, 10_000.0) as u32;
        timed.most = if patience { ((PATIENCE / once) as usize).max(1) } else { usize::MAX };
        timed
    }

    /// Seconds of the work, or `None` for one that takes no part or no longer.
    fn take(&mut self) -> Option<f64> {
        let turn = self.turn.as_mut()?;
        std::thread::sleep(PAUSE);
        match turn(self.iterations) {
            Ok(seconds) => Some(seconds / f64::from(self.iterations)),
            Err(message) => {
                self.turn = None;
                self.times = Times::Failed(message);
                None
            }
        }
    }

    fn repeat(&mut self, repetition: usize) {
        if repetition >= self.most {
            return;
        }
        let Some(seconds) = self.take() else { return };
        match &mut self.times {
            Times::Seconds(all) => all.push(seconds),
            times => *times = Times::Seconds(vec![seconds]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn contestants_take_turns_and_the_warm_up_does_not_count() {
        let calls = RefCell::new(Vec::new());
        let turn = |name: &'static str, seconds: f64| -> Turn {
            let calls = &calls;
            Box::new(move |iterations| {
                calls.borrow_mut().push((name, iterations));
                Ok(seconds * f64::from(iterations))
            })
        };
        let times = contest(
            vec![
                Contestant::Ready(turn("quick", 0.005)),
                Contestant::Absent,
                Contestant::Patience(turn("slow", 0.5)),
                Contestant::Patience(turn("slower", 9.0)),
                Contestant::Broken("no such thing".into()),
            ],
            5,
        );
        let [quick, absent, slow, slower, broken] = &times[..] else { panic!("{times:?}") };
        assert_eq!(quick, &Times::Seconds(vec![0.005; 5]));
        assert_eq!(absent, &Times::Absent);
        assert_eq!(slow, &Times::Seconds(vec![0.5; 3]));
        assert_eq!(slower, &Times::Seconds(vec![9.0]));
        assert_eq!(broken, &Times::Failed("no such thing".into()));
        let (q, s, t) = (("quick", 4), ("slow", 1), ("slower", 1));
        let warm_up = [("quick", 1), ("quick", 1), ("slow", 1), ("slower", 1)];
        assert_eq!(calls.into_inner()[..], [&warm_up[..], &[q, s, t, q, s, q, s, q, q]].concat());
    }

    #[test]
    fn one_that_fails_on_the_way_is_told_and_asked_no_more() {
        let mut left = 4;
        let turn: Turn = Box::new(|_| {
            left -= 1;
            if left > 0 { Ok(0.3) } else { Err("it ended".into()) }
        });
        assert_eq!(contest(vec![Contestant::Ready(turn)], 9), [Times::Failed("it ended".into())]);
        assert_eq!(left, 0);
    }

    #[test]
    fn a_median_is_the_middle_one_or_between_two() {
        assert_eq!(Times::Seconds(vec![3.0, 1.0, 2.0]).median(), Some(2.0));
        assert_eq!(Times::Seconds(vec![4.0, 1.0, 2.0, 8.0]).median(), Some(3.0));
        assert_eq!(Times::Absent.median(), None);
        assert_eq!(Times::Seconds(vec![3.0, 1.0]).shortest(), Some(1.0));
    }
}
