//! What changes the identity of a run and what does not, over files made at random.

use std::collections::BTreeSet;

use proptest::prelude::*;
use store::Plan;

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

/// Parts of a file, of which any set makes a right one, in any order.
const PARTS: [&str; 11] = [
    "[seed]\ninitialisation = 3\n",
    "[grid]\nmodel.hidden = [8, 16]\ntask.length = [8, 9]\n",
    "[zip]\n\"train.learning_rate\" = [0.1, 0.2]\ntrain.clip_norm = [1, 2]\n",
    "[random]\nsamples = 3\nmodel.lstm.forget_bias = { low = 1, high = 2 }\n",
    "[[exclude]]\nmodel.hidden = 16\ntask.length = 8\n",
    "[tune.over]\nbackend = [\"flex\", \"ndarray\"]\n",
    "[halving]\nrungs = [200]\n",
    "[[claim]]\ntext = \"t\"\nleft = \"CLAIMED\"\nright = \"BASE\"\nexpect = \"less\"\n",
    "[[arm]]\nname = \"third\"\nmodel.architecture = \"gru\"\n",
    "[[arm]]\nname = \"fourth\"\ntrain.early_stopping = { patience = 2 }\n",
    "[[task]]\nkind = \"vowels\"\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    /// Whatever parts a file has: it resolves, every identity is that of its configuration,
    /// and neither the order of the parts nor a comment changes a thing but the order of
    /// arms and tasks.
    #[test]
    fn any_set_of_parts_resolves_and_their_order_means_nothing(
        order in Just((0..PARTS.len()).collect::<Vec<_>>()).prop_shuffle(),
        count in 0..=PARTS.len(),
    ) {
        // An excluded point needs its grid; a claim, the names that the sweep gives.
        let mut chosen = order[..count].to_vec();
        chosen.retain(|&part| part != 4 && part != 7);
        let text = |parts: &[usize]| {
            let parts: String = parts.iter().map(|&part| PARTS[part]).collect();
            file(&BLOCKS.map(<[_]>::to_vec)) + &parts
        };
        let plan = accepted(&text(&chosen), &[]).plan;
        prop_assert_eq!(plan.conditions.len(), plan.arms.len() * plan.tasks.len());
        prop_assert_eq!(plan.runs().count(), plan.conditions.len() * plan.seeds.len());
        for (index, condition) in plan.conditions.iter().enumerate() {
            prop_assert_eq!(&condition.identity, &condition.config.identity());
            prop_assert_eq!(condition.task * plan.arms.len() + condition.arm, index);
        }
        let names: BTreeSet<_> = plan.arms.iter().map(|arm| &arm.name).collect();
        prop_assert_eq!(names.len(), plan.arms.len());
        for candidate in plan.tuning.iter().flat_map(|tuning| &tuning.candidates) {
            prop_assert_eq!(&candidate.condition.identity, &candidate.condition.config.identity());
        }
        let mut sorted = chosen.clone();
        sorted.sort_unstable();
        let again = accepted(&text(&sorted).replace('\n', " # = [\n"), &[]).plan;
        let set = |plan: &Plan| -> BTreeSet<String> {
            let tuned = plan.tuning.iter().flat_map(|tuning| &tuning.candidates);
            let conditions = plan.conditions.iter().chain(tuned.map(|it| &it.condition));
            conditions.map(|condition| condition.identity.clone()).collect()
        };
        prop_assert_eq!(set(&plan), set(&again));
        prop_assert_eq!(serde_json::from_str::<Plan>(&serde_json::to_string(&plan).unwrap()).unwrap(), plan);
    }

    #[test]
    fn bytes_changed_in_a_file_of_all_parts_do_not_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..6),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let mut text: Vec<char> =
            (file(&BLOCKS.map(<[_]>::to_vec)) + &PARTS.concat()).chars().collect();
        for (at, with) in changes {
            let at = at.index(text.len());
            text[at] = with;
        }
        if cuts {
            text.truncate(cut.index(text.len()));
        }
        let text: String = text.into_iter().collect();
        survives(&text, &[]);
        survives(&text, &["train.steps=200,400,x", "grid.model.hidden=[]", "tune.seeds=1"]);
    }
}

