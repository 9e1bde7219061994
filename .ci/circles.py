#!/usr/bin/env python3
"""Fails if a file of a crate imports another one in a circle, directly or through others.

An import is a path `crate::...`, `super::...`, `child::...` or `imported::...` outside tests. A path
through a re-export leads to the file that defines the name; `mod` and `pub use` themselves are no
imports.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path


def without_tests(text):
    """The source without comments and without what is compiled for tests only."""
    text = re.sub(r"//[^\n]*", "", text)
    at = text.find("#[cfg(test)]")
    while at >= 0:
        module = re.match(
            r"#\[cfg\(test\)\]\s*(#\[[^\]]*\]\s*)*(pub(\(crate\))? )?mod \w+\s*\{", text[at:]
        )
        end = at + len("#[cfg(test)]")
        if module:
            end, depth = at + module.end(), 1
            while depth and end < len(text):
                depth += (text[end] == "{") - (text[end] == "}")
                end += 1
        text = text[:at] + text[end:]
        at = text.find("#[cfg(test)]", at)
    return text


def expanded(use):
    """The paths of `a::{b, c::{d, e}}`."""
    group = re.match(r"^(.*?)\{(.*)\}$", use.strip(), re.S)
    if not group:
        return [use.strip()]
    paths, depth, item = [], 0, ""
    for c in group.group(2) + ",":
        depth += (c == "{") - (c == "}")
        if c == "," and depth == 0:
            if item.strip():
                paths += [group.group(1) + path for path in expanded(item)]
            item = ""
        else:
            item += c
    return paths


class Crate:
    """The files of a crate by their module's path."""

    def __init__(self, source):
        self.texts = {}
        for path in source.rglob("*.rs"):
            if path.name == "tests.rs":
                continue
            parts = path.relative_to(source).with_suffix("").parts
            if parts[-1] in ("mod", "lib", "main"):
                parts = parts[:-1]
            self.texts[parts] = without_tests(path.read_text())
        self.again = defaultdict(dict)
        for module, text in self.texts.items():
            for use in re.findall(r"pub(?:\(\w+\))? use ([^;]+);", text):
                for path in expanded(use):
                    path = re.sub(r"\s", "", path)
                    self.again[module][path.split("::")[-1]] = path

    def file_of(self, path, module, depth=0):
        """The file that defines a path; None for one of another crate."""
        parts = [re.sub(r"\W.*", "", part) for part in path.split("::")]
        if parts[0] == "crate":
            found, parts = (), parts[1:]
        elif parts[0] == "self":
            found, parts = module, parts[1:]
        elif parts[0] == "super":
            found = module
            while parts and parts[0] == "super":
                found, parts = found[:-1], parts[1:]
        elif module + (parts[0],) in self.texts:
            found = module
        else:
            return None
        while parts and found + (parts[0],) in self.texts:
            found, parts = found + (parts[0],), parts[1:]
        if parts and parts[0] in self.again[found] and depth < 8:
            return self.file_of(self.again[found][parts[0]], found, depth + 1) or found
        return found

    def imports(self):
        """The files that each file imports."""
        graph = {}
        for module, text in self.texts.items():
            text = re.sub(r"pub(?:\(\w+\))? use [^;]+;", "", text)
            paths = []
            for use in re.findall(r"\buse ((?:crate|super|self|\w+)::[^;]+);", text):
                paths += [re.sub(r"\s|\s+as\s+\w+", "", path) for path in expanded(use)]
            named = {path.split("::")[-1]: path for path in paths}
            text = re.sub(r"\buse [^;]+;", "", text)
            for path in re.findall(r"\b(\w+(?:::\w+)+)", text):
                first, rest = path.split("::", 1)
                if first in ("crate", "super") or module + (first,) in self.texts:
                    paths.append(path)
                elif first in named:
                    # A module that is imported, and what is used of it.
                    paths.append(f"{named[first]}::{rest}")
            found = {self.file_of(path, module) for path in paths}
            graph[module] = found - {None, module}
        return graph


def reachable(graph, start):
    seen, todo = set(), [start]
    while todo:
        for following in graph.get(todo.pop(), ()):
            if following not in seen:
                seen.add(following)
                todo.append(following)
    return seen


def circles(graph):
    """Every set of files that reach each other, once."""
    reach = {module: reachable(graph, module) for module in graph}
    sets = {
        frozenset(other for other in reach[module] if module in reach.get(other, ()))
        for module in graph
        if module in reach[module]
    }
    return sorted(sets, key=sorted)


def check_this_check():
    crate = Crate.__new__(Crate)
    crate.texts = {
        (): "mod a; mod b; mod c; pub use b::B;",
        ("a",): "use crate::B;",
        ("b",): without_tests("use crate::c::C;\n#[cfg(test)]\nmod tests { use crate::a::A; }"),
        ("c",): "use crate::{a::A};",
    }
    crate.again = defaultdict(dict, {(): {"B": "b::B"}})
    assert circles(crate.imports()) == [frozenset({("a",), ("b",), ("c",)})]
    crate.texts.update({("a",): "", ("c",): "use crate::d; fn c() { d::f() }", ("d",): "pub use crate::b::f;"})
    crate.again[("d",)]["f"] = "crate::b::f"
    assert circles(crate.imports()) == [frozenset({("b",), ("c",)})]
    crate.texts[("c",)] = without_tests("// use crate::a::A;")
    assert circles(crate.imports()) == []


def main():
    check_this_check()
    found = 0
    for source in sorted(Path("crates").glob("*/src")):
        graph = Crate(source).imports()
        for circle in circles(graph):
            found += 1
            print(f"{source}: these files import each other in a circle:")
            for module in sorted(circle):
                for other in sorted(graph[module] & circle):
                    print(f"    {'::'.join(module) or 'lib'} imports {'::'.join(other) or 'lib'}")
    sys.exit(1 if found else 0)


main()
