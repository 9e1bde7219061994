//! The processors that this process may use, and which of them a worker is best off with.

use std::fs::read_to_string;
use std::path::Path;

/// A processor of the system, as its scheduler counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Processor {
    /// The socket that it is in.
    package: usize,
    /// The lowest number of the processors that share its core.
    core: usize,
    number: usize,
}

/// The processors that this process may use, neighbours side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processors(Vec<Processor>);

impl Processors {
    /// Those that the calling thread may use; `None` where the system does not say (it is not
    /// Linux), or where a quota allows for less time than they have: whose the rest of the time is
    /// cannot be seen from here, nor on which processors.
    pub fn allowed() -> Option<Self> {
        let allowed = Self::among(&system::allowed()?, Path::new("/sys/devices/system/cpu"));
        // This is the least of the mask and the quotas of the control groups around, of both
        // versions.
        let quota = std::thread::available_parallelism().map_or(1, usize::from);
        allowed.within(quota)
    }

    /// `None` where the quota is less.
    fn within(self, quota: usize) -> Option<Self> {
        (quota >= self.0.len()).then_some(self)
    }

    /// The processors of these numbers, with their places from `system`, as far as it says them.
    fn among(numbers: &[usize], system: &Path) -> Self {
        let place = |&number: &usize| {
            let read = |file| {
                let path = system.join(format!("cpu{number}/topology")).join(file);
                read_to_string(path).ok()
            };
            let siblings = read("thread_siblings_list").and_then(|text| parse_list(&text));
            let core = siblings.and_then(|list| list.into_iter().min()).unwrap_or(number);
            let package = read("physical_package_id").and_then(|text| text.trim().parse().ok());
            Processor { package: package.unwrap_or(0), core, number }
        };
        let mut all: Vec<_> = numbers.iter().map(place).collect();
        all.sort_unstable();
        Self(all)
    }

    /// Whether so many workers can have so many processors each, none of them twice.
    pub fn hold(&self, workers: usize, each: usize) -> bool {
        workers.checked_mul(each).is_some_and(|all| all <= self.0.len())
    }

    /// Their numbers.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|processor| processor.number)
    }

    /// The best `count` of those that `is_free` names: each on a core that is idle, if there are
    /// so many, in one socket, and as close together as can be.
    pub(crate) fn choose(
        &self,
        count: usize,
        is_free: impl Fn(usize) -> bool,
    ) -> Option<Vec<usize>> {
        let free = |processor: &Processor| is_free(processor.number);
        let cores = self.0.chunk_by(|a, b| a.core == b.core);
        let idle: Vec<_> = cores
            .filter(|core| core.iter().all(free))
            .filter_map(|core| core.first().copied())
            .collect();
        let free =
            if idle.len() >= count { idle } else { self.0.iter().copied().filter(free).collect() };
        let place = |processor: &Processor| self.0.binary_search(processor).ok();
        let cost = |some: &&[Processor]| {
            let (first, last) = (some.first(), some.last());
            let is_split = first.map(|it| it.package) != last.map(|it| it.package);
            let places = last.and_then(place).zip(first.and_then(place));
            (is_split, places.map(|(last, first)| last - first))
        };
        let best = free.windows(count.max(1)).min_by_key(cost)?;
        Some(best.iter().map(|processor| processor.number).collect())
    }
}

/// Lets the calling thread, and those that it starts from now on, run on these processors alone.
///
/// # Errors
/// If the system does not let it; it is then bound as before.
pub(crate) fn bind_this_thread(numbers: &[usize]) -> std::io::Result<()> {
    system::bind(numbers)
}

/// Reads `0-3,8`.
fn parse_list(text: &str) -> Option<Vec<usize>> {
    let mut numbers = Vec::new();
    for part in text.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        // More is no list of processors.
        if last < first || last - first >= 1 << 16 {
            return None;
        }
        numbers.extend(first..=last);
    }
    Some(numbers)
}

