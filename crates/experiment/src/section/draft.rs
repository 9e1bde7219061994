//! The file and the overrides as layers of checked settings, not yet put together.

use crate::Part;
use crate::section::arm::{self, ArmDraft};
use crate::section::budget::{self, BudgetDraft};
use crate::section::checker::Checker;
use crate::section::claim::{self, ClaimDraft};
use crate::section::halving::{self, HalvingDraft};
use crate::section::naming;
use crate::section::seed::{self, SeedDraft};
use crate::section::setting::{Setting, Word};
use crate::section::sweep::Sweep;
use crate::section::task::{self, TaskDraft};
use crate::section::tune::{self, TuneDraft};
use crate::section::words;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::node::{Node, Shape, Table};
use crate::tree::overrides;

/// Everything that the file and the command line say, checked value by value.
#[derive(Default)]
pub(crate) struct Draft {
    pub name: Option<Word>,
    pub question: Option<Word>,
    pub seeds: Option<Vec<u64>>,
    /// Where `seeds` is written.
    pub seeds_place: Option<Place>,
    pub baseline: Option<Word>,
    /// `backend`, `[model]` and `[train]` of the file.
    pub base: Vec<Setting>,
    /// The same keys of the command line.
    pub command: Vec<Setting>,
    /// Header of `[model]`.
    pub model: Option<Place>,
    /// Header of `[train]`.
    pub train: Option<Place>,
    pub tasks: Vec<TaskDraft>,
    pub arms: Vec<ArmDraft>,
    pub seeding: SeedDraft,
    pub sweep: Sweep,
    pub budget: Option<BudgetDraft>,
    pub tune: Option<TuneDraft>,
    pub halving: Option<HalvingDraft>,
    pub claims: Vec<ClaimDraft>,
}

impl Draft {
    /// Reads the file's tree and that of the command line.
    pub fn read(mut file: Table, mut command: Table, checker: &mut Checker<'_>) -> Self {
        let mut draft = Self::default();
        let mut above = Table::default();
        for name in words::TABLES {
            above.entries.extend(command.remove(name).map(|node| (name.to_owned(), node)));
        }
        file.lay_over(above);
        // A list of seeds is one value; lists of other keys are sweeps.
        let seeds = command.remove("seeds").map(|node| ("seeds".to_owned(), node));
        let swept = overrides::take_sweeps(&mut command);
        command.entries.extend(seeds);
        draft.read_file(&file, checker);
        draft.read_command(&command, checker);
        draft.read_sweep(&file, &swept, checker);
        draft.check_presence(&file, &command, checker);
        draft
    }

    fn read_file(&mut self, file: &Table, checker: &mut Checker<'_>) {
        let draft = self;
        for (name, node) in &file.entries {
            match name.as_str() {
                "backend" => {
                    let key = checker.words.backend;
                    draft.base.push(checker.setting("", &key, node, Part::Top));
                }
                "model" => {
                    draft.model = Some(node.place);
                    draft.base.extend(checker.model(node, Part::Top));
                }
                "train" => {
                    draft.train = Some(node.place);
                    draft.base.extend(checker.train(node, Part::Top));
                }
                "task" => {
                    let tables = checker.tables("[[task]]", node);
                    draft.tasks =
                        tables.into_iter().map(|(n, t)| task::read(n, t, checker)).collect();
                }
                "arm" => {
                    let tables = checker.tables("[[arm]]", node);
                    draft.arms =
                        tables.into_iter().map(|(n, t)| arm::read(n, t, checker)).collect();
                }
                // Read when the tasks are known.
                "claim" | "grid" | "zip" | "random" | "exclude" | "tune" => {}
                "seed" => draft.seeding = seed::read(node, checker),
                "budget" => draft.budget = budget::read(node, checker),
                "halving" => draft.halving = halving::read(node, checker),
                _ => draft.header(name, node, checker),
            }
        }
    }

