"""The list of bugs, whether they fit the code and the tests, and the tree that holds them all."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Written into every module that has a bug, so that none has to import another one for it.
SWITCH_FILE = "PlantedBug.swift"
SWITCH = """import Glibc

private let plantedBug = getenv("DAYBOOK_PLANTED_BUG").map { String(cString: $0) }

/// Whether this process is to misbehave in the way that `name` stands for.
func isPlanted(_ name: String) -> Bool { plantedBug == name }
"""


@dataclass(frozen=True)
class Bug:
    promise: str
    name: str
    # What is wrong with it.
    wrong: str
    found_by: list[str]
    # The name of a file, wherever in Sources it is.
    file: str
    old: str | list[str]
    new: str | list[str]

    @staticmethod
    def read() -> list["Bug"]:
        rows = tomllib.loads((ROOT / "tools/plantedbugs/bugs.toml").read_text())["bug"]
        return [Bug(**row) for row in rows]

    @property
    def edits(self) -> list[tuple[str, str]]:
        """Texts, each with what takes its place."""
        switch = f'isPlanted("{self.name}")'
        if isinstance(self.old, list):
            pairs = list(zip(self.old, self.new, strict=True))
        elif "PLANTED" in self.new:
            pairs = [(self.old, self.new)]
        else:
            pairs = [(self.old, f"(PLANTED ? ({self.new}) : ({self.old}))")]
        return [(old, new.replace("PLANTED", switch)) for old, new in pairs]

    @property
    def holders(self) -> list[Path]:
        """Files of that name that hold all of the texts."""
        files = [path for path in swift_files() if path.name == self.file]
        return [path for path in files if all(old in content(path) for old, _ in self.edits)]


def unfitting(bugs: list[Bug]) -> list[str]:
    """What is wrong with the list: bugs that do not fit the code, finders that are not there."""
    names = [bug.name for bug in bugs]
    problems = [f"two bugs are called {name}" for name in set(names) if names.count(name) > 1]
    for bug in bugs:
        found = [*misfits(bug), *(missing(finder) for finder in bug.found_by)]
        problems += [f"{bug.name}: {problem}" for problem in found if problem]
    if not problems:
        try:
            planted(bugs)
        except ValueError as error:
            problems.append(str(error))
    return problems


def misfits(bug: Bug) -> list[str]:
    if len(bug.holders) > 1:
        names = ", ".join(name(path) for path in bug.holders)
        return [f"more than one {bug.file} holds its text: {names}"]
    if not bug.holders:
        places = ", ".join(name(path) for path in swift_files() if path.name == bug.file)
        told = [f"its file is {places}" if places else f"there is no {bug.file}"]
        for old, _ in bug.edits:
            files = ", ".join(name(path) for path in swift_files() if old in content(path))
            told.append(f"{old!r} is in {files or 'no file'}")
        return ["; ".join(told)]
    [path] = bug.holders
    lines = [(old, lines_of(old, content(path))) for old, _ in bug.edits]
    return [f"{name(path)} holds {old!r} in lines {at}" for old, at in lines if len(at) > 1]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_of(text: str, whole: str) -> list[int]:
    return [whole.count("\n", 0, m.start()) + 1 for m in re.finditer(re.escape(text), whole)]


def missing(finder: str) -> str | None:
    """Why nobody is called `finder`."""
    kind, _, what = finder.partition(" ")
    match kind:
        case "simulate" | "oracle":
            is_there = not what
        case "crashtest":
            is_there = (ROOT / f"tools/crashtest/{what}.py").exists()
        case "clients":
            file, _, test = what.partition("::")
            path = ROOT / "Tests/Clients" / file
            is_there = path.exists() and (not test or f"def {test}(" in content(path))
        case "swift":
            is_there = all(is_swift_name(name) for name in re.findall(r"\w+", what))
        case _:
            is_there = False
    return None if is_there else f"there is no {finder}"


def is_swift_name(name: str) -> bool:
    """Whether tests, or functions of theirs, are called `name`."""
    is_declared = re.compile(rf"\b(struct|enum|class|func) {name}\b").search
    tests = swift_files("Tests")
    return (ROOT / "Tests" / name).is_dir() or any(is_declared(content(path)) for path in tests)


@cache
def content(path: Path) -> str:
    return path.read_text()


@cache
def swift_files(folder: str = "Sources") -> list[Path]:
    return sorted((ROOT / folder).rglob("*.swift"))


def planted(bugs: list[Bug]) -> dict[Path, str]:
    """The texts of the files that bugs are planted in, and of the switches."""
    files: dict[Path, str] = {}
    for bug in bugs:
        [path] = bug.holders
        text = files.get(path.relative_to(ROOT), content(path))
        for old, new in bug.edits:
            # Of bugs in one place each later one is where the one before it does nothing: last.
            before, found, behind = text.rpartition(old)
            if not found:
                raise ValueError(f"{bug.name}: another bug is in the place of {old!r}")
            text = before + new + behind
        files[path.relative_to(ROOT)] = text
        files[Path(*path.relative_to(ROOT).parts[:2]) / SWITCH_FILE] = SWITCH
    return files


def plant(files: dict[Path, str], tree: Path) -> None:
    """Makes the tree with `files` in it. Only what differs is written, so that the next build is
    incremental."""
    contents = {place: text.encode() for place, text in files.items()}
    for part in ("Package.swift", "Package.resolved", "Sources", "Tests", "tools"):
        for path in [ROOT / part, *(ROOT / part).rglob("*")]:
            if path.is_file() and "__pycache__" not in path.parts:
                contents.setdefault(path.relative_to(ROOT), path.read_bytes())
    for place, text in contents.items():
        path = tree / place
        if not path.exists() or path.read_bytes() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
    for path in tree.rglob("*"):
        if path.is_file() and path.relative_to(tree) not in contents:
            path.unlink()
