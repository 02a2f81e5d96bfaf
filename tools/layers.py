#!/usr/bin/env python3
"""Checks what neither the compiler nor the formatter does: the floors of the architecture, what
each target may import, and the house rules of a source file. Prints file:line for every finding;
exit 1 if there is any."""

import re
import sys
from pathlib import Path

from swift_text import code_of

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 300
# Code; a line that is only a comment may be a little wider, as prose is never re-indented.
COLUMNS_MAX, COMMENT_COLUMNS_MAX = 100, 120

# Target: floor, targets it may import, modules from outside it may import. The pure ones have neither
# a clock, nor a file, nor a log to write to; Audit shares with the code it judges only the codec and
# the tick arithmetic.
FLOORS = {
    "CLMDB": (0, set(), set()),
    "EventLog": (0, set(), {"Crypto", "Synchronization"}),
    "Failpoints": (0, set(), {"Glibc", "Synchronization"}),
    "Telemetry": (1, set(), {"Synchronization"}),
    "Listeners": (0, set(), {
        "Glibc", "HTTPTypes", "HummingbirdCore", "Logging", "NIOCore", "NIOPosix",
        "ServiceLifecycle", "Synchronization",
    }),
    "GRPC": (2, {"Listeners", "Telemetry"}, None),
    "DaprProtos": (0, set(), {"SwiftProtobuf"}),
    "LMDBLog": (1, {"CLMDB", "EventLog", "Failpoints"}, {"Glibc", "Synchronization"}),
    "Jobs": (1, {"EventLog"}, set()),
    "EventText": (2, {"Jobs", "EventLog"}, set()),
    "JobState": (2, {"Jobs", "EventLog"}, set()),
    "Audit": (2, {"Jobs", "EventLog"}, set()),
    "ZoneInfo": (2, {"Jobs"}, {"Glibc", "Synchronization"}),
    "Checkpoints": (3, {"JobState", "EventLog", "Failpoints"}, {"Glibc"}),
    "SchedulerCore": (3, {"JobState", "Jobs", "EventLog"}, set()),
    "Simulation": (4, {"SchedulerCore", "JobState", "Audit", "Jobs", "EventLog"}, set()),
    "Scheduler": (
        4,
        {
            "SchedulerCore", "Checkpoints", "JobState", "Jobs", "EventLog", "Failpoints",
            "Telemetry",
        },
        {"Glibc", "Logging", "ServiceLifecycle", "Synchronization"},
    ),
    "DaprAPI": (
        5,
        {
            "Listeners", "Scheduler", "SchedulerCore", "EventText", "Jobs", "EventLog",
            "Failpoints", "DaprProtos",
        },
        None,
    ),
    "Settings": (5, {"Jobs"}, {"Yams"}),
    "Operations": (5, {"Listeners", "Scheduler", "Telemetry"}, None),
    "DaprGRPC": (
        6,
        {
            "DaprAPI", "GRPC", "Scheduler", "SchedulerCore", "Jobs", "EventLog", "Failpoints",
            "Telemetry", "DaprProtos",
        },
        None,
    ),
    "daybook": (
        7,
        {
            "DaprAPI", "DaprGRPC", "GRPC", "Operations", "Settings", "Scheduler", "Checkpoints",
            "ZoneInfo", "LMDBLog", "Telemetry", "EventText", "Jobs", "EventLog", "Failpoints",
        },
        None,
    ),
    "daybook-replay": (
        7,
        {
            "Audit", "Checkpoints", "SchedulerCore", "JobState", "EventText", "Jobs", "LMDBLog",
            "EventLog", "Failpoints",
        },
        None,
    ),
    "daybook-simulate": (
        7,
        {"Simulation", "Audit"},
        {"ArgumentParser", "Foundation", "Synchronization"},
    ),
    "daybook-bench": (
        7,
        {
            "Simulation", "DaprAPI", "Scheduler", "SchedulerCore", "Checkpoints", "JobState",
            "ZoneInfo", "LMDBLog", "Jobs", "EventLog", "DaprProtos",
        },
        None,
    ),
    "Doors": (
        7,
        {
            "Simulation", "DaprAPI", "DaprGRPC", "GRPC", "Scheduler", "SchedulerCore", "JobState",
            "Jobs", "EventLog", "DaprProtos",
        },
        None,
    ),
    "daybook-fuzz": (8, {"Doors", "Simulation"}, {"ArgumentParser", "Foundation", "Glibc"}),
}
PLACES = {
    "daybook-replay": "tools/replay",
    "daybook-simulate": "tools/simulate",
    "daybook-bench": "tools/bench",
    "Doors": "tools/fuzz/Doors",
    "daybook-fuzz": "tools/fuzz/Engine",
}

