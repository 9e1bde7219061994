//! Everything that the file and the command line say, checked value by value and not yet
//! put together.

use crate::key::checker::Checker;
use crate::key::setting::Setting;
use crate::section::about::{About, OnCommandLine};
use crate::section::axis::{self, Axis};
use crate::section::list::{SECTIONS, Sections};
use crate::section::top::Top;
use crate::section::{model, task, train};
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::overrides;
use crate::tree::value::{Shape, Table};

/// The file and the overrides as they are written.
#[derive(Default)]
pub(crate) struct Written {
    pub top: Top,
    pub sections: Sections,
    /// `backend`, `[model]` and `[train]` of the file.
    pub base: Vec<Setting>,
    /// The same keys of the command line.
    pub command: Vec<Setting>,
    /// Keys to which the command line gives lists.
    pub swept: Vec<Axis>,
}

impl Written {
    /// Reads the file's tree and that of the command line.
    pub fn read(mut file: Table, mut command: Table, checker: &mut Checker<'_>) -> Self {
        let mut above = Table::default();
        for About { name, on_command_line, .. } in SECTIONS {
            if let OnCommandLine::KeyByKey = on_command_line {
                above.entries.extend(command.remove(name).map(|node| ((*name).to_owned(), node)));
            }
        }
        file.lay_over(above);
        // A list of seeds is one value; lists of other keys are sweeps.
        let seeds = command.remove("seeds").map(|node| ("seeds".to_owned(), node));
        let swept = overrides::take_sweeps(&mut command);
        command.entries.extend(seeds);
        let mut written = Self::read_file(&file, checker);
        written.read_command(&command, checker);
        let tasks = &written.sections.task;
        written.swept = axis::lists(&swept, Part::Grid, "the command line", tasks, checker);
        written.check_presence(&file, &command, checker);
        written
    }

    fn read_file(file: &Table, checker: &mut Checker<'_>) -> Self {
        let mut written = Self { sections: Sections::read(file, checker), ..Self::default() };
        for (name, node) in &file.entries {
            if name == "backend" {
                let key = checker.words.backend;
                written.base.push(checker.setting("", &key, node, Part::Top));
            } else if SECTIONS.iter().all(|entry| entry.name != name) {
                written.top.read(name, node, checker);
            }
        }
        written.base.extend_from_slice(&written.sections.model.settings);
        written.base.extend_from_slice(&written.sections.train.settings);
        written
    }

    fn read_command(&mut self, command: &Table, checker: &mut Checker<'_>) {
        let written = self;
        for (name, node) in &command.entries {
            match name.as_str() {
                "backend" => {
                    let key = checker.words.backend;
                    written.command.push(checker.setting("", &key, node, Part::Top));
                }
                "model" => written.command.extend(model::settings(node, Part::Top, checker)),
                "train" => written.command.extend(train::settings(node, Part::Top, checker)),
                "extends" => checker.report(Problem::new(
                    node.key,
                    "`extends` cannot be given on the command line",
                    "not here",
                    "edit the file",
                )),
                "task" => {
                    if let Some(table) = checker.table("[task]", node) {
                        task::override_all(&mut written.sections.task, table, checker);
                    }
                }
                _ => match SECTIONS.iter().find(|entry| entry.name == name) {
                    Some(About {
                        on_command_line: OnCommandLine::Refused { message, help },
                        ..
                    }) => {
                        checker.report(Problem::new(node.key, *message, "not here", *help));
                    }
                    _ => written.top.read(name, node, checker),
                },
            }
        }
    }

    fn check_presence(&self, file: &Table, command: &Table, checker: &mut Checker<'_>) {
        if self.top.name.is_none() && file.get("name").is_none() && command.get("name").is_none() {
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
}
