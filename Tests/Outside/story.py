"""Small runs, made by hand: what a client, an app and a sound server would have written. A test
tells one, and spoils it where it wants something found. Most are told step by step:

    ("a retry before its time", {"early": 1}, came(2.05, 500), came(2.5, attempt=2), over(5)),
"""

import json
from functools import partial
from operator import methodcaller
from pathlib import Path

import pytest

from check import check
from reading import SECOND, nanoseconds, read, utc
from schedules import payload, plan, policy
from verdict import Verdict

BOOT = "0123456789abcdef0123456789abcdef"
APP, NAMESPACE = "shop", "default"
GRACE = 2
# Between a question, its record and its answer, in seconds.
PACE = 0.01


class Story:
    """Times are in seconds after `start`, by the clock that nothing moves."""

    def __init__(self, start="2026-03-01T00:00:00Z"):
        self.start = nanoseconds(start)
        # How far the server's clock is from the truth, in nanoseconds.
        self.shift = 0
        self.calls: list[dict] = []
        self.receipts: list[dict] = []
        self.faults: list[dict] = []
        self.events: list[dict] = []
        # Generation and tick of what the audit is to call missed.
        self.misses: list[tuple[int, int]] = []
        self.plans: dict[int, object] = {}
        # What the steps are about: the job asked for last, and the call of the app that came last.
        self.job = 0
        self.line: dict | None = None
        # In flight: what their answers' records begin with.
        self.open: list[dict] = []
        self.boots = 0
        self.boot(0)

    def at(self, seconds: float) -> int:
        return self.start + round(seconds * SECOND)

    # The log

    def record(self, kind: str, seconds: float, **cells) -> int:
        sequence = len(self.events) + 1
        time = utc(self.at(seconds) + self.shift)
        told = {name: value for name, value in cells.items() if value is not None}
        self.events.append({"sequence": sequence, "time": time, "kind": kind, **told})
        return sequence

    def boot(self, seconds: float) -> None:
        self.boots += 1
        self.record("opened", seconds, bootID=self.boot_id)
        self.record("receiverPresent", seconds, namespace=NAMESPACE, app=APP, window=64)

    @property
    def boot_id(self) -> str:
        return BOOT[:-1] + str(self.boots)

    def close(self, seconds: float) -> None:
        self.record("closed", seconds)

    # The client

    def call(
        self, op: str, name: str, seconds: float, outcome="ok", request=None, status=None
    ) -> dict:
        statuses = {"ok": 204, "refused": 409, "unknown": None}
        is_unknown = outcome == "unknown"
        line = {
            "id": len(self.calls) + 1, "start": self.at(seconds),
            "end": None if is_unknown else self.at(seconds + 2 * PACE), "op": op, "app": APP,
            "namespace": NAMESPACE, "name": name, "request": request or {}, "outcome": outcome,
            "status": status or statuses[outcome],
        }  # fmt: skip
        self.calls.append(line)
        return line

    def schedule(
        self, name: str, seconds: float, outcome="ok", logged=True, kind="created", **request
    ) -> int:
        """The generation, if it is in the log."""
        self.call("schedule", name, seconds, outcome, request)
        return self.accept(name, seconds + PACE, kind, request) if logged else 0

    def accept(self, name: str, seconds: float, kind: str, request: dict) -> int:
        ticks, follows = plan(request, self.at(seconds) + self.shift), policy(request)
        first = next(ticks.ticks(), (1, None))[1]
        constant = follows.attempts_max is None or follows.attempts_max > 1
        stored, (count, last) = payload(request) or (None, None), ticks.elsewhere or (None, None)
        generation = self.record(
            kind, seconds, namespace=NAMESPACE, app=APP, name=name,
            generation=len(self.events) + 1, schedule=request.get("schedule"),
            dueTime=request.get("dueTime"), ttl=request.get("ttl"), repeats=request.get("repeats"),
            failurePolicy="constant" if constant else "drop", anchor=utc(ticks.anchor),
            retryIntervalNanoseconds=follows.interval if constant else None,
            retriesMax=follows.attempts_max - 1 if constant and follows.attempts_max else None,
            firstDue=first and utc(first), expiry=ticks.expiry and utc(ticks.expiry),
            payloadBytes=stored[0], payloadSHA256=stored[1], ticksElsewhere=count,
            lastDueElsewhere=last and utc(last),
        )  # fmt: skip
        self.plans[generation] = (name, request, ticks, self.boot_id)
        return generation

    def delete(self, name: str, seconds: float, generation=0, outcome="ok") -> None:
        self.call("delete", name, seconds, outcome)
        if generation:
            self.end(generation, seconds + PACE, "requested")

    def end(self, generation: int, seconds: float, reason="completed") -> None:
        name = self.plans[generation][0]
        self.record(
            "deleted", seconds, namespace=NAMESPACE, app=APP, name=name, generation=generation,
            reason=reason,
        )  # fmt: skip

    # The app

    def due(self, generation: int, tick: int) -> int:
        return next(due for number, due in self.plans[generation][2].ticks() if number == tick)

    def run(
        self, generation: int, tick: int, seconds: float, attempt=1, cause="schedule", status=200,
        heard=True, outcome="", slow=0.0, broke=False, code=None,
    ) -> dict | None:  # fmt: skip
        """A trigger at an instant, what the app saw of it and what the log says of that. The app
        takes `slow` seconds. `outcome` overrides; an open one is not answered in the log. `broke`
        says of it that the connection broke."""
        name, request, _, boot = self.plans[generation]
        due = utc(self.due(generation, tick))
        whose = {"namespace": NAMESPACE, "app": APP, "name": name, "generation": generation}
        trigger = self.record(
            "triggered", seconds, **whose, tick=tick, due=due, attempt=attempt, cause=cause
        )
        line = None
        if heard:
            came = seconds + PACE
            line = {
                "time": self.at(came), "app": APP, "name": name,
                "replied": None if status is None else self.at(came + slow),
                "key": f"{boot}-{generation}-{tick}", "due": due, "tick": tick, "attempt": attempt,
                "cause": cause, "trigger": trigger, "status": status,
                "body": json.dumps(request["data"]) if "data" in request else "",
            }  # fmt: skip
            self.receipts.append(line)
        if outcome == "open":
            self.open.append(whose | {"trigger": trigger, "nextTick": tick})
        else:
            is_done = status is not None and (200 <= status < 300 or status == 404)
            self.record(
                "acknowledged", seconds + 2 * PACE + slow, **whose, trigger=trigger,
                outcome=outcome or ("succeeded" if is_done else "failed"),
                code=code or (0 if outcome else status or 0), connectionBroke=broke or None,
            )  # fmt: skip
        return line

    def fault(self, name: str, seconds: float, until: float | None = None, **detail) -> None:
        end = None if until is None else self.at(until)
        self.faults.append({"time": self.at(seconds), "end": end, "fault": name, "detail": detail})

    def kill(self, seconds: float, back: float) -> None:
        """`kill -9`, and the start of the next process, to which all in flight is lost."""
        self.fault("kill", seconds, seconds + PACE)
        self.boot(back)
        for cells in self.open:
            self.record("acknowledged", back, **cells, outcome="abandoned", code=0)
        self.open.clear()

    def move_clock(self, seconds: float, by: float) -> None:
        self.fault("clock", seconds, seconds, by=round(by * SECOND))
        self.shift += round(by * SECOND)

    # In steps, about the job asked for last

    def ask(self, seconds=1.0, name="report", **request) -> None:
        due = {} if {"dueTime", "schedule"} & set(request) else {"dueTime": "1s"}
        self.job = self.schedule(name, seconds, **{"data": "first"} | due | request)

    def take_long(self, seconds: float) -> None:
        """The last question was answered only now."""
        self.calls[-1]["end"] = self.at(seconds)

    def come(self, seconds: float, status=200, tick=1, job=None, **options) -> None:
        self.line = self.run(job or self.job, tick, seconds, status=status, **options)

    def over(self, seconds: float, reason="completed") -> None:
        self.end(self.job, seconds, reason)

    def read(self, seconds: float) -> None:
        """The last call was read only now, long after it had been sent."""
        self.line["time"] = self.at(seconds)
        if self.line["replied"] is not None:
            self.line["replied"] = self.at(seconds)

    def answer(self, seconds: float) -> None:
        """The last call was answered only now."""
        self.line["replied"] = self.at(seconds)

    def tell(self, **fields) -> None:
        """What the app says of the last call, in place of what was."""
        self.line |= fields

    def log(self, **cells) -> None:
        """What the last record says."""
        self.events[-1] |= cells

    def miss(self, tick=1) -> None:
        """The audit says so."""
        self.misses.append((self.job, tick))

    # The verdict

    def audit(self) -> dict:
        triggers = [event for event in self.events if event["kind"] == "triggered"]
        seen, duplicates = {}, []
        for event in triggers:
            tick = event["generation"], event["tick"]
            if tick in seen:
                duplicates.append({
                    "generation": tick[0], "tick": tick[1], "first": seen[tick],
                    "again": event["sequence"], "cause": "failed", "isAllowed": True,
                    "isSure": False,
                })  # fmt: skip
            seen[tick] = event["sequence"]
        findings = [
            {"kind": "missed", "generation": generation, "tick": tick, "explanation": "Missed."}
            for generation, tick in self.misses
        ]
        kinds = [event["kind"] for event in self.events]
        return {
            "isClean": not findings, "findings": findings, "head": {"last": len(self.events)},
            "possibleDuplicates": duplicates,
            "possibleDuplicateCounts": {"failed": len(duplicates)},
            "totals": {
                "jobsCreated": kinds.count("created"), "jobsUpdated": kinds.count("updated"),
                "triggers": len(triggers),
            },
        }  # fmt: skip

    def write(self, directory: Path, audit: dict | None = None) -> None:
        for name, lines in (
            ("calls", self.calls), ("receipts", self.receipts), ("faults", self.faults),
            ("export", self.events),
        ):  # fmt: skip
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (directory / f"{name}.jsonl").write_text(text)
        (directory / "audit.json").write_text(json.dumps(audit or self.audit()))

    def judge(self, directory: Path, audit: dict | None = None) -> Verdict:
        self.write(directory, audit)
        return check(read(directory), GRACE * SECOND)


