//! A worker on processors of its own.
//!
//! A processor is claimed by a lock on a file, one a processor, in a folder that all processes of
//! the machine see. The worker holds the locks itself, so they end with it, however it ends, and
//! workers of several runners, in several folders, keep clear of each other.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use crate::Processors;
use crate::processors::bind_this_thread;

/// Where claims lie: in memory, and the same for every user, whatever `TMPDIR` says.
const CLAIMS: &str = "/dev/shm";

/// Looks at the lock under which claims are made, before a worker does without.
const LOOKS: u32 = 500;

/// Time between them.
const LOOK: Duration = Duration::from_millis(2);

/// Processors that no other worker of this machine is bound to, as long as this lives.
#[derive(Debug)]
pub struct Binding {
    processors: Vec<usize>,
    _claims: Vec<File>,
}

impl Binding {
    /// Claims `count` of the processors that this process may use, and binds the calling thread
    /// to all of them, with the threads that it starts from now on.
    ///
    /// `None`, and nothing is bound, if so many are not free, or where nothing can be bound or
    /// claimed: a worker computes the same wherever it runs.
    pub fn claim(count: usize) -> Option<Self> {
        Self::claim_in(Path::new(CLAIMS), count)
    }

    /// As [`Binding::claim`], with the claims in another folder.
    pub fn claim_in(folder: &Path, count: usize) -> Option<Self> {
        let processors = Processors::allowed().filter(|all| all.hold(1, count))?;
        let binding = Self::choose(&processors, folder, count)?;
        bind_this_thread(&binding.processors).ok()?;
        Some(binding)
    }

    /// Claims the best `count` of those that are free.
    fn choose(processors: &Processors, folder: &Path, count: usize) -> Option<Self> {
        // Who chooses holds all that is free for a moment.
        let _choosing = locked(open(&folder.join("unroll-processors")).ok()?)?;
        let claim = |number: usize| {
            let file = open(&folder.join(format!("unroll-processor-{number}"))).ok()?;
            file.try_lock().ok().map(|()| (number, file))
        };
        let mut free: Vec<_> = processors.numbers().filter_map(claim).collect();
        let is_free = |number| free.iter().any(|(other, _)| *other == number);
        let chosen = processors.choose(count, is_free)?;
        free.retain(|(number, _)| chosen.contains(number));
        let claims = free.into_iter().map(|(_, file)| file).collect();
        Some(Self { processors: chosen, _claims: claims })
    }

    /// The numbers of the processors.
    pub fn processors(&self) -> &[usize] {
        &self.processors
    }

    /// Binds the calling thread, and those that it starts from now on, to one of the processors:
    /// each of as many threads has its own.
    pub fn bind_thread(&self, thread: usize) {
        let processor = self.processors[thread % self.processors.len()];
        // It is bound to all of them else, and that is no reason not to compute.
        bind_this_thread(&[processor]).ok();
    }
}

/// The file, locked as soon as whoever has the lock lets go of it; `None` if that takes too long.
fn locked(file: File) -> Option<File> {
    for _ in 0..LOOKS {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Opens a file to lock it, which may be another user's.
fn open(path: &Path) -> io::Result<File> {
    // In a folder that everybody may write, Linux lets nobody open another's file for writing.
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened,
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::open(path),
        Ok(file) => {
            // Whatever the mask of this user is.
            file.set_permissions(Permissions::from_mode(0o644))?;
            Ok(file)
        }
        error => error,
    }
}
