"""Loading: every number is the program's, in every library's frames."""

from __future__ import annotations

import csv
import json
import os
import pickle
import shutil
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

import unroll
from unroll._program import call

TABLES = ("runs", "arms", "curves", "probes", "parts")


def frame(sweep: unroll.Sweep[pa.Table], name: str) -> pa.Table:
    return {
        "runs": sweep.runs,
        "arms": sweep.arms,
        "curves": sweep.curves,
        "probes": sweep.probes,
        "parts": sweep.parts,
    }[name]


def same(cell: str, value: object) -> bool:
    """Whether a cell of CSV, unrounded, is a value of Parquet."""
    if value is None:
        return cell == ""
    if isinstance(value, (int, float)):
        return float(cell) == value
    return cell == value


@pytest.mark.parametrize("name", TABLES)
def test_arrow_tables_hold_what_the_csv_files_hold(finished: Path, name: str) -> None:
    table = frame(unroll.load(finished, frames="arrow"), name)
    with (finished / "report" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        headings, *rows = csv.reader(file)
    assert table.column_names == headings
    assert table.num_rows == len(rows) > 0
    for row, record in zip(rows, table.to_pylist(), strict=True):
        for cell, (column, value) in zip(row, record.items(), strict=True):
            assert same(cell, value), (column, cell, value)


def test_pandas_and_polars_hold_what_arrow_holds(finished: Path) -> None:
    arrow = unroll.load(finished, frames="arrow").runs
    pandas = unroll.load(finished).runs
    polars = unroll.load(finished, frames="polars").runs
    assert isinstance(pandas, pd.DataFrame)
    assert isinstance(polars, pl.DataFrame)
    assert polars.to_dicts() == arrow.to_pylist()
    assert list(pandas.columns) == arrow.column_names
    known = pandas.astype(object).where(pandas.notna(), None)
    assert known.to_dict("records") == arrow.to_pylist()
    assert arrow.num_rows == 8
    assert arrow["best_test_loss"].null_count == 0
    assert arrow["best_test_mean_absolute_error"].null_count == 4  # Parity has none.


def test_means_of_runs_are_those_of_the_arms(finished: Path) -> None:
    sweep = unroll.load(finished)
    runs = sweep.runs[sweep.runs["task"] == "adding"]
    arms = sweep.arms[sweep.arms["task"] == "adding"].set_index("arm")
    means = runs.groupby("arm")["best_test_loss"].mean()
    assert means.to_dict() == pytest.approx(arms["mean"].to_dict())


def test_the_report_and_the_plan_are_the_files(finished: Path) -> None:
    sweep = unroll.load(finished)
    assert sweep.report == json.loads((finished / "report/report.json").read_text(encoding="utf-8"))
    assert sweep.plan == json.loads((finished / "plan.json").read_text(encoding="utf-8"))
    assert sweep.markdown == (finished / "report/report.md").read_text(encoding="utf-8")
    assert sweep.experiment == "small"
    assert sweep.verdicts == {"Größer ist besser <b>": "inconclusive"}
    assert len(sweep.answer) == 2
    assert repr(sweep) == "<Sweep small: 8 of 8 runs finished>"


def test_the_types_name_keys_that_a_report_has(finished: Path) -> None:
    report = unroll.load(finished).report
    task = report["tasks"][0]
    for kind, found in [
        (unroll.Report, report),
        (unroll.Claim, report["claims"][0]),
        (unroll.Task, task),
        (unroll.Arm, task["arms"][1]),
        (unroll._report.Score, task["arms"][1]["score"]),
        (unroll._report.VersusBaseline, task["arms"][1]["versus_baseline"]),
    ]:
        assert isinstance(found, dict)
        assert set(kind.__annotations__) <= set(found), kind


def test_a_notebook_shows_the_first_screen(finished: Path) -> None:
    sweep = unroll.load(finished)
    shown = sweep._repr_html_()
    assert "größer 循环 &lt;b&gt;" in shown
    assert "<b>" not in shown
    assert "Does α &lt; β?" in shown
    assert "inconclusive" in shown
    mean = sweep.arms["mean"][1]
    assert f"{mean:.3g} ± " in shown


def everything(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_loading_writes_nothing_to_the_folder(finished: Path) -> None:
    before = everything(finished)
    assert not list(finished.rglob("*.parquet"))
    assert unroll.load(finished, frames="arrow").runs.num_rows == 8
    assert everything(finished) == before


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    """A results folder of one's own, with Parquet files."""
    folder = tmp_path / "kopie"
    shutil.copytree(finished, folder)
    call("report", folder, "--format", "md,json,parquet")
    return folder


def test_files_that_are_there_are_read_without_the_program(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNROLL_PROGRAM", "/nowhere/unroll")
    sweep = unroll.load(copied, frames="arrow")
    assert sweep.runs.num_rows == 8
    assert sweep.markdown.startswith("# small")


def test_files_older_than_the_newest_result_are_not_believed(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = copied / "report" / "runs.parquet"
    pa.parquet.write_table(pa.table({"arm": ["old"]}), old)
    (copied / "report" / "report.md").write_text("old", encoding="utf-8")
    result = next(copied.glob("runs/*/seed-1/result.json"))
    newer = max(old.stat().st_mtime_ns, (copied / "report/report.md").stat().st_mtime_ns) + 1_000_000
    os.utime(result, ns=(newer, newer))
    sweep = unroll.load(copied, frames="arrow")
    assert sweep.runs.num_rows == 8
    assert sweep.markdown.startswith("# small")
    monkeypatch.setenv("UNROLL_PROGRAM", "/nowhere/unroll")
    with pytest.raises(unroll.UnrollError, match="/nowhere/unroll, which is no program"):
        unroll.load(copied)


def test_a_report_that_was_kept_alone_is_read_as_it_is(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = unroll.load(finished, frames="polars")
    monkeypatch.setenv("UNROLL_PROGRAM", "/nowhere/unroll")
    kept = unroll.load(finished / "report", frames="polars")
    assert kept.plan is None
    assert kept.report == whole.report
    assert kept.markdown == whole.markdown
    assert kept.runs.to_dicts() == whole.runs.to_dicts()
    assert kept.parts.to_dicts() == whole.parts.to_dicts()


def test_every_kept_report_of_the_repository_can_be_loaded(repository: Path) -> None:
    reports = sorted((repository / "results/reference").rglob("report.json"))
    assert reports
    for report in reports:
        sweep = unroll.load(report.parent)
        assert len(sweep.runs) == sweep.report["runs"]["planned"], report
        assert len(sweep.verdicts) == len(sweep.report["claims"]), report
        assert "<table>" in sweep._repr_html_()


def test_a_table_without_rows_is_empty(repository: Path) -> None:
    assert unroll.load(repository / "results/reference/quickstart").parts.empty


def test_what_is_no_results_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(unroll.UnrollError, match="neither plan.json nor report.json"):
        unroll.load(tmp_path)
    with pytest.raises(unroll.UnrollError, match="it is not a results folder") as caught:
        unroll.status(tmp_path)
    assert caught.value.exit_code == 2
    with pytest.raises(ValueError, match="frames"):
        unroll.load(tmp_path, frames="numpy")  # type: ignore[call-overload]


def test_another_version_is_an_error(copied: Path) -> None:
    path = copied / "report" / "report.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"format": 7}), encoding="utf-8")
    with pytest.raises(unroll.UnrollError, match="has format 7, and this package reads format 1"):
        unroll.load(copied)


def test_errors_come_back_from_other_processes() -> None:
    error = pickle.loads(pickle.dumps(unroll.UnrollError("no", 4)))
    assert (error.message, error.exit_code) == ("no", 4)
