"""What a person sees while a sweep runs: a bar of tqdm where there is one, else lines."""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any, Protocol


class Shown(Protocol):
    """Shows how many runs have ended."""

    def show(self, ended: int, total: int, running: int, failed: int) -> None:
        """Something changed, or nothing did for a while."""

    def close(self) -> None:
        """No more will change."""


class Nothing:
    """For who wants to see nothing."""

    def show(self, ended: int, total: int, running: int, failed: int) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""


class Bar:
    """A bar of tqdm, in a terminal or a notebook."""

    def __init__(self, label: str, tqdm: Any) -> None:
        self.label = label
        self.tqdm = tqdm
        self.bar: Any = None

    def show(self, ended: int, total: int, running: int, failed: int) -> None:
        """Moves the bar."""
        if self.bar is None:  # Where there is nothing to do there is no bar.
            self.bar = self.tqdm(total=total, desc=self.label, unit="run")
        self.bar.total = total
        self.bar.set_postfix_str(_counts(running, failed), refresh=False)
        # Runs that paused at a rung start again, so it may go back.
        self.bar.update(ended - self.bar.n)

    def close(self) -> None:
        """Leaves the bar as it is."""
        if self.bar is not None:
            self.bar.close()


class Lines:
    """One line that is written again in a terminal; elsewhere a line now and then."""

    SECONDS_BETWEEN = 10.0

    def __init__(self, label: str) -> None:
        self.label = label
        self.line = ""
        self.written = ""
        self.last = time.monotonic()

    def show(self, ended: int, total: int, running: int, failed: int) -> None:
        """Says how far it is, not too often."""
        self.line = f"{self.label}: {ended} of {total} runs, {_counts(running, failed)}"
        if sys.stderr.isatty():
            print(f"\r{self.line}\x1b[K", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self.last >= self.SECONDS_BETWEEN:
            self._write()

    def close(self) -> None:
        """Leaves the last line standing."""
        if not self.line:
            return
        if sys.stderr.isatty():
            print(file=sys.stderr)
        else:
            self._write()

    def _write(self) -> None:
        if self.line != self.written:
            print(self.line, file=sys.stderr, flush=True)
        self.written, self.last = self.line, time.monotonic()


def shown(label: str, wanted: bool) -> Shown:
    """How the progress of a sweep is shown."""
    if not wanted:
        return Nothing()
    try:
        with warnings.catch_warnings():
            # It advises to install widgets; its plain bar will do.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError:
        return Lines(label)
    return Bar(label, tqdm)


def _counts(running: int, failed: int) -> str:
    return f"{running} running" + (f", {failed} failed" if failed else "")
