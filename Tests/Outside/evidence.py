"""All that a run has to say, put in order once, for the parts that judge it."""

from collections import defaultdict
from functools import cached_property

from patience import (
    LOSSLESS, WINDOW, Patience, Place, ServerClock, enders, full_spans, outages, touches,
)  # fmt: skip
from definitions import Definitions, Generation, define
from ordering import check_order
from reading import SECOND, Event, Fault, Receipt, Run

# A call that takes longer shows that the server could do nothing at all.
STALL = SECOND


class Evidence:
    def __init__(self, run: Run, grace: int):
        self.run = run
        # What a delivery may take beyond all that is explained.
        self.grace = grace
        self.clock = ServerClock(run.faults)
        self.places = self.clock.place(run.events)
        self.definitions: Definitions = define(run, self.clock, self.places)
        check_order(run, self.definitions, self.places)
        self.triggers: dict[int, Event] = {}
        # What was answered first to each trigger.
        self.answers: dict[int, Event] = {}
        self.boots: dict[int, str] = {}
        # By generation and tick: how far the clock has moved it, each time.
        self.moves: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._moved: list[tuple[Event, int]] = []
        boot = ""
        for event in run.events:
            match event.kind:
                case "opened":
                    boot = event.cells.get("bootID", "")
                case "created" | "updated":
                    self.boots[event.sequence] = boot
                case "rescheduled" if event.cells.get("reason") == "clock":
                    self.move(event)
                case "triggered":
                    self.triggers[event.sequence] = event
                case "acknowledged":
                    self.answers.setdefault(event.number("trigger"), event)
        self._patience: dict[str, Patience] = {}
        self._dues: dict[Generation, Dues] = {}

    def move(self, event: Event) -> None:
        """A tick moves back with the clock, by no more than that was put back."""
        length = event.instant("to") - event.instant("from")
        back = sum(min(0, fault.detail["by"]) for fault in self.run.faults if fault.name == "clock")
        if not back <= length < 0:
            self.definitions.findings.append(
                f"Record {event.sequence} moves a tick by {length} ns with the clock, which was put"
                f" back by {-back} ns at most."
            )
        self.moves[event.number("generation")][event.number("tick")].append(length)
        self._moved.append((event, length))

    def moved(self, generation: Generation, tick: int, since: int) -> int:
        """How far the clock has moved a tick after the record `since`."""
        return sum(
            length for event, length in self._moved
            if event.sequence > since
            and (event.number("generation"), event.number("tick")) == (generation.number, tick)
        )  # fmt: skip

    @cached_property
    def gaps(self) -> list[tuple[int, int]]:
        """From the last record of a process to the first of the next, where that says so."""
        return [
            (self.places[before.sequence].earliest, self.places[event.sequence].latest)
            for before, event in zip(self.run.events, self.run.events[1:])
            if event.kind == "opened"
        ]

    @cached_property
    def end(self) -> int:
        """Until when the server had to do its work: until it was stopped, or nothing more is
        known."""
        last = self.run.events[-1] if self.run.events else None
        if last is not None and last.kind == "closed":
            return self.places[last.sequence].earliest
        times = [call.end or call.start for call in self.run.calls]
        times += [receipt.replied or receipt.time for receipt in self.run.receipts]
        times += [fault.last for fault in self.run.faults]
        return max(times + ([self.places[last.sequence].earliest] if last else []), default=0)

    def patience(self, app: str) -> Patience:
        if app not in self._patience:
            windows = [
                event.cells.get("window", WINDOW)
                for event in self.run.events
                if event.kind == "receiverPresent" and event.cells.get("app") == app
            ]
            calls = [
                (self.decided(receipt).earliest, receipt.replied)
                for receipt in self.run.receipts
                if receipt.app == app and receipt.replied is not None
            ]
            blocked = outages(self.run.faults, self.gaps, app)
            blocked += full_spans(calls, min(windows, default=WINDOW))
            blocked += self.stalls
            self._patience[app] = Patience(self.clock, blocked)
        return self._patience[app]

    @cached_property
    def stalls(self) -> list[tuple[int, int]]:
        """When the client too had to wait: a disk or a machine that is slow for all is none of what
        is looked for here."""
        return [
            (call.start, call.end)
            for call in self.run.calls
            if call.is_acknowledged and call.end - call.start > STALL
        ]

    def dues(self, generation: Generation) -> "Dues":
        if generation not in self._dues:
            horizon = self.clock.highest(generation.call.start, max(self.end, generation.accepted))
            self._dues[generation] = Dues(generation, horizon, self.moves[generation.number])
        return self._dues[generation]

    def losing_fault(self, app: str, since: int, until: int) -> Fault | None:
        """One between two instants that can have cost a question to `app` or an answer from it."""
        for fault in self.run.faults:
            if fault.name in LOSSLESS or fault.detail.get("app", app) != app:
                continue
            if fault.time <= until and fault.last >= since:
                return fault
        # A process that ended with a record at `until` had done all that is asked about.
        return next(iter(self.ending_faults(since, until - 1)), None)

    def ending_faults(self, since: int, until: int) -> list[Fault]:
        """Those with which a process ended in that time, whenever they were noted."""
        return [
            fault
            for start, end in self.gaps if start <= until and end >= since
            for fault in enders(self.run.faults) if touches(fault, start, end)
        ]  # fmt: skip

    def decided(self, receipt: Receipt) -> Place:
        """When the server decided on a call, as the log has it. The app may read it much later,
        when much has happened to the server that sent it."""
        place = self.places[receipt.trigger] if receipt.trigger in self.triggers else None
        return Place(*(min(time, receipt.time) for time in place or (receipt.time, receipt.time)))

    def fault_between(self, receipt: Receipt, again: Receipt) -> Fault | None:
        """One between two decisions that can have cost the answer to the first."""
        until = self.decided(again).latest
        return self.losing_fault(again.app, self.decided(receipt).earliest, until)

    def known(self, receipt: Receipt) -> int:
        """When the server can have known at the earliest what came of a call."""
        if receipt.replied is not None:
            return receipt.replied
        answer = self.answers.get(receipt.trigger)
        place = self.decided(receipt) if answer is None else self.places[answer.sequence]
        return place.earliest

    def settled(self, receipt: Receipt) -> int:
        """By when the server surely knew what came of a call."""
        if receipt.replied is not None:
            return receipt.replied
        answer = self.answers.get(receipt.trigger)
        return receipt.time if answer is None else max(receipt.time, self.recorded(answer))

    def recorded(self, event: Event) -> int:
        """By when its record was surely made."""
        return self.places[event.sequence].latest

    @cached_property
    def unheard(self) -> dict[tuple[int, int], list[Event]]:
        """By generation and tick: triggers that the app did not see."""
        heard = {receipt.trigger for receipt in self.run.receipts}
        found = defaultdict(list)
        for sequence, event in self.triggers.items():
            if sequence not in heard:
                found[event.number("generation"), event.number("tick")].append(event)
        return found


class Dues:
    """Due times of a job by tick, as far as the server's clock ever came."""

    def __init__(self, generation: Generation, horizon: int, moves: dict[int, list[int]]):
        self._moves = moves
        self._ticks = generation.plan.ticks(moves)
        # The number of the first here.
        self.first = generation.plan.first
        self._horizon = horizon
        self._known: list[int] = []
        self._is_over = False

    def of(self, tick: int) -> int | None:
        """None if it has no such tick, or none that can have fallen due."""
        place = tick - self.first
        while len(self._known) <= place and not self._is_over:
            following = next(self._ticks, None)
            if following is None:
                self._is_over = True
            else:
                self._known.append(following[1])
                self._is_over = following[1] > self._horizon
        return self._known[place] if 0 <= place < len(self._known) else None

    def all_of(self, tick: int) -> set[int]:
        """With those that attempts were told before the clock moved the tick."""
        due = self.of(tick)
        if due is None:
            return set()
        moves = self._moves.get(tick, [])
        return {due - sum(moves[place:]) for place in range(len(moves) + 1)}