def found(verdict: Verdict) -> dict[str, int]:
    """How many findings of each kind, of those there are."""
    return {name: len(findings) for name, findings in verdict.lists.items() if findings}


# Told step by step


def step(name: str):
    return partial(methodcaller, name)


ask, asked_at, came, over, read_at, answered_at, told, log, missed = map(
    step, ("ask", "take_long", "come", "over", "read", "answer", "tell", "log", "miss")
)
fault, kill, deleted, close, move_clock, called = map(
    step, ("fault", "kill", "delete", "close", "move_clock", "call")
)
# A job that is to come three times, a second apart; and all of that.
thrice = ask(schedule="@every 1s", repeats=3)
ALL_THREE = (thrice, *(came(1.05 + tick, tick=tick) for tick in (1, 2, 3)), over(4.2))


def stories(*rows):
    """A test of many stories. A row is a name, what is to be found and the steps. What is found is
    a number of findings by kind, or what the only one says."""

    def judged(story, judge, expected, steps):
        for one in steps:
            one(story)
        lists = {kind: texts for kind, texts in judge(story).lists.items() if texts}
        counts = {kind: what if isinstance(what, int) else 1 for kind, what in expected.items()}
        assert {kind: len(texts) for kind, texts in lists.items()} == counts, lists
        for kind, what in expected.items():
            assert isinstance(what, int) or what in lists[kind][0]

    cases = [pytest.param(expected, steps, id=name) for name, expected, *steps in rows]
    return pytest.mark.parametrize("expected, steps", cases)(judged)
