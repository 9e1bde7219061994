//! The words that an experiment file may use, as far as every section needs them.

use schema::{Key, Kind, Literal};

use crate::catalogue::{Catalogue, Entry};

/// The words of the catalogue, asked for once.
pub(crate) struct Vocabulary {
    pub architectures: Vec<Entry>,
    pub tasks: Vec<Entry>,
    pub train: &'static [Key],
    pub backend: Key,
    /// Keys of `[model]` beside `architecture` and the tables of the architectures.
    pub model: &'static [Key],
    /// Keys at the top of the file, names of sections among them.
    pub top: Vec<&'static str>,
}

impl Vocabulary {
    /// The sections, which come later, say their own words here: `model` and `top`.
    pub fn new(catalogue: &dyn Catalogue, model: &'static [Key], top: Vec<&'static str>) -> Self {
        let backends = catalogue.backends();
        let backend = Key {
            name: "backend",
            kind: Kind::OneOf(backends),
            default: backends.first().map(|choice| Literal::Text(choice.word)),
            optional: false,
            doc: "What the run is computed with.",
        };
        Self {
            architectures: catalogue.architectures(),
            tasks: catalogue.tasks(),
            train: catalogue.train_keys(),
            backend,
            model,
            top,
        }
    }

    pub fn architecture(&self, name: &str) -> Option<&Entry> {
        self.architectures.iter().find(|entry| entry.name == name)
    }

    pub fn task(&self, name: &str) -> Option<&Entry> {
        self.tasks.iter().find(|entry| entry.name == name)
    }

    /// The tables that have a key of exactly this name.
    pub fn homes(&self, name: &str) -> Vec<String> {
        let has = |keys: &[Key]| keys.iter().any(|key| key.name == name);
        let mut homes = Vec::new();
        if self.top.contains(&name)
            && !["name", "seed", "task", "model", "train", "arm"].contains(&name)
        {
            homes.push("the top-level table".to_owned());
        }
        if name == "architecture" || has(self.model) {
            homes.push("[model]".to_owned());
        }
        if has(self.train) {
            homes.push("[train]".to_owned());
        }
        let architectures = self.architectures.iter().filter(|entry| has(entry.keys));
        homes.extend(architectures.map(|entry| format!("[model.{}]", entry.name)));
        let tasks = self.tasks.iter().filter(|entry| has(entry.keys));
        homes.extend(tasks.map(|entry| format!("[[task]] of kind \"{}\"", entry.name)));
        homes
    }
}
