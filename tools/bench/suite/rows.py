"""A row of the table: what was measured in several rounds, beside what, and if it is enough."""

import math
import statistics
from dataclasses import asdict, dataclass, field


@dataclass
class Row:
    number: str
    name: str
    unit: str
    # Of each round.
    rounds: list[float]
    # What is asked for, in words, and as bounds of the median and of the ratio.
    goal: str = ""
    least: float | None = None
    most: float | None = None
    # What the rounds are compared with, round by round: rounds / references.
    reference: str = ""
    references: list[float] = field(default_factory=list)
    ratio_least: float | None = None
    ratio_most: float | None = None
    # What went wrong in each round, by its name; any is one too many.
    faults: dict[str, list[int]] = field(default_factory=dict)
    # Dapr's own figure, or what else is to be known.
    note: str = ""
    # Milliseconds of a raw append + fdatasync before the row, and the load of the machine.
    control: dict[str, float] = field(default_factory=dict)
    load: float = 0

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def ratios(self) -> list[float]:
        return [
            round_ / reference
            for round_, reference in zip(self.rounds, self.references, strict=True)
            if reference
        ]

    @property
    def ratio(self) -> float | None:
        return statistics.median(self.ratios) if self.references and self.ratios else None

    @property
    def verdict(self) -> str:
        """`reached`, `missed`, or nothing where nothing is asked for."""
        bounds = [
            (self.median, self.least, self.most),
            (self.ratio, self.ratio_least, self.ratio_most),
        ]
        if all(bound is None for _, *pair in bounds for bound in pair):
            return ""
        if any(map(any, self.faults.values())):
            return "missed"
        for value, least, most in bounds:
            if least is not None and (value is None or value < least):
                return "missed"
            if most is not None and (value is None or value > most):
                return "missed"
        return "reached"

    @property
    def key(self) -> tuple[str, str]:
        return self.number, self.name

    def document(self) -> dict:
        return asdict(self) | {
            "median": self.median, "ratio": self.ratio, "verdict": self.verdict,
        }  # fmt: skip

    @staticmethod
    def of(document: dict) -> "Row":
        """One of an earlier run, which may not have had all fields."""
        known = Row.__dataclass_fields__.keys() & document.keys()
        return Row(**{name: document[name] for name in known})

    @property
    def cells(self) -> list[str]:
        spread = f"{shown(min(self.rounds))}–{shown(max(self.rounds))}"
        reference = ratio = ""
        if self.references:
            reference = f"{self.reference}: {shown(statistics.median(self.references))}"
        if self.ratio is not None:
            ratio = f"{shown(self.ratio)} ({shown(min(self.ratios))}–{shown(max(self.ratios))})"
        control = ""
        if self.control:
            control = f"{self.control['p50']:.2f} / {self.control['p99']:.2f}, {self.load:.1f}"
        return [
            self.number, self.name, self.goal, f"**{shown(self.median)}** {self.unit}", spread,
            reference, ratio, self.verdict, control,
            "; ".join([*self.fault_texts, *filter(None, [self.note])]),
        ]  # fmt: skip

    @property
    def fault_texts(self) -> list[str]:
        return [
            f"{name} {' '.join(map(str, counts))}" if any(counts) else f"no {name}"
            for name, counts in self.faults.items()
        ]  # fmt: skip


HEAD = [
    "#", "what", "goal", "median", "spread", "reference", "ratio", "verdict",
    "fdatasync p50 / p99 ms, load", "beside it",
]  # fmt: skip


def table(rows: list[Row]) -> str:
    lines = [HEAD, ["---"] * len(HEAD)]
    lines += [row.cells for row in sorted(rows, key=lambda row: int(row.number or 99))]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def shown(value: float) -> str:
    """Three digits that count; thousands apart."""
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    if digits <= 0:
        return f"{value:,.0f}"
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits > 2 else text
