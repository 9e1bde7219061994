"""Running: changes, progress, errors, interruption."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import unroll
from unroll._settings import toml


def test_changes_reach_the_program(file: Path, tmp_path: Path) -> None:
    sweep = unroll.run(
        file,
        results=tmp_path,
        jobs=1,
        progress=False,
        frames="polars",
        overrides={"train.steps": 10, "model.dropout": 0.25},
        seeds=[3, 5],
        task__validation_size=30,
        train__optimizer="rmsprop",
    )
    assert sweep.runs["seed"].unique().sort().to_list() == [3, 5]
    assert sweep.runs["steps"].unique().to_list() == [10]
    assert sweep.plan is not None
    values = {it["key"]: it["value"] for it in unroll_values(file, tmp_path)}
    assert values["train.optimizer"] == "rmsprop"
    assert values["model.dropout"] == 0.25
    assert values["task.validation_size"] == 30
    assert unroll.status(sweep.folder)["by_state"]["finished"] == 8


def unroll_values(file: Path, results: Path) -> list[dict[str, object]]:
    planned = unroll.plan(
        file,
        results=results,
        probe=False,
        overrides={"train.steps": 10, "model.dropout": 0.25},
        seeds=[3, 5],
        task__validation_size=30,
        train__optimizer="rmsprop",
    )
    assert planned["by_state"]["finished"] == 8  # They are the same runs.
    found: list[dict[str, object]] = planned["conditions"][0]["values"]
    return found


def test_a_list_sweeps(file: Path, tmp_path: Path) -> None:
    # A claim would have to name an arm of the sweep.
    without = tmp_path / "sweep.toml"
    without.write_text(file.read_text(encoding="utf-8").split("[[claim]]")[0], encoding="utf-8")
    planned = unroll.plan(without, results=tmp_path, probe=False, train__learning_rate=[1e-3, 3e-3])
    assert len(planned["runs"]) == 16


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (7, "7"),
        (1e-05, "1e-05"),
        (float("-inf"), "-inf"),
        ('a "b"\\\n\x7f ü', '"a \\"b\\"\\\\\\n\\u007f ü"'),
        ([1, "x", [False]], '[1, "x", [false]]'),
        (range(2), "[0, 1]"),
        ({"at": "best", "a b": {"c": 1}}, '{ at = "best", "a b" = { c = 1 } }'),
        (Path("a/b"), '"a/b"'),
    ],
)
def test_values_are_written_as_toml(value: object, written: str) -> None:
    assert toml(value, "key") == written


def test_values_of_numpy_are_written_as_toml() -> None:
    numpy = pytest.importorskip("numpy")
    assert toml(numpy.float64(0.5), "key") == "0.5"
    assert toml(numpy.bool_(True), "key") == "true"
    assert toml(numpy.arange(3), "key") == "[0, 1, 2]"


def test_what_toml_does_not_have_is_an_error(file: Path) -> None:
    with pytest.raises(unroll.UnrollError, match="`model.hidden`: TOML has no NoneType"):
        unroll.plan(file, model__hidden=None)
    with pytest.raises(unroll.UnrollError, match="`seeds` is given twice"):
        unroll.plan(file, overrides={"seeds": 1}, seeds=2)


def test_a_part_can_be_run(file: Path, tmp_path: Path) -> None:
    sweep = unroll.run(file, results=tmp_path, only=["arm=lstm,seed=0", "seed=1"], progress=False)
    finished = sweep.runs[sweep.runs["state"] == "finished"]
    assert sorted(zip(finished["arm"], finished["seed"], strict=True)) == [
        *[("größer 循环 <b>", 1)] * 2,
        *[("lstm", 0)] * 2,
        *[("lstm", 1)] * 2,
    ]


def test_a_wrong_file_is_an_error_with_the_programs_message(tmp_path: Path) -> None:
    wrong = tmp_path / "falsch.toml"
    wrong.write_text('name = "x"\n[modl]\n', encoding="utf-8")
    with pytest.raises(unroll.UnrollError) as caught:
        unroll.run(wrong, results=tmp_path / "results")
    assert caught.value.exit_code == 2
    assert "unknown key `modl`" in caught.value.message
    assert "did you mean `model`?" in str(caught.value)
    assert "\x1b" not in caught.value.message
    assert not (tmp_path / "results").exists()


def test_a_selection_of_nothing_is_an_error(file: Path, tmp_path: Path) -> None:
    with pytest.raises(unroll.UnrollError, match='no arm "nobody"'):
        unroll.run(file, results=tmp_path, only="arm=nobody", progress=False)


def test_runs_that_fail_are_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(unroll.UnrollError, match="timed-out") as caught:
        unroll.run(
            file,
            results=tmp_path,
            progress=False,
            options=["--timeout", "0.05s"],
            train__steps=100_000,
            train__evaluate_every=50_000,
        )
    assert caught.value.exit_code == 100
    assert "lstm on adding, seed 0" in caught.value.message
    assert (unroll.load(tmp_path / "small").runs["state"] == "failed").all()


def test_nothing_to_do_is_no_error(file: Path, finished: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sweep = unroll.run(file, results=finished.parent, frames="arrow")
    assert sweep.runs.num_rows == 8
    assert capfd.readouterr() == ("", "")


def test_what_the_program_warns_of_is_a_warning(file: Path, tmp_path: Path) -> None:
    with pytest.warns(unroll.UnrollWarning, match="does not reach arm"):
        unroll.run(file, results=tmp_path, progress=False, seeds=1, model__hidden=5)


@pytest.mark.parametrize("has_tqdm", [True, False])
def test_progress_is_shown(
    file: Path,
    tmp_path: Path,
    has_tqdm: bool,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if has_tqdm:
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    unroll.run(file, results=tmp_path, seeds=1)
    shown = capfd.readouterr()
    assert shown.out == ""
    if has_tqdm:
        assert "small: 100%|" in shown.err
        assert "4/4" in shown.err
    else:
        assert shown.err == "small: 4 of 4 runs, 0 running\n"


def script(folder: Path, text: str) -> Path:
    path = folder / "program"
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_runs_that_are_left_are_a_warning(
    file: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'[ "$1" = run ] && echo "2 left" >&2 && exit 75\nexec "{unroll.program()}" "$@"\n'
    monkeypatch.setenv("UNROLL_PROGRAM", str(script(tmp_path, text)))
    with pytest.warns(unroll.UnrollWarning, match="2 left"):
        sweep = unroll.run(file, results=finished.parent, progress=False)
    assert len(sweep.runs) == 8
    # Not even a plan: there is nothing to load.
    with pytest.raises(unroll.UnrollError, match="2 left") as caught:
        unroll.run(file, results=tmp_path / "results", progress=False)
    assert caught.value.exit_code == 75


def test_a_program_of_another_version_is_an_error_and_is_stopped(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = '{"time":0,"notice":"sweep-started","format":9,"running":0,"ended":0,"total":1}'
    # It ends by SIGINT alone.
    text = f"[ \"$1\" = run ] && echo '{started}' && exec sleep 60\nexec '{unroll.program()}' \"$@\"\n"
    monkeypatch.setenv("UNROLL_PROGRAM", str(script(tmp_path, text)))
    began = time.monotonic()
    with pytest.raises(unroll.UnrollError, match="has format 9, and this package reads format 1"):
        unroll.run(file, results=tmp_path, progress=False)
    assert time.monotonic() - began < 30


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


@pytest.mark.parametrize("whole_group", [False, True], ids=["python alone", "as a terminal does"])
def test_an_interruption_saves_the_state_and_the_same_call_goes_on(
    file: Path, tmp_path: Path, whole_group: bool
) -> None:
    """Ctrl-C in a terminal goes to the whole group of processes, a notebook's button to Python."""
    settings = {"train.steps": 10_000, "train.evaluate_every": 500}
    call = f"""
        import unroll
        unroll.run({str(file)!r}, results={str(tmp_path)!r}, jobs=1, only="seed=0", overrides={settings!r})
    """
    python = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(call)],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    folder = tmp_path / "small"
    # In the middle of a run, with another one finished.
    wait_until(lambda: any(folder.glob("runs/*/*/result.json")))
    wait_until(lambda: any('"evaluated"' in path.read_text("utf-8") for path in unfinished(folder)))
    (os.killpg if whole_group else os.kill)(python.pid, signal.SIGINT)
    _, said = python.communicate(timeout=60)
    assert python.returncode == -signal.SIGINT, said
    assert "stopped; the same call goes on" in said
    assert "KeyboardInterrupt" in said

    status = unroll.status(folder)
    assert not status["is_at_work"]
    assert (status["by_state"]["stopped"], status["by_state"]["failed"]) == (1, 0)
    (stopped,) = unfinished(folder)
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/*/result.json")}
    assert 0 < len(kept) < 4

    sweep = unroll.run(
        file, results=tmp_path, only="seed=0", progress=False, overrides=settings, frames="arrow"
    )
    assert sweep.runs["state"].to_pylist().count("finished") == 4
    assert all(path.stat().st_mtime_ns == before for path, before in kept.items())
    events = [json.loads(line) for line in stopped.read_text("utf-8").splitlines()]
    steps = {event["event"]: event["step"] for event in events if event["event"] in ("started", "stopped")}
    assert steps["started"] == steps["stopped"] > 0  # Of the last start: it was not begun anew.


def test_every_interruption_is_handed_on_once(file: Path, tmp_path: Path) -> None:
    """The program understands a second one as: at once."""
    heard = tmp_path / "heard"
    text = f"""
        [ "$1" = run ] || exec '{unroll.program()}' "$@"
        n=0
        trap 'n=$((n + 1)); echo $n >> {heard}; [ $n = 2 ] && exit 130' INT
        echo 0 > {heard}
        for again in $(seq 1000); do sleep 0.05; done
    """
    environment = os.environ | {"UNROLL_PROGRAM": str(script(tmp_path, textwrap.dedent(text)))}
    call = f"import unroll; unroll.run({str(file)!r}, results={str(tmp_path)!r}, progress=False)"
    python = subprocess.Popen(
        [sys.executable, "-c", call], env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    )
    for last in ("0\n", "1\n"):
        wait_until(partial(ends_with, heard, last))
        assert python.poll() is None
        os.killpg(python.pid, signal.SIGINT)
    assert python.wait(timeout=60) == -signal.SIGINT
    assert heard.read_text().split() == ["0", "1", "2"]


def test_an_interruption_while_the_program_starts_is_handed_on(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'[ "$1" = run ] && exec sleep 60\nexec \'{unroll.program()}\' "$@"\n'
    monkeypatch.setenv("UNROLL_PROGRAM", str(script(tmp_path, text)))
    started: list[subprocess.Popen[str]] = []

    class Slow(subprocess.Popen[str]):
        def __init__(self, line: list[str], **options: Any) -> None:
            super().__init__(line, **options)
            if line[1] == "run":
                started.append(self)
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Slow)
    with pytest.raises(KeyboardInterrupt):
        unroll.run(file, results=tmp_path, progress=False)
    assert [process.returncode for process in started] == [-signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def ends_with(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8").endswith(text)


def unfinished(folder: Path) -> list[Path]:
    """The events of runs without a result."""
    events = folder.glob("runs/*/*/events.jsonl")
    return [path for path in events if not (path.parent / "result.json").exists()]


def test_the_program_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = unroll.program()
    monkeypatch.setattr("unroll._program._script_folders", lambda: iter(()))
    monkeypatch.delenv("UNROLL_PROGRAM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(unroll.UnrollError, match="neither installed beside this Python nor on PATH"):
        unroll.program()
    shutil.copy(script(tmp_path, "exit 0\n"), tmp_path / "unroll")
    assert unroll.program() == tmp_path / "unroll"
    beside = tmp_path / "beside"
    beside.mkdir()
    shutil.copy(tmp_path / "unroll", beside)
    monkeypatch.setattr("unroll._program._script_folders", lambda: iter([str(beside)]))
    assert unroll.program() == beside / "unroll"
    monkeypatch.setenv("UNROLL_PROGRAM", str(real))
    assert unroll.program() == real


def test_no_warning_where_all_is_well(file: Path, finished: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unroll.run(file, results=finished.parent, progress=False)
