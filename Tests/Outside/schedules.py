"""What a request asks for: its ticks, its policy, its payload. From the request alone; when "now"
was is an argument.

Cron and time zones are those of `Tests/ScheduleOracle`, which share nothing with the product.
"""

import hashlib
import json
import os
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from reading import SECOND, nanoseconds
from spans import go_duration, is_relative, point

sys.path.append(str(Path(__file__).resolve().parents[1] / "ScheduleOracle"))

from evaluator import Evaluator  # noqa: E402
from zones import Zones  # noqa: E402

# Instants are nanoseconds of 64 bits. What is due at the last never comes due; before the first
# nothing is.
FIRST, NEVER = -(2**63) + 1, 2**63 - 1
VALUE_TYPE = b"type.googleapis.com/google.protobuf.Value"
# From this attempt of a tick on, retries are at least a second apart.
PATIENT_ATTEMPT = 10


@cache
def evaluator(directory: str) -> Evaluator:
    """With the zones of a directory, or of the package."""
    if not Path(directory).is_dir():
        import tzdata

        directory = Path(tzdata.__file__).parent / "zoneinfo"
    return Evaluator(Zones(Path(directory)))


@dataclass(frozen=True)
class Policy:
    """What follows a failure."""

    # Nanoseconds between attempts.
    interval: int = SECOND
    # Attempts at most; None is without end.
    attempts_max: int | None = 4

    def interval_after(self, attempt: int) -> int:
        return max(self.interval, SECOND) if attempt >= PATIENT_ATTEMPT else self.interval

    def allows(self, attempt: int) -> bool:
        return self.attempts_max is None or attempt <= self.attempts_max


