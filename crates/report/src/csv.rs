//! A tidy table as CSV. Every cell is from the crate `text`.

use text::{csv, csv_count, csv_line, csv_number};

use crate::tidy::{Tidy, Values};

/// The table with a line of headings; what is not known is an empty cell.
pub(crate) fn render(table: &Tidy) -> String {
    let headings: Vec<String> = table.columns.iter().map(|it| csv(&it.0)).collect();
    let mut out = csv_line(&headings);
    // A name stands in many rows under each other.
    let mut before: Vec<(&str, String)> = vec![("", String::new()); table.columns.len()];
    for row in 0..table.rows() {
        for (index, (_, values)) in table.columns.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            match values {
                Values::Text(values) => {
                    let Some(text) = values[row].as_deref() else { continue };
                    if before[index].0 != text {
                        before[index] = (text, csv(text));
                    }
                    out.push_str(&before[index].1);
                }
                Values::Count(values) => {
                    out.push_str(&values[row].map(csv_count).unwrap_or_default());
                }
                Values::Number(values) => {
                    out.push_str(&values[row].map(csv_number).unwrap_or_default());
                }
            }
        }
        out.push('\n');
    }
    out
}
