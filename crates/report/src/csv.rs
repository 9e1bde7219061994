//! A tidy table as CSV. Every cell is from the crate `text`.

use text::{csv, csv_count, csv_line, csv_number};

use crate::tidy::{Tidy, Values};

/// The table with a line of headings; what is not known is an empty cell.
pub(crate) fn render(table: &Tidy) -> String {
    let headings: Vec<String> = table.columns.iter().map(|it| csv(&it.0)).collect();
    let mut out = csv_line(&headings);
    for row in 0..table.rows() {
        for (index, (_, values)) in table.columns.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            cell(&mut out, values, row);
        }
        out.push('\n');
    }
    out
}

fn cell(out: &mut String, values: &Values, row: usize) {
    let cell = match values {
        Values::Text(values) => values[row].as_deref().map(csv),
        Values::Count(values) => values[row].map(csv_count),
        Values::Number(values) => values[row].map(csv_number),
    };
    out.push_str(cell.as_deref().unwrap_or_default());
}
