//! Every experiment file and every example of the documents, changed at random places: the
//! same changes every time.

use std::path::Path;

use crate::{Input, answers};

/// Changed texts of each kind.
const CHANGED: usize = 4000;

/// Numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)) >> 11
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn of<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

/// The experiment files, the TOML of the documents, and files that the small catalogue
/// accepts.
fn texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = Vec::new();
    for folder in ["experiments", "experiments/by-path"] {
        let entries = std::fs::read_dir(root.join(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        for path in paths.filter(|path| path.is_file()) {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
    for document in ["README.md", "docs/experiment-file.md"] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        let blocks = text.split("```toml\n").skip(1);
        texts.extend(blocks.map(|block| block.split("```").next().unwrap().to_owned()));
    }
    assert!(texts.len() > 5, "{}", texts.len());
    texts.push(WHOLE.to_owned());
    texts
}

/// Every section there is.
const WHOLE: &str = r#"name = "whole"
seeds = [0, 1, 5]
backend = "ndarray"
[[task]]
kind = "parity"
length = 8
metric = { name = "accuracy", at = "final", solved = { above = 0.5 } }
train.clip_norm = 3
[[task]]
kind = "vowels"
label = "speakers"
[model]
architecture = "lstm"
hidden = 32
lstm.forget_bias = 2
[train]
steps = 400
evaluate_every = 50
early_stopping = { patience = 3 }
[[arm]]
name = "other"
model.lstm.forget_gate = "always-one"
[seed]
initialisation = 3
[grid]
model.hidden = [8, 16]
task.length = [8, 9]
[zip]
"train.learning_rate" = [0.1, 0.2]
train.clip_norm = [1, 2]
[random]
samples = 3
model.lstm.forget_bias = { low = 1, high = 2, scale = "log" }
[[exclude]]
model.hidden = 16
arm = "other"
[tune.over]
backend = ["flex", "ndarray"]
[halving]
rungs = [100, 200]
keep = 0.4
"#;

const OVERRIDES: [&str; 10] = [
    "train.steps=200",
    "train.learning_rate=1e-3,3e-3",
    "seeds=3,5,8",
    "model.lstm.forget_gate=learned, always-one",
    "task.length=[4, 5]",
    "tune.seeds=1",
    "grid.model.hidden=[1, 2]",
    "name=other",
    "early_stopping={ patience = 1 }",
    "\"train.steps\"=1_000",
];

/// Words that mean something somewhere, or look as if they did.
const WORDS: [&str; 42] = [
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ".",
    "=",
    ",",
    "\n",
    "\r",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "#",
    "\\",
    "\0",
    "\u{feff}",
    "é",
    "門",
    "-",
    "+",
    "_",
    "0x",
    "1e999",
    "-0.0",
    "nan",
    "inf",
    "9223372036854775808",
    "-9223372036854775808",
    "99999999999999999999999999",
    "1979-05-27",
    "07:32:00",
    "true",
    "extends = \"/dev/zero\"\n",
    "[[arm]]\n",
    "[[task]]\n",
    "[[claim]]\n",
    "model.",
    "train.steps",
    "\\u0000",
];

/// Changes bytes; what is then no UTF-8 never reaches the reader.
fn change_bytes(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(4) {
            0 if !bytes.is_empty() => bytes[at] = random.next() as u8,
            1 => bytes.insert(at, random.next() as u8),
            2 if !bytes.is_empty() => drop(bytes.remove(at)),
            _ => bytes.truncate(at),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Runs of letters and digits, and every other character by itself.
fn tokens(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match rest.find(|c| !is_word(c)) {
            Some(0) => first.len_utf8(),
            Some(end) => end,
            None => rest.len(),
        };
        let (token, others) = rest.split_at(end);
        tokens.push(token);
        rest = others;
    }
    tokens
}

/// Leaves out, repeats, moves and replaces pieces.
fn change_pieces<'a>(mut pieces: Vec<&'a str>, others: &[&'a str], random: &mut Random) -> String {
    for _ in 0..=random.below(5) {
        let (at, from) = (random.below(pieces.len()), random.below(pieces.len()));
        match random.below(6) {
            0 if !pieces.is_empty() => drop(pieces.remove(at)),
            1 if !pieces.is_empty() => pieces.insert(at, pieces[from]),
            2 if !pieces.is_empty() => pieces.swap(at, from),
            3 if !pieces.is_empty() => pieces[at] = random.of(others),
            4 if !pieces.is_empty() => {
                let many = pieces[at].repeat(1 + random.below(300));
                return pieces[..at].concat() + &many + &pieces[at..].concat();
            }
            _ => pieces.insert(at, random.of(others)),
        }
    }
    pieces.concat()
}

fn changed(index: usize, texts: &[String]) -> Input {
    let mut random = Random(index as u64);
    let text = &texts[random.below(texts.len())];
    let other = &texts[random.below(texts.len())];
    let mut text = match index % 3 {
        0 => change_bytes(text, &mut random),
        1 => {
            let words: Vec<_> = WORDS.into_iter().chain(tokens(other)).collect();
            change_pieces(tokens(text), &words, &mut random)
        }
        _ => {
            let lines: Vec<_> = other.split_inclusive('\n').chain(WORDS).collect();
            change_pieces(text.split_inclusive('\n').collect(), &lines, &mut random)
        }
    };
    if random.below(8) == 0 {
        text += other;
    }
    let overrides = (0..random.below(3)).map(|_| {
        let text = random.of(&OVERRIDES);
        match random.below(3) {
            0 => text.to_owned(),
            1 => change_bytes(text, &mut random),
            _ => change_pieces(tokens(text), &WORDS, &mut random),
        }
    });
    let overrides = overrides.collect();
    (text, overrides)
}

#[test]
fn changed_files_and_overrides_are_answered() {
    let texts = texts();
    answers((0..3 * CHANGED).map(|index| changed(index, &texts)));
}

#[test]
fn some_changed_files_are_accepted_and_most_are_not() {
    let texts = [WHOLE.to_owned()];
    let accepted = (0..300).filter(|&index| {
        let (text, _) = changed(index, &texts);
        crate::catalogue::read(&text, &[]).is_ok()
    });
    let accepted = accepted.count();
    assert!((3..150).contains(&accepted), "the changes are not of the right size: {accepted}");
}
