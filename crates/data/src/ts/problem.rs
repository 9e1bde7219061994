//! What may be wrong with a line of a `.ts` file.

use crate::utf8::brief;

/// What is wrong with a line. Dimensions and positions count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the variants and their fields are")]
pub enum Problem {
    // The file.
    #[error("the file holds neither tags nor cases")]
    Empty,
    #[error("the file ends without a line @data; put it before the first case")]
    NoData,
    #[error("no case follows @data")]
    NoCases,

    // Tags.
    #[error(
        "\"{found}\" before @data is no tag; tags begin with @, comments with #",
        found = brief(found)
    )]
    NotATag { found: String },
    #[error(
        "unknown tag @{tag}; there are @problemName, @timeStamps, @missing, @univariate, \
         @dimensions, @equalLength, @seriesLength, @classLabel and @data"
    )]
    UnknownTag { tag: String },
    #[error("the tag @{tag} was given before; delete one of the two")]
    RepeatedTag { tag: String },
    #[error("\"{found}\" after @{tag} is not true or false", found = brief(found))]
    NotAFlag { tag: String, found: String },
    #[error("\"{found}\" after @{tag} is not a positive whole number", found = brief(found))]
    NotACount { tag: String, found: String },
    #[error("@univariate true and @dimensions contradict each other; correct one of them")]
    TwoDimensions,
    #[error("@classLabel true and @targetLabel true: a case has either; correct one of them")]
    ClassAndTarget,
    #[error(
        "no @classLabel before @data; add \"@classLabel true\" with every label after it, \
         \"@targetLabel true\" if the cases end with a number, or \"@classLabel false\" if they \
         end with neither"
    )]
    NoClassLabel,
    #[error("no labels after @classLabel true; name every label, separated by blanks")]
    NoLabels,
    #[error("the label \"{label}\" after @classLabel false; write true, or delete the labels")]
    LabelAfterFalse { label: String },
    #[error("the label \"{label}\" occurs twice after @classLabel; delete one of the two")]
    RepeatedLabel { label: String },
    #[error("the label \"{label}\" holds a \":\", which separates dimensions; rename it")]
    LabelWithColon { label: String },
    #[error("a tag after @data; tags go before it")]
    TagAfterData,

    // Cases.
    #[error("the case has no class label; add \":\" and its label at the end of the line")]
    NoLabel,
    #[error("the case has no target; add \":\" and a number at the end of the line")]
    NoTarget,
    #[error("the target \"{found}\" is not a finite 32-bit number", found = brief(found))]
    NotATarget { found: String },
    #[error(
        "dimension {dimension}, value {position}: \"{found}\" is not a time and a value in \
         brackets, as (0,1.5), which @timeStamps true asks for",
        found = brief(found)
    )]
    NotStamped { dimension: usize, position: usize, found: String },
    #[error("dimension {dimension}, value {position}: the time \"{time}\" occurs twice")]
    RepeatedTime { dimension: usize, position: usize, time: String },
    #[error(
        "the class label \"{found}\" is none of those after @classLabel: {known}",
        found = brief(found)
    )]
    UnknownLabel { found: String, known: String },
    #[error(
        "{found} {noun} where {expected} expected; separate dimensions with \":\"",
        noun = if *found == 1 { "dimension" } else { "dimensions" },
        expected = if *expected == 1 { "1 is".into() } else { format!("{expected} are") }
    )]
    WrongDimensions { found: usize, expected: usize },
    #[error("dimension {dimension} is empty; write ? for a missing value")]
    EmptyDimension { dimension: usize },
    #[error(
        "dimension {dimension}, value {position}: \"{found}\" is not a finite 32-bit number; \
         write ? for a missing value",
        found = brief(found)
    )]
    NotANumber { dimension: usize, position: usize, found: String },
    #[error(
        "dimension {dimension}, value {position} is missing although the header says @missing \
         false; correct one of them"
    )]
    UndeclaredMissing { dimension: usize, position: usize },
    #[error(
        "dimension {dimension} has length {found}, dimension 1 has {first}; all dimensions of \
         a case need the same length"
    )]
    RaggedDimensions { dimension: usize, found: usize, first: usize },
    #[error(
        "the case has length {found} where the header, or @equalLength true and the first \
         case, ask for {expected}; correct it or write @equalLength false"
    )]
    WrongLength { found: usize, expected: usize },
}

/// A line, from 1, and what is wrong with it.
pub(super) struct Broken {
    pub(super) line: usize,
    pub(super) problem: Problem,
}
