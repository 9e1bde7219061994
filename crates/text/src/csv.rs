//! CSV, as RFC 4180 has it and as spreadsheets open it.

use crate::hidden::shown;

/// Signs that begin a formula in a spreadsheet, also in their full width.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell of text: every hidden character shown, then an apostrophe before what would be a
/// formula (its first character that is no space is one of `= + - @`; a tab or a carriage
/// return is shown and begins none), then in quotes where RFC 4180 or a spreadsheet that
/// separates by semicolons asks for them.
pub fn csv(text: &str) -> String {
    let mut cell = shown(text);
    if cell.trim_start().starts_with(FORMULA) {
        cell.insert(0, '\'');
    }
    if cell.contains([',', ';', '"']) || cell.starts_with(' ') || cell.ends_with(' ') {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

/// A cell of a number, in the fewest digits that give it back; never an apostrophe, so that
/// `-0.5` is a number everywhere.
pub fn csv_number(value: f64) -> String {
    value.to_string()
}

/// A cell of a whole number.
pub fn csv_count(value: u64) -> String {
    value.to_string()
}

/// A line of cells, each of which comes from [`csv`], [`csv_number`] or [`csv_count`], or is
/// empty.
pub fn csv_line<T: AsRef<str>>(cells: &[T]) -> String {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    cells.join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cells_that_need_it_are_quoted() {
        let cells = ["plain", "a,b", "say \"x\"", "two\nlines", "", "a;b", " a"].map(csv);
        let expected = "plain,\"a,b\",\"say \"\"x\"\"\",two\\nlines,,\"a;b\",\" a\"\n";
        assert_eq!(csv_line(&cells), expected);
    }

    #[test]
    fn text_is_no_formula_and_a_number_is_a_number() {
        let cells = ["=cmd()", "+1", "-x", "@a", " =1", "＝1", "a=b", "\t=1"].map(csv);
        assert_eq!(cells, ["'=cmd()", "'+1", "'-x", "'@a", "' =1", "'＝1", "a=b", r"\t=1"]);
        assert_eq!([csv_number(-0.5), csv_number(1e-7), csv_count(7)], ["-0.5", "0.0000001", "7"]);
    }
}
