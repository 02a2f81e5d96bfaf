#!/usr/bin/env python3
"""Checks the rules of the house, which neither the compiler nor the formatter knows: the size of
files, lines and functions, words and marks that Swift files do without, one name for one type, and
the words of the glossary. Prints file:line for every finding; exit 1 if there is any."""

import ast
import io
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from layers import ROOT
from swift_text import Declaration, code_of, declarations

LINES_MAX = 300
FUNCTION_LINES_MAX = 60
# Code; a line that is only a comment may be a little wider, as prose is never re-indented.
COLUMNS_MAX, COMMENT_COLUMNS_MAX = 100, 120

WORDS_NEVER = {
    "public": "say package or private",
    "open": "say package or private",
    "@testable": "test what a neighbour sees",
}
NEVER = re.compile(r"(?<![\w.`])(@testable|public|open)\s+(?=[\w@(])")
UNSAFE = re.compile(
    r"\btry!|\bas!|@unchecked\b|\bnonisolated\(unsafe\)|(?<=[\w)\]}>\"?])!(?![=\w])"
)
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b")
TEST_FUNCTION = re.compile(r"\bfunc\s+test\w*\s*[(<]")
# In the glossary: code in the last column of a table; and what is no longer said, and what is instead.
TERM = re.compile(r"^\|.*\|([^|]*)\|\s*$", re.MULTILINE)
REPLACED = re.compile(r"^## [^\n]*replaced[^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
# In `splitWords`, `split_words` or `IDOfWords`.
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass
class File:
    """A source file, and what is found in it."""

    path: Path
    text: str
    findings: list = field(default_factory=list)

    @cached_property
    def code(self) -> str:
        return code_of(self.text)

    @cached_property
    def declared(self) -> list[Declaration]:
        return declarations(self.code)

    @property
    def is_swift(self) -> bool:
        return self.path.suffix == ".swift"

    @property
    def is_python(self) -> bool:
        return self.path.suffix == ".py" or re.match(r"#!.*\bpython", self.text) is not None

    def find(self, line: int, what: str) -> None:
        self.findings.append((self.path, line, what))


def files_of(root: Path) -> Iterator[File]:
    """What somebody writes and reads: no generated code and no inputs of the fuzzer."""
    for folder in ("Sources", "Tests", "tools"):
        for path in sorted((root / folder).rglob("*")):
            is_source = path.suffix in {".swift", ".py", ".h"}
            is_source |= folder == "tools" and path.suffix == "" and path.is_file()
            is_generated = path.name.endswith((".pb.swift", ".grpc.swift"))
            is_input = "corpus" in path.parts or "found" in path.parts
            if is_source and not is_generated and not is_input and "__pycache__" not in path.parts:
                yield File(path, path.read_text())


def check_lines(file: File) -> None:
    lines = file.text.splitlines()
    if len(lines) > LINES_MAX:
        file.find(LINES_MAX + 1, f"{len(lines)} lines; at most {LINES_MAX}")
    for number, line in enumerate(lines, 1):
        is_comment = line.lstrip().startswith(("//", "# "))
        columns_max = COMMENT_COLUMNS_MAX if is_comment else COLUMNS_MAX
        if len(line) > columns_max:
            file.find(number, f"{len(line)} columns; at most {columns_max}")
        if match := UNFINISHED.search(line):
            file.find(number, f"{match[0]} without an issue")


def functions(file: File) -> list[tuple[str, int, int]]:
    """Its functions and computed properties, each with its first and its last line."""
    if file.is_swift:
        return [(d.name, d.line, d.last) for d in file.declared if d.kind in ("func", "var")]
    if not file.is_python:
        return []
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(file.text)) if isinstance(node, kinds)]
    return [(node.name, node.lineno, node.end_lineno) for node in nodes]


def long_functions(file: File) -> list[tuple[int, str]]:
    return [
        (first, f"{name} has {last - first + 1} lines; at most {FUNCTION_LINES_MAX}")
        for name, first, last in functions(file)
        if last - first + 1 > FUNCTION_LINES_MAX
    ]


def check_swift(file: File, is_test: bool) -> None:
    lines, code = file.text.splitlines(), file.code.splitlines()
    for index, line in enumerate(code):
        if match := NEVER.search(line):
            file.find(index + 1, f"{match[1]}: {WORDS_NEVER[match[1]]}")
        for match in UNSAFE.finditer(line):
            if not is_excused(lines, index):
                what = f"{match[0]} without a line above it that begins // Safe because"
                file.find(index + 1, what)
        if is_test and TEST_FUNCTION.search(line):
            if not any("@Test" in above for above in code[max(0, index - 3) : index + 1]):
                file.find(index + 1, "a test function without @Test never runs")


