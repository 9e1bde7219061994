//! What the screen shows as files: the numbers, the characters, and a picture of them.

use std::fmt::Write as _;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use store::write_atomically;
use text::html;

use super::SweepView;

/// The size of an exported screen where the terminal's is not known.
const SIZE: (u16, u16) = (120, 36);

/// Width and height of a cell of the picture.
const CELL: (f64, f64) = (8.4, 17.0);

impl SweepView {
    /// Writes what is shown into the sweep's folder, under `views/`, and says so.
    pub(super) fn export(&mut self) {
        let (columns, rows) = ratatui::crossterm::terminal::size().unwrap_or(SIZE);
        let Ok(mut terminal) = Terminal::new(TestBackend::new(columns.max(40), rows.max(10)));
        let Ok(_) = terminal.draw(|frame| self.draw(frame));
        let buffer = terminal.backend().buffer();
        let name = self.screens[self.current].name();
        let folder = self.state.folder().path().join("views");
        let metric = self.metric();
        let csv = self.screens[self.current].csv(&self.scene(&metric));
        let files = [("svg", picture(buffer)), ("txt", characters(buffer)), ("csv", csv)];
        for (ending, text) in files {
            let path = folder.join(format!("{name}.{ending}"));
            if let Err(error) = write_atomically(&path, text.as_bytes()) {
                self.notice = Some(error.to_string());
                return;
            }
        }
        let path = folder.join(name);
        self.notice = Some(format!("written: {}.svg, .txt and .csv", path.display()));
    }
}

fn characters(buffer: &Buffer) -> String {
    let area = buffer.area;
    let line = |row: u16| {
        let cells = (0..area.width).map(|column| buffer[(column, row)].symbol());
        cells.collect::<String>().trim_end().to_owned() + "\n"
    };
    (0..area.height).map(line).collect()
}

/// The characters as SVG, in their colours, on a background that is either light or dark.
fn picture(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) = (f64::from(area.width) * CELL.0, f64::from(area.height) * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" \
         font-family=\"ui-monospace, monospace\" font-size=\"14\">\n<style>text {{ fill: #222; \
         white-space: pre }} rect {{ fill: #fff }} @media (prefers-color-scheme: dark) {{ text {{ \
         fill: #ddd }} rect {{ fill: #111 }} }}</style>\n<rect width=\"100%\" height=\"100%\"/>\n"
    );
    for row in 0..area.height {
        let mut column = 0;
        while column < area.width {
            let style = buffer[(column, row)].style();
            let from = column;
            let mut text = String::new();
            while column < area.width && buffer[(column, row)].style() == style {
                text.push_str(buffer[(column, row)].symbol());
                column += 1;
            }
            if text.trim().is_empty() {
                continue;
            }
            let (x, y) = (f64::from(from) * CELL.0, (f64::from(row) + 0.8) * CELL.1);
            let length = f64::from(column - from) * CELL.0;
            let mut look = String::new();
            if let Some(colour) = style.fg.and_then(colour) {
                let _ = write!(look, " style=\"fill: {colour}\"");
            }
            if style.add_modifier.contains(Modifier::BOLD) {
                look.push_str(" font-weight=\"bold\"");
            }
            if style.add_modifier.contains(Modifier::DIM) {
                look.push_str(" opacity=\"0.6\"");
            }
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" \
                 lengthAdjust=\"spacingAndGlyphs\"{look}>{}</text>",
                html(&text)
            );
        }
    }
    out + "</svg>\n"
}

/// A colour of the palette for the web; none for the text's own.
fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Indexed(index @ 16..=231) => {
            let index = index - 16;
            let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * u32::from(part) };
            let [red, green, blue] = [index / 36, index / 6 % 6, index % 6].map(level);
            Some(format!("#{red:02x}{green:02x}{blue:02x}"))
        }
        Color::Yellow | Color::LightYellow => Some("#e69f00".into()),
        Color::Cyan => Some("#56b4e9".into()),
        Color::Green => Some("#009e73".into()),
        Color::Magenta => Some("#cc79a7".into()),
        Color::Blue => Some("#0072b2".into()),
        Color::Red => Some("#d55e00".into()),
        _ => None,
    }
}
