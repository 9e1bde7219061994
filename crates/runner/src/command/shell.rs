//! `completions` and `man`: the command line as a shell and `man` know it.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;
use text::counted;

use crate::arguments::Arguments;
use crate::exit::{Exit, Failure};
use crate::output::say;

/// Prints the completions for a shell.
pub fn completions(shell: Shell) -> Exit {
    let mut command = Arguments::command();
    clap_complete::generate(shell, &mut command, "unroll", &mut std::io::stdout());
    Exit::Done
}

/// Prints the manual page, or writes that of each command into a folder.
///
/// # Errors
/// [`Failure::Usage`] if the folder cannot be written.
pub fn man(to: Option<&Path>) -> Result<Exit, Failure> {
    let command = Arguments::command();
    let Some(folder) = to else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page).context("cannot write the manual page")?;
        std::io::stdout().write_all(&page).context("cannot print the manual page")?;
        return Ok(Exit::Done);
    };
    let write = || -> std::io::Result<usize> {
        std::fs::create_dir_all(folder)?;
        clap_mangen::generate_to(command, folder)?;
        Ok(std::fs::read_dir(folder)?.count())
    };
    let pages = write().map_err(|error| {
        Failure::usage(format!("cannot write manual pages to {}: {error}", folder.display()))
    })?;
    say::note(format_args!("{} in {}", counted(pages, "page"), folder.display()));
    Ok(Exit::Done)
}
