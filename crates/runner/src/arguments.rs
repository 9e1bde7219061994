//! The command line's arguments.

pub mod cluster;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use scheduler::Shard;
use store::{Keep, Reach};

use crate::arguments::cluster::{CancelArguments, SubmitArguments, TaskPlace};

/// Compares recurrent architectures: one experiment file, one command, one report.
#[derive(Debug, Parser)]
#[command(name = "unroll", version, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Folder that the shipped data sets lie in
    /// [default: datasets, else those that the program carries]
    #[arg(long, global = true, value_name = "DIR", env = "UNROLL_DATASETS")]
    pub datasets: Option<PathBuf>,
    /// When to colour the output
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// When to colour the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes it the choice of everything that is printed from now on.
    pub fn write_global(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run what an experiment file asks for and is not finished yet, then write the report
    Run(RunArguments),
    /// Hand the runs that are missing to a cluster that Slurm runs, as job arrays
    Submit(SubmitArguments),
    /// End the jobs that were submitted of a results folder
    Cancel(CancelArguments),
    /// Show what would run, what is finished, and where every value comes from
    Plan(PlanArguments),
    /// Open the dashboard on results folders, while their sweeps run or after
    Watch(WatchArguments),
    /// Ask the sweep at work on a results folder to pause, go on, stop a run, take other jobs
    Control(ControlArguments),
    /// Print one screen about a results folder
    Status(StatusArguments),
    /// Write the report of a results folder
    Report(ReportArguments),
    /// Compare the results of sweeps, of other commits or machines: what changed, and what else differs
    Compare(CompareArguments),
    /// Hold everything in a results folder against its checksums: what is damaged, torn, edited?
    Check(FolderArguments),
    /// Look inside every arm's model before any training: gradients by lag, gates, eigenvalues
    Probe(ProbeArguments),
    /// Write the weights that a run kept as a file that PyTorch takes
    Export(ExportArguments),
    /// Run the weights that a run kept over data, and print what they say of each sequence
    Predict(PredictArguments),
    /// Remove folders of runs that failed, are stale or are not planned any more
    Clean(CleanArguments),
    /// List what there is
    List {
        /// What to list
        #[arg(value_enum)]
        what: Listing,
    },
    /// Explain an architecture, a task or a table of the experiment file
    Describe {
        /// Its name, as in an experiment file: lstm, adding, train, tune
        name: String,
        /// Of an architecture, for its sizes and speed: task=adding task.length=100 model.hidden=128
        #[arg(value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// Look at data before anything is trained on them
    #[command(subcommand)]
    Data(DataCommand),
    /// Write an experiment file to begin with, every line explained
    New(NewArguments),
    /// Say what this machine offers, and what is missing for what
    Doctor(DoctorArguments),
    /// Print completions for a shell: eval "$(unroll completions bash)"
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each command into a folder
    Man {
        /// The folder
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Measure the speed of recurrent layers here, beside Burn's own, PyTorch's and JAX's
    Bench(BenchArguments),
    /// Write what reports say of statements and publications into documents, between their marks
    Gallery(GalleryArguments),
    /// Write the tables of keys of the experiment file into a document, between its marks
    #[command(hide = true)]
    Reference {
        /// The document, such as docs/experiment-file.md
        document: PathBuf,
    },
    /// Whether a backend has a device here, asked by `run`
    #[command(hide = true)]
    Device {
        /// The backend
        backend: String,
    },
    /// Time a few steps of configurations, started by `plan`
    #[command(hide = true)]
    Pace,
    /// One run, started by `run`
    #[command(hide = true)]
    Worker(WorkerArguments),
}

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct NewArguments {
    /// What the experiment is called; NAME.toml is written
    pub name: String,
    /// The task, as `list tasks` has them
    #[arg(long, value_name = "TASK", default_value = "adding")]
    pub task: String,
    /// A data set of your own: the folder of its dataset.toml
    #[arg(long, value_name = "FOLDER", conflicts_with = "task")]
    pub data: Option<PathBuf>,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Folder that results are to go to
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Name all that is wrong with a data set of your own: file, row and column
    Check {
        /// The folder of its dataset.toml
        path: PathBuf,
    },
    /// Show shapes, classes, lengths, missing values, repeated sequences and trivial scores
    Describe {
        /// The folder of its dataset.toml
        path: PathBuf,
    },
    /// Print a few training sequences of any task as a person would read them
    Example {
        /// The task, as in an experiment file: adding, text, dataset
        name: String,
        /// Its options: length=20 path=data/walks
        #[arg(value_name = "KEY=VALUE")]
        options: Vec<String>,
        /// How many sequences
        #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
        count: u16,
        /// The seed whose sequences they are
        #[arg(long, value_name = "N", default_value_t = 0)]
        seed: u64,
    },
}

/// Where an experiment is and how it is changed.
#[derive(Debug, Clone, Args)]
pub struct ExperimentArguments {
    /// The experiment file
    pub file: PathBuf,
    /// Changes to it: model.hidden=32 train.steps=100 seeds=2
    #[arg(value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Folder that results go to, one folder an experiment
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

/// Arguments of `run`.
#[expect(clippy::struct_excessive_bools, reason = "flags that do not depend on each other")]
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Experiment files, or folders of them, one after the other, then changes to all of them:
    /// model.hidden=32 train.steps=100 seeds=2
    #[arg(value_name = "FILE|FOLDER|KEY=VALUE", required = true)]
    pub given: Vec<OsString>,
    /// Folder that results go to, one folder an experiment
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Runs at a time [default: as many as the cores have threads for]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Only these runs: arm=NAME, task=NAME, seed=N, joined by commas; repeat for more.
    /// An arm that is swept is named with its values, or without them for all its points.
    /// What is tuned is tuned for these arms and tasks alone
    #[arg(long, value_name = "EXPR")]
    pub only: Vec<String>,
    /// Run again what failed
    #[arg(long, value_enum, value_name = "WHAT")]
    pub rerun: Option<Rerun>,
    /// What to do about runs that other code or data than this computed
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Stale::Keep)]
    pub stale: Stale,
    /// Only a part of the planned runs, for one of several machines: 2/8. Tuning is shared
    /// too; the main runs wait until all parts of it are done
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Only the runs of a task that was submitted
    #[arg(long, value_name = "PLACE", hide = true, conflicts_with_all = ["shard", "only", "detach"])]
    pub task: Option<TaskPlace>,
    /// Threads that each run computes with
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads_per_run: u16,
    /// Let the system move threads between processors. Else, where runs on the CPU have several
    /// threads, each has a processor of its own, if all jobs and threads fit (Linux)
    #[arg(long)]
    pub no_binding: bool,
    /// Shortest time between two checkpoints of a run: what is done again after a kill
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = scheduler::parse_duration)]
    pub checkpoint_every: Duration,
    /// Time that one run may take at a time, such as 90s or 1.5h; it then fails with its state saved
    #[arg(long, value_name = "TIME", value_parser = scheduler::parse_duration)]
    pub timeout: Option<Duration>,
    /// Memory that one run may hold, such as 2GiB; it is then killed (Linux)
    #[arg(long, value_name = "BYTES", value_parser = scheduler::parse_bytes)]
    pub memory_limit: Option<u64>,
    /// How often a run is tried again whose process was killed
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub retries: u32,
    /// Stop after this many failed runs, of all experiments, with the state of the others saved
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_failures: Option<u32>,
    /// Stop after the first failed run: --max-failures 1
    #[arg(long, conflicts_with = "max_failures")]
    pub fail_fast: bool,
    /// Also write results for this tracker while runs train: tensorboard, mlflow; repeat for more
    #[arg(long, value_name = "NAME")]
    pub tracker: Vec<trackers::Kind>,
    /// Give every event, one line of JSON, to this command of the shell's
    #[arg(long, value_name = "COMMAND")]
    pub on_event: Option<String>,
    /// Show the plan and run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Run in a process of its own that no closed terminal ends; says how to watch and stop it
    #[arg(long, conflicts_with = "dry_run")]
    pub detach: bool,
    /// How to show progress
    #[arg(long, value_enum, default_value_t = Progress::Auto)]
    pub progress: Progress,
}

