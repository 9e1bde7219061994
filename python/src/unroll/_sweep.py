"""A results folder, read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, overload

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from . import _first_screen
from ._program import UnrollError, call, parse_json, read_json
from ._report import Report, Verdict

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Frame = TypeVar("Frame")
Frames = Literal["pandas", "polars", "arrow"]

TABLES = ("runs", "arms", "curves", "probes", "parts")

# A hash may look like a number, and so may a name: CSV does not say which it is.
TEXT = ("arm", "task", "metric", "state", "outcome", "identity", "folder", "reason", "kind", "of", "part")


class Sweep(Generic[Frame]):
    """What a sweep has left in its results folder, as it was when it was loaded.

    ``load`` and ``run`` make it. The tables ``runs``, ``arms``, ``curves``, ``probes`` and ``parts``
    are frames of the library that was asked for; results/README.md says what they hold. A table that
    has no row has no columns either.
    """

    def __init__(
        self,
        folder: Path,
        frames: Frames,
        report: Report,
        plan: dict[str, Any] | None,
        tables: dict[str, pa.Table],
    ) -> None:
        self.folder = folder
        """The results folder."""
        self.report = report
        """``report.json``, parsed."""
        self.plan = plan
        """``plan.json``, parsed, in the version that it was stored in (its own ``format``); ``None``
        where only a report was kept."""
        self._frames = frames
        self._tables = tables

    @property
    def experiment(self) -> str:
        """The name of the experiment."""
        return self.report["experiment"]

    @property
    def answer(self) -> list[str]:
        """The sentences of the report's first screen, one a task."""
        return self.report["answer"]

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict on each claim, by the claim's text."""
        return {claim["text"]: claim["verdict"] for claim in self.report["claims"]}

    @cached_property
    def runs(self) -> Frame:
        """One row for each planned run, unrounded."""
        return self._frame("runs")

    @cached_property
    def arms(self) -> Frame:
        """One row for each arm on each task: means, differences, tests, sizes."""
        return self._frame("arms")

    @cached_property
    def curves(self) -> Frame:
        """Validation scores by step."""
        return self._frame("curves")

    @cached_property
    def probes(self) -> Frame:
        """What was seen inside the models."""
        return self._frame("probes")

    @cached_property
    def parts(self) -> Frame:
        """Scores on held-out parts, where a task has them."""
        return self._frame("parts")

    @cached_property
    def markdown(self) -> str:
        """The whole report as Markdown; its figures are files of the report's folder."""
        if self.plan is None:
            written = self.folder / "report.md"
        else:
            written = self.folder / "report" / "report.md"
            if not _is_newer([written], _newest_result(self.folder)):
                with tempfile.TemporaryDirectory(prefix="unroll-") as to:
                    call("report", self.folder, "--format", "md", "--to", to)
                    return Path(to, "report.md").read_text(encoding="utf-8")
        return _read(written)

    def _frame(self, name: str) -> Frame:
        return cast(Frame, _converted(self._tables[name], self._frames))

    def __repr__(self) -> str:
        runs = self.report["runs"]
        return f"<Sweep {self.experiment}: {runs['finished']} of {runs['planned']} runs finished>"

    def _repr_html_(self) -> str:
        """The first screen of the report, for notebooks."""
        return _first_screen.html(self.report)


@overload
def load(folder: str | os.PathLike[str], *, frames: Literal["pandas"] = ...) -> Sweep[pd.DataFrame]: ...
@overload
def load(folder: str | os.PathLike[str], *, frames: Literal["polars"]) -> Sweep[pl.DataFrame]: ...
@overload
def load(folder: str | os.PathLike[str], *, frames: Literal["arrow"]) -> Sweep[pa.Table]: ...


def load(folder: str | os.PathLike[str], *, frames: Frames = "pandas") -> Sweep[Any]:
    """Reads a results folder, also of a sweep at work.

    Where its ``report`` folder lacks the Parquet files, or has older ones than its newest result, the
    program writes them to a temporary folder; nothing is ever written to ``folder``. A folder with
    nothing but a report (``report.json`` and tables) is read as it is.

    ``frames`` is the library of the tables: ``"pandas"``, ``"polars"`` or ``"arrow"``.

    Raises ``UnrollError`` if ``folder`` holds no results.
    """
    if frames not in ("pandas", "polars", "arrow"):
        raise ValueError(f'frames is {frames!r}; it may be "pandas", "polars" or "arrow"')
    folder = Path(folder)
    if not (folder / "plan.json").exists():
        if not (folder / "report.json").exists():
            raise UnrollError(f"{folder} holds neither plan.json nor report.json: it is no results folder")
        return Sweep(folder, frames, _read_report(folder), None, _kept_tables(folder))
    plan = parse_json(_read(folder / "plan.json"), str(folder / "plan.json"))
    report = folder / "report"
    written = [report / "report.json", report / "runs.parquet"]
    others = [it for it in (report / f"{name}.parquet" for name in TABLES) if it.exists()]
    if _is_newer([*written, *others], _newest_result(folder)):
        return Sweep(folder, frames, _read_report(report), plan, _tables(report))
    with tempfile.TemporaryDirectory(prefix="unroll-") as to:
        call("report", folder, "--format", "parquet,json", "--to", to)
        return Sweep(folder, frames, _read_report(Path(to)), plan, _tables(Path(to)))


def _newest_result(folder: Path) -> int:
    """When what a report rests on was last written, in nanoseconds."""
    rests_on = [folder / "plan.json", folder / "claims.json"]
    for name in ("result.json", "events.jsonl"):
        rests_on += folder.glob(f"runs/*/seed-*/{name}")
    return max(_written(path) for path in rests_on)


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # Also where a runner has just replaced it.
        return 0


def _is_newer(files: Iterable[Path], result: int) -> bool:
    return all(_written(path) >= result for path in files)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnrollError(f"cannot read {path}: {error.strerror}") from error


def _read_report(folder: Path) -> Report:
    path = folder / "report.json"
    return cast(Report, read_json(_read(path), str(path)))


def _tables(folder: Path) -> dict[str, pa.Table]:
    # Into memory: a temporary folder is gone at once.
    read = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        read[name] = pa.parquet.read_table(path, memory_map=False) if path.exists() else pa.table({})
    return read


def _kept_tables(folder: Path) -> dict[str, pa.Table]:
    """The tables of a report that was kept without its results, most often as CSV."""
    tables = _tables(folder)
    options = pa.csv.ConvertOptions(column_types=dict.fromkeys(TEXT, pa.string()), strings_can_be_null=True)
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        if table.num_columns == 0 and path.exists():
            tables[name] = pa.csv.read_csv(
                path,
                parse_options=pa.csv.ParseOptions(newlines_in_values=True),
                convert_options=options,
            )
    return tables


def _converted(table: pa.Table, frames: Frames) -> object:
    try:
        if frames == "pandas":
            return table.to_pandas()
        if frames == "polars":
            import polars

            return polars.from_arrow(table)
    except ImportError as error:
        raise UnrollError(
            f'{frames} is not installed: install it, or ask for load(..., frames="arrow")'
        ) from error
    return table
