"""Whether the log's order fits what was seen outside, whatever its clock says.

What was known before a call began stands before its record; what began after its answer stands
behind. A call without a record must fit somewhere between the two.
"""

from bisect import bisect_left, bisect_right
from itertools import accumulate

from patience import FOREVER, Place
from definitions import Definitions, generation_of
from reading import Call, Event, Job, Run
from schedules import canonical, field, has_relative_times

# Answers that only the app can have given.
ANSWERED = {"succeeded", "failed", "dropped"}


class Order:
    """Which records are known to stand before, and behind, an instant outside."""

    def __init__(self, run: Run, definitions: Definitions, places: dict[int, Place]):
        before, behind = [], []
        for call in run.calls:
            record = definitions.records.get(call.id)
            if record is not None:
                behind.append((call.start, record))
                if call.end is not None:
                    before.append((call.end, record))
        kinds = {event.sequence: event.kind for event in run.events}
        acknowledgements = {event.number("trigger"): event for event in run.events}
        for receipt in run.receipts:
            # Receipts that contradict their records prove nothing about others.
            if kinds.get(receipt.trigger) != "triggered":
                continue
            if places[receipt.trigger].earliest > receipt.time:
                continue
            before.append((receipt.time, receipt.trigger))
            answer = acknowledgements.get(receipt.trigger)
            if is_answer(answer) and places[answer.sequence].latest >= receipt.time:
                behind.append((receipt.time, answer.sequence))
        before.sort()
        behind.sort()
        self._before = [time for time, _ in before]
        self._highest = list(accumulate((record for _, record in before), max))
        self._behind = [time for time, _ in behind]
        backward = accumulate((record for _, record in reversed(behind)), min)
        self._lowest = list(backward)[::-1]

    def last_before(self, time: int) -> int:
        place = bisect_left(self._before, time)
        return self._highest[place - 1] if place else 0

    def first_behind(self, time: int) -> int:
        place = bisect_right(self._behind, time)
        return self._lowest[place] if place < len(self._lowest) else FOREVER


def is_answer(event: Event | None) -> bool:
    return (
        event is not None
        and event.cells.get("outcome") in ANSWERED
        and event.cells.get("code", 0) >= 100
    )


def check_order(run: Run, definitions: Definitions, places: dict[int, Place]) -> None:
    """Adds to the findings, and to the generations those that the log has lost."""
    order = Order(run, definitions, places)
    for call in run.calls:
        first = order.last_before(call.start)
        last = FOREVER if call.end is None else order.first_behind(call.end)
        record = definitions.records.get(call.id)
        if record is None:
            check_without_record(call, first, last, definitions)
        elif not first < record < last:
            if record <= first:
                why = f"record {first}, which was there before it was asked, stands behind that"
            else:
                why = f"record {last}, of what began after its answer, stands before that"
            definitions.findings.append(f"{call} is record {record}; {why}.")
    end_generations(run, definitions)


def check_without_record(call: Call, first: int, last: int, definitions: Definitions) -> None:
    """Judges a call that changed nothing, by what it was answered."""
    lives = definitions.lives[call.job]
    fault = None
    if call.op == "schedule" and call.outcome == "ok":
        same = [life for life in lives if definitions.said[life[0]] == definitions.asked[call.id]]
        if not (may_change_nothing(call) and is_alive(same, first, last)):
            fault = "was acknowledged and is not in the log"
            accepted = call.end
            generation_of(call, None, accepted, accepted, definitions)
    elif call.op == "delete" and call.outcome == "ok" and not is_absent(lives, first, last):
        fault = "was acknowledged and is not in the log, which has the job at that time"
    elif call.op == "schedule" and call.status == 409 and not is_alive(lives, first, last):
        fault = "was refused because the job was there; the log does not have it at that time"
    elif call.op == "delete by prefix" and call.outcome == "ok":
        below = [of for job, of in definitions.lives.items() if is_below(job, call.job)]
        if not all(is_absent(of, first, last) for of in below):
            fault = "was acknowledged and is not in the log, which has such a job at that time"
    elif call.op == "get" and call.status == 200 and not is_alive(lives, first, last):
        fault = "found a job that the log does not have at that time"
    elif call.op == "get" and call.seen is not None:
        body, of = canonical(call.seen), definitions.by_number
        same = [life for life in lives if life[0] in of and of[life[0]].body == body]
        if not is_alive(same, first, last):
            fault = "found other data than the log has at that time"
    elif call.op == "get" and call.status == 404 and not is_absent(lives, first, last):
        fault = "found no job; the log has it at that time"
    if fault:
        definitions.findings.append(f"{call} {fault}.")


def is_below(job: Job, prefix: Job) -> bool:
    return job[:2] == prefix[:2] and job[2].startswith(prefix[2])


def may_change_nothing(call: Call) -> bool:
    """Whether asking for what is there already leaves it as it is."""
    return field(call.request, "overwrite") is None and not has_relative_times(call.request)


def is_alive(lives: list[tuple[int, int]], first: int, last: int) -> bool:
    """Whether one of the lives lasts somewhere between two records."""
    return any(max(start, first) < min(end, last) for start, end in lives)


def is_absent(lives: list[tuple[int, int]], first: int, last: int) -> bool:
    """Whether there is a place between two records that no life covers. They are in order."""
    place = first
    for start, end in lives:
        if start <= place < end:
            place = end
    return place < last


def end_generations(run: Run, definitions: Definitions) -> None:
    """Finds the calls that ended, or may have ended, each generation."""
    enders: dict[Job, list[tuple[Call, int | None]]] = {}
    calls = {record: call for call in run.calls if (record := definitions.records.get(call.id))}
    lost = {
        generation.call.id for generation in definitions.generations if generation.number is None
    }
    for call in run.calls:
        record = definitions.records.get(call.id)
        counts = record is not None or call.id in lost or (
            call.op == "delete" and call.is_acknowledged
        )
        if call.op in ("schedule", "delete") and counts:
            enders.setdefault(call.job, []).append((call, record))
    for generation in definitions.generations:
        found = [
            call
            for call, record in enders.get(generation.job, [])
            if call is not generation.call and comes_behind(call, record, generation)
        ]
        # Or one that has ended more than this.
        if generation.ended_by in calls:
            found.append(calls[generation.ended_by])
        for call in found:
            generation.limit = min(generation.limit, call.start)
            if call.is_acknowledged:
                generation.gone = min(generation.gone, call.end)


def comes_behind(call: Call, record: int | None, generation) -> bool:
    if record is not None and generation.number is not None:
        return record > generation.number
    return call.start > generation.accepted