/// What `--rerun` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rerun {
    /// Runs whose last attempt failed.
    Failed,
}

/// What `--stale` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stale {
    /// Keep their results, and say so.
    Keep,
    /// Set their results aside and run them anew.
    Rerun,
    /// Run nothing if there are any.
    Error,
}

/// How `run` shows progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// The dashboard on a terminal, else plain lines.
    Auto,
    /// The dashboard.
    Tui,
    /// One line a change of state, and a heartbeat.
    Plain,
    /// One line of JSON a change of state on standard output, for programs.
    Json,
    /// Nothing.
    None,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// The experiment.
    #[command(flatten)]
    pub experiment: ExperimentArguments,
    /// How to print it
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub format: OutputFormat,
    /// List every run, also where there are many
    #[arg(long)]
    pub runs: bool,
    /// Time no training steps of what no earlier run tells the time of
    #[arg(long)]
    pub no_probe: bool,
    /// Runs at a time that times are for [default: as many as the cores have threads for]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Threads that each run computes with
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads_per_run: u16,
}

/// How `plan` and `status` print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Text,
    /// For programs, with a version and keys that stay: docs/for-programs.md.
    Json,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Results folder of an experiment, such as results/quickstart
    pub folder: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub format: OutputFormat,
    /// A line for every arm on every task and every failure, however many there are
    #[arg(long)]
    pub all: bool,
}

