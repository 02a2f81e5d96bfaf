#!/usr/bin/env python3
"""Checks what the compiler does not about targets and their imports.

SwiftPM refuses circles between targets, and the build refuses an import that Package.swift does not
declare. What is left: the pure targets, which decide and judge, can reach neither a clock, nor a
file, nor a log, nor chance; targets below the wires do without Foundation; and what must be judged
from outside, or be of use alone, does not reach what it must not know. Prints file:line for every
finding; exit 1 if there is any."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from swift_text import code_of

ROOT = Path(__file__).resolve().parent.parent

# What decides and judges, with the modules from outside the package that it may import.
PURE = {
    "EventLog": {"Crypto", "Synchronization"},
    "Jobs": set(),
    "EventText": set(),
    "JobState": set(),
    "SchedulerCore": set(),
    "Audit": set(),
    "Simulation": set(),
}
# What does without Foundation, which would cost a start its time and a process its memory. It may
# import what Package.swift declares, and of what comes with Swift only these.
BARE = {
    "Failpoints", "Telemetry", "LMDBLog", "ZoneInfo", "Checkpoints", "Scheduler", "Settings",
}
WITH_SWIFT = {"Glibc", "Synchronization"}
# Target: what it may not reach, not even by way of others. The audit shares with the code it judges
# only the codec, the arithmetic of ticks and words for events; neither wire of the API walks through
# the other, nor through what calls apps.
APART = {
    "Audit": {"JobState", "SchedulerCore"},
    "GRPC": {"DaprAPI"},
    "DaprHTTP": {"GRPC", "Apps"},
    "OperatorAPI": {"GRPC", "Apps"},
    "DaprGRPC": {"DaprHTTP", "Apps"},
    "Apps": {"DaprHTTP", "DaprGRPC"},
}

IMPORT = re.compile(
    r"^\s*(?:@\w+\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)",
    re.MULTILINE,
)
# What needs no import and yet is a clock, chance, a wait or an output.
IMPURE = re.compile(
    r"\b(?:ContinuousClock|SuspendingClock|SystemRandomNumberGenerator|async|await)\b"
    r"|\bactor\s+[A-Z]\w*|\bTask(?=\s*[.{(])|\bprint(?=\()|\breadLine(?=\()"
    r"|\bwith(?:Checked|Unsafe)(?:Throwing)?Continuation\b"
    r"|\.(?:random|randomElement|shuffled?)(?=\(\))"
    r"|\.random(?=\(in:(?:[^()]|\([^()]*\))*\))(?!\((?:[^()]|\([^()]*\))*\busing:)"
)


@dataclass(frozen=True)
class Target:
    name: str
    path: str
    # Targets and products that Package.swift names.
    dependencies: frozenset[str]


def targets_of(root: Path) -> dict[str, Target]:
    """The targets that Package.swift declares."""
    text = code_of((root / "Package.swift").read_text(), keeps_literals=True)
    product = r'let\s+(\w+)\s*=\s*Target\.Dependency\.product\(\s*name:\s*"(\w+)"'
    products = dict(re.findall(product, text))
    result = {}
    for call in elements(text, text.index("targets: [") + len("targets: ")):
        name = re.search(r'"([^"]+)"', call)[1]
        is_test = re.match(r"tests|\.testTarget", call)
        if call.startswith("tests"):
            name += "Tests"
        path = re.search(r'\bpath:\s*"([^"]+)"', call)
        listed = re.search(r"(?:\bdependencies:|\",)\s*(?=\[)", call)
        needs = elements(call, listed.end()) if listed else []
        result[name] = Target(
            name,
            path[1] if path else f"{'Tests' if is_test else 'Sources'}/{name}",
            # "Jobs", or a product by its name above, or .target(name: "Jobs").
            frozenset(products.get(need) or re.search(r'"(.*?)"', need)[1] for need in needs),
        )
    return result


def elements(text: str, start: int) -> list[str]:
    """The elements of the array literal that opens at `start`."""
    found, depth, begin = [], 0, start + 1
    for index in range(start, len(text)):
        if text[index] in "([":
            depth += 1
        elif text[index] in ")]":
            depth -= 1
        if (text[index] == "," and depth == 1) or depth == 0:
            found.append(text[begin:index].strip())
            begin = index + 1
        if depth == 0:
            break
    return [element for element in found if element]


def reached(name: str, targets: dict[str, Target]) -> set[str]:
    """The targets that `name` needs, and those that they need."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        for other in targets[ahead.pop()].dependencies & targets.keys() - found:
            found.add(other)
            ahead.append(other)
    return found


def check_package(root: Path, targets: dict[str, Target], findings: list) -> None:
    def find(what: str) -> None:
        findings.append((root / "Package.swift", 1, what))

    for name in sorted((PURE.keys() | BARE | APART.keys()).union(*APART.values())):
        if name not in targets:
            find(f"no target {name}, of which tools/layers.py speaks")
    for name in sorted(PURE.keys() & targets.keys()):
        for other in sorted(targets[name].dependencies - PURE.keys() - PURE[name]):
            find(f"{name} is pure and may not depend on {other}")
    for name in sorted(APART.keys() & targets.keys()):
        for other in sorted(APART[name] & reached(name, targets)):
            find(f"{name} reaches {other}")
    paths = [root / target.path for target in targets.values()]
    for path in sorted((root / "Sources").rglob("*.swift")):
        if not any(path.is_relative_to(place) for place in paths):
            findings.append((path, 1, "stands in no target"))


def check_file(path: Path, target: Target, targets: dict[str, Target], findings: list) -> None:
    code = code_of(path.read_text())

    def find(match: re.Match, what: str) -> None:
        line = code.count("\n", 0, match.start(match.lastindex or 0)) + 1
        findings.append((path, line, f"{target.name} {what}"))

    allowed = PURE.get(target.name)
    if allowed is None:
        allowed = WITH_SWIFT | target.dependencies
    for match in IMPORT.finditer(code):
        if match[1] not in targets and match[1] not in allowed:
            find(match, f"may not import {match[1]}")
    if not PURE.get(target.name, True):
        for match in IMPURE.finditer(code):
            find(match, f"is pure and may not use {match[0].strip()}")


def main(root: Path = ROOT) -> int:
    targets = targets_of(root)
    findings: list = []
    check_package(root, targets, findings)
    for name in sorted((PURE.keys() | BARE) & targets.keys()):
        for path in sorted((root / targets[name].path).rglob("*.swift")):
            check_file(path, targets[name], targets, findings)
    for path, line, what in findings:
        print(f"{path.relative_to(root)}:{line}: {what}")
    print(f"{len(targets)} targets, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
