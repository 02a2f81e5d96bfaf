"""Which call is behind each record that only a call can have caused.

What was acknowledged is there once, and within its call; what had no answer is there or is not.
What a job was made for tells its call, as every version has a payload of its own; deletes are told
by time and order.
"""

from collections import defaultdict
from itertools import accumulate

from patience import FOREVER, Place, ServerClock
from reading import SECOND, Call, Event, Run, show, utc
from schedules import Policy, said


def find_calls(
    run: Run, clock: ServerClock, places: dict[int, Place], findings: list[str]
) -> dict[int, Call]:
    """By record."""
    askers = Askers(run, clock, findings)
    found: dict[int, Call] = {}
    # What made jobs first: it says what was asked for, and so when other records were made.
    for kind in ("schedule", "delete", "delete by prefix"):
        bounds = Bounds(run, found)
        for event in run.events:
            if asking_op(event) != kind:
                continue
            call = askers.take(event, kind, bounds, places[event.sequence])
            if call is not None:
                found[event.sequence] = call
    return found


class Bounds:
    """Between which instants records were made, by what was seen outside before and behind them.
    A clock that is set back leaves them in doubt."""

    def __init__(self, run: Run, found: dict[int, Call]):
        lower, upper = {}, {}
        came = {receipt.trigger: receipt.time for receipt in run.receipts}
        for event in run.events:
            call = found.get(event.sequence)
            if call is not None:
                lower[event.sequence] = call.start
                upper[event.sequence] = call.end or FOREVER
            elif event.kind == "triggered":
                upper[event.sequence] = came.get(event.sequence, FOREVER)
            elif event.kind == "acknowledged" and event.cells.get("code", 0) >= 100:
                lower[event.sequence] = came.get(event.number("trigger"), -FOREVER)
        numbers = [event.sequence for event in run.events]
        floors = accumulate((lower.get(number, -FOREVER) for number in numbers), max)
        ceilings = accumulate((upper.get(number, FOREVER) for number in reversed(numbers)), min)
        self._of = dict(zip(numbers, zip(floors, reversed(list(ceilings)))))

    def allow(self, event: Event, call: Call) -> bool:
        floor, ceiling = self._of[event.sequence]
        return call.start <= ceiling and (call.end or FOREVER) >= floor


class Askers:
    """The calls that have not been given a record, by what they ask for."""

    def __init__(self, run: Run, clock: ServerClock, findings: list[str]):
        self._clock = clock
        self._findings = findings
        self._left = defaultdict(list)
        for call in run.calls:
            self._left[call.op, call.job, asked_for(call)].append(call)

    def take(self, event: Event, op: str, bounds: Bounds, place: Place) -> Call | None:
        """The call that is behind a record; notes what is wrong with it."""
        same = self._left[op, event.job or event.prefix, said_by(event)]
        if op != "schedule":
            # They are all alike, and those of earlier times are many.
            same[:] = [call for call in same if (call.end or FOREVER) > place.earliest - SECOND]
        allowed = [call for call in same if call.outcome != "refused"]
        timely = [call for call in allowed if is_within(event, call, self._clock)]
        fitting = [call for call in timely if bounds.allow(event, call)] or timely
        # Whose end comes first has the fewest records to choose from.
        call = min(fitting, key=lambda call: call.end or FOREVER, default=None)
        text = f"Record {event.sequence} ({event.kind} {show(event.job or event.prefix)})"
        if call is None and allowed:
            call = allowed[0]
            self._findings.append(
                f"{text} is of {utc(event.time)}; by the server's clock that is not within {call}."
            )
        elif call is None and same:
            self._findings.append(
                f"{text} is what {same[0]} asked for, which was refused ({same[0].status})."
            )
        elif call is None:
            self._findings.append(f"{text} is what no call asked for.")
        if call is not None:
            same.remove(call)
        return call


def asked_for(call: Call) -> tuple | None:
    """None for what no server could understand, and for a delete."""
    if call.op != "schedule":
        return None
    try:
        return said(call.request)
    except (ValueError, TypeError, AttributeError):
        return None


def asking_op(event: Event) -> str | None:
    """What must have been asked for this record to be made."""
    match event.kind:
        case "created" | "updated":
            return "schedule"
        case "deleted" if event.cells.get("reason") == "requested":
            return "delete"
        case "deletedByPrefix":
            return "delete by prefix"
    return None


def said_by(event: Event) -> tuple | None:
    """What the record says was asked for, in the form of `schedules.said`; None if it makes no job.
    """
    if asking_op(event) != "schedule":
        return None
    cells = event.cells
    if cells.get("failurePolicy") == "drop":
        found = Policy(0, 1)
    else:
        retries = cells.get("retriesMax")
        found = Policy(
            cells.get("retryIntervalNanoseconds", 0), None if retries is None else retries + 1
        )
    data = (cells["payloadBytes"], cells["payloadSHA256"]) if "payloadBytes" in cells else None
    texts = tuple(cells.get(name) for name in ("schedule", "dueTime", "ttl"))
    elsewhere = cells.get("ticksElsewhere")
    elsewhere = elsewhere and (elsewhere, event.instant("lastDueElsewhere"))
    return (*texts, cells.get("repeats"), found, data, elsewhere)


def is_within(event: Event, call: Call, clock: ServerClock) -> bool:
    """Whether the record can have been made between the call's question and its answer."""
    end = FOREVER if call.end is None else call.end
    return clock.lowest(call.start, end) <= event.time <= clock.highest(call.start, end)
