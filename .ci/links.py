#!/usr/bin/env python3
"""Fails if a link of the documentation leads nowhere: a file that is not there, a heading that no page has.

    .ci/links.py                  the pages in the repository
    .ci/links.py --site DIR       the site that docs/build.sh made of them
    .ci/links.py --self-test      whether this check finds what it should

Links to other hosts are not looked at: nothing here needs a network.
"""

import os
import re
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "datasets/README.md", "results/README.md")


def pages(root):
    """What is written by hand, in the order of their paths."""
    found = [root / page for page in PAGES if (root / page).exists()]
    return found + sorted((root / "docs").rglob("*.md"))


def lines_outside_code(text):
    """(number, line) of Markdown outside fenced blocks, with what is in backticks blanked."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not line.strip(" `~"):
                fence = None
        elif mark:
            fence = mark.group(1)
        else:
            yield number, line


def links_of_markdown(text):
    """(line, target) of every link and image."""
    for number, line in lines_outside_code(text):
        line = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        for pattern in (
            r"\]\(\s*<?([^\s)<>]+)>?(?:\s+\"[^\"]*\")?\s*\)",  # [text](target "title")
            r"^\s{0,3}\[[^\]^]+\]:\s*<?([^\s<>]+)",  # [text]: target
            r"<(?:a|img)\b[^>]*\b(?:href|src)=\"([^\"]+)\"",
        ):
            for target in re.findall(pattern, line):
                yield number, target


def slug(heading):
    """The anchor that GitHub and mdBook give a heading alike."""
    heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    heading = re.sub(r"<[^>]*>", "", heading) if "`" not in heading else heading
    heading = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return heading.replace(" ", "-")


def anchors_of_markdown(text):
    anchors = set()
    for _, line in lines_outside_code(text):
        heading = re.match(r"#{1,6}\s+(.*?)(?:\s+#+)?\s*$", line)
        if heading:
            name, again = slug(heading.group(1)), 0
            while name + (f"-{again}" if again else "") in anchors:
                again += 1
            anchors.add(name + (f"-{again}" if again else ""))
        anchors.update(re.findall(r"<[^>]*\b(?:id|name)=\"([^\"]+)\"", line))
    return anchors


class Html(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.links.append((self.getpos()[0], value))


class Check:
    """Pages below a folder; what is read once is kept."""

    def __init__(self, root):
        self.root = Path(os.path.realpath(root))
        self.read = {}

    def of(self, path):
        """Links and anchors of a page; no anchors are known of other files."""
        if path not in self.read:
            if path.suffix == ".md":
                text = path.read_text()
                self.read[path] = list(links_of_markdown(text)), anchors_of_markdown(text)
            elif path.suffix == ".html":
                html = Html(path.read_text())
                self.read[path] = html.links, html.anchors
            else:
                self.read[path] = [], None
        return self.read[path]

    def fault(self, page, target):
        """What is wrong with a link; None for nothing."""
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            return None
        if parts.path.startswith("/"):
            return "begins at the root of a host: it depends on where the pages are served"
        path = Path(os.path.normpath(page.parent / unquote(parts.path))) if parts.path else page
        if not path.is_relative_to(self.root):
            return "leads out of the folder"
        if path.is_dir():
            # Not every server, and no browser on files, shows what is in a folder.
            return "is a folder: name a file in it"
        if not path.is_file():
            return "there is no such file"
        anchors = self.of(path)[1]
        if parts.fragment and anchors is not None and unquote(parts.fragment) not in anchors:
            return f"{path.relative_to(self.root)} has no such heading"
        return None

    def faults(self, pages):
        """How many links there are, and a line for each that is broken."""
        count, found = 0, []
        for page in pages:
            for line, target in self.of(page)[0]:
                count += 1
                fault = self.fault(page, target)
                if fault:
                    found.append(f"{page.relative_to(self.root)}:{line}: {target}: {fault}")
        return count, found


def self_test():
    assert slug("`plan FILE --format json`") == "plan-file---format-json"
    assert slug("8. Convolutions in [front](x.md)") == "8-convolutions-in-front"
    assert slug('`[grid]`, "zip" and é') == "grid-zip-and-é"
    assert anchors_of_markdown("# A b\n## A b\n```\n# no\n```\n") == {"a-b", "a-b-1"}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "docs").mkdir()
        (root / "file.rs").write_text("")
        (root / "README.md").write_text(
            "# Top\n[a](docs/page.md#a-heading) [b](#top) [c](file.rs) `[d](gone)` [e](https://x.org/y)\n"
            "```text\n[f](gone)\n```\n"
        )
        (root / "docs/page.md").write_text("## A heading\n![g](../file.rs)\n")
        assert Check(root).faults(pages(root)) == (5, []), Check(root).faults(pages(root))
        (root / "docs/page.md").write_text(
            "[a](gone.md)\n[b](../README.md#none)\n\n[c](#none) [d](..) [e](../../x)\n[f]: /README.md\n"
        )
        faults = Check(root).faults([root / "docs/page.md"])[1]
        lines = [fault.split(": ")[0] for fault in faults]
        assert lines == [f"docs/page.md:{line}" for line in (1, 2, 4, 4, 4, 5)], faults
        # The heading that the first page asks for has gone.
        assert len(Check(root).faults(pages(root))[1]) == 7
        (root / "page.html").write_text('<h2 id="a">A</h2>\n<a href="#a"></a><img src="gone.svg">\n')
        assert Check(root).faults([root / "page.html"]) == (
            2, ["page.html:2: gone.svg: there is no such file"],
        )


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if arguments[:1] == ["--site"] and len(arguments) == 2:
        check = Check(arguments[1])
        looked_at = sorted(check.root.rglob("*.html"))
    elif not arguments:
        check = Check(Path(__file__).resolve().parent.parent)
        looked_at = pages(check.root)
    else:
        sys.exit(__doc__)
    count, faults = check.faults(looked_at)
    for fault in faults:
        print(fault)
    if not looked_at or not count:
        sys.exit("there are no links: is it the right folder?")
    print(f"{count} links on {len(looked_at)} pages, {len(faults)} broken")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
