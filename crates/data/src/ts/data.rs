//! What a `.ts` file says.

/// The content of a `.ts` file.
#[derive(Debug, Clone, PartialEq)]
pub struct TsData {
    /// `@problemName`; empty if there is none.
    pub name: String,
    /// Dimensions of every case.
    pub channels: usize,
    /// Class labels in the order of `@classLabel`; empty if the cases have none.
    pub classes: Vec<String>,
    /// At least one, in file order.
    pub cases: Vec<Case>,
}

/// One sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Line in the file, from 1.
    pub line: usize,
    /// `[steps, channels]`, row-major, at least one step; NaN where a value is missing,
    /// finite elsewhere.
    pub values: Vec<f32>,
    /// Index of its class in [`TsData::classes`]; `None` in a file without labels.
    pub label: Option<usize>,
    /// Target of a regression; `None` in a file without targets.
    pub target: Option<f32>,
}
