//! Every medium, over all of Unicode.

use proptest::prelude::*;
use text::{
    csv, html, is_hidden, latex, markdown, markdown_code, markdown_code_in_table, terminal,
    terminal_drawn,
};

type Medium = (&'static str, fn(&str) -> String);

const MEDIA: [Medium; 7] = [
    ("terminal", terminal),
    ("markdown", markdown),
    ("markdown code", markdown_code),
    ("markdown code in a table", markdown_code_in_table),
    ("html", html),
    ("latex", latex),
    ("csv", csv),
];

/// General category Cf of Unicode 17.0, beside the table that is tested.
const FORMAT: &str = "\u{AD}\u{600}\u{601}\u{602}\u{603}\u{604}\u{605}\u{61C}\u{6DD}\u{70F}\u{890}\
    \u{891}\u{8E2}\u{180E}\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\
    \u{202E}\u{2060}\u{2061}\u{2062}\u{2063}\u{2064}\u{2066}\u{2067}\u{2068}\u{2069}\u{206A}\
    \u{206B}\u{206C}\u{206D}\u{206E}\u{206F}\u{FEFF}\u{FFF9}\u{FFFA}\u{FFFB}\u{110BD}\u{110CD}\
    \u{13430}\u{1343F}\u{1BCA0}\u{1BCA1}\u{1BCA2}\u{1BCA3}\u{1D173}\u{1D17A}\u{E0001}\u{E0020}\
    \u{E007F}";

fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || FORMAT.contains(c)
}

/// What each medium may be given: any text, and more often what it must not obey.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        3 => (0..=0x7F_u32).prop_map(|c| char::from_u32(c).unwrap_or(' ').to_string()),
        1 => proptest::sample::select(FORMAT.chars().collect::<Vec<_>>()).prop_map(String::from),
        1 => proptest::sample::select(vec![
            "\\", "\\\\", "\\|", "|", "`", "``", "=cmd()", "\"", "\"\"", "\r\n", "\u{1B}[2J",
            "\u{1B}[1m", "<script>", "<!--", "&lt;", "](", "--", "\\n", "\\u{202E}", "'", "    ",
        ])
        .prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn holds(text: &str) {
    for (name, medium) in MEDIA {
        let out = medium(text);
        let unseen = out.chars().find(|&c| is_unseen(c) || is_hidden(c));
        assert_eq!(unseen, None, "{name} of {text:?} is {out:?}");
    }
    let once = terminal(text);
    assert_eq!(terminal(&once), once, "what was shown stays: {text:?}");
    terminal_holds(text);
    html_holds(text);
    markdown_holds(text);
    csv_holds(text);
    latex_holds(text);
}

/// Nothing is left out: from what is shown every character can be told.
fn terminal_holds(text: &str) {
    if !text.contains('\\') {
        assert_eq!(read_back(&terminal(text)), text);
    }
    let drawn = terminal_drawn(text);
    let mut rest = drawn.as_str();
    while let Some(at) = rest.find('\u{1B}') {
        let inside = rest[at..].strip_prefix("\u{1B}[").unwrap_or_else(|| panic!("{drawn:?}"));
        rest = inside.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        assert!(rest.starts_with('m'), "{drawn:?}");
    }
    let others = drawn.chars().filter(|c| !matches!(c, '\n' | '\u{1B}'));
    assert!(!others.into_iter().any(is_hidden), "{drawn:?}");
}

fn read_back(shown: &str) -> String {
    let mut out = String::new();
    let mut rest = shown;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (c, length) = match rest.as_bytes().first() {
            Some(b'n') => ('\n', 1),
            Some(b'r') => ('\r', 1),
            Some(b't') => ('\t', 1),
            _ => {
                let end = rest.find('}').expect("an escape ends");
                let code = u32::from_str_radix(&rest[2..end], 16).expect("a number");
                (char::from_u32(code).expect("a character"), end + 1)
            }
        };
        out.push(c);
        rest = &rest[length..];
    }
    out + rest
}

