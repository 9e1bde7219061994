//! Exit codes, and the errors that end a command.

use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

/// How a command ended; the codes are documented and stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; diverged runs included.
    Done = 0,
    /// A bug or a broken machine.
    Internal = 1,
    /// Arguments, experiment file or data are wrong; nothing was run.
    Usage = 2,
    /// `report --check`: a claim is not supported.
    NotSupported = 3,
    /// The selection holds no run.
    NothingSelected = 4,
    /// A worker that cannot write its run's folder; `run` does not return it.
    Unwritable = scheduler::UNWRITABLE as isize,
    /// There is work left, in another process's hands or at a limit; the same command goes on.
    Left = scheduler::BUSY as isize,
    /// At least one run failed.
    RunFailed = 100,
    /// Ended by SIGINT with the state saved.
    Interrupted = 130,
    /// Ended by SIGTERM with the state saved.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that ends a command.
#[derive(Debug)]
pub enum Failure {
    /// The user can mend it, said in one line: exit 2.
    Usage(String),
    /// An experiment file that the user can mend, with its own headings, drawn: exit 2.
    Rejected(String),
    /// One that lacks nothing but data files, drawn likewise: exit 2, unless there are others to run.
    LacksData(String),
    /// The user cannot: exit 1.
    Internal(anyhow::Error),
}

impl Failure {
    /// A sentence that the user can act on.
    pub fn usage(error: impl fmt::Display) -> Self {
        Self::Usage(error.to_string())
    }

    /// Whether it is that what is printed is read no more.
    pub fn is_of_a_closed_pipe(&self) -> bool {
        let Self::Internal(error) = self else { return false };
        error.chain().any(|cause| {
            let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
            let json = cause.downcast_ref().and_then(serde_json::Error::io_error_kind);
            io.or(json) == Some(ErrorKind::BrokenPipe)
        })
    }

    /// Its exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Rejected(_) | Self::LacksData(_) => Exit::Usage,
            Self::Internal(_) => Exit::Internal,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let red = anstyle::AnsiColor::Red.on_default().bold();
        match self {
            Self::Rejected(drawn) | Self::LacksData(drawn) => {
                f.write_str(&text::terminal_drawn(drawn.trim_end()))
            }
            Self::Usage(text) => write!(f, "{red}error{red:#}: {}", text::terminal(text)),
            Self::Internal(error) => {
                let error = format!("{error:#}");
                // Another program's words, such as Python's, go over several lines.
                let lines: Vec<_> = error.lines().map(text::terminal).collect();
                write!(f, "{red}internal error{red:#}: {}", lines.join("\n"))
            }
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}