/// A results folder.
#[derive(Debug, Args)]
pub struct FolderArguments {
    /// Results folder of an experiment, such as results/quickstart
    pub folder: PathBuf,
}

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// Results folders of experiments, such as results/quickstart; n and N go from one to the next
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
}

/// Arguments of `clean`.
#[expect(clippy::struct_excessive_bools, reason = "flags that do not depend on each other")]
#[derive(Debug, Args)]
pub struct CleanArguments {
    /// Results folder of an experiment, such as results/quickstart
    pub folder: PathBuf,
    /// Runs whose last attempt failed
    #[arg(long)]
    pub failed: bool,
    /// Runs that other code or data than this computed
    #[arg(long)]
    pub stale: bool,
    /// Runs that the plan does not name, and results that were set aside
    #[arg(long)]
    pub unplanned: bool,
    /// List them and remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `gallery`.
#[derive(Debug, Args)]
pub struct GalleryArguments {
    /// The documents, such as docs/textbook.md
    #[arg(required = true)]
    pub documents: Vec<PathBuf>,
    /// Write nothing; end with exit code 3 if a document differs from what its reports say
    #[arg(long)]
    pub check: bool,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Results folder of an experiment, such as results/quickstart
    pub folder: PathBuf,
    /// Formats to write: md, html, tex, csv, parquet, json, tensorboard
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "md,html,csv,json")]
    pub format: Vec<report::Format>,
    /// Folder to write to, where the results folder cannot be written [default: FOLDER/report]
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// End with exit code 3 unless every claim of the experiment is supported
    #[arg(long)]
    pub check: bool,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// Results folders: the first is compared with each of the others
    #[arg(num_args = 2.., required = true)]
    pub folders: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = PageFormat::Md)]
    pub format: PageFormat,
}

/// How `compare` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PageFormat {
    /// Markdown.
    Md,
    /// One self-contained page.
    Html,
}

/// Arguments of `probe`.
#[derive(Debug, Args)]
pub struct ProbeArguments {
    /// The experiment.
    #[command(flatten)]
    pub experiment: ExperimentArguments,
    /// How to print
    #[arg(long, value_enum, default_value_t = ProbeFormat::Text)]
    pub format: ProbeFormat,
}

/// How `probe` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProbeFormat {
    /// For people: the mean over the seeds.
    Text,
    /// Every number of every seed, one a line.
    Csv,
}

/// A run and which of its weights.
#[derive(Debug, Args)]
pub struct KeptArguments {
    /// Folder of a run, such as results/NAME/runs/ARM-HASH/seed-0, of an experiment with `keep`
    pub run: PathBuf,
    /// Which of its weights [default: the best, if they were kept]
    #[arg(long, value_enum, value_name = "WHICH")]
    pub weights: Option<WhichWeights>,
}

/// Weights of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WhichWeights {
    /// Those that were best on validation.
    Best,
    /// The last ones.
    Last,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The run.
    #[command(flatten)]
    pub kept: KeptArguments,
    /// The file to write
    #[arg(value_name = "FILE.safetensors")]
    pub file: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `control`.
#[derive(Debug, Args)]
pub struct ControlArguments {
    /// The results folder that a runner is at work on
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// What is asked.
    #[command(subcommand)]
    pub action: ControlAction,
}

/// What is asked of a runner at work.
#[derive(Debug, Subcommand)]
pub enum ControlAction {
    /// All runs save their state and wait
    Pause,
    /// They go on
    Resume,
    /// So many runs at a time
    Jobs {
        /// How many
        #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        jobs: u32,
    },
    /// So many seeds of everything; the new ones follow the others
    Seeds {
        /// How many in all
        #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        seeds: u32,
    },
    /// Stop one run, or without RUN the whole sweep, with the state saved; `run` goes on with it
    Stop {
        /// Its folder, or "ARM on TASK, seed N"
        #[arg(value_name = "RUN")]
        run: Option<String>,
    },
    /// Do a run that failed or was stopped after all
    Retry {
        /// Its folder, or "ARM on TASK, seed N"
        #[arg(value_name = "RUN")]
        run: String,
    },
    /// Do the waiting runs of an arm before all others
    First {
        /// Name of the arm
        #[arg(value_name = "ARM")]
        arm: String,
    },
}

