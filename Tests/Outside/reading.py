"""A run directory, read: calls, receipts, faults, the exported log and the audit's report.

Instants are nanoseconds since 1970. Those of calls, receipts and faults are by the clock of the
machine, which no fault moves; those of events are by the server's, which faults may have moved.
"""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

SECOND = 1_000_000_000
INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\dT)(\d\d?)(:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII
)
KEY = re.compile(r"([0-9a-f]{32})-(\d+)-(\d+)", re.ASCII)

ELSEWHERE = "elsewhere"

# Namespace, app and name.
Job = tuple[str, str, str]


class Unreadable(Exception):
    """The run directory is not as it must be: nothing can be judged."""


@dataclass(frozen=True)
class Call:
    """One request to the server."""

    id: int | str
    op: str
    job: Job
    request: dict
    outcome: str
    status: int | None
    start: int
    # None if no answer came; then nobody knows whether it was done.
    end: int | None
    # The data of the job that it found, in JSON.
    seen: str | None = None

    @property
    def is_acknowledged(self) -> bool:
        return self.outcome == "ok"

    def __str__(self) -> str:
        return f"call {self.id} ({self.op} of {show(self.job)})"


@dataclass(frozen=True)
class Receipt:
    """One call of the app. `number` is its line."""

    number: int
    time: int
    replied: int | None
    app: str
    name: str
    key: str
    due: int
    tick: int
    attempt: int
    cause: str
    trigger: int
    body: str
    # None for a connection that was dropped without an answer.
    status: int | None
    # The word under "status" in the body of the app's answer, if it gave one.
    word: str | None = None
    # What the log has in place of the status, of an app that is not called over HTTP.
    code: int | None = None

    @property
    def generation(self) -> int | None:
        """As its key has it."""
        key = KEY.fullmatch(self.key)
        return int(key[2]) if key else None

    @property
    def has_ended_tick(self) -> bool:
        """Whether the answer says that the tick is done with."""
        if self.status is None or self.replied is None:
            return False
        if self.status == 404:
            return True
        return 200 <= self.status < 300 and self.word != "RETRY"

    def __str__(self) -> str:
        return f"receipt {self.number} (trigger {self.trigger}, {self.key})"


@dataclass(frozen=True)
class Fault:
    """Something that was done to the server, to the app, or to what lies between."""

    time: int
    end: int | None
    name: str
    detail: dict

    @property
    def last(self) -> int:
        return self.time if self.end is None else max(self.time, self.end)


@dataclass(frozen=True)
class Event:
    """A record of the log. `cells` are its fields as exported."""

    sequence: int
    time: int
    kind: str
    cells: dict

    def number(self, name: str) -> int | None:
        return self.cells.get(name)

    def instant(self, name: str) -> int | None:
        text = self.cells.get(name)
        return None if text is None else nanoseconds(text)

    @property
    def app(self) -> str | None:
        """The app whose it is, or the actor."""
        if (kind := self.cells.get("actorType")) is None:
            return self.cells.get("app")
        return actor(kind, self.cells["actorID"]) if "actorID" in self.cells else None

    @property
    def job(self) -> Job | None:
        names = (self.cells.get("namespace"), self.app, self.cells.get("name"))
        return names if None not in names else None

    def is_of(self, app: str) -> bool:
        """Whether it is of that app, or of no app."""
        return self.app in (None, app) and self.cells.get("app", app) == app

    @property
    def prefix(self) -> Job:
        """How the jobs begin that `deletedByPrefix` ends."""
        cells = self.cells
        app = cells.get("appPrefix", "")
        if "actorIDPrefix" in cells:
            app = actor(cells["actorType"], cells["actorIDPrefix"])
        if "actorTypePrefix" in cells:
            app = cells["actorTypePrefix"]
        return cells.get("namespace", ""), self.app or app, cells.get("namePrefix", "")

    def is_above(self, job: Job) -> bool:
        namespace, app, name = self.prefix
        if self.app is not None and app != job[1]:
            return False
        # An actor's jobs and an app's are never met by one prefix.
        if {"appPrefix", "actorTypePrefix"} & self.cells.keys():
            if ("actorTypePrefix" in self.cells) != ("||" in job[1]):
                return False
        return job[0] == namespace and job[1].startswith(app) and job[2].startswith(name)


