"""Asks the oracle and the product for the occurrences of the same cases, and counts what they were.

A comparison covers one zoneinfo directory and needs one process; the product reads that directory
because TZDIR names it.
"""

import os
import subprocess
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cases import NEAR, Case, Cases, written
from evaluator import Fields
from zones import Zones

# Occurrences asked for in each case.
COUNT = 4
# Cases given to one run of the product, and the seconds it may take over them.
BATCH = 25_000
DEADLINE = 240
SHOWN = 20


class Order(NamedTuple):
    """What one comparison is to do."""

    name: str
    directory: Path
    seed: int
    cases: int
    binary: Path


@dataclass
class Report:
    """What one comparison found."""

    order: Order
    counts: Counter[str] = field(default_factory=Counter)
    zones_missed: list[str] = field(default_factory=list)
    pairs: int = 0
    pairs_missed: int = 0
    differences: int = 0
    # The first differences, to be read.
    shown: list[str] = field(default_factory=list)
    # Why the product gave no answers, if it gave none.
    failure: str | None = None

    def share(self, kind: str) -> float:
        return self.counts[kind] / self.order.cases

    def __str__(self) -> str:
        shares = ", ".join(f"{self.share(kind):.1%} {kind}" for kind in sorted(self.counts))
        return (
            f"{self.order.name}: {self.order.cases} cases, {shares}; "
            f"{self.pairs - self.pairs_missed} of {self.pairs} transitions of zones met"
        )


def compare(order: Order) -> Report:
    """Makes the cases, evaluates them, asks the product and compares, batch by batch."""
    report = Report(order)
    cases = Cases(Zones(order.directory), f"{order.seed}/{order.name}")
    zones_met: set[str] = set()
    pairs_met: set[tuple[str, int]] = set()
    for size in batches(order.cases):
        batch = [cases.next() for _ in range(size)]
        expected = [evaluate(cases, case) for case in batch]
        for case, occurrences in zip(batch, expected):
            near = transitions_near(cases, case)
            zones_met.add(case.zone)
            pairs_met.update((case.zone, transition) for transition in near)
            report.counts.update(kinds(cases.evaluator.read(case.schedule)[1], case, near))
            report.counts["without occurrence"] += not occurrences
        if report.failure is None:
            ask_product(report, batch, expected)
    pairs = {(name, at) for name, transitions in cases.transitions.items() for at in transitions}
    report.zones_missed = sorted(set(cases.names) - zones_met)
    report.pairs, report.pairs_missed = len(pairs), len(pairs - pairs_met)
    return report


def batches(cases: int) -> Iterator[int]:
    for start in range(0, cases, BATCH):
        yield min(BATCH, cases - start)


def evaluate(cases: Cases, case: Case) -> str:
    """The occurrences as the product writes them."""
    occurrences = cases.evaluator.occurrences(case.schedule, case.second, COUNT)
    return " ".join(map(written, occurrences))


def ask_product(report: Report, batch: list[Case], expected: list[str]) -> None:
    command = [str(report.order.binary), "jobs", "next", "--batch", "-n", str(COUNT)]
    lines = "".join(case.line() + "\n" for case in batch)
    environment = {**os.environ, "TZDIR": str(report.order.directory)}
    try:
        answer = subprocess.run(
            command, input=lines, env=environment, capture_output=True, text=True, timeout=DEADLINE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        report.failure = str(error)
        return
    answers = answer.stdout.split("\n")
    if answer.returncode != 0 or len(answers) != len(batch) + 1 or answers[-1]:
        report.failure = (
            f"{' '.join(command)}: exit code {answer.returncode}, "
            f"{len(answers) - 1} lines for {len(batch)} cases: {answer.stderr[-1000:]}"
        )
        return
    for case, wanted, given in zip(batch, expected, answers):
        if wanted != given:
            report.differences += 1
            if len(report.shown) < SHOWN:
                report.shown.append(f"{case.line()}\n  oracle   {wanted}\n  product  {given}")


# What a case is


def transitions_near(cases: Cases, case: Case) -> list[int]:
    """The transitions of the case's zone within two days of its instant."""
    transitions = cases.transitions.get(case.zone, [])
    index = bisect_left(transitions, case.second - NEAR)
    # No three transitions have ever lain so close together.
    return [at for at in transitions[index : index + 2] if at <= case.second + NEAR]


def kinds(fields: Fields, case: Case, near: list[int]) -> Iterator[str]:
    if at_most_monthly(fields):
        yield "at most monthly"
    if fields.either_day:
        yield "with both day fields restricted"
    if near:
        yield "near a transition"
    if not case.zone:
        yield "without zone"
    if case.fraction:
        yield "with a fraction of a second"


def at_most_monthly(fields: Fields) -> bool:
    """Whether no calendar month has two local times that match."""
    if len(fields.seconds) * len(fields.minutes) * len(fields.hours) > 1:
        return False
    # A weekday comes four times a month at least, unless the day of the month must match too.
    if fields.either_day:
        return len(fields.days) <= 1 and not fields.weekdays
    return len(fields.days) <= 1 or not fields.weekdays
