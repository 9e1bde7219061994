//! The card of a model: what somebody must know who gets its weights without the sweep.

use serde_json::{Map, Value};
use store::{Outcome, PlannedTask, Provenance, ReadAt, RunConfig, RunResult, Score};

use crate::document::{Block, Document, Line, Section, Table};
use crate::format::{NONE, count, option, plain};
use crate::markdown;

/// Weights that a run kept, and what is known of how they came about.
#[derive(Debug, Clone, Copy)]
pub struct Card<'a> {
    /// What ran.
    pub config: &'a RunConfig,
    /// What came of it.
    pub result: &'a RunResult,
    /// Which of its weights.
    pub at: ReadAt,
    /// What computed it.
    pub provenance: Option<&'a Provenance>,
    /// The experiment, the arm and the task as planned; `None` if the sweep is not there.
    pub planned: Option<(&'a str, &'a str, &'a PlannedTask)>,
    /// Name of the file of weights.
    pub file: &'a str,
}

impl Card<'_> {
    /// The card as Markdown: model, task and data, scores, limits, and how it was made.
    pub fn markdown(&self) -> String {
        let RunConfig { model, task, .. } = self.config;
        let label = self.planned.map_or(&task.kind, |it| &it.2.label);
        let title = format!("{}, hidden {}, on {label}", model.architecture, model.hidden);
        let sections = [self.model(), self.task(), self.scores(), self.limits(), self.made()];
        let document = Document { title, arms: Vec::new(), sections: sections.into() };
        markdown::render(&document)
    }

    fn model(&self) -> Section {
        let model = &self.config.model;
        let parameters = count(self.result.parameters);
        let about = Line::default()
            .text(format!("{parameters} parameters, in "))
            .code(self.file)
            .text(": safetensors with PyTorch's names where PyTorch has the part. Settings:");
        let mut settings = vec![
            ("architecture".to_owned(), model.architecture.clone()),
            ("hidden".into(), model.hidden.to_string()),
        ];
        settings.extend(model.embedding.map(|it| ("embedding".into(), it.to_string())));
        settings.extend(model.dropout.map(|it| ("dropout".into(), it.to_string())));
        if let Some(start) = &model.weights {
            settings.push(("weights".into(), format!("{} ({})", start.file, start.digest)));
        }
        flatten("", &model.options, &mut settings);
        section("Model", vec![Block::Text(about), settings_table(settings)])
    }

    fn task(&self) -> Section {
        let mut blocks = Vec::new();
        if let Some((_, _, planned)) = self.planned {
            blocks.push(Block::Text(planned.summary.as_str().into()));
        }
        let task = &self.config.task;
        let mut settings = vec![("kind".to_owned(), task.kind.clone())];
        flatten("", &task.options, &mut settings);
        if let Some(provenance) = self.provenance {
            settings.push(("checksum of the data".into(), provenance.data.clone()));
        }
        blocks.push(settings_table(settings));
        section("Task and data", blocks)
    }

    fn scores(&self) -> Section {
        let which = match self.at {
            ReadAt::Best => "These are the weights that were best on validation",
            ReadAt::Final => "These are the last weights",
        };
        let Some(score) = self.result.score(self.at) else {
            return section("Scores", vec![Block::Text("There are none.".into())]);
        };
        let ended = match self.result.outcome {
            Outcome::Completed => String::new(),
            Outcome::Diverged { step } => format!("; training diverged at step {step}"),
            Outcome::StoppedEarly { step } => {
                format!("; training was stopped early, at step {step}")
            }
            Outcome::StoppedAtRung { step } => format!("; halving stopped training at step {step}"),
        };
        let about = format!(
            "{which}, after step {} of {}{ended}. Test data selected nothing. One run with one seed ({}): \
             how far seeds differ is in the report of the sweep.",
            score.step, self.result.steps, self.result.seed
        );
        section("Scores", vec![Block::Text(about.into()), Block::Table(self.score_table(score))])
    }

    fn score_table(&self, score: &Score) -> Table {
        let parts: Vec<String> = score.parts.keys().map(|it| format!("#{it}")).collect();
        let headings = ["Metric", "#validation", "#test"].into_iter();
        let headings = headings.chain(parts.iter().map(String::as_str)).chain(["#trivial, test"]);
        let mut table = Table::new(&headings.collect::<Vec<_>>());
        for (metric, test) in &score.test {
            let number = |it: Option<&f64>| it.map_or(NONE.to_owned(), |it| plain(*it)).into();
            let parts = score.parts.values().map(|part| number(part.get(metric)));
            let trivial = self.planned.and_then(|it| it.2.trivial.get(metric));
            let first =
                [metric.as_str().into(), number(score.validation.get(metric)), plain(*test).into()];
            table.row(first.into_iter().chain(parts).chain([number(trivial)]).collect());
        }
        table
    }

    fn limits(&self) -> Section {
        let mut limits: Vec<Line> = Vec::new();
        if let Some((_, _, planned)) = self.planned {
            limits.push(planned.limits.as_str().into());
        }
        limits
            .push("Trained and tested on this task alone: of other data nothing is known.".into());
        limits.push(
            "The weights were made for research on architectures, not for use on people.".into(),
        );
        section("Limits", vec![Block::List(limits)])
    }

    fn made(&self) -> Section {
        let mut facts = Vec::new();
        if let Some((experiment, arm, _)) = self.planned {
            facts.extend([("experiment", experiment.to_owned()), ("arm", arm.to_owned())]);
        }
        facts.push(("run", format!("{}, seed {}", self.result.identity, self.result.seed)));
        if let Some(it) = self.provenance {
            let Provenance { version, commit, burn, backend, device, cpu, command, .. } = it;
            facts.extend([
                ("program", format!("unroll {version}, commit {commit}, Burn {burn}")),
                ("computed on", format!("{backend}, {device}, {cpu}")),
                ("command", command.clone()),
            ]);
        }
        let mut settings: Vec<_> = facts.into_iter().map(|it| (it.0.to_owned(), it.1)).collect();
        flatten("train.", &self.config.train, &mut settings);
        section("How it was made", vec![settings_table(settings)])
    }
}

fn section(heading: &str, blocks: Vec<Block>) -> Section {
    Section { heading: heading.into(), blocks, folded: false }
}

fn settings_table(settings: Vec<(String, String)>) -> Block {
    let mut table = Table::new(&["Setting", "Value"]);
    for (name, value) in settings {
        table.row(vec![Line::default().code(name).into(), value.into()]);
    }
    Block::Table(table)
}

/// Every value of nested tables with its dotted key.
fn flatten(before: &str, table: &Map<String, Value>, settings: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let key = format!("{before}{key}");
        match value {
            Value::Object(inner) => flatten(&format!("{key}."), inner, settings),
            other => settings.push((key, option(other))),
        }
    }
}
