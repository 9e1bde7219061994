//! `[cluster]`: what a site asks for where `submit` hands the runs to it.

use schema::{Key, Kind, Options};

use crate::key::checker::Checker;
use crate::key::reference::{Section, of_keys, section};
use crate::key::setting::Setting;
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::text::origin::Part;
use crate::tree::value::Node;

/// The section.
pub(crate) const ABOUT: About =
    About { name: "cluster", on_command_line: OnCommandLine::KeyByKey, describe };

const PARTITION: Key = Key::optional("partition", Kind::Text, "Partition that jobs go to.");
const ACCOUNT: Key = Key::optional("account", Kind::Text, "Account that they are charged to.");
const QOS: Key = Key::optional("qos", Kind::Text, "Quality of service.");
const TIME: Key = Key::optional("time", Kind::Text, "Longest time of a task, such as `2h`.");
const CPUS: Key =
    Key::optional("cpus", Kind::Integer { min: 1, max: 1024 }, "Processors of a task.");
const MEMORY: Key = Key::optional("memory", Kind::Text, "Memory of a task, such as `4GiB`.");
const GPUS: Key = Key::optional("gpus", Kind::Integer { min: 0, max: 64 }, "GPUs of a task.");
const MODULES: Key = Key::optional(
    "modules",
    Kind::Text,
    "Environment modules that a task loads, parted by spaces.",
);
const PROLOGUE: Key = Key::optional("prologue", Kind::Text, "Shell lines that a task begins with.");
const OPTIONS: Key =
    Key::optional("options", Kind::Text, "Further options of `sbatch`, parted by spaces.");
/// Keys of `[cluster]`.
const KEYS: [Key; 10] =
    [PARTITION, ACCOUNT, QOS, TIME, CPUS, MEMORY, GPUS, MODULES, PROLOGUE, OPTIONS];

/// Reads `[cluster]`: the values of its keys.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> Options {
    let Some(table) = checker.table("[cluster]", node) else { return Options::new() };
    let settings = checker.settings(table, "[cluster]", "cluster.", &KEYS, Part::Top);
    let named =
        |setting: Setting| Some((setting.key.strip_prefix("cluster.")?.to_owned(), setting.value?));
    settings.into_iter().filter_map(named).collect()
}

fn describe(_: &Vocabulary) -> Vec<Section> {
    vec![section("[cluster]", of_keys(&KEYS))]
}
