#!/usr/bin/env python3
"""Lays out what mdBook reads: the pages and all that they link to, where the repository has them.

    docs/stage.py FOLDER

Nothing in a page is changed. docs/SUMMARY.md goes to the top of FOLDER, as mdBook asks, and its
links with it. Why so: docs/design/why-the-site-is-laid-out-as-the-repository.md.
"""

import os
import re
import shutil
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT / ".ci"))
from links import links_of_markdown  # noqa: E402


def linked(page):
    """The files of the repository that a page links to."""
    for _, target in links_of_markdown(page.read_text()):
        path = target.split("#")[0]
        if path and not re.match(r"[a-z]+:", path):
            file = Path(os.path.normpath(page.parent / path))
            if file.is_relative_to(ROOT) and file.is_file():
                yield file


def summary():
    """docs/SUMMARY.md with links that begin at the repository's top."""
    def moved(link):
        path = os.path.relpath(DOCS / link.group(1), ROOT)
        return f"]({path})"

    return re.sub(r"\]\(([^)]+)\)", moved, (DOCS / "SUMMARY.md").read_text())


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)
    contents = DOCS / "SUMMARY.md"
    copied, todo = set(), [page for page in linked(contents)]
    while todo:
        file = todo.pop()
        if file not in copied and file != contents:
            copied.add(file)
            if file.suffix == ".md":
                todo += linked(file)
    for file in copied:
        if file.suffix == ".html" and file.with_suffix(".md") in copied:
            sys.exit(f"{file}: the page that mdBook makes of the .md beside it has the same name")
        place = folder / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    (folder / "SUMMARY.md").write_text(summary())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
