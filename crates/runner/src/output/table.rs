//! Plain text in columns, every cell shown by the crate `text`.

/// On which side of its column a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows of texts in columns that are as wide as they need to be.
#[derive(Debug, Clone)]
pub struct Table {
    sides: Vec<Side>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Columns by heading.
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Side)>) -> Self {
        let (heading, sides) =
            columns.into_iter().map(|(name, side)| (text::terminal(name), side)).unzip();
        Self { sides, rows: vec![heading] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| text::terminal(&cell)).collect());
    }

    /// The table, two spaces between columns and none at the ends of lines.
    pub fn text(&self) -> String {
        let mut widths = vec![0; self.sides.len()];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, &width), side) in row.iter().zip(&widths).zip(&self.sides) {
                let room = " ".repeat(width - cell.chars().count());
                line += &match side {
                    Side::Left => [cell, &*room, "  "].concat(),
                    Side::Right => [&*room, cell, "  "].concat(),
                };
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }
}

/// A number for a column; `-` for nothing.
pub fn count(number: usize) -> String {
    if number == 0 { "-".into() } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_text() {
        let mut table = Table::new([("arm", Side::Left), ("runs", Side::Right), ("", Side::Left)]);
        table.row(["lstm".into(), "3".into(), "x".into()]);
        table.row(["é".into(), count(0), String::new()]);
        assert_eq!(table.text(), "arm   runs\nlstm     3  x\né        -\n");
        table.row(["\u{202E}\n".into(), String::new(), String::new()]);
        assert!(table.text().ends_with("\n\\u{202E}\\n\n"), "{}", table.text());
    }
}
