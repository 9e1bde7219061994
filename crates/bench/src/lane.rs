//! All contestants at one number of threads.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use burn::tensor::{Tensor, TensorData};
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::Value;

use crate::contest::{Contestant, Times};
use crate::numbers::{self, Stream};
use crate::ours::Work;
use crate::peers::{Framework, Peer};
use crate::upstream::device;
use crate::{BenchError, Options};

/// All contestants at one number of threads.
pub(crate) struct Lane {
    /// The number of threads.
    pub threads: usize,
    pool: ThreadPool,
    peers: Vec<(Framework, RefCell<Peer>)>,
}

/// Several times as long as the system takes to look whether processors are idle.
const SETTLE: Duration = Duration::from_millis(20);

/// Rows and columns of the matrices whose product is the measure of the machine's speed.
const PEAK: usize = 1024;

impl Lane {
    /// Starts the threads, and a process for each of `frameworks`. Those that cannot be had
    /// are named in `missing`.
    pub fn start(
        threads: usize,
        options: &Options,
        frameworks: &[Framework],
        missing: &mut Vec<String>,
    ) -> Result<Self, BenchError> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|source| BenchError::Threads { threads, source })?;
        let mut peers = Vec::new();
        for &framework in frameworks {
            let Some(python) = &options.python else { continue };
            match Peer::start(framework, python, threads) {
                Ok(peer) => peers.push((framework, RefCell::new(peer))),
                Err(error) => {
                    missing.push(format!(
                        "{} is not measured: {error} (to have it: {python} -m pip install torch \
                         jax numpy; --python names another Python)",
                        framework.title()
                    ));
                }
            }
        }
        Ok(Self { threads, pool, peers })
    }

    /// Which frameworks there are, with their versions.
    pub fn versions(&self) -> Vec<String> {
        let version = |(framework, peer): &(Framework, RefCell<Peer>)| {
            format!("{} {}", framework.title(), peer.borrow().version)
        };
        self.peers.iter().map(version).collect()
    }

    /// Work of this process, on the lane's threads.
    pub fn local(&self, mut work: Work) -> impl FnMut(u32) -> Result<f64, String> + '_ {
        let threads = self.threads;
        move |iterations| {
            Ok(self.pool.install(|| {
                if threads > 1 {
                    settle();
                }
                let begun = Instant::now();
                (0..iterations).for_each(|_| work());
                begun.elapsed().as_secs_f64()
            }))
        }
    }

    /// Work of a framework, whose `check` has to agree with ours.
    pub fn peer(&self, framework: Framework, request: Value, ours: Option<f64>) -> Contestant<'_> {
        let found = self.peers.iter().find(|(known, _)| *known == framework);
        let Some((_, peer)) = found else { return Contestant::Absent };
        let ready = match peer.borrow_mut().prepare(request) {
            Ok(Some(ready)) => ready,
            Ok(None) => return Contestant::Absent,
            Err(message) => return Contestant::Broken(message),
        };
        if let (Some(ours), Some(theirs)) = (ours, ready.check)
            && !agree(ours, theirs)
        {
            let message = format!("it computes something else: {theirs} where ours is {ours}");
            return Contestant::Broken(message);
        }
        Contestant::Ready(Box::new(move |iterations| peer.borrow_mut().run(&ready, iterations)))
    }

    /// Whether the framework answers.
    pub fn has(&self, framework: Framework) -> bool {
        self.peers.iter().any(|(known, _)| *known == framework)
    }

    /// Lets the frameworks forget all work.
    pub fn forget(&self) {
        for (_, peer) in &self.peers {
            // One that ended says so when it is asked for its next work.
            let _ = peer.borrow_mut().forget();
        }
    }

    /// The product of two matrices of [`PEAK`] rows and columns, by Burn's flex backend.
    pub fn peak(&self) -> Contestant<'_> {
        let values = || TensorData::new(numbers::signed(Stream::Input, PEAK * PEAK), [PEAK, PEAK]);
        let [a, b] = [(); 2].map(|()| Tensor::<2>::from_data(values(), &device(false)));
        let product = move || drop(black_box(a.clone().matmul(b.clone())));
        Contestant::Ready(Box::new(self.local(Box::new(product))))
    }
}

/// Keeps all threads of the pool that this runs in busy until the system has given each a
/// processor of its own, as it has in a long run. One that slept may be woken on the processor
/// of the one that woke it, and would share it until the system looks again.
fn settle() {
    rayon::broadcast(|_| {
        let begun = Instant::now();
        while begun.elapsed() < SETTLE {
            std::hint::spin_loop();
        }
    });
}

/// The machine's speed in floating-point operations a second: the best of the repetitions
/// of [`Lane::peak`].
pub(crate) fn speed(peak: &Times) -> Option<f64> {
    peak.shortest().map(|seconds| 2.0 * (PEAK as f64).powi(3) / seconds)
}

/// Whether two results are those of one computation, up to rounding.
fn agree(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-2 * ours.abs().max(theirs.abs())
}
