//! Texts that are as long, as deep or as much as the reader lets them be.

use std::fmt::Write as _;

use crate::answers;

const HEAD: &str = "name = \"a\"\nmodel.architecture = \"lstm\"\n";
const TASK: &str = "[[task]]\nkind = \"adding\"\n";

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        let _ = writeln!(text, "{}", line(index));
        text
    })
}

fn list(count: usize) -> String {
    let numbers: Vec<_> = (1..=count).map(|number| number.to_string()).collect();
    format!("[{}]", numbers.join(", "))
}

fn files(texts: impl IntoIterator<Item = String>) {
    answers(texts.into_iter().map(|text| (text, Vec::new())));
}

#[test]
fn nested_deeply() {
    const DEEP: usize = 100_000;
    files([
        format!("x = {}", "[".repeat(DEEP)),
        format!("x = {}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        format!("x = {}1{}", "{a = ".repeat(DEEP), "}".repeat(DEEP)),
        format!("x = {}", "{a.a = ".repeat(DEEP)),
        format!("[{}a]\nx = 1", "a.".repeat(DEEP)),
        format!("[[{}a]]\nx = 1", "a.".repeat(DEEP)),
        format!("{}a = 1", "a.".repeat(DEEP)),
        format!("model.{}a = 1", "lstm.".repeat(DEEP)),
        format!("x = {{ {}a = 1 }}", "a.".repeat(DEEP)),
        lines(300, |depth| format!("[{}a]", "a.".repeat(depth))),
        lines(70, |depth| format!("[[{}a]]", "a.".repeat(depth))),
        lines(60, |_| format!("x = {}", "[{a.b = ".repeat(40))),
        format!("\"{}a\" = 1", "a.".repeat(DEEP)),
        "[[a]]\n".repeat(DEEP),
    ]);
    let deep = "a.".repeat(DEEP);
    let overrides = [
        format!("{deep}a=1"),
        format!("{deep}a=1,2"),
        format!("x={}", "[".repeat(DEEP)),
        format!("x={}", "{a=".repeat(DEEP)),
        format!("x={}", "[1,".repeat(DEEP)),
        format!("{}={}", "[".repeat(DEEP), "]".repeat(DEEP)),
    ];
    answers(overrides.map(|text| (HEAD.to_owned() + TASK, vec![text])));
}

#[test]
fn long() {
    const LONG: usize = 1 << 19;
    let key = "k".repeat(LONG);
    files([
        format!("{key} = 1"),
        format!("\"{key}\" = 1"),
        format!("name = \"{key}\""),
        format!("name = '''{key}"),
        format!("{HEAD}baseline = \"{key}\"\n{TASK}"),
        format!("{HEAD}{TASK}[[arm]]\nname = \"{key}\"\nmodel.hidden = 3\n"),
        format!("seeds = 1{}", "0".repeat(LONG)),
        format!("seeds = 0.{}1", "0".repeat(LONG)),
        format!("seeds = 1e{}1", "0".repeat(LONG)),
        format!("seeds = 0x{}", "f".repeat(LONG)),
        "\n".repeat(LONG),
        "\u{feff}".repeat(LONG / 4),
        "\"".repeat(LONG),
        "= ".repeat(LONG / 2),
        format!("#{key}"),
    ]);
    let overrides = [
        format!("name={key}"),
        format!("{key}=1"),
        ",".repeat(1000),
        format!("train.steps={}", ",".repeat(LONG)),
        format!("train.steps={}", list(60_000)),
        format!("seeds={}", list(60_000)),
        format!("model.lstm.forget_gate={}", "a,".repeat(LONG / 4)),
    ];
    answers(overrides.map(|text| (HEAD.to_owned() + TASK, vec![text])));
}

#[test]
fn many_of_everything() {
    let head = HEAD.to_owned() + TASK;
    files([
        // Unknown keys, the same and others.
        lines(60_000, |index| format!("k{index} = 1")),
        lines(60_000, |index| format!("\"k.{index}\" = 1")),
        lines(100_000, |_| "k = 1".to_owned()),
        lines(60_000, |index| format!("[k{index}]")),
        format!("{head}[train]\n{}", lines(60_000, |index| format!("steps{index} = 1"))),
        format!("{head}[model.lstm]\n{}", lines(50_000, |index| format!("forget{index} = 1"))),
        // Arms, good and bad.
        head.clone()
            + &lines(9000, |index| {
                format!("[[arm]]\nname = \"{index}\"\nmodel.hidden = {}", index + 1)
            }),
        head.clone() + &lines(9000, |_| "[[arm]]\nname = \"a\"\nmodel.hidden = 3".to_owned()),
        head.clone()
            + &lines(9000, |index| format!("[[arm]]\nname = \"{index}\"\ntrain.stepz = 1")),
        head.clone() + &"[[arm]]\n".repeat(60_000),
        // Tasks, and arms times tasks.
        HEAD.to_owned() + &lines(9000, |index| format!("{TASK}length = {}", index + 1)),
        HEAD.to_owned() + &TASK.repeat(20_000),
        HEAD.to_owned()
            + &lines(4000, |index| format!("{TASK}length = {}", index + 1))
            + &lines(4000, |index| {
                format!("[[arm]]\nname = \"{index}\"\nmodel.hidden = {}", index + 1)
            }),
        // Claims, excludes.
        head.clone()
            + &lines(6000, |index| {
                format!(
                    "[[claim]]\ntext = \"{index}\"\nleft = \"x\"\nright = \"lstm\"\nexpect = \"less\""
                )
            }),
        format!("{head}[grid]\nmodel.hidden = {}\n", list(10_000))
            + &lines(5000, |index| format!("[[exclude]]\nmodel.hidden = {}", index + 2)),
        // Seeds.
        format!("{head}seed.order = 1\n"),
        format!("seeds = {}\n{head}", list(90_000)),
        format!("seeds = [{}]\n{head}", "1, ".repeat(200_000)),
    ]);
}

#[test]
fn sweeps_without_end() {
    let head = HEAD.to_owned() + TASK;
    let large = list(9000);
    files([
        format!("{head}[grid]\nmodel.hidden = {large}\ntrain.steps = {large}\n"),
        format!("{head}[grid]\nmodel.hidden = {large}\ntask.length = {large}\n"),
        format!("{head}[grid]\ntask.length = {large}\ntrain.learning_rate = {}\n", list(10)),
        format!(
            "{head}[zip]\nmodel.hidden = {large}\ntrain.steps = {large}\n[grid]\ntrain.learning_rate = {}\n",
            list(10)
        ),
        format!("{head}[random]\nsamples = 100000\nmodel.hidden = {{ low = 1, high = 60000 }}\n"),
        format!(
            "{head}[random]\nsamples = 100000\nmodel.hidden = {large}\n[grid]\ntrain.steps = {large}\n"
        ),
        format!("{head}[tune.over]\nmodel.hidden = {large}\ntrain.steps = {large}\n"),
        format!("{head}[tune]\nseeds = 10000\n[tune.over]\nmodel.hidden = {large}\n"),
        format!("seeds = 100000\n{head}[grid]\nmodel.hidden = {large}\n"),
        // One task is few enough, all of them are too many.
        HEAD.to_owned()
            + &lines(1000, |index| format!("{TASK}label = \"{index}\""))
            + &format!("[grid]\ntask.length = {}\n", list(1000)),
    ]);
    let sweeps = [
        vec![format!("seeds={}", list(50_000)), format!("model.hidden={}", list(9000))],
        vec![format!("model.hidden={large}"), format!("train.steps={large}")],
    ];
    answers(sweeps.map(|overrides| (head.clone(), overrides)));
}
