"""What the program says of an experiment file or a results folder, as dictionaries."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from . import _settings
from ._program import call, read_json


def plan(
    file: str | os.PathLike[str],
    *,
    results: str | os.PathLike[str] = "results",
    jobs: int | None = None,
    datasets: str | os.PathLike[str] | None = None,
    probe: bool = True,
    overrides: Mapping[str, object] | None = None,
    **settings: object,
) -> dict[str, Any]:
    """What ``run`` would do, and how long it takes: ``unroll plan FILE --format json``.

    Where no earlier run tells how long a run takes, a few training steps are timed, for three seconds
    at most; ``probe=False`` leaves that out. The other arguments are those of ``run``.
    The keys are described in docs/for-programs.md.

    Raises ``UnrollError`` if the file or a setting is wrong.
    """
    arguments = ["plan", os.fspath(file), *_settings.arguments(overrides, settings)]
    arguments += ["--format", "json", "--results", os.fspath(results)]
    if jobs is not None:
        arguments += ["--jobs", str(jobs)]
    if datasets is not None:
        arguments += ["--datasets", os.fspath(datasets)]
    if not probe:
        arguments.append("--no-probe")
    return read_json(call(*arguments), "what `unroll plan` printed")


def status(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """What is done, running, failed and left: ``unroll status FOLDER --format json``.

    The keys are described in docs/for-programs.md.

    Raises ``UnrollError`` if ``folder`` is no results folder.
    """
    return read_json(call("status", folder, "--format", "json"), "what `unroll status` printed")
