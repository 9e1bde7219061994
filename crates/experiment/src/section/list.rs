//! The list of the sections.

use schema::Options;
use store::Source;

use crate::catalogue::Catalogue;
use crate::key::checker::Checker;
use crate::key::reference::Section;
use crate::key::vocabulary::Vocabulary;
use crate::section::about::About;
use crate::section::arm::{self, ArmDraft};
use crate::section::axis::Axis;
use crate::section::budget::{self, BudgetDraft};
use crate::section::claim::{self, ClaimDraft};
use crate::section::exclude::{self, Exclude};
use crate::section::halving::{self, HalvingDraft};
use crate::section::random::{self, Random};
use crate::section::seed::{self, SeedDraft};
use crate::section::source;
use crate::section::task::{self, TaskDraft};
use crate::section::tune::{self, TuneDraft};
use crate::section::{cluster, grid, model, top, train, zip};
use crate::tree::value::Table;

/// A line for each section: the name of its file and of its key at the top of the
/// experiment file, in brackets the section that it has to know, and what it is read into.
macro_rules! sections {
    ($($name:ident $(($known:ident))?: $type:ty,)*) => {
        /// The sections, in the order in which messages list them.
        pub(crate) const SECTIONS: &[About] = &[$($name::ABOUT),*];

        /// What the file says in each section, checked value by value.
        #[derive(Default)]
        pub(crate) struct Sections {
            $(pub $name: $type,)*
        }

        impl Sections {
            /// Reads every section that the table has.
            pub fn read(file: &Table, checker: &mut Checker<'_>) -> Self {
                let mut sections = Self::default();
                $(if let Some(node) = file.get($name::ABOUT.name) {
                    sections.$name = $name::read(node, $(&sections.$known,)? checker);
                })*
                sections
            }
        }
    };
}

sections! {
    task: Vec<TaskDraft>,
    model: model::Model,
    train: train::Train,
    arm: Vec<ArmDraft>,
    grid(task): Vec<Axis>,
    zip(task): Vec<Axis>,
    random(task): Option<Random>,
    exclude(task): Vec<Exclude>,
    seed: SeedDraft,
    budget: Option<BudgetDraft>,
    tune(task): Option<TuneDraft>,
    halving: Option<HalvingDraft>,
    claim: Vec<ClaimDraft>,
    source: Option<Source>,
    cluster: Options,
}

/// The words of the catalogue and of the sections.
pub(crate) fn vocabulary(catalogue: &dyn Catalogue) -> Vocabulary {
    let sections = SECTIONS.iter().map(|entry| entry.name);
    let sections = sections.filter(|name| !top::KEYS.contains(name));
    Vocabulary::new(catalogue, model::KEYS, top::KEYS.into_iter().chain(sections).collect())
}

/// Every section of an experiment file with these words.
pub fn sections(catalogue: &dyn Catalogue) -> Vec<Section> {
    let words = vocabulary(catalogue);
    let mut sections = vec![top::describe(&words)];
    sections.extend(SECTIONS.iter().flat_map(|entry| (entry.describe)(&words)));
    // Readers meet tuning, which is about any arm, before the budget.
    let at = |name| sections.iter().position(|section| section.name == name);
    if let (Some(budget), Some(tune)) = (at("[budget]"), at("[tune]")) {
        sections.swap(budget, tune);
    }
    sections
}