def field(request: dict, name: str):
    """A field of a request, by either of its spellings; null is absent."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    value = request.get(name)
    return request.get(snake) if value is None else value


def policy(request: dict) -> Policy:
    said = field(request, "failurePolicy") or {}
    if said.get("drop") is not None:
        return Policy(0, 1)
    constant = said.get("constant")
    if constant is None:
        return Policy()
    interval, retries = constant.get("interval"), field(constant, "maxRetries")
    return Policy(
        0 if interval is None else go_duration(interval),
        None if retries is None else int(retries) + 1,
    )


@dataclass(frozen=True)
class Plan:
    """The ticks of a job that was accepted at `base`."""

    schedule: str | None
    repeats: int | None
    anchor: int
    is_due_at_anchor: bool
    expiry: int | None
    # What is taken for granted, where nobody knows what the schedule means.
    dues: tuple[int, ...] | None = None
    # Ticks that another scheduler had run, and when the last was due.
    elsewhere: tuple[int, int] | None = None
    # Whether it expires a span after its due time, not on a date.
    is_expiry_span: bool = False

    @property
    def first(self) -> int:
        """The number of the first tick here."""
        return self.elsewhere[0] + 1 if self.elsewhere else 1

    def ticks(
        self, moves: Mapping[int, list[int]] = MappingProxyType({})
    ) -> Iterator[tuple[int, int]]:
        """Numbers and due times of what comes due, in order; without end, perhaps. `moves` are
        those of ticks with a clock that was put back; later ticks are counted from there."""
        if self.dues is not None:
            yield from enumerate(self.dues, 1)
            return
        tick = self.first
        if self.elsewhere:
            is_over = self.schedule is None or self.repeats is not None and tick > self.repeats
            due = None if is_over else self.after(self.elsewhere[1])
        else:
            due = self.anchor if self.is_due_at_anchor else self.after(self.anchor)
        end = NEVER - 1 if self.expiry is None else self.expiry
        while due is not None and due <= end:
            moved = sum(moves.get(tick, ()))
            due += moved
            end += moved if self.is_expiry_span else 0
            yield tick, due
            if self.schedule is None or tick == self.repeats:
                return
            due = self.after(due)
            tick += 1

    def after(self, instant: int) -> int | None:
        if self.schedule.startswith("@every "):
            return instant + go_duration(self.schedule.removeprefix("@every "))
        zones = evaluator(os.environ.get("TZDIR", "/usr/share/zoneinfo"))
        found = zones.occurrences(self.schedule, instant // SECOND, 1)
        return found[0] * SECOND if found else None


def plan(request: dict, base: int) -> Plan:
    """Raises ValueError or OSError for what no server may accept."""
    if "standing" in request:
        return standing(request)
    schedule, due, ttl = (field(request, name) for name in ("schedule", "dueTime", "ttl"))
    anchor = base if due is None else held(point(due, base))
    expiry = None if ttl is None else held(point(ttl, anchor))
    if expiry == NEVER:
        expiry = None
    repeats = request.get("repeats")
    found = Plan(
        schedule, None if repeats is None else int(repeats), anchor, due is not None, expiry,
        tuple(request["dues"]) if "dues" in request else None,
        is_expiry_span=ttl is not None and is_relative(ttl),
    )  # fmt: skip
    if schedule is not None:
        found.after(min(anchor, base))
    return found


def held(instant: int) -> int:
    """The nearest instant that can be held."""
    return max(FIRST, min(instant, NEVER))


def standing(request: dict) -> Plan:
    """Of a job that was moved in: what its other scheduler says of it, not what its texts mean now.
    """
    stands, schedule, repeats = request["standing"], request.get("schedule"), request.get("repeats")
    expiry = stands.get("expiry")
    return Plan(
        schedule, repeats, nanoseconds(stands["anchor"]), request.get("dueTime") is not None,
        None if expiry is None else nanoseconds(expiry), elsewhere=elsewhere(request),
    )  # fmt: skip


def elsewhere(request: dict) -> tuple[int, int] | None:
    stands = request.get("standing", {})
    return (stands["ticks"], nanoseconds(stands["lastDue"])) if stands.get("ticks") else None


def has_relative_times(request: dict) -> bool:
    return any(is_relative(text) for name in ("dueTime", "ttl") if (text := field(request, name)))


def said(request: dict) -> tuple:
    """What two requests must share to ask for the same job."""
    texts = tuple(field(request, name) for name in ("schedule", "dueTime", "ttl"))
    repeats = request.get("repeats")
    repeats = None if repeats is None else int(repeats)
    return (*texts, repeats, policy(request), payload(request), elsewhere(request))


# Payloads


def payload(request: dict) -> tuple[int, str] | None:
    """Length and SHA-256 of the data as it is stored; None without data."""
    if "stored" in request:
        return tuple(request["stored"])
    if "data" not in request:
        return None
    stored = struct.pack("<I", len(VALUE_TYPE)) + VALUE_TYPE + value(request["data"])
    return len(stored), hashlib.sha256(stored).hexdigest()


def value(data) -> bytes:
    """A google.protobuf.Value, with the keys of objects in order."""
    match data:
        case None:
            return b"\x08\x00"
        case bool():
            return b"\x20" + bytes([data])
        case int() | float():
            return b"\x11" + struct.pack("<d", data)
        case str():
            return b"\x1a" + counted(data.encode())
        case dict():
            members = b"".join(
                b"\x0a" + counted(b"\x0a" + counted(name.encode()) + b"\x12" + counted(value(of)))
                for name, of in sorted(data.items())
            )
            return b"\x2a" + counted(members)
        case list():
            return b"\x32" + counted(b"".join(b"\x0a" + counted(value(item)) for item in data))
    raise ValueError(f"no JSON: {data!r}")


def counted(content: bytes) -> bytes:
    """Behind its length."""
    length, rest = bytearray(), len(content)
    while rest > 0x7F:
        length.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes(length) + bytes([rest]) + content


def body_of(request: dict) -> str:
    """What an app must be sent, in a form in which equal values are equal texts."""
    if "body" in request:
        return canonical(request["body"])
    return canonical(json.dumps(request["data"])) if "data" in request else ""


def canonical(body: str) -> str:
    """A body with its numbers as doubles and the keys of objects in order; as it is if no JSON."""
    try:
        return json.dumps(json.loads(body, parse_int=float), sort_keys=True)
    except ValueError:
        return body
