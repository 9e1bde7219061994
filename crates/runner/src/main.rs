//! The command line: reads arguments, runs one command, turns its end into an exit code.

mod arguments;
mod catalogue;
mod command;
mod estimate;
mod exit;
mod folder;
mod output;
mod provenance;
mod shipped_files;
mod sweep;
mod threads;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};
use crate::exit::{Exit, Failure};

// Training allocates and frees large buffers every step; the system's allocator gives them
// back to the system and faults them in again
// (docs/design/why-mimalloc.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.color.write_global();
    match run(arguments) {
        Ok(exit) => exit.into(),
        // Whoever reads has read enough.
        Err(failure) if failure.is_of_a_closed_pipe() => Exit::Done.into(),
        Err(failure) => {
            // A worker's log may be on a full disk.
            writeln!(anstream::stderr(), "{failure}").ok();
            failure.exit().into()
        }
    }
}

fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { command, datasets: given, color: _ } = arguments;
    let datasets = || shipped_files::datasets(given.as_deref());
    match command {
        Command::Run(arguments) => command::run::run(&arguments, &datasets()?),
        Command::Submit(arguments) => command::submit::run(&arguments, &datasets()?),
        Command::Cancel(arguments) => command::cancel::run(&arguments),
        Command::Plan(arguments) => command::plan::run(&arguments, &datasets()?),
        Command::Control(arguments) => command::control::run(&arguments),
        Command::Watch(watched) => command::watch::run(&watched.folders),
        Command::Status(arguments) => command::status::run(&arguments),
        Command::Check(folder) => command::check::run(&folder.folder),
        Command::Clean(arguments) => command::clean::run(&arguments),
        Command::Compare(arguments) => command::compare::run(&arguments),
        Command::Report(arguments) => command::report::run(&arguments),
        Command::Export(arguments) => command::export::run(&arguments),
        Command::Predict(arguments) => command::predict::run(&arguments, &datasets()?),
        Command::Probe(arguments) => command::probe::run(&arguments, &datasets()?),
        Command::List { what } => command::list::run(what, &datasets()?),
        Command::Describe { name, settings } => {
            command::describe::run(&name, &settings, &datasets()?)
        }
        Command::Gallery(arguments) => command::gallery::run(&arguments),
        Command::Reference { document } => command::reference::run(&document, &datasets()?),
        Command::Data(command) => command::data::run(command, &datasets()?),
        Command::New(arguments) => command::new::run(&arguments),
        Command::Doctor(arguments) => Ok(command::doctor::run(&arguments, given.as_deref())),
        Command::Completions { shell } => Ok(command::shell::completions(shell)),
        Command::Man { to } => command::shell::man(to.as_deref()),
        Command::Bench(arguments) => command::bench::run(arguments, &datasets()?),
        Command::Device { backend } => Ok(command::device::run(&backend)),
        Command::Pace => command::pace::run(&datasets()?),
        Command::Worker(arguments) => command::worker::run(&arguments, &datasets()?),
    }
}
