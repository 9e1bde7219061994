//! `run --detach`: the same command in a process of its own, without a terminal.

use std::fs::OpenOptions;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use store::{StoreError, SweepFolder};

use crate::arguments::{Progress, RunArguments};
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::typed::to_type;

/// Starts this command again without `--detach`, waits until it is at work on `first`, and says how to
/// watch and stop it.
///
/// # Errors
/// [`Failure::Usage`] if the dashboard was asked for too, or the process ended before it was at work.
pub fn detach(arguments: &RunArguments, first: &SweepFolder) -> Result<Exit, Failure> {
    if arguments.progress == Progress::Tui {
        return Err(Failure::usage(
            "--detach has no terminal for --progress tui; `watch` shows it",
        ));
    }
    let folder = first.path();
    // Of shards the others may be at work.
    if first.is_locked() && arguments.shard.is_none() {
        let shown = folder.display();
        return Err(Failure::usage(format!(
            "a runner is at work on {shown} already; `control` asks it for something"
        )));
    }
    let write = |source| Failure::usage(StoreError::Write { path: folder.into(), source });
    std::fs::create_dir_all(folder).map_err(write)?;
    let log_path = folder.join("runner.log");
    let log = OpenOptions::new().create(true).append(true).open(&log_path).map_err(write)?;
    let errors = log.try_clone().map_err(write)?;
    let from = log.metadata().map_err(write)?.len();
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1).filter(|argument| argument != "--detach"));
    if arguments.progress == Progress::Auto {
        command.args(["--progress", "plain"]);
    }
    command.stdin(Stdio::null()).stdout(log).stderr(errors);
    // Of another group than the shell's, so that no key of this terminal reaches it.
    let mut child = command.process_group(0).spawn().context("cannot start this program again")?;
    loop {
        if let Some(status) = child.try_wait().context("its process is lost")? {
            anstream::eprint!("{}", text::terminal_drawn(&end_of(&log_path, from)));
            return if status.success() {
                Ok(Exit::Done)
            } else {
                Err(Failure::usage(format!(
                    "it ended at once ({status}), as {} says",
                    log_path.display()
                )))
            };
        }
        if first.is_locked() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let shown = text::shell(&folder.display().to_string());
    say::note(format_args!("at work on its own, process {}; {}", child.id(), log_path.display()));
    say::note(format_args!("to watch it:  {}", to_type(&format!("watch {shown}"))));
    say::note(format_args!("to stop it:   {}", to_type(&format!("control {shown} stop"))));
    Ok(Exit::Done)
}

/// What a log says from byte `from` on.
fn end_of(path: &Path, from: u64) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let new = bytes.get(from as usize..).unwrap_or_default();
    String::from_utf8_lossy(new).into_owned()
}