/// Arguments of `predict`.
#[derive(Debug, Args)]
pub struct PredictArguments {
    /// The run.
    #[command(flatten)]
    pub kept: KeptArguments,
    /// A held-out part of the run's task, such as test, or, for a run on data of your own, the
    /// folder of other data of the same form
    pub data: String,
    /// How to print
    #[arg(long, value_enum, default_value_t = PredictionFormat::Csv)]
    pub format: PredictionFormat,
    /// Write to a file, not to standard output
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Print the probability of every class, not only of the one that is predicted
    #[arg(long)]
    pub probabilities: bool,
}

/// How `predict` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PredictionFormat {
    /// One line a prediction, with a heading.
    Csv,
    /// One object a prediction, one a line.
    Json,
}

/// What `list` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    /// Architectures.
    Architectures,
    /// Tasks.
    Tasks,
    /// Backends.
    Backends,
    /// Data sets that are shipped.
    Datasets,
    /// Experiment files in experiments/.
    Experiments,
}

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Tables: layers, ragged, steps, memory, models, batches
    #[arg(value_name = "SUITE", default_value = "layers")]
    pub suites: Vec<bench::Suite>,
    /// Cells: vanilla, lstm, gru
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "vanilla,lstm,gru")]
    pub cells: Vec<bench::Cell>,
    /// Architectures of the table models [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub architectures: Option<Vec<bench::Architecture>>,
    /// Passes of the table layers: forward, forward+backward, step
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "forward,forward+backward,step"
    )]
    pub passes: Vec<bench::Pass>,
    /// Batch, steps, input and hidden, as 32x100x64x128,64x50x128x256 [default: each table's own]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub shapes: Option<Vec<bench::Shape>>,
    /// Numbers of threads [default: 1,2, as far as there are cores]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = positive)]
    pub threads: Option<Vec<usize>>,
    /// How often each is timed; the median is shown
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    pub repetitions: u16,
    /// The Python that has PyTorch and JAX
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub python: String,
    /// Leave PyTorch and JAX out
    #[arg(long)]
    pub without_peers: bool,
    /// How to print: text, markdown or json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: bench::Format,
    /// Print the peak memory of one cell, shape and number of threads; `bench memory` asks it
    #[arg(long, hide = true, requires = "shapes")]
    pub peak_memory: bool,
}

/// A number of threads.
fn positive(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1024).contains(number));
    number.ok_or_else(|| "write numbers from 1 to 1024, such as 1,2".into())
}

/// Weights of a run.
fn keep(word: &str) -> Result<Keep, String> {
    Keep::of_word(word).ok_or_else(|| "write none, best, last or both".into())
}

/// Arguments of `worker`.
#[derive(Debug, Args)]
pub struct WorkerArguments {
    /// Folder of the run, with its config.toml
    pub folder: PathBuf,
    /// Replicate seed
    #[arg(long)]
    pub seed: u64,
    /// The command that started the sweep, for provenance
    #[arg(long)]
    pub command: String,
    /// Shortest time between two checkpoints
    #[arg(long, value_parser = scheduler::parse_duration)]
    pub checkpoint_every: Duration,
    /// Weights to keep when the run is finished
    #[arg(long, default_value = "none", value_parser = keep)]
    pub keep: Keep,
    /// How often to look inside the model, at most
    #[arg(long, value_name = "N")]
    pub probes: Option<u64>,
    /// Claim so many processors, and compute with as many threads, each bound to one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub bind: Option<u16>,
    /// Optimizer step to wait at, with the state saved
    #[arg(long, value_name = "STEP", conflicts_with = "stopped_at")]
    pub up_to: Option<u64>,
    /// Optimizer step of the rung that it is stopped at
    #[arg(long, value_name = "STEP")]
    pub stopped_at: Option<u64>,
}

impl WorkerArguments {
    /// How far the run goes.
    pub fn reach(&self) -> Reach {
        match (self.up_to, self.stopped_at) {
            (_, Some(step)) => Reach::StoppedAt(step),
            (Some(step), None) => Reach::UpTo(step),
            (None, None) => Reach::End,
        }
    }
}
