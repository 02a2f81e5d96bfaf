#!/usr/bin/env python3
"""Finds circles between the files of a target: files that need each other, so that none can be read
first.

A file needs another when it names a type, or calls a function, that only the other declares for
the rest of its target. What nobody else can see is not counted: private declarations, what is
declared inside a function, types inside a type (whoever names one names the outer type as well).
A name the file declares itself is its own. Read from the text, without types: a name two files
declare ties nothing. The compiler sees to the imports between targets. Exits 1 and names each
circle with what ties it.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from layers import ROOT, targets_of
from swift_text import code_of

TOKEN = re.compile(
    r"(?P<brace>[{}])"
    r"|\b(?P<kind>struct|enum|class|protocol|actor|typealias|extension)\s+(?P<type>[\w.]+|\[)"
    r"|\bfunc\s+(?P<function>\w+)"
    r"|\b(?:indirect\s+)?case\s+(?P<cases>[a-z]\w*[^\n:{]*)"
    r"|\b(?:var|let|init|deinit|subscript)\b"
)
PRIVATE = re.compile(r"\b(?:file)?private\b(?!\()")
GENERIC = re.compile(r"\b(?:struct|enum|class|actor|func|typealias|init)\s*\w*\s*<([^>]*)>")
# A call by its name, and what stands before it: nothing, `.`, or `Type.`.
CALL = re.compile(r"(?P<dot>(?<![\w)\]?}])(?:[A-Z]\w*)?\.)?\b(?P<name>[a-z]\w*)\(")
# Methods of the standard library's collections; one of our own by the same name is not told apart.
STANDARD = {"append", "insert", "remove", "contains", "first", "index", "map", "filter", "sorted"}


@dataclass
class Source:
    """What one file declares, and what it uses."""

    code: str
    # For the other files of the target.
    types: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    # All it declares, seen from outside or not.
    own: set[str] = field(default_factory=set)
    cases: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for parameters in GENERIC.findall(self.code):
            self.own.update(re.findall(r"(?:^|,)\s*(?:each\s+|let\s+)?(\w+)", parameters))
        # For every open brace: the kind of type it belongs to, "" where nothing inside is seen.
        blocks: list[str] = []
        head = ""
        for match in TOKEN.finditer(self.code):
            if match["brace"] == "{":
                blocks.append(head)
            elif match["brace"] and blocks:
                blocks.pop()
            line = self.code[self.code.rfind("\n", 0, match.start()) + 1 : match.start()]
            is_seen = all(blocks) and not PRIVATE.search(line)
            head = ""
            if kind := match["kind"]:
                head = kind if is_seen and kind != "typealias" else ""
                self.add_type(kind, match["type"], is_seen, blocks)
            elif name := match["function"]:
                self.own.add(name)
                if is_seen and name not in STANDARD:
                    self.functions.add(name)
            elif match["cases"] and blocks and not line.strip():
                self.cases.update(re.findall(r"(?:^|,)\s*([a-z]\w*)", match["cases"]))
        self.own |= self.cases

    def add_type(self, kind: str, name: str, is_seen: bool, blocks: list[str]) -> None:
        if kind != "extension":
            self.own.add(name)
            if is_seen and all(block == "extension" for block in blocks):
                self.types.add(name)

    def used(self, cases: set[str]) -> set[str]:
        """The names it uses and does not declare; `.name(` of an enum's case is not a call."""
        names = set(re.findall(r"\b[A-Z]\w+", self.code))
        for call in CALL.finditer(self.code):
            if not (call["dot"] and call["name"] in cases):
                names.add(call["name"])
        return names - self.own


def sources_of(root: Path) -> dict[str, dict[Path, Source]]:
    """The Swift files of each target that is no test."""
    places = {target.name: target.path for target in targets_of(root).values()}
    return {
        name: {
            path: Source(code_of(path.read_text()))
            for path in sorted((root / place).rglob("*.swift"))
        }
        for name, place in places.items()
        if not place.startswith("Tests")
    }


def needs(target: dict[Path, Source], cases: set[str]) -> dict[Path, dict[Path, set[str]]]:
    """For each file the files it needs, and the names that say so."""
    owners: dict[str, list[Path]] = {}
    for path, source in target.items():
        for name in source.types | source.functions:
            owners.setdefault(name, []).append(path)
    result: dict[Path, dict[Path, set[str]]] = {path: {} for path in target}
    for path, source in target.items():
        for name in source.used(cases) & owners.keys():
            if len(owners[name]) == 1:
                result[path].setdefault(owners[name][0], set()).add(name)
    return result


def circles(graph: dict[Path, dict[Path, set[str]]]) -> list[list[Path]]:
    """Groups of files that all reach each other."""

    def reached(start: Path) -> set[Path]:
        found: set[Path] = set()
        ahead = [start]
        while ahead:
            for other in graph[ahead.pop()]:
                if other not in found:
                    found.add(other)
                    ahead.append(other)
        return found

    reach = {path: reached(path) for path in graph}
    groups = {
        tuple(sorted(other for other in reach[path] if path in reach[other]))
        for path in graph
        if path in reach[path]
    }
    return [list(group) for group in sorted(groups)]


def main(root: Path = ROOT) -> int:
    sources = sources_of(root)
    cases = {name for target in sources.values() for file in target.values() for name in file.cases}
    found = 0
    for name, target in sources.items():
        graph = needs(target, cases)
        for group in circles(graph):
            found += 1
            print(f"{name}: {', '.join(path.name for path in group)} need each other")
            for path in group:
                for other in group:
                    if names := graph[path].get(other):
                        print(f"    {path.name} -> {other.name}: {', '.join(sorted(names))}")
    print(f"{sum(map(len, sources.values()))} files, {found} circles")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