fn html_holds(text: &str) {
    let out = html(text);
    assert!(!out.contains(['<', '>', '"', '\'']), "{out}");
    let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
    for (at, _) in out.match_indices('&') {
        assert!(entities.iter().any(|entity| out[at..].starts_with(entity)), "{out}");
    }
    let read = out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    assert_eq!(read.replace("&#39;", "'").replace("&amp;", "&"), terminal(text));
}

/// One cell: a line, and no pipe that has not a backslash of its own.
fn markdown_holds(text: &str) {
    for out in [markdown(text), markdown_code_in_table(text)] {
        let mut before = false;
        for c in out.chars() {
            assert!(c != '|' || before, "{text:?} ends its cell: {out}");
            // GitHub splits cells before it reads anything else.
            before = c == '\\';
        }
    }
    let out = markdown(text);
    // A backslash escapes punctuation; before anything else it is one.
    let (mut read, mut rest) = (String::new(), out.chars().peekable());
    while let Some(c) = rest.next() {
        match rest.peek() {
            Some(&next) if c == '\\' && next.is_ascii_punctuation() => {
                rest.next();
                read.push(next);
            }
            _ => {
                let means = matches!(c, '`' | '*' | '~' | '$')
                    || c == '<' && rest.peek().is_some_and(char::is_ascii_alphabetic)
                    || c == '<' && matches!(rest.peek(), Some('/' | '!' | '?'));
                assert!(!means, "{c} of {text:?} means something: {out}");
                read.push(c);
            }
        }
    }
    assert_eq!(read, terminal(text), "{out}");
    let code = markdown_code(text);
    assert!(code.contains(&terminal(text)));
}

fn csv_holds(text: &str) {
    let out = csv(text);
    let cell = match out.strip_prefix('"') {
        None => {
            assert!(!out.contains([',', '"', '\r', '\n']), "{out}");
            out
        }
        Some(inside) => {
            let inside = inside.strip_suffix('"').unwrap_or_else(|| panic!("{out}"));
            assert!(!inside.replace("\"\"", "").contains('"'), "{out}");
            inside.replace("\"\"", "\"")
        }
    };
    let formula = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r'];
    assert!(!cell.starts_with(formula) && !cell.trim_start().starts_with(formula), "{cell}");
    let shown = terminal(text);
    let is_formula = shown.trim_start().starts_with(formula);
    assert_eq!(cell, if is_formula { format!("'{shown}") } else { shown });
}

/// No special character without its backslash, and every brace in a pair.
fn latex_holds(text: &str) {
    let out = latex(text);
    let mut depth = 0_i32;
    let mut before = ' ';
    for c in out.chars() {
        match c {
            '{' if before != '\\' => depth += 1,
            '}' if before != '\\' => depth -= 1,
            '$' | '&' | '#' | '%' | '_' => assert_eq!(before, '\\', "{out}"),
            '^' | '~' | '`' | '<' | '>' | '|' | '"' | '\'' => panic!("{out}"),
            _ => {}
        }
        assert!((0..=1).contains(&depth), "{out}");
        before = c;
    }
    assert_eq!(depth, 0, "{out}");
}

#[test]
fn every_character_alone_and_among_others() {
    for c in '\0'..=char::MAX {
        if is_unseen(c) {
            assert!(is_hidden(c), "{:X}", u32::from(c));
        }
        // Few are hidden that the standard library prints: marks without a mark.
        if is_hidden(c) && !c.is_control() {
            let debug = format!("a{c}").escape_debug().to_string();
            let is_mark = matches!(c, '\u{34F}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
                | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}'
                | '\u{115F}'..='\u{1160}' | '\u{3164}' | '\u{FFA0}');
            assert!(debug.contains("\\u{") || is_mark, "{:X}", u32::from(c));
        }
        for text in [String::from(c), format!("a\\{c}b")] {
            holds(&text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_texts(text in any_text()) {
        holds(&text);
    }
}