#[cfg(target_os = "linux")]
mod system {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    pub(super) fn allowed() -> Option<Vec<usize>> {
        // A machine with more processors than a set holds refuses: none are known then.
        let set = sched_getaffinity(None).ok()?;
        Some((0..CpuSet::MAX_CPU).filter(|&number| set.is_set(number)).collect())
    }

    pub(super) fn bind(numbers: &[usize]) -> std::io::Result<()> {
        let mut set = CpuSet::new();
        for &number in numbers {
            set.set(number);
        }
        Ok(sched_setaffinity(None, &set)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) fn allowed() -> Option<Vec<usize>> {
        None
    }

    pub(super) fn bind(_: &[usize]) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sockets of two cores of two threads, whose numbers go round the cores first.
    fn two_sockets(folder: &Path) -> Processors {
        for number in 0..8 {
            let topology = folder.join(format!("cpu{number}/topology"));
            std::fs::create_dir_all(&topology).unwrap();
            let (core, package) = (number % 4, number % 2);
            let siblings = format!("{core},{}\n", core + 4);
            std::fs::write(topology.join("thread_siblings_list"), siblings).unwrap();
            std::fs::write(topology.join("physical_package_id"), format!("{package}\n")).unwrap();
        }
        Processors::among(&[0, 1, 2, 3, 4, 5, 6, 7], folder)
    }

    #[test]
    fn lists_of_processors() {
        assert_eq!(parse_list("0-3,8\n"), Some(vec![0, 1, 2, 3, 8]));
        assert_eq!(parse_list("5"), Some(vec![5]));
        for text in ["", "a", "3-1", "0-99999999999", "1,", "-1", "0-18446744073709551615"] {
            assert_eq!(parse_list(text), None, "{text}");
        }
    }

    #[test]
    fn neighbours_of_one_socket_on_cores_of_their_own_then_what_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let all = two_sockets(folder.path());
        assert_eq!(all.numbers().collect::<Vec<_>>(), [0, 4, 2, 6, 1, 5, 3, 7]);
        let mut taken = Vec::new();
        let mut next = |count| {
            let chosen = all.choose(count, |number| !taken.contains(&number));
            taken.extend(chosen.iter().flatten());
            chosen
        };
        assert_eq!(next(2), Some(vec![0, 2]), "of one socket, no two of one core");
        assert_eq!(next(1), Some(vec![1]));
        assert_eq!(next(2), Some(vec![5, 3]), "one core is idle: neighbours of what is free");
        assert_eq!(next(1), Some(vec![4]));
        assert_eq!(next(3), None);
        assert_eq!(next(2), Some(vec![6, 7]));
        assert_eq!(next(1), None);
        assert_eq!(all.choose(3, |_| true), Some(vec![0, 2, 1]), "three cores are two sockets");
    }

    #[test]
    fn without_places_every_processor_is_a_core() {
        let folder = tempfile::tempdir().unwrap();
        let all = Processors::among(&[2, 3, 6, 7, 9], folder.path());
        assert_eq!(all.choose(2, |_| true), Some(vec![2, 3]));
        assert_eq!(all.choose(2, |number| number != 3), Some(vec![6, 7]), "not 2 and 6");
        assert!(all.hold(5, 1) && all.hold(1, 5) && all.hold(2, 2));
        assert!(!all.hold(3, 2) && !all.hold(6, 1) && !all.hold(usize::MAX, 2));
        assert_eq!(all.clone().within(4), None, "a quota is shared with somebody");
        assert_eq!(all.clone().within(5), Some(all));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_thread_that_may_use_one_processor_sees_that_one() {
        let all = system::allowed().unwrap();
        let last = *all.last().unwrap();
        std::thread::spawn(move || {
            bind_this_thread(&[last]).unwrap();
            let processors = Processors::allowed().unwrap();
            assert_eq!(processors.numbers().collect::<Vec<_>>(), [last]);
            assert!(processors.hold(1, 1) && !processors.hold(1, 2) && !processors.hold(2, 1));
            assert!(bind_this_thread(&[]).is_err());
        })
        .join()
        .unwrap();
        assert_eq!(system::allowed().unwrap(), all, "it was that thread alone");
    }
}