#[test]
fn every_key_of_the_sections_changes_what_is_run() {
    let all = |text: &str| -> BTreeSet<(String, Vec<u64>)> {
        let plan = accepted(text, &[]).plan;
        let tuned = plan.tuning.iter().flat_map(|tuning| {
            tuning.candidates.iter().map(|it| (it.condition.identity.clone(), tuning.seeds.clone()))
        });
        let main = plan.conditions.iter().map(|it| (it.identity.clone(), plan.seeds.clone()));
        main.chain(tuned).collect()
    };
    let plain = file(&BLOCKS.map(<[_]>::to_vec))
        + &PARTS[..6].concat().replace("16\ntask.length = 8", "16");
    let before = all(&plain);
    let edits = [
        ("initialisation = 3", "initialisation = 4"),
        ("initialisation = 3", "order = 3"),
        ("[8, 16]", "[8, 16, 17]"),
        ("[8, 9]", "[8, 10]"),
        ("[0.1, 0.2]", "[0.2, 0.1]"),
        ("samples = 3", "samples = 4"),
        ("samples = 3", "samples = 3\nseed = 1"),
        ("low = 1, high = 2", "low = 1.5, high = 2"),
        ("high = 2", "high = 2, scale = \"log\""),
        ("hidden = 16", "hidden = 8"),
        ("[tune.over]", "[tune]\nseeds = 3\n[tune.over]"),
        ("[tune.over]\nbackend = [\"flex\", \"ndarray\"]\n", ""),
    ];
    for (from, to) in edits {
        let edited = plain.replacen(from, to, 1);
        assert_ne!(edited, plain, "{from}");
        assert_ne!(all(&edited), before, "{from} -> {to}");
    }
    let budget = "[budget]\nparameters = 250\n";
    let narrow = plain
        .replace("model.hidden = [8, 16]\n", "")
        .replace("[[exclude]]\nmodel.hidden = 16\n", "");
    assert_ne!(all(&format!("{narrow}{budget}")), all(&narrow));
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
        "seed",
        "grid",
        "zip",
        "random",
        "exclude",
        "budget",
        "tune",
        "over",
        "halving",
        "claim",
        "extends",
        "parameters",
        "rungs",
        "samples",
        "low",
        "high",
        "split",
        "'a.b'",
        "\"train.steps\"",
        "[grid]\ntrain.steps = [100, 200]\n",
        "[zip]\nmodel.hidden = [1, 2]\nbackend = [\"flex\", \"ndarray\"]\n",
        "[random]\nsamples = 3\nmodel.hidden = { low = 1, high = 9 }\n",
        "[[exclude]]\ntrain.steps = 100\n",
        "[budget]\nparameters = 100\n",
        "[tune]\nover.train.learning_rate = [1, 2]\n",
        "[halving]\nrungs = [100]\n",
        "[[claim]]\ntext = \"x\"\nleft = \"lstm\"\nright = \"other\"\nexpect = \"less\"\n",
        "[seed]\norder = 3\n",
        "extends = \"/dev/null\"\n",
        "[0.1, 0.2]",
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

#[test]
fn what_is_kept_is_no_part_of_the_identity_and_what_is_started_from_is() {
    let text = file(&BLOCKS.map(<[_]>::to_vec));
    let kept = accepted(&text, &["keep=both"]).plan;
    assert_eq!(kept.keep, store::Keep::Both);
    let identity = |plan: &Plan| -> Vec<String> {
        plan.conditions.iter().map(|it| it.identity.clone()).collect()
    };
    assert_eq!(identity(&kept), identities(&text));
    let from = |file: &str| accepted(&text, &[&format!("model.weights={file}")]);
    let (first, second) = (from("a.pt"), from("encoder.pt"));
    let all: BTreeSet<_> = [identities(&text), identity(&first.plan), identity(&second.plan)]
        .concat()
        .into_iter()
        .collect();
    assert_eq!(all.len(), 6);
    let weights = first.plan.conditions[0].config.model.weights.as_ref().unwrap();
    assert_eq!((&*weights.file, &*weights.digest), ("a.pt", "digest of a.pt"));
    // What begins anew although weights are given is said, of each arm once.
    let anew = |experiment: &experiment::Experiment| {
        experiment.notes.iter().filter(|it| it.contains("begins anew")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(anew(&first), Vec::<String>::new());
    assert_eq!(
        anew(&second),
        [
            "lstm starts from encoder.pt, which lacks head.weight: that begins anew",
            "other starts from encoder.pt, which lacks head.weight: that begins anew"
        ]
    );
    for (file, said) in [("gone.pt", "it is missing"), ("other.pt", "[8, 3], not [16, 3]")] {
        let rejected = read(&text, &[format!("model.weights={file}").as_str()]).unwrap_err();
        assert!(rejected.render(false, 200).contains(said), "{}", rejected.render(false, 200));
    }
}
