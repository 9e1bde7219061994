//! The same bits on any number of threads, and every time.

use burn::tensor::DType;

use crate::case::{Case, KERNEL};
use crate::{KINDS, flex};

#[test]
fn neither_threads_nor_repetition_change_a_bit() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let pools = [1, 2, 8].map(pool);
    for (seed, kind) in (0..).zip(KINDS) {
        let case = Case::new(kind, [70, 9, 11, 37], seed % 2 == 0, seed % 3 == 0, seed);
        let run = || case.run(KERNEL, &flex(), DType::F32, true).bits();
        let [expected, ..] = pools.each_ref().map(|pool| {
            let first = pool.install(run);
            assert!(first == pool.install(run), "{kind:?}: a second time");
            first
        });
        for pool in &pools {
            let threads = pool.current_num_threads();
            assert!(expected == pool.install(run), "{kind:?} on {threads} threads");
        }
    }
}