IMPORT = re.compile(
    r"^\s*(?:@\w+\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"
)
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


def check_swift(path: Path, target: str | None, findings: list) -> None:
    text = path.read_text()
    lines, code = text.splitlines(), code_of(text).splitlines()
    is_test = path.is_relative_to(ROOT / "Tests")

    def find(index: int, what: str) -> None:
        findings.append((path, index + 1, what))

    for index, line in enumerate(code):
        if match := NEVER.search(line):
            find(index, f"{match[1]}: {WORDS_NEVER[match[1]]}")
        for match in UNSAFE.finditer(line):
            if not is_excused(lines, index):
                find(index, f"{match[0]} without a line above it that begins // Safe because")
        if match := IMPORT.match(line):
            check_import(match[1], target, lambda what: find(index, what))
        if is_test and TEST_FUNCTION.search(line):
            if not any("@Test" in above for above in code[max(0, index - 3) : index + 1]):
                find(index, "a test function without @Test never runs")


def check_import(module: str, target: str | None, find) -> None:
    if target is None:
        return
    floor, inside, outside = FLOORS[target]
    if module in FLOORS:
        if module not in inside:
            find(f"{target} may not import {module}")
        elif FLOORS[module][0] >= floor:
            find(f"{target} (floor {floor}) imports {module} (floor {FLOORS[module][0]})")
    elif outside is not None and module not in outside:
        find(f"{target} may not import {module}")


def check_text(path: Path, findings: list) -> None:
    lines = path.read_text().splitlines()
    if len(lines) > LINES_MAX:
        findings.append((path, LINES_MAX + 1, f"{len(lines)} lines; at most {LINES_MAX}"))
    for index, line in enumerate(lines):
        is_comment = line.lstrip().startswith(("//", "# "))
        columns_max = COMMENT_COLUMNS_MAX if is_comment else COLUMNS_MAX
        if len(line) > columns_max:
            findings.append((path, index + 1, f"{len(line)} columns; at most {columns_max}"))
        if match := UNFINISHED.search(line):
            findings.append((path, index + 1, f"{match[0]} without an issue"))


def check_floors(findings: list) -> None:
    """Every target stands on a floor, what it may import stands below: so there is no circle."""
    for folder in sorted((ROOT / "Sources").iterdir()):
        if folder.is_dir() and folder.name not in FLOORS:
            findings.append((folder, 1, "a target that stands on no floor; give it one here"))
    for target, (floor, inside, _) in FLOORS.items():
        for module in sorted(inside):
            if FLOORS[module][0] >= floor:
                findings.append((Path(__file__), 1, f"{target} and {module}: not one way"))


def target_of(path: Path) -> str | None:
    for target in FLOORS:
        if path.is_relative_to(ROOT / PLACES.get(target, f"Sources/{target}")):
            return target
    return None


def main() -> int:
    findings: list = []
    check_floors(findings)
    count = 0
    for folder in ("Sources", "Tests", "tools"):
        for path in sorted((ROOT / folder).rglob("*")):
            is_source = path.suffix in {".swift", ".py", ".h"}
            is_source |= folder == "tools" and path.suffix == "" and path.is_file()
            is_generated = path.name.endswith((".pb.swift", ".grpc.swift"))
            is_input = "corpus" in path.parts or "found" in path.parts
            if not is_source or is_generated or is_input or "__pycache__" in path.parts:
                continue
            count += 1
            check_text(path, findings)
            if path.suffix == ".swift":
                check_swift(path, target_of(path), findings)
    for path, line, what in sorted(findings):
        print(f"{path.relative_to(ROOT)}:{line}: {what}")
    print(f"{count} files, {len(FLOORS)} targets, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
