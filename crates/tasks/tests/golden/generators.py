"""What is asked where, and the answer, for every sequence of generators.jsonl.

    python3 generators.py

reads the sequences, as people write them, and puts the answers beside them. Each function below
is the task's definition in its paper, written for strings; it knows nothing of how the task draws
or encodes them. It returns the steps that ask (None: the whole sequence, once) and the answers.
"""

import json
import pathlib
import re

FILE = pathlib.Path(__file__).with_name("generators.jsonl")


def adding(steps, options):
    marked = [number for number, mark in steps if mark == 1]
    assert len(marked) == 2
    if options.get("marks") == "one-in-each-half":
        half = len(steps) // 2
        assert [sum(m for _, m in part) for part in (steps[:half], steps[half:])] == [1, 1]
    return None, [sum(marked)]


def copy_memory(steps, options):
    digits, rest = steps[:10], steps[10:]
    silence = options["length"] - 1
    blank, delimiter = rest[0], rest[silence]
    assert rest == [blank] * silence + [delimiter] * 11
    return list(range(len(steps))), [blank] * (len(steps) - 10) + digits


def temporal_order(steps, options):
    count = options.get("symbols", 2)
    marked = [(step, name) for step, name in enumerate(steps) if name in "XY"]
    places = {2: [(1, 2), (5, 6)], 3: [(1, 2), (3.3, 4.3), (6.6, 7.6)]}[count]
    for (step, _), (first, end) in zip(marked, places, strict=True):
        assert int(first * len(steps) / 10) <= step <= end * len(steps) / 10, (steps, step)
    return None, ["".join(name for _, name in marked)]


def delayed_recall(steps, options):
    assert len(steps) == options["delay"] + 2
    return None, [steps[0]]


def parity(steps, options):
    return None, ["odd" if steps.count("1") % 2 else "even"]


def even_pairs(steps, options):
    changes = sum(a != b for a, b in zip(steps, steps[1:]))
    return None, ["odd" if changes % 2 else "even"]


def cycle_navigation(steps, options):
    place = 0
    for step in steps:
        place = (place + {"-": -1, "0": 0, "+": 1}[step]) % 5
    return None, [str(place)]


def modular_arithmetic(steps, options):
    return None, [str(eval("".join(steps).replace("x", "*")) % 5)]


def reverse_string(steps, options):
    half = len(steps) // 2
    assert set(steps[half:]) == {"|"}
    return list(range(half, len(steps))), steps[:half][::-1]


def counting(steps, options):
    kinds = "ab" if options.get("language", "anbn") == "anbn" else "abc"
    n = steps.count("a")
    assert "".join(steps) == "".join(kind * n for kind in kinds)
    asked = list(range(n, len(steps)))
    return asked, [*steps[n + 1 :], "."]


def dyck(steps, options):
    closes = dict(zip("([{<", ")]}>"))
    asked, answers, still_open = [], [], []
    for step, bracket in enumerate(steps):
        if step > 0 and bracket in closes:
            still_open.append(closes[bracket])
        elif step > 0:
            assert still_open.pop() == bracket
            asked.append(step - 1)
            answers.append(bracket)
    # The last bracket is not read: the step before it asks for it.
    if still_open:
        (last,) = still_open
        asked.append(len(steps) - 1)
        answers.append(last)
    return asked, answers


def arithmetic(steps, options):
    text = "".join(steps)
    expression, given = text.split("=")
    plain = re.sub("[a-z]", "", expression)
    assert re.fullmatch(r"[1-9]\d*[+-][1-9]\d*", plain), plain
    result = str(eval(plain)) + "."
    assert given == result[:-1]
    first = text.index("=")
    return list(range(first, len(steps))), list(result)


def associative_recall(steps, options):
    pairs = options["pairs"]
    value = {steps[2 * pair]: steps[2 * pair + 1] for pair in range(pairs)}
    assert len(value) == pairs
    asked = [step for step in range(2 * pairs, len(steps)) if steps[step] in value]
    assert len(asked) == pairs and all(step % 2 == 0 for step in asked)
    return asked, [value[steps[step]] for step in asked]


def fast_weights_retrieval(steps, options):
    *pairs, first, second, letter = steps
    assert first == second == "?" and len(pairs) == 2 * options["pairs"]
    return None, [pairs[pairs.index(letter) + 1]]


def selective_copying(steps, options):
    marks = options["symbols"]
    noise, mark = ".", "|"
    assert steps[-marks:] == [mark] * marks
    symbols = [step for step in steps[:-marks] if step != noise]
    return list(range(len(steps) - marks, len(steps))), symbols


def induction(steps, options):
    mark = steps[-1]
    assert steps.count(mark) == 2
    return None, [steps[steps.index(mark) + 1]]


lines = [json.loads(line) for line in FILE.read_text().splitlines()]
with FILE.open("w") as file:
    for line in lines:
        at, are = globals()[line["task"]](line["sequence"], line["options"])
        line["answers"] = {"at": at, "are": are}
        file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
