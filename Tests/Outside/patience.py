"""The server's clock as faults moved it, and the times in which nothing could be asked of it.

A fault says of a moved clock when it began to be moved, when that was over, and by how much. In
between nobody knows where it stood, so every question is answered in favour of the server.
"""

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from reading import SECOND, Event, Fault

FOREVER = 1 << 62
# What these do, a server must stand without being late,
TIMELESS = {"clock", "two-servers"}
# and these without repeating anything: no answer is lost by them. A stall is the machine's own.
LOSSLESS = TIMELESS | {"pause", "stall"}
# These meet the app, not the server.
APP_FAULTS = {"app-down", "app-error"}
# What a server and an app may take to find each other after a fault: the server looks for a lost
# app every second.
SETTLING = 2 * SECOND
WINDOW = 64


class ServerClock:
    def __init__(self, faults: Iterable[Fault]):
        moves = [fault for fault in faults if fault.name == "clock"]
        jumps = [(fault, fault.detail.get("by", 0)) for fault in moves]
        # Where the clock stood if every doubt is resolved towards a later, or an earlier time.
        self._ahead = stretches((fault.time if by > 0 else fault.last, by) for fault, by in jumps)
        self._behind = stretches((fault.last if by > 0 else fault.time, by) for fault, by in jumps)

    def highest(self, since: int, until: int) -> int:
        """The most it may have shown between two instants."""
        return max(
            min(end, until) + offset
            for start, end, offset in self._ahead if start <= until and end >= since
        )  # fmt: skip

    def lowest(self, since: int, until: int) -> int:
        """The least it may have shown."""
        return min(
            max(start, since) + offset
            for start, end, offset in self._behind if start <= until and end >= since
        )  # fmt: skip

    def past(self, due: int, since: int, until: int) -> list[tuple[int, int]]:
        """The spans in which it surely showed `due` or later."""
        found = []
        for start, end, offset in self._behind:
            begin, stop = max(start, since, due - offset), min(end, until)
            if begin < stop:
                found.append((begin, stop))
        return found

    def place(self, events: list[Event]) -> dict[int, "Place"]:
        """When the records were made, as far as can be known: by sequence number. Records are made
        one after another, which mostly settles hours that came twice."""
        candidates = [self.true_times(event.time) for event in events]
        earliest, latest = [], []
        before = -FOREVER
        for times in candidates:
            later = [time for time in times if time >= before - SECOND]
            before = max(before, min(later, default=before))
            earliest.append(before)
        behind = FOREVER
        for times in reversed(candidates):
            sooner = [time for time in times if time <= behind + SECOND]
            behind = min(behind, max(sooner, default=behind))
            latest.append(behind)
        return {
            event.sequence: Place(first, max(first, last))
            for event, first, last in zip(events, earliest, reversed(latest))
        }

    def true_times(self, shown: int) -> list[int]:
        """When it may have shown an instant, or a moment about it."""
        return sorted(
            shown - offset
            for start, end, offset in self._behind
            if start - SECOND <= shown - offset < end + SECOND
        )


class Place(NamedTuple):
    """Between which instants a record was made, by the clock that nothing moves."""

    earliest: int
    latest: int


def stretches(jumps: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """From when, until when, and how far from the truth."""
    found, start, offset = [], -FOREVER, 0
    for time, by in sorted(jumps):
        found.append((start, time, offset))
        start, offset = time, offset + by
    return [*found, (start, FOREVER, offset)]


class Spans:
    """Spans of time, merged."""

    def __init__(self, spans: Iterable[tuple[int, int]]):
        self.starts: list[int] = []
        self.ends: list[int] = []
        # Covered before each start.
        self._before: list[int] = []
        covered = 0
        for start, end in sorted(spans):
            if self.ends and start <= self.ends[-1]:
                covered += max(0, end - self.ends[-1])
                self.ends[-1] = max(self.ends[-1], end)
            elif start < end:
                self._before.append(covered)
                self.starts.append(start)
                self.ends.append(end)
                covered += end - start

    def covered(self, until: int) -> int:
        """How much of all time before an instant."""
        place = bisect_right(self.starts, until) - 1
        if place < 0:
            return 0
        return self._before[place] + min(until, self.ends[place]) - self.starts[place]


class Patience:
    """How long the server had to wait for nothing, as seen from one app's jobs."""

    def __init__(self, clock: ServerClock, blocked: Iterable[tuple[int, int]]):
        self._clock = clock
        self._blocked = Spans(blocked)

    def idle(self, due: int, since: int, until: int) -> int:
        """For how long between two instants a tick due by the server's clock at `due` could have
        been delivered."""
        return sum(
            end - start - self._blocked.covered(end) + self._blocked.covered(start)
            for start, end in self._clock.past(due, since, until)
        )

    def deadline(self, due: int, since: int, grace: int, end: int) -> int:
        """The first instant by which it could have been delivered for as long as `grace`; `end` at
        the latest."""
        low, high = since, end
        while low < high:
            middle = (low + high) // 2
            if self.idle(due, since, middle) > grace:
                high = middle
            else:
                low = middle + 1
        return low


def outages(
    faults: list[Fault], gaps: list[tuple[int, int]], app: str
) -> list[tuple[int, int]]:
    """Times in which a fault kept the server from calling `app`. A gap between two processes is one
    from the first fault in it on."""
    found = []
    for fault in faults:
        if fault.name not in TIMELESS and fault.detail.get("app", app) == app:
            found.append((fault.time, fault.last + SETTLING))
    for start, end in gaps:
        touching = [fault.time for fault in enders(faults) if touches(fault, start, end)]
        if touching:
            found.append((max(start, min(touching)), end + SETTLING))
    return found


def enders(faults: list[Fault]) -> list[Fault]:
    """Those that can end the server."""
    return [fault for fault in faults if fault.name not in LOSSLESS | APP_FAULTS]


def touches(fault: Fault, start: int, end: int) -> bool:
    return fault.time <= end and fault.last >= start - SECOND


def full_spans(calls: list[tuple[int, int]], window: int) -> list[tuple[int, int]]:
    """When an app had as many calls in hand as it takes: each from its decision to its answer."""
    steps = sorted(step for start, end in calls for step in ((start, 1), (end, -1)))
    found, count, since = [], 0, 0
    for time, change in steps:
        if count < window <= count + change:
            since = time
        elif count + change < window <= count:
            found.append((since, time))
        count += change
    return found
