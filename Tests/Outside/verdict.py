"""What a check has to say. Every finding is a sentence that names what it is about."""

from dataclasses import dataclass, field

# Findings of one kind that are printed; all are counted.
SHOWN = 200


@dataclass
class Verdict:
    calls: int = 0
    acknowledged: int = 0
    receipts: int = 0
    # Ticks that must have come, or did.
    expected: int = 0
    missed: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    # Calls of the app beyond the first of a tick.
    duplicates_seen: int = 0
    duplicates_allowed: int = 0
    duplicates_forbidden: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    wrong_payload: list[str] = field(default_factory=list)
    wrong_key: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    # By generation and tick, for the comparison with the audit.
    missed_ticks: set[tuple[int | None, int]] = field(default_factory=set)
    # By generation and tick: the triggers of a tick beyond its first.
    repeated: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def lists(self) -> dict[str, list[str]]:
        return {
            "missed": self.missed, "late": self.late, "early": self.early,
            "forbidden": self.duplicates_forbidden, "foreign": self.foreign,
            "wrongPayload": self.wrong_payload, "wrongKey": self.wrong_key, "log": self.log,
            "disagreements": self.disagreements,
        }  # fmt: skip

    @property
    def is_ok(self) -> bool:
        return not any(self.lists.values())

    def document(self) -> dict:
        shown = {name: bounded(found) for name, found in self.lists.items()}
        duplicates = {
            "seen": self.duplicates_seen, "allowed": self.duplicates_allowed,
            "forbidden": shown.pop("forbidden"),
        }  # fmt: skip
        return {
            "verdict": "ok" if self.is_ok else "bad", "calls": self.calls,
            "acknowledged": self.acknowledged, "receipts": self.receipts,
            "expected": self.expected, "duplicates": duplicates, **shown,
        }  # fmt: skip


def bounded(found: list[str]) -> list[str]:
    if len(found) <= SHOWN:
        return found
    return [*found[:SHOWN], f"… and {len(found) - SHOWN} more."]