def is_excused(lines: list[str], index: int) -> bool:
    """Whether the comment above line `index`, or above its statement, begins `// Safe because`."""
    above = index - 1
    # A statement the formatter has broken: its later lines are indented further than its first.
    indent = len(lines[index]) - len(lines[index].lstrip())
    while above >= 0 and not lines[above].lstrip().startswith("//"):
        width = len(lines[above]) - len(lines[above].lstrip())
        if not lines[above].strip() or width >= indent:
            return False
        indent, above = width, above - 1
    while above >= 0 and lines[above].lstrip().startswith("//"):
        if re.match(r"\s*///? Safe because\b", lines[above]):
            return True
        above -= 1
    return False


def twins(files: dict[str, list[File]]) -> dict[str, dict[str, tuple[File, int]]]:
    """The names of types that the files of more than one target declare for their whole target,
    each with a place in every target."""
    seen: dict[str, dict[str, tuple[File, int]]] = defaultdict(dict)
    for target in files:
        for file in files[target]:
            for declared in file.declared:
                if declared.is_shared and declared.kind not in ("func", "var", "extension"):
                    seen[declared.name].setdefault(target, (file, declared.line))
    return {name: places for name, places in sorted(seen.items()) if len(places) > 1}


def names(file: File) -> Iterator[tuple[int, str]]:
    """The names in its code, in every line once."""
    if file.is_swift:
        for number, line in enumerate(file.code.splitlines(), 1):
            yield from ((number, name) for name in dict.fromkeys(re.findall(r"\w+", line)))
    elif file.is_python:
        tokens = tokenize.generate_tokens(io.StringIO(file.text).readline)
        found = [(token.start[0], token.string) for token in tokens if token.type == tokenize.NAME]
        yield from dict.fromkeys(found)


def check_words(files: list[File], sources: list[File], root: Path) -> list:
    """What the glossary names in code is there, and what it has replaced is gone."""
    glossaries = sorted(root.glob("Sources/**/Glossary.md"))
    if len(glossaries) != 1:
        return [(root / "Sources", 1, f"{len(glossaries)} pages Glossary.md; there should be one")]
    glossary = File(glossaries[0], glossaries[0].read_text())
    section = REPLACED.search(glossary.text)
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", section[1] if section else "", re.MULTILINE)
    replaced = dict(rows)
    if not replaced:
        glossary.find(1, "no section of words that were replaced, | `word` | instead |")
    any_replaced = re.compile("|".join(replaced) or "(?!)", re.IGNORECASE)
    for file in files:
        for line, name in names(file) if any_replaced.search(file.text) else ():
            for word in {word.lower() for word in WORD.findall(name)} & replaced.keys():
                file.find(line, f"{name}: say {replaced[word]}")
    known = {name for file in sources for name in re.findall(r"\w+", file.code)}
    for match in TERM.finditer(glossary.text):
        if section and section.start() < match.start() < section.end():
            continue
        line = glossary.text.count("\n", 0, match.start()) + 1
        for term in re.findall(r"`([^`]+)`", match[1]):
            if not is_known(term, known, sources, root):
                glossary.find(line, f"`{term}` is not in Sources")
    return glossary.findings


def is_known(term: str, known: set[str], sources: list[File], root: Path) -> bool:
    if "/" in term:
        return (root / term).exists()
    if term.endswith(".swift"):
        return any(file.path.name == term for file in sources)
    return all(word in known for word in re.findall(r"\w+", term))


def check_types(sources: list[File], root: Path) -> None:
    targets = defaultdict(list)
    for file in sources:
        targets[file.path.relative_to(root).parts[1]].append(file)
    for name, places in twins(targets).items():
        for file, line in places.values():
            file.find(line, f"{name} is a type in {', '.join(places)}; one name for one type")


def main(root: Path = ROOT) -> int:
    files = list(files_of(root))
    sources = [f for f in files if f.is_swift and f.path.is_relative_to(root / "Sources")]
    for file in files:
        check_lines(file)
        for line, what in long_functions(file):
            file.find(line, what)
        if file.is_swift:
            check_swift(file, is_test=file.path.is_relative_to(root / "Tests"))
    check_types(sources, root)
    findings = check_words(files, sources, root)
    findings += [finding for file in files for finding in file.findings]
    for path, line, what in sorted(findings):
        print(f"{path.relative_to(root)}:{line}: {what}")
    print(f"{len(files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
