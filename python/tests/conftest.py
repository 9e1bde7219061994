"""A small sweep through the real program, once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

import unroll

REPOSITORY = Path(__file__).parents[2]

# Two tasks, so that columns have gaps, one with parts; an arm with letters beyond ASCII and what HTML
# would swallow.
SMALL = """
name     = "small"
question = "Does α < β?"
seeds    = 2
baseline = "lstm"

[model]
architecture = "lstm"
hidden = 6

[train]
steps = 20
evaluate_every = 10
batch = 4

[[task]]
kind = "adding"
length = 5
validation_size = 20
test_size = 20

[[task]]
kind = "parity"
train_length = 8
test_length = 12
points = 2
point_size = 10
validation_size = 20
test_size = 20

[[arm]]
name = "größer 循环 <b>"
model.hidden = 8

[[claim]]
text   = "Größer ist besser <b>"
left   = "größer 循环 <b>"
right  = "lstm"
tasks  = ["adding"]
expect = "less"
"""


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dateien für Ω") / "klein.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def finished(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of the small sweep; nobody may change it."""
    results = tmp_path_factory.mktemp("ergebnisse Ω")
    return unroll.run(file, results=results, progress=False, frames="arrow").folder
