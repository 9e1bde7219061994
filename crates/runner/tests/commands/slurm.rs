//! `submit`, `status` and `cancel` against a real Slurm of one machine.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use store::{RunState, SweepFolder};

use crate::{Ended, Place, SMALL, trained};

/// A Slurm that ends with its test.
struct Slurm {
    folder: tempfile::TempDir,
    config: PathBuf,
}

impl Slurm {
    const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/commands/slurm_up.sh");

    /// `None` where Slurm cannot start, which is said; with `UNROLL_REQUIRE_SLURM` a failure.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("bash");
        let Output { status, stdout, stderr } =
            command.arg(Self::SCRIPT).arg(folder.path()).output().unwrap();
        if !status.success() {
            let why = String::from_utf8_lossy(&stderr);
            let is_required = std::env::var_os("UNROLL_REQUIRE_SLURM").is_some();
            assert!(!is_required, "Slurm cannot start: {why}");
            eprintln!("skipped: Slurm cannot start here: {why}");
            return None;
        }
        let config = String::from_utf8(stdout).unwrap().trim().into();
        Some(Self { folder, config })
    }

    fn command(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        let output = command.args(arguments).env("SLURM_CONF", &self.config).output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn ours(&self, place: &Place, arguments: &[&str]) -> Ended {
        let mut command = place.command(arguments);
        // No settings of whoever runs the tests.
        command.env("SLURM_CONF", &self.config).env("XDG_CONFIG_HOME", place.path("config"));
        crate::ended(&mut command)
    }

    /// Jobs and tasks that there are, a line each: `7_3 RUNNING`.
    fn queue(&self) -> Vec<String> {
        let lines = self.command("squeue", &["--noheader", "--array", "--format=%F_%K %T"]);
        lines.lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn wait(&self, what: &str, mut is_so: impl FnMut(&[String]) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(3);
        loop {
            let queue = self.queue();
            if is_so(&queue) {
                return;
            }
            if Instant::now() >= deadline {
                let jobs = self.command("scontrol", &["show", "jobs", "--oneliner"]);
                panic!("never {what}: {queue:?}\n{jobs}");
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        let mut command = Command::new("bash");
        command.arg(Self::SCRIPT).arg(self.folder.path()).arg("stop").status().ok();
    }
}

/// Tasks at work, `7_3`.
fn running(queue: &[String]) -> Vec<&str> {
    queue.iter().filter_map(|line| line.strip_suffix(" RUNNING")).collect()
}

/// A sweep of more than a hundred runs is submitted; the node is lost with what is at work on it, two tasks
/// are put back into the queue; everything ends as on one machine.
#[test]
fn a_sweep_on_a_cluster_ends_as_a_local_one_does() {
    let Some(slurm) = Slurm::start() else { return };
    let place = Place::new();
    let sweep = SMALL.replace("seeds = 2", "seeds = 60").replace("steps = 20", "steps = 400");
    place.write("sweep.toml", &sweep);
    let local = place.run(&["run", "sweep.toml", "--results", "local"]);
    assert_eq!(local.code, 0, "{}", local.stderr);

    let submit = ["submit", "sweep.toml", "--task-time", "1s", "--max-array", "10"];
    let submitted = slurm.ours(&place, &submit);
    assert_eq!(submitted.code, 0, "{}", submitted.stderr);
    assert!(submitted.stderr.contains("main: 120 runs in "), "{}", submitted.stderr);
    // All of it is in Slurm's hands.
    let again = slurm.ours(&place, &submit);
    assert!(again.stderr.contains("nothing to submit"), "{}", again.stderr);

    slurm.wait("begun", |queue| !running(queue).is_empty());
    // Somebody who runs it beside them does nothing that they do.
    let beside = slurm.ours(&place, &["run", "sweep.toml"]);
    assert!(beside.stderr.contains("runs are in tasks that Slurm has, and left to them"));
    assert!(!beside.stderr.contains("] started "), "{}", beside.stderr);
    let status = slurm.ours(&place, &["status", "results/small"]);
    assert!(status.stdout.contains("cluster: "), "{}", status.stdout);
    assert!(status.stdout.contains("at work, by node: "), "{}", status.stdout);
    let mut requeued = 0;
    for _ in 0..2 {
        slurm.wait("another at work", |queue| !running(queue).is_empty());
        let queue = slurm.queue();
        if let Some(task) = running(&queue).first() {
            slurm.command("scontrol", &["requeue", task]);
            requeued += 1;
        }
    }
    assert_eq!(requeued, 2);

    // The node is lost: its daemon and all that it has started.
    slurm.wait("another at work", |queue| !running(queue).is_empty());
    for name in ["slurmd", "slurmstepd"] {
        Command::new("pkill").args(["-KILL", "-x", name]).status().unwrap();
    }
    let program = env!("CARGO_BIN_EXE_unroll");
    Command::new("pkill")
        .args(["-KILL", "-f", &format!("{program} run .*--task")])
        .status()
        .unwrap();
    slurm.wait("lost", |queue| running(queue).is_empty());
    slurm.command("slurmd", &[]);

    slurm.wait("ended", <[String]>::is_empty);
    // What was lost and not queued again is submitted by the same command.
    for _ in 0..3 {
        let rest = slurm.ours(&place, &submit);
        assert_eq!(rest.code, 0, "{}", rest.stderr);
        if rest.stderr.contains("nothing to submit: every run is finished") {
            break;
        }
        slurm.wait("ended", <[String]>::is_empty);
    }
    let [local, cluster] = ["local/small", "results/small"].map(|name| place.path(name));
    assert_eq!(trained::results(&cluster).len(), 120);
    assert_eq!(trained::results(&cluster), trained::results(&local));
    assert_eq!(trained::curves(&cluster), trained::curves(&local));
    assert!(cluster.join("report/report.md").exists(), "the last job writes the report");
    let checked = place.run(&["check", "results/small"]);
    assert_eq!(checked.code, 0, "{}", checked.stdout);

    // A test has no minute to wait for its end, and tells it as Slurm does.
    time_is_up(&slurm, &place, 200_000, |task| {
        slurm.command("scancel", &["--batch", "--signal=USR1", task]);
    });
    tuned(&slurm, &place);
    cancelled(&slurm, &place);
}

/// A task that is told that its time is up saves its state and goes on later, with the same bits. It is told
/// by `tell`, given what works at it.
fn time_is_up(slurm: &Slurm, place: &Place, steps: u32, tell: impl FnOnce(&str)) {
    let long = SMALL.replace("name = \"small\"", "name = \"limited\"");
    let long =
        long.replace("steps = 20", &format!("steps = {steps}")).replace("seeds = 2", "seeds = 1");
    let long = long.replace("evaluate_every = 10", "evaluate_every = 5000");
    place.write(
        "limited.toml",
        &(long + "\n[cluster]\ntime = \"60s\"\noptions = \"--exclusive\"\n"),
    );
    let submitted = slurm.ours(place, &["submit", "limited.toml"]);
    assert_eq!(submitted.code, 0, "{}", submitted.stderr);
    let sweep = SweepFolder::new(place.path("results/limited"));
    slurm.wait("begun", |queue| !running(queue).is_empty());
    let run = || {
        let plan = sweep.plan().unwrap();
        sweep.run(&plan.conditions[0], 0)
    };
    crate::wait_until("a checkpoint", || !run().checkpoint_sets().unwrap().is_empty());
    tell(running(&slurm.queue())[0]);
    let is_waiting = |line: &String| line.ends_with("_0 PENDING");
    slurm.wait("queued again", |queue| queue.iter().any(is_waiting));
    crate::wait_until("its state is saved", || run().state().unwrap() == RunState::Stopped);
    slurm.wait("ended", <[String]>::is_empty);
    let log = std::fs::read_to_string(place.path("results/limited/cluster/1/main-0.log")).unwrap();
    assert!(log.contains("its time is up; it goes on when Slurm has room again"), "{log}");
    let local = place.run(&["run", "limited.toml", "--results", "local"]);
    assert_eq!(local.code, 0, "{}", local.stderr);
    let [local, cluster] = ["local/limited", "results/limited"].map(|name| place.path(name));
    assert_eq!(trained::results(&cluster).len(), 2);
    assert_eq!(trained::results(&cluster), trained::results(&local));
}

/// CI does it, too: `cargo test --workspace --test commands -- --ignored time_limit`.
#[test]
#[ignore = "takes minutes"]
fn a_task_that_hits_its_time_limit_goes_on_later() {
    let Some(slurm) = Slurm::start() else { return };
    time_is_up(&slurm, &Place::new(), 500_000, |_| {});
}

/// The main runs wait for those of tuning.
fn tuned(slurm: &Slurm, place: &Place) {
    let tuned = SMALL.replace("name = \"small\"", "name = \"tuned\"");
    let tune = "\n[tune]\nover.\"train.learning_rate\" = [1e-3, 1e-2]\nseeds = 1\n";
    place.write("tuned.toml", &(tuned + tune));
    let submitted = slurm.ours(place, &["submit", "tuned.toml", "--cpus", "2"]);
    assert_eq!(submitted.code, 0, "{}", submitted.stderr);
    let said = submitted.stderr;
    assert!(
        said.contains("tuning: 4 runs in 1 task") && said.contains("main: 4 runs in 1 task"),
        "{said}"
    );
    slurm.wait("ended", <[String]>::is_empty);
    let local = place.run(&["run", "tuned.toml", "--results", "local"]);
    assert_eq!(local.code, 0, "{}", local.stderr);
    let [local, cluster] = ["local/tuned", "results/tuned"].map(|name| place.path(name));
    assert_eq!(trained::results(&cluster), trained::results(&local));
}

/// What is cancelled saves its state; a changed file is not run.
fn cancelled(slurm: &Slurm, place: &Place) {
    let long = SMALL.replace("name = \"small\"", "name = \"endless\"");
    let long = long.replace("steps = 20", "steps = 10000000");
    place.write("endless.toml", &long);
    let submitted = slurm.ours(place, &["submit", "endless.toml", "--at-a-time", "1"]);
    assert_eq!(submitted.code, 0, "{}", submitted.stderr);
    slurm.wait("begun", |queue| !running(queue).is_empty());
    place.write("endless.toml", &long.replace("hidden = 5", "hidden = 6"));
    let cancelled = slurm.ours(place, &["cancel", "results/endless"]);
    assert_eq!(cancelled.code, 0, "{}", cancelled.stderr);
    assert!(cancelled.stderr.contains("cancelled; what was at work saves its state"));
    slurm.wait("ended", <[String]>::is_empty);
    let nothing = slurm.ours(place, &["cancel", "results/endless"]);
    assert!(nothing.stderr.contains("nothing to cancel"), "{}", nothing.stderr);
    let changed = slurm.ours(place, &["run", "endless.toml", "--task", "1/0/0"]);
    assert_eq!(changed.code, 2);
    assert!(changed.stderr.contains("changed since this was submitted"), "{}", changed.stderr);
}

/// Without Slurm the scripts can be read, and what is wrong is said.
#[test]
fn scripts_are_shown_and_settings_are_checked_without_slurm() {
    let place = Place::new();
    let cluster = "\n[cluster]\npartition = \"short\"\ntime = \"2h\"\nprologue = \"ulimit -c 0\"\n";
    place.write("sweep.toml", &(SMALL.to_owned() + cluster));
    std::fs::create_dir_all(place.path("config/unroll")).unwrap();
    place.write("config/unroll/cluster.toml", "account = \"lab\"\npartition = \"long\"\n");
    let ours = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env("XDG_CONFIG_HOME", place.path("config")).env("PATH", "");
        crate::ended(&mut command)
    };
    let shown = ours(&["submit", "sweep.toml", "--mem", "4GiB", "--dry-run", "cluster.cpus=2"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    for line in [
        "#SBATCH --array=0-0",
        "#SBATCH --time=120",
        "#SBATCH --mem=4096M",
        "#SBATCH --partition=short",
        "#SBATCH --account=lab",
        "#SBATCH --cpus-per-task=2",
        "ulimit -c 0",
    ] {
        assert!(shown.stdout.lines().any(|it| it == line), "no {line}:\n{}", shown.stdout);
    }
    assert!(!place.path("results").exists(), "a dry run writes nothing");
    for (arguments, part) in [
        (&["submit", "sweep.toml", "--time", "soon"][..], "\"soon\" is no duration"),
        (&["submit", "sweep.toml", "--mem", "much"], "\"much\" is no amount of memory"),
        (&["submit", "sweep.toml"], "cannot start `sbatch`"),
        (&["submit", "sweep.toml", "cluster.cpu=2"], "cpu"),
        (&["run", "sweep.toml", "--task", "1/0/0"], "holds no submitted task 1/0/0"),
        (&["run", "sweep.toml", "--task", "1/0"], "no task of a submission"),
        (&["cancel", "results/none"], "results/none"),
    ] {
        let ended = ours(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(part), "{arguments:?}: {}", ended.stderr);
    }
    place.write("config/unroll/cluster.toml", "acount = \"lab\"\n");
    let wrong = ours(&["submit", "sweep.toml", "--dry-run"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("cluster.toml: ") && wrong.stderr.contains("acount"));
}