@dataclass
class Run:
    calls: list[Call] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    audit: dict = field(default_factory=dict)

    def of(self, app: str) -> "Run":
        """What concerns this app. Of others it keeps that there are records, and of what kinds."""
        events = [event if event.is_of(app) else elsewhere(event) for event in self.events]
        found = {
            name: [one for one in self.audit.get(name, []) if one.get("app", app) == app]
            for name in ("findings", "possibleDuplicates")
        }
        return replace(self, events=events, audit=self.audit | found)


def read(directory: Path) -> Run:
    """Raises Unreadable. Without faults the file of faults may be missing."""
    try:
        calls = [call(line) for line in lines(directory / "calls.jsonl")]
        receipts = [
            receipt(number, line)
            for number, line in enumerate(lines(directory / "receipts.jsonl"), 1)
        ]
        faults = [fault(line) for line in lines(directory / "faults.jsonl", needed=False)]
        events = [event(line) for line in lines(directory / "export.jsonl")]
        audit = json.loads((directory / "audit.json").read_text())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{directory}: {type(error).__name__}: {error}") from error
    calls.sort(key=lambda found: found.start)
    faults.sort(key=lambda found: found.time)
    return Run(calls, receipts, faults, events, audit)


def lines(path: Path, needed=True) -> list[dict]:
    if not needed and not path.exists():
        return []
    with path.open() as file:
        return [json.loads(line) for line in file if line.strip()]


def call(line: dict) -> Call:
    outcome, end = line["outcome"], line["end"]
    if outcome not in ("ok", "refused", "unknown") or (end is None and outcome != "unknown"):
        raise ValueError(f"call {line['id']}: outcome {outcome!r} with end {end}")
    job = (line["namespace"], line["app"], line["name"])
    return Call(
        line["id"], line["op"], job, line["request"], outcome, line["status"], line["start"], end,
        line.get("seen"),
    )  # fmt: skip


def receipt(number: int, line: dict) -> Receipt:
    names = ("time", "replied", "app", "name", "key", "tick", "attempt", "cause", "trigger", "body",
             "status")  # fmt: skip
    parts = {name: line[name] for name in names}
    parts |= {name: line.get(name) for name in ("word", "code")}
    return Receipt(number, due=nanoseconds(line["due"]), **parts)


def fault(line: dict) -> Fault:
    return Fault(line["time"], line.get("end"), line["fault"], line.get("detail") or {})


def event(line: dict) -> Event:
    return Event(line["sequence"], nanoseconds(line["time"]), line["kind"], line)


def elsewhere(event: Event) -> Event:
    """What is known of a record that concerns an app nobody watched."""
    return replace(event, kind=f"{event.kind} {ELSEWHERE}", cells={})


def nanoseconds(text: str) -> int:
    """An instant in RFC 3339; digits behind the ninth are cut. Raises ValueError."""
    parts = INSTANT.fullmatch(text)
    if parts is None:
        raise ValueError(f"no instant: {text!r}")
    date, hour, rest, fraction, offset = parts.groups()
    # Without the offset: with it the first or the last day may be none that Python has.
    whole = datetime.fromisoformat(f"{date}{hour:0>2}{rest}") - datetime(1970, 1, 1)
    seconds = whole.days * 86_400 + whole.seconds
    if offset != "Z":
        hours, minutes = int(offset[1:3]), int(offset[4:6])
        seconds -= (hours * 60 + minutes) * 60 * (-1 if offset[0] == "-" else 1)
    return seconds * SECOND + int((fraction or "")[:9].ljust(9, "0"))


def actor(kind: str, identity: str) -> str:
    """What stands for an app where an actor is called."""
    return f"{kind}||{identity}"


def show(job: Job) -> str:
    return "/".join(job)


def utc(instant: int) -> str:
    """In RFC 3339, for people."""
    seconds, rest = divmod(instant, SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()
    return f"{moment}.{rest:09}".rstrip("0").rstrip(".") + "Z"


def span(duration: int) -> str:
    """A duration in seconds, for people."""
    return f"{duration / SECOND:.3f} s"
