"""The program: where it is, and one call of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMAT = 1
"""The version of everything that the program writes for programs (docs/for-programs.md)."""


class UnrollError(Exception):
    """The program did not do what it was asked to; says what it said.

    ``exit_code`` is the program's, ``None`` if it was not started or not at fault.
    """

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code

    def __str__(self) -> str:
        # A drawing of the file starts on a line of its own, also behind the name of the exception.
        return f"\n{self.message}" if "\n" in self.message else self.message

    def __reduce__(self) -> tuple[type[UnrollError], tuple[str, int | None]]:
        # Else it could not come back from another process: it takes more than its message.
        return type(self), (self.message, self.exit_code)


class UnrollWarning(UserWarning):
    """What the program warns of."""


def program() -> Path:
    """The program that this package calls.

    It is what the environment variable ``UNROLL_PROGRAM`` names, else what was installed with this
    package, else the first ``unroll`` on ``PATH``.

    Raises ``UnrollError`` if there is none.
    """
    named = os.environ.get("UNROLL_PROGRAM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise UnrollError(f"UNROLL_PROGRAM is {named}, which is no program")
        return Path(found).absolute()
    for folder in _script_folders():
        found = shutil.which("unroll", path=folder)
        if found is not None:
            return Path(found)
    found = shutil.which("unroll")
    if found is not None:
        return Path(found).absolute()
    raise UnrollError(
        "the program unroll is neither installed beside this Python nor on PATH: "
        "install the wheel, or name the program in the environment variable UNROLL_PROGRAM"
    )


def _script_folders() -> Iterator[str]:
    yield sysconfig.get_path("scripts")
    # Where `pip install --user` puts scripts.
    scheme = sysconfig.get_preferred_scheme("user")
    if scheme in sysconfig.get_scheme_names():
        yield sysconfig.get_path("scripts", scheme=scheme)


def command(*arguments: str | os.PathLike[str]) -> list[str]:
    """The command line of a call: without colours, since no terminal shows it."""
    return [str(program()), *(os.fspath(it) for it in arguments), "--color", "never"]


def call(*arguments: str | os.PathLike[str]) -> str:
    """Runs the program to its end and returns its standard output.

    Raises ``UnrollError`` if it fails.
    """
    done = subprocess.run(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode != 0:
        raise failure(done.stderr, done.returncode)
    return done.stdout


def failure(words: str, exit_code: int) -> UnrollError:
    """The error of a call that ended with ``exit_code`` and said ``words``."""
    silent = f"the program ended with exit code {exit_code} and said nothing"
    return UnrollError(words.strip("\n") or silent, exit_code)


def parse_json(text: str, what: str) -> dict[str, Any]:
    """An object that the program wrote.

    Raises ``UnrollError`` if it is none.
    """
    try:
        read = json.loads(text)
    except ValueError as error:
        raise UnrollError(f"{what} is not JSON: {error}") from error
    if not isinstance(read, dict):
        raise UnrollError(f"{what} is not what unroll writes: it is no object")
    return read


def read_json(text: str, what: str) -> dict[str, Any]:
    """An object that the program wrote for programs.

    Raises ``UnrollError`` if it is none, or of another version than this package reads.
    """
    read = parse_json(text, what)
    check_format(read.get("format"), what)
    return read


def check_format(found: object, what: str) -> None:
    """Raises ``UnrollError`` unless ``found`` is the version that this package reads."""
    if found != FORMAT:
        raise UnrollError(
            f"{what} has format {found}, and this package reads format {FORMAT}: "
            "package and program are of different versions"
        )
