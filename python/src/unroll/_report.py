"""Types of ``report.json``. They name what is asked for most; docs/for-programs.md has all keys."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Verdict = Literal["supported", "refuted", "equivalent", "inconclusive"]


class Score(TypedDict):
    """A metric over the seeds of an arm, with the 95 % t-interval of its mean."""

    n: int
    mean: float | None
    sd: float | None
    min: float | None
    max: float | None
    low: float | None
    high: float | None


class VersusBaseline(TypedDict):
    """An arm's paired difference from the baseline."""

    difference: Score | None
    p: float | None
    p_holm: float | None
    d: float | None
    better_in: float | None
    pairs: int
    incomplete: int
    finding: Literal["better", "worse", "open"]


class Arm(TypedDict):
    """An arm on a task."""

    arm: str
    architecture: str
    folder: str
    identity: str
    runs: dict[str, int]
    score: Score | None
    median: float | Literal["diverged"] | None
    versus_baseline: VersusBaseline | None
    solving: dict[str, Any] | None
    parameters: int | None
    state: int | None
    multiply_adds: int | None


class Task(TypedDict):
    """A task and the arms on it."""

    task: str
    kind: str
    metric: str
    goal: Literal["minimize", "maximize"]
    weights: str
    trivial: float | None
    arms: list[Arm]


class Claim(TypedDict):
    """What the data say of a claim."""

    text: str
    verdict: Verdict
    post_hoc: bool
    p_holm: float | None
    pairs_needed: int | None
    tasks: list[dict[str, Any]]


class Report(TypedDict):
    """The whole report."""

    format: int
    experiment: str
    question: str | None
    source: dict[str, str] | None
    baseline: str
    seeds: list[int]
    answer: list[str]
    claims: list[Claim]
    tasks: list[Task]
    all_tasks: dict[str, Any] | None
    limits: list[str]
    runs: dict[str, int]
    seconds: dict[str, float]
    provenance: list[dict[str, Any]]
