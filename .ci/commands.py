#!/usr/bin/env python3
"""Runs the commands of the documentation: every block of `sh` or `bash` in README.md and docs/*.md.

    .ci/commands.py PROGRAM       the built unroll

Each page has a folder of its own with the shipped experiments and data sets and no results, in which its
commands are run in their order, with few steps and seeds. What cannot be run here is in the tables CHECKED
and LEFT_OUT, with the reason. A command that no table knows and that does not run is an error.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Of ours, what is not run: what is added, the exit code, what is said on standard error, and why. Each
# goes through the program's own reading of its arguments.
CHECKED = (
    (r"run (experiments/\w+/? ?)+$", ["--dry-run"], 0, "", "takes hours; every file is read and planned"),
    (r"run .*\bbackend=wgpu\b", [], 2, "is not in this build", "the backend is a feature of the build"),
    (r"control ", [], 2, "no runner is at work", "asks a sweep that is at work"),
    (r"watch ", ["--help"], 0, "", "needs a terminal"),
    (r"bench", ["--help"], 0, "", "takes minutes, and compares with PyTorch and JAX"),
)

# Of other programs.
LEFT_OUT = (
    (r"cargo (test|bench|build) ", "builds or tests; that its packages and targets exist is looked up"),
    (r"perf ", "needs the profiler of the system"),
    (r"mkdir sweep$|python3 -c |target/debug/fake_trainer |while read |echo \"\$last\"",
     "measures the runner, at rest"),
    (r"target/level-3/", "compares with a build of an hour"),
    (r"cargo install ", "builds the program with all optimisations"),
    (r"eval ", "changes the shell; a test looks at the script"),
    (r"i=|for host in |ssh |done$", "starts sweeps on other machines"),
    (r"#PBS |cd \"\$PBS_O_WORKDIR\"|hq submit ", "is for another engine's machines"),
    (r"pip install |cd python && maturin |UNROLL_PROGRAM=|python/tests/run.sh",
     "python/tests/run.sh does it in a fresh environment"),
)

# In place of what a page leaves to its reader. `made` is a folder of results and data, see `make`.
PLACEHOLDERS = (
    ("results/NAME/runs/ARM-HASH/seed-0 data/new-walks", "{walk_run} data/new-walks"),
    ("results/NAME/runs/ARM-HASH/seed-0", "{run}"),
    ("results/NAME", "{made}/results/quickstart"),
    ("experiments/NAME.toml", "experiments/quickstart.toml"),
    (" FILE ", " experiments/quickstart.toml "),
)

# A verdict on so few steps is not what is asked.
EXIT_CODES = {"report": {0, 3}}

CHEAP = {"seeds": "2", "train.steps": "4", "train.evaluate_every": "2"}


def blocks(text, languages=("sh", "bash")):
    """(line, text) of the fenced blocks of some languages."""
    at, lines = None, []
    for number, line in enumerate(text.splitlines(), 1):
        if at:
            if line.strip() == "```":
                yield at, "\n".join(lines)
                at = None
            else:
                lines.append(line)
        elif line.strip().removeprefix("```") in languages and line.strip().startswith("```"):
            at, lines = number + 1, []


def commands(text):
    """(line, command) of a page; what goes on in the next line is one command."""
    for at, block in blocks(text):
        command, start = "", at
        for number, line in enumerate(block.splitlines(), at):
            start = start if command else number
            command += line
            if command.endswith("\\"):
                command = command[:-1]
                continue
            try:
                shlex.split(command, comments=True)
            except ValueError:  # a quote that the next line closes
                command += "\n"
                continue
            if shlex.split(command, comments=True):
                yield start, command
            command = ""


def arguments(command):
    """What a command gives to unroll; None for another program."""
    words = shlex.split(command, comments=True)
    if words[:2] == ["cargo", "run"] and "--" in words:
        cut = words.index("--")
        return words[cut + 1:] if words[2:4] == ["-p", "runner"] else None
    if words[0] in ("unroll", "target/debug/unroll"):
        return words[1:]
    return None


def cheap(words):
    """`run` with few steps and seeds, `plan` without timing any; lists of seeds stay, as others name them."""
    if words[0] == "plan":
        return words + ["--no-probe"]
    if words[0] != "run":
        return words
    given = {word.split("=")[0]: word for word in words if "=" in word}
    kept = [word for word in words if word.split("=")[0] not in CHEAP]
    seeds = given.get("seeds", "seeds=1").split("=", 1)[1]
    values = dict(CHEAP, seeds=CHEAP["seeds"] if seeds.isdigit() else seeds)
    kept += [f"{key}={value}" for key, value in values.items()]
    return kept if "--progress" in words else kept + ["--progress", "plain"]


def filled(command, made):
    """The command without placeholders."""
    for name, real in PLACEHOLDERS:
        command = command.replace(name, real.format(**made))
    code = re.sub(r"#.*", "", command)
    left = re.search(r"\b(NAME|FILE|DIR|RUN|DATA|FOLDER|ARM|TASK|HASH)\b", code)
    if left:
        raise LookupError(f"nothing stands for {left.group()} in .ci/commands.py")
    return command


class Program:
    def __init__(self, path):
        self.path = path
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("UNROLL_")}

    def call(self, words, folder):
        """Exit code, standard error and all output."""
        try:
            done = subprocess.run(
                [self.path, *words], cwd=folder, env=self.environment, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=120, check=False,
            )
        except subprocess.TimeoutExpired:
            return None, "", "it took more than 120 s"
        return done.returncode, done.stderr, done.stdout + done.stderr


def work_folder(folder, walks):
    """The shipped experiments and data sets, no results, and the data of docs/own-data.md."""
    folder.mkdir()
    (folder / "results").mkdir()
    (folder / "data").mkdir()
    for name in ("experiments", "datasets"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("walks", "new-walks"):
        (folder / "data" / name).symlink_to(walks)
    return folder


def write_walks(folder):
    """A data set by the manifest and the header that docs/own-data.md shows."""
    page = (ROOT / "docs/own-data.md").read_text()
    (manifest,) = [b for _, b in blocks(page, ["toml"]) if b.startswith("# data/walks/dataset.toml")]
    (table,) = [b for _, b in blocks(page, ["text"]) if b.startswith("walk,person,")]
    folder.mkdir()
    (folder / "dataset.toml").write_text(manifest + "\n")
    rows = [table.splitlines()[0]]
    for walk in range(48):
        for step in range(5 + walk % 3):
            gait = ("walk", "run")[walk % 2]
            x, y = (walk * 7 + step * 3) % 11 / 10, (walk * 5 + step * 13) % 17 / 10
            rows.append(f"{walk},person {walk // 4},{x},{y},{gait}")
    (folder / "walks.csv").write_text("\n".join(rows) + "\n")


def make(program, top):
    """What placeholders stand for: finished sweeps whose runs kept their weights."""
    write_walks(top / "walks")
    made = work_folder(top / "made", top / "walks")
    (made / "walks.toml").write_text(
        'name = "walks"\nquestion = "Which gait?"\nseeds = 1\nbaseline = "lstm"\n'
        '[model]\narchitecture = "lstm"\nhidden = 4\n[[task]]\nkind = "dataset"\npath = "data/walks"\n'
    )
    two_arms = ["--only", "arm=lstm", "--only", "arm=gru"]
    for file, only in (("experiments/quickstart.toml", two_arms), ("walks.toml", [])):
        code, _, output = program.call([*cheap(["run", file, "keep=best"]), *only], made)
        if code not in (0, 75):
            sys.exit(f"{output}\n{file}, which other commands need, ended with {code}")
    run = sorted(made.glob("results/quickstart/runs/lstm-*/seed-0"))[0]
    walk_run = sorted(made.glob("results/walks/runs/lstm-*/seed-0"))[0]
    return {"made": made, "run": run, "walk_run": walk_run}


def workspace():
    """Names of packages, and of their targets."""
    packages = json.loads(subprocess.run(
        ["cargo", "metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout)["packages"]
    return {p["name"]: {t["name"] for t in p["targets"]} for p in packages}


def unknown_to_cargo(command, packages):
    """What a command of Cargo names and the workspace does not have."""
    words = shlex.split(command, comments=True)
    named = {flag: [b for a, b in zip(words, words[1:]) if a == flag] for flag in ("-p", "--test", "--bench")}
    for package in named["-p"]:
        if package not in packages:
            return f"no package {package}"
    looked_in = named["-p"] or packages
    for target in named["--test"] + named["--bench"]:
        if not any(target in packages[package] for package in looked_in):
            return f"no target {target}"
    return None


def check_this_check():
    page = "a\n```sh\ncargo run -p runner -- run a.toml \\\n  seeds=12 # x\n# only words\nunroll list tasks\n```\n"
    page += "```text\nunroll no\n```\n```bash\npython3 -c 'a\nb'\n```\n"
    found = list(commands(page))
    assert [line for line, _ in found] == [3, 6, 12], found
    first = arguments(found[0][1])
    assert first == ["run", "a.toml", "seeds=12"], first
    assert cheap(first) == ["run", "a.toml", "seeds=2", "train.steps=4", "train.evaluate_every=2",
                            "--progress", "plain"]
    assert "seeds=[901]" in cheap(["run", "a.toml", "seeds=[901]"])
    assert arguments(found[1][1]) == ["list", "tasks"] and arguments(found[2][1]) is None
    made = {"made": "M", "run": "R", "walk_run": "W"}
    assert filled("unroll status results/NAME  # DIR", made) == "unroll status M/results/quickstart  # DIR"
    try:
        filled("unroll status DIR", made)
    except LookupError:
        pass
    else:
        raise AssertionError("a placeholder is left")
    assert unknown_to_cargo("cargo test -p a --test t", {"a": {"t"}}) is None
    assert unknown_to_cargo("cargo test -p b", {"a": {"t"}}) == "no package b"
    assert unknown_to_cargo("cargo test --workspace --test u", {"a": {"t"}}) == "no target u"


def tried(command, program, made, folder, packages):
    """What became of a command: ("run", "checked" or "left out", why), or (None, what is wrong)."""
    words = arguments(command)
    if words is None:
        for pattern, why in LEFT_OUT:
            if re.search(rf"(^|\s)({pattern})", command):
                fault = unknown_to_cargo(command, packages) if "cargo " in command else None
                return (None, fault) if fault else ("left out", why)
        return None, "no rule says what becomes of it: see LEFT_OUT in .ci/commands.py"
    words = arguments(filled(command, made))
    if any(word in (">", "|", "&", "&&", ";") for word in words):
        return None, "only whole commands are run, without pipes"
    for pattern, more, expected, said, why in CHECKED:
        if re.match(pattern, " ".join(words)):
            code, errors, output = program.call(words + more, folder)
            if code == expected and said in errors:
                return "checked", why
            return None, f"{output}\nexit code {code}, expected {expected} and {said!r}"
    expected = EXIT_CODES.get(words[0], {0}) if "--check" in words else {0}
    # Some runs were not selected.
    expected |= {75} if words[0] == "run" and "--only" in words else set()
    code, _, output = program.call(cheap(words), folder)
    if code == 2 and words[0] == "run":
        # Few steps may be too few for a schedule or a rung.
        code, _, again = program.call(words + ["--dry-run"], folder)
        if code == 0:
            return "checked", "cannot be made short; it is planned as it stands"
        output += again
    return ("run", "") if code in expected else (None, f"{output}\nexit code {code}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    check_this_check()
    start = time.monotonic()
    program, packages = Program(os.path.realpath(sys.argv[1])), workspace()
    counts, faults, reasons = {"run": 0, "checked": 0, "left out": 0}, 0, {}
    with tempfile.TemporaryDirectory() as top:
        top = Path(top)
        made = make(program, top)
        for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            folder = work_folder(top / page.stem, top / "walks")
            for line, command in commands(page.read_text()):
                try:
                    became, why = tried(command, program, made, folder, packages)
                except LookupError as fault:
                    became, why = None, fault
                if became:
                    counts[became] += 1
                    if why:
                        reasons.setdefault((became, why), []).append(f"{page.relative_to(ROOT)}:{line}")
                else:
                    faults += 1
                    print(f"{page.relative_to(ROOT)}:{line}: {command}\n{why}\n")
    for (became, why), places in sorted(reasons.items()):
        print(f"{became}, {why}: {', '.join(places)}")
    said = ", ".join(f"{count} {became}" for became, count in counts.items())
    print(f"commands: {said}, {faults} failed, in {time.monotonic() - start:.0f} s")
    sys.exit(1 if faults or not counts["run"] else 0)


main()
