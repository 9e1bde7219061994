"""The example and the page's code do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_example_runs(repository: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, repository / "python/examples/quickstart.py", "--results", tmp_path],
        cwd=repository,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert "inconclusive: A second layer solves it in fewer steps" in done.stdout
    assert "shape: (16, 6)" in done.stdout


def test_the_page_runs(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All blocks, one after the other, in a folder that looks like the project's."""
    pytest.importorskip("matplotlib").use("agg")
    (tmp_path / "results").mkdir()
    for name in ("experiments", "datasets", "results/reference"):
        (tmp_path / name).symlink_to(repository / name)
    monkeypatch.chdir(tmp_path)
    page = repository / "docs/python.md"
    text = page.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        # As many empty lines before it as the page has, so that an error names the page's line.
        before = "\n" * text.count("\n", 0, block.start(1))
        exec(compile(before + block[1], str(page), "exec"), names)
    assert "did you mean `hidden`?" in capsys.readouterr().out
