//! A tidy table as CSV. Every cell is from the crate `text`.

use text::{csv, csv_count, csv_line, csv_number};

use crate::tidy::{Tidy, Values};

/// The table with a line of headings; what is not known is an empty cell.
pub(crate) fn render(table: &Tidy) -> String {
    let headings: Vec<String> = table.columns.iter().map(|it| csv(&it.0)).collect();
    let mut out = csv_line(&headings);
    for row in 0..table.rows() {
        let cells: Vec<String> = table.columns.iter().map(|it| cell(&it.1, row)).collect();
        out.push_str(&csv_line(&cells));
    }
    out
}

fn cell(values: &Values, row: usize) -> String {
    match values {
        Values::Text(values) => values[row].as_deref().map(csv),
        Values::Count(values) => values[row].map(csv_count),
        Values::Number(values) => values[row].map(csv_number),
    }
    .unwrap_or_default()
}