    fn read_command(&mut self, command: &Table, checker: &mut Checker<'_>) {
        let draft = self;
        for (name, node) in &command.entries {
            match name.as_str() {
                "backend" => {
                    let key = checker.words.backend;
                    draft.command.push(checker.setting("", &key, node, Part::Top));
                }
                "model" => draft.command.extend(checker.model(node, Part::Top)),
                "train" => draft.command.extend(checker.train(node, Part::Top)),
                "task" => {
                    if let Some(table) = checker.table("[task]", node) {
                        task::override_all(&mut draft.tasks, table, checker);
                    }
                }
                "arm" => checker.report(Problem::new(
                    node.key,
                    "arms cannot be changed on the command line",
                    "not here",
                    "change [model] or [train] for all arms, or edit the file",
                )),
                "extends" | "claim" | "exclude" => checker.report(Problem::new(
                    node.key,
                    format!("`{name}` cannot be given on the command line"),
                    "not here",
                    "edit the file",
                )),
                _ => draft.header(name, node, checker),
            }
        }
    }

    /// What varies, what is tuned and what is claimed. What the command line gives is
    /// varied no more.
    fn read_sweep(&mut self, file: &Table, swept: &Table, checker: &mut Checker<'_>) {
        self.sweep = Sweep::read(file, swept, &self.tasks, checker);
        self.tune = file.get("tune").and_then(|node| tune::read(node, &self.tasks, checker));
        let of_tasks = self.tasks.iter().flat_map(|task| &task.options);
        let given: Vec<_> = self
            .command
            .iter()
            .chain(of_tasks.filter(|setting| checker.sources.is_override(setting.place)))
            .map(|setting| setting.key.clone())
            .collect();
        for key in &given {
            self.sweep.forget(key);
        }
        if let Some(tune) = &mut self.tune {
            let swept = |key: &str| {
                let mut keys = self.sweep.keys();
                keys.any(|(other, _, place)| other == key && checker.sources.is_override(place))
            };
            tune.over.retain(|axis| !given.contains(&axis.key) && !swept(&axis.key));
        }
        self.tune.take_if(|tune| tune.over.is_empty());
        if let Some(node) = file.get("claim") {
            let tables = checker.tables("[[claim]]", node);
            self.claims = tables.into_iter().map(|(n, t)| claim::read(n, t, checker)).collect();
        }
    }

    fn check_presence(&self, file: &Table, command: &Table, checker: &mut Checker<'_>) {
        if self.name.is_none() && file.get("name").is_none() && command.get("name").is_none() {
            checker.report(Problem::new(
                Place::START,
                "missing key `name`",
                "this file has no `name`",
                "add a line such as name = \"gates-on-adding\"",
            ));
        }
        if file.get("task").is_none_or(|node| matches!(&node.shape, Shape::List(l) if l.is_empty()))
        {
            let kinds: Vec<_> = checker.words.tasks.iter().map(|entry| entry.name).collect();
            checker.report(Problem::new(
                Place::START,
                "no task",
                "this file has no [[task]]",
                format!("add a table [[task]] with a kind; kinds: {}", kinds.join(", ")),
            ));
        }
    }

    fn header(&mut self, name: &str, node: &Node, checker: &mut Checker<'_>) {
        match name {
            "name" => {
                self.name = checker.word(name, &words::NAME, node);
                let fault = self.name.as_ref().and_then(|word| naming::name_fault(&word.text));
                if let Some(fault) = fault {
                    let message = "`name` cannot name a folder";
                    checker.report(Problem::new(node.place, message, "here", fault));
                }
            }
            "question" => self.question = checker.word(name, &words::QUESTION, node),
            "baseline" => {
                self.baseline = checker.word(name, &words::BASELINE, node);
                naming::check_label(self.baseline.as_ref(), "`baseline`", checker);
            }
            "seeds" => {
                self.seeds = seed::seeds(name, node, checker);
                self.seeds_place = Some(node.place);
            }
            _ => checker.unknown(name, node, "the top-level table", words::TOP),
        }
    }
}
