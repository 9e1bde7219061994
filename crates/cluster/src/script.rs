//! The batch script of a job.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use text::shell;

use crate::Settings;

/// Seconds before the time limit at which a task is told to save its state and go on later, at most; of a
/// short limit a quarter.
const NOTICE: u64 = 90;

/// The batch script of a job.
#[derive(Debug, Clone)]
pub struct Script<'a> {
    /// What the job is called.
    pub name: String,
    /// What the site asks for.
    pub settings: &'a Settings,
    /// Longest time of a task.
    pub time: Option<Duration>,
    /// Bytes of memory of a task.
    pub memory: Option<u64>,
    /// Tasks of an array; `None` for a job of one.
    pub tasks: Option<usize>,
    /// Tasks at work at a time, at most.
    pub at_a_time: Option<usize>,
    /// Folder that it is started in.
    pub folder: PathBuf,
    /// Where what it prints goes; `%a` is the number of the task.
    pub log: PathBuf,
    /// Words of the command; the number of the task is put to the end of the last one.
    pub command: Vec<String>,
}

impl Script<'_> {
    /// Its text.
    pub fn text(&self) -> String {
        let mut text = String::from("#!/bin/bash\n");
        let mut option = |option: String| {
            let _ = writeln!(text, "#SBATCH {option}");
        };
        option(format!("--job-name={}", in_option(&self.name)));
        if let Some(tasks) = self.tasks {
            let throttle = self.at_a_time.map_or_else(String::new, |most| format!("%{most}"));
            option(format!("--array=0-{}{throttle}", tasks.saturating_sub(1)));
            // The task itself is told, not a shell around it.
            let notice = self.time.map_or(NOTICE, |time| (time.as_secs() / 4).clamp(1, NOTICE));
            option(format!("--signal=B:USR1@{notice}"));
        }
        option(format!("--output={}", in_option(&self.log.display().to_string())));
        // A task that goes on later writes on.
        option("--open-mode=append".into());
        option("--requeue".into());
        if let Some(time) = self.time {
            option(format!("--time={}", time.as_secs().div_ceil(60).max(1)));
        }
        if let Some(memory) = self.memory {
            option(format!("--mem={}M", memory.div_ceil(1 << 20).max(1)));
        }
        let Settings { partition, account, qos, cpus, gpus, modules, prologue, options, .. } =
            self.settings;
        for (name, value) in [("partition", partition), ("account", account), ("qos", qos)] {
            if let Some(value) = value {
                option(format!("--{name}={}", in_option(value)));
            }
        }
        option("--nodes=1".into());
        option("--ntasks=1".into());
        if let Some(cpus) = cpus {
            option(format!("--cpus-per-task={cpus}"));
        }
        if let Some(gpus) = gpus.filter(|gpus| *gpus > 0) {
            option(format!("--gpus={gpus}"));
        }
        for further in options.iter().flat_map(|it| it.split_whitespace()) {
            option(further.into());
        }
        text.push('\n');
        if let Some(modules) = modules {
            let _ = writeln!(text, "module load {modules}");
        }
        if let Some(prologue) = prologue {
            text.push_str(prologue.trim_end());
            text.push('\n');
        }
        let _ = writeln!(text, "cd {} || exit 1", shell(&self.folder.display().to_string()));
        let words: Vec<_> = self.command.iter().map(|word| shell(word)).collect();
        let task = if self.tasks.is_some() { "\"$SLURM_ARRAY_TASK_ID\"" } else { "" };
        let _ = writeln!(text, "exec {}{task}", words.join(" "));
        text
    }
}

/// A value in a line of options, which ends with the line and which Slurm parts at spaces that are not
/// quoted.
fn in_option(value: &str) -> String {
    let value: String = value.chars().filter(|c| !c.is_control()).collect();
    if value.chars().any(|c| c.is_whitespace() || "\"'\\#".contains(c)) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            partition: Some("short".into()),
            account: Some("lab 7".into()),
            cpus: Some(4),
            gpus: Some(1),
            modules: Some("gcc/13 cuda".into()),
            prologue: Some("export A=1\necho begun\n\n".into()),
            options: Some("--constraint=avx512 --exclusive".into()),
            ..Settings::default()
        }
    }

    #[test]
    fn an_array_is_told_of_its_end_and_writes_on() {
        let settings = settings();
        let script = Script {
            name: "unroll gates".into(),
            settings: &settings,
            time: Some(Duration::from_secs(7201)),
            memory: Some(4 << 30),
            tasks: Some(12),
            at_a_time: Some(5),
            folder: "/home/a b".into(),
            log: "/home/a b/results/gates/cluster/1/main-%a.log".into(),
            command: vec!["/bin/unroll".into(), "run".into(), "it's.toml".into(), "1/0/".into()],
        };
        let expected = "\
#!/bin/bash
#SBATCH --job-name=\"unroll gates\"
#SBATCH --array=0-11%5
#SBATCH --signal=B:USR1@90
#SBATCH --output=\"/home/a b/results/gates/cluster/1/main-%a.log\"
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --time=121
#SBATCH --mem=4096M
#SBATCH --partition=short
#SBATCH --account=\"lab 7\"
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --gpus=1
#SBATCH --constraint=avx512
#SBATCH --exclusive

module load gcc/13 cuda
export A=1
echo begun
cd '/home/a b' || exit 1
exec /bin/unroll run 'it'\\''s.toml' 1/0/\"$SLURM_ARRAY_TASK_ID\"
";
        assert_eq!(script.text(), expected);
    }

    #[test]
    fn no_value_ends_its_line() {
        let settings =
            Settings { partition: Some("a\n#SBATCH --uid=0".into()), ..Settings::default() };
        let script = Script {
            name: "x\ny".into(),
            settings: &settings,
            time: None,
            memory: None,
            tasks: None,
            at_a_time: None,
            folder: "/".into(),
            log: "/log".into(),
            command: vec!["unroll".into(), "report".into()],
        };
        let text = script.text();
        assert!(text.contains("--job-name=xy\n"), "{text}");
        assert!(text.contains("--partition=\"a#SBATCH --uid=0\"\n"), "{text}");
        assert!(text.ends_with("exec unroll report\n"), "{text}");
    }
}
