//! What changes the identity of a run and what does not, over files made at random.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::catalogue::{accepted, read};

/// Blocks whose order, and lines whose order within a block, mean nothing.
const BLOCKS: [&[&str]; 4] = [
    &["[[task]]", "kind = \"parity\"", "length = 8", "noise = 0.25", "train.clip_norm = 3"],
    &["[model]", "architecture = \"lstm\"", "hidden = 32", "lstm.forget_bias = 2"],
    &["[train]", "steps = 400", "evaluate_every = 50", "learning_rate = 0.01"],
    &[
        "[[arm]]",
        "name = \"other\"",
        "model.lstm.forget_gate = \"always-one\"",
        "train.steps = 600",
    ],
];
const TOP: &str = "name = \"a\"\nbackend = \"ndarray\"\n";

fn file(blocks: &[Vec<&str>]) -> String {
    TOP.to_owned() + &blocks.iter().map(|block| block.join("\n") + "\n").collect::<String>()
}

fn identities(text: &str) -> Vec<String> {
    accepted(text, &[]).plan.conditions.into_iter().map(|c| c.identity).collect()
}

fn shuffled() -> impl Strategy<Value = Vec<Vec<&'static str>>> {
    let lines = |block: &'static [&'static str]| {
        Just(block[1..].to_vec())
            .prop_shuffle()
            .prop_map(move |lines| [&block[..1], &lines].concat())
    };
    BLOCKS.map(lines).to_vec().prop_map(|blocks| blocks).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn order_comments_and_spaces_change_nothing(
        blocks in shuffled(),
        comment in "[ a-z=\\[\\]\"]{0,12}",
    ) {
        let plain = file(&BLOCKS.map(<[_]>::to_vec));
        let commented = file(&blocks).replace('\n', &format!("  # {comment}\n\n")).replace(" = ", "=");
        prop_assert_eq!(identities(&commented), identities(&plain));
    }

    #[test]
    fn no_text_panics(text in "(?s).{0,200}", argument in "(?s).{0,40}") {
        survives(&text, &[&argument]);
    }

    #[test]
    fn no_mix_of_pieces_panics(
        pieces in prop::collection::vec(piece(), 0..20),
        argument in piece(),
    ) {
        survives(&pieces.concat(), &[&argument]);
    }

    #[test]
    fn no_piece_in_a_right_file_panics(
        from in any::<prop::sample::Index>(),
        length in 0_usize..12,
        inserted in piece(),
        key in piece(),
        value in piece(),
    ) {
        let mut text = file(&BLOCKS.map(<[_]>::to_vec));
        let start = from.index(text.len());
        text.replace_range(start..text.len().min(start + length), &inserted);
        survives(&text, &[&format!("{key}={value}"), &format!("train.{key}={value}")]);
        survives(&text, &[]);
    }
}

/// Reads and, if it is wrong, says so in words.
fn survives(text: &str, overrides: &[&str]) {
    if let Err(rejected) = read(text, overrides) {
        assert!(!rejected.problems().is_empty());
        assert!(rejected.render(false, 20).contains("experiments/gates.toml"));
        assert!(rejected.render(true, 200).contains("experiments/gates.toml"));
    }
}

/// Pieces that meet in ways that the parts of the file do not expect.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "name",
        "seeds",
        "baseline",
        "backend",
        "task",
        "model",
        "train",
        "arm",
        "kind",
        "metric",
        "lstm",
        "hidden",
        "architecture",
        "length",
        "solved",
        "below",
        "label",
        "steps",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        ".",
        "=",
        "=",
        ",",
        "\n",
        "\n",
        "\"",
        "'",
        "#",
        "\"adding\"",
        "\"lstm\"",
        "\"é門\"",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "1e308",
        "-inf",
        "nan",
        "0x7f",
        "true",
        "1979-05-27T07:32:00Z",
        "\t",
        "\r\n",
        "\u{feff}",
        "\u{0}",
        "[[task]]\n",
        "[[arm]]\n",
        "[model]\n",
        "[train]\n",
        "kind = \"adding\"\n",
        "architecture = \"lstm\"\n",
        "name = \"x\"\n",
        "hidden = 4\n",
        "model.lstm.forget_bias = 3\n",
    ];
    prop::sample::select(pieces.to_vec()).prop_map(str::to_owned)
}

#[test]
fn every_value_that_means_something_changes_an_identity() {
    let plain = file(&BLOCKS.map(<[_]>::to_vec));
    let before: BTreeSet<_> = identities(&plain).into_iter().collect();
    let edits = [
        ("\"ndarray\"", "\"flex\""),
        ("length = 8", "length = 9"),
        ("noise = 0.25", "noise = 0.5"),
        ("noise = 0.25\n", ""),
        ("kind = \"parity\"", "kind = \"parity\"\nmetric = \"loss\""),
        ("clip_norm = 3", "clip_norm = 4"),
        ("architecture = \"lstm\"", "architecture = \"gru\""),
        ("hidden = 32", "hidden = 33"),
        ("forget_bias = 2", "forget_bias = 2.5"),
        ("steps = 400", "steps = 401"),
        ("evaluate_every = 50", "evaluate_every = 40"),
        ("learning_rate = 0.01", "learning_rate = 0.02"),
        ("\"always-one\"", "\"learned\""),
        ("steps = 600", "steps = 601"),
    ];
    for (from, to) in edits {
        let edited = plain.replacen(from, to, 1);
        assert_ne!(edited, plain, "{from}");
        let after: BTreeSet<_> = identities(&edited).into_iter().collect();
        assert_ne!(after, before, "{from} -> {to}");
    }
}

#[test]
fn names_seeds_and_written_out_defaults_change_no_identity() {
    let plain = file(&BLOCKS.map(<[_]>::to_vec));
    let edits = [
        ("name = \"a\"", "name = \"b\"\nquestion = \"Why?\"\nseeds = [7]\nbaseline = \"c\""),
        ("name = \"other\"", "name = \"renamed\""),
        ("kind = \"parity\"", "kind = \"parity\"\nlabel = \"bits\""),
        (
            "kind = \"parity\"",
            "kind = \"parity\"\nmetric = { at = \"final\", solved = { above = 1 } }",
        ),
        ("lstm.forget_bias = 2", "lstm = { forget_bias = 2.0 }\ngru.reset_after = false"),
        ("hidden = 32", "hidden = 0x20"),
    ];
    for (from, to) in edits {
        let edited = plain.replacen(from, to, 1);
        assert_ne!(edited, plain, "{from}");
        assert_eq!(identities(&edited), identities(&plain), "{from} -> {to}");
    }
    let implicit = plain.replace("lstm.forget_bias = 2\n", "");
    let explicit = plain.replace("lstm.forget_bias = 2\n", "lstm.forget_bias = 1\n");
    assert_eq!(identities(&implicit), identities(&explicit));
}
