"""Runs an experiment file and waits for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, Literal, overload

from . import _settings
from ._asking import plan
from ._program import UnrollWarning, check_format, command, failure
from ._progress import Shown, shown
from ._sweep import Frames, Sweep, load

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

# Exit codes, from the README.
DONE, LEFT = 0, 75

FAILURES_NAMED = 5


@overload
def run(
    file: str | os.PathLike[str],
    *,
    results: str | os.PathLike[str] = ...,
    jobs: int | None = ...,
    only: str | Sequence[str] | None = ...,
    progress: bool = ...,
    datasets: str | os.PathLike[str] | None = ...,
    options: Sequence[str] = ...,
    frames: Literal["pandas"] = ...,
    overrides: Mapping[str, object] | None = ...,
    **settings: object,
) -> Sweep[pd.DataFrame]: ...
@overload
def run(
    file: str | os.PathLike[str],
    *,
    results: str | os.PathLike[str] = ...,
    jobs: int | None = ...,
    only: str | Sequence[str] | None = ...,
    progress: bool = ...,
    datasets: str | os.PathLike[str] | None = ...,
    options: Sequence[str] = ...,
    frames: Literal["polars"],
    overrides: Mapping[str, object] | None = ...,
    **settings: object,
) -> Sweep[pl.DataFrame]: ...
@overload
def run(
    file: str | os.PathLike[str],
    *,
    results: str | os.PathLike[str] = ...,
    jobs: int | None = ...,
    only: str | Sequence[str] | None = ...,
    progress: bool = ...,
    datasets: str | os.PathLike[str] | None = ...,
    options: Sequence[str] = ...,
    frames: Literal["arrow"],
    overrides: Mapping[str, object] | None = ...,
    **settings: object,
) -> Sweep[pa.Table]: ...


def run(
    file: str | os.PathLike[str],
    *,
    results: str | os.PathLike[str] = "results",
    jobs: int | None = None,
    only: str | Sequence[str] | None = None,
    progress: bool = True,
    datasets: str | os.PathLike[str] | None = None,
    options: Sequence[str] = (),
    frames: Frames = "pandas",
    overrides: Mapping[str, object] | None = None,
    **settings: object,
) -> Sweep[Any]:
    """Runs what an experiment file asks for and is not finished yet, and loads the results.

    ``results`` is the folder that results go to, one folder an experiment; ``jobs`` how many runs are
    done at a time; ``only`` selects runs, such as ``"arm=gru,seed=0"``; ``datasets`` is the folder of the
    shipped data sets; ``options`` are more options of ``unroll run``, such as ``["--rerun", "failed"]``.

    Every other keyword changes the file: ``seeds=2``, and ``train__steps=100`` for ``train.steps``.
    ``overrides={"train.steps": 100}`` does the same. A list sweeps, as in the file.

    Ctrl-C, or the stop button of a notebook, stops the sweep with its state saved, then raises
    ``KeyboardInterrupt``; the same call goes on. A second one stops it at once.

    Raises ``UnrollError`` if the file or a setting is wrong, or if a run failed. Results that are there
    can be loaded all the same. Warns where some runs are left to do.
    """
    changes = dict(overrides or {})
    # It checks the file before anything starts, and names the folder of the results.
    planned = plan(
        file, results=results, jobs=jobs, datasets=datasets, probe=False, overrides=changes, **settings
    )
    folder = Path(planned["folder"])
    arguments = ["run", os.fspath(file), *_settings.arguments(changes, settings)]
    arguments += ["--results", os.fspath(results), "--progress", "json"]
    if jobs is not None:
        arguments += ["--jobs", str(jobs)]
    for selection in [only] if isinstance(only, str) else only or ():
        arguments += ["--only", selection]
    if datasets is not None:
        arguments += ["--datasets", os.fspath(datasets)]
    display = shown(planned["experiment"], progress)
    try:
        exit_code, said, failed = _follow(command(*arguments, *options), display)
    except KeyboardInterrupt:
        if progress:
            print("stopped; the same call goes on", file=sys.stderr)
        raise
    for line in said.splitlines():
        if line.startswith("warning: "):
            warnings.warn(line.removeprefix("warning: "), UnrollWarning, stacklevel=2)
    if exit_code == LEFT and (folder / "plan.json").exists():
        warnings.warn(said.strip() or "some runs are left to do", UnrollWarning, stacklevel=2)
    elif exit_code != DONE:
        named = [f"{it['run']}: {it['class']}: {it['message']}" for it in failed[:FAILURES_NAMED]]
        raise failure("\n".join([said.strip("\n"), *named]), exit_code)
    return load(folder, frames=frames)


def _follow(line: Sequence[str], display: Shown) -> tuple[int, str, list[dict[str, Any]]]:
    """Shows what the program does until it ends: its exit code, what it said, and which runs failed."""
    process = None
    said: list[str] = []
    failed: list[dict[str, Any]] = []
    try:
        with _interrupts_held_back():
            process = subprocess.Popen(
                line,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                # Ctrl-C in a terminal goes to Python alone, which hands it on: two would stop it at once.
                start_new_session=True,
            )
            assert process.stdout is not None and process.stderr is not None
            # Beside the other pipe, so that neither fills up.
            listener = threading.Thread(target=_keep, args=(process.stderr, said), daemon=True)
            listener.start()
        for text in process.stdout:
            _show(text, failed, display)
        exit_code = process.wait()
        listener.join()
        return exit_code, "".join(said), failed
    except BaseException:
        if process is not None:
            _stop(process)
        raise
    finally:
        display.close()
        if process is not None and process.stdout is not None:
            process.stdout.close()


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """While the program is started: interrupted in the middle of it, Python would leave it running."""
    before = signal.getsignal(signal.SIGINT)
    # Only the main thread is interrupted. One that ignores signals starts a program that does.
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    heard: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: heard.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        before(*heard[0])


def _keep(stream: IO[str], said: list[str]) -> None:
    with stream:
        said.extend(stream)


def _show(text: str, failed: list[dict[str, Any]], display: Shown) -> None:
    try:
        change = json.loads(text)
    except ValueError:
        return  # What an option such as --dry-run prints is for people.
    if not isinstance(change, dict) or "notice" not in change:
        return
    if change["notice"] == "sweep-started":
        check_format(change["format"], "what `unroll run` printed")
    elif change["notice"] == "failed":
        failed.append(change)
    display.show(change["ended"], change["total"], change["running"], len(failed))


def _stop(process: subprocess.Popen[str]) -> None:
    """Asks the program to save its state and stop, and waits until it has."""
    assert process.stdout is not None
    while True:
        try:
            process.send_signal(signal.SIGINT)
            process.stdout.read()
            process.wait()
            return
        except KeyboardInterrupt:
            continue  # Whoever asks again wants it at once: the program understands a second one so.
