//! When something was measured, as tables and series write it.

use std::cmp::Ordering;

/// A time: a number, or a date that sorts as text.
#[derive(Debug, Clone, PartialEq)]
pub enum Time {
    /// A number.
    Number(f64),
    /// Anything else.
    Text(String),
}

impl Time {
    /// What a text says, without the blanks around it.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        text.parse().map_or_else(|_| Self::Text(text.to_owned()), Self::Number)
    }

    /// The order of two times; every number comes before every text.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }

    /// Whether it surely comes before another: both are numbers, or both are texts.
    pub fn is_before(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a < b,
            (Self::Text(a), Self::Text(b)) => a < b,
            _ => false,
        }
    }
}
