"""Which ticks, and which attempts of them, must have come, and when: missed, late, early.

A job's ticks come one after another. Each may be awaited from the end of the one before it, and
must come within the grace, not counting what is explained: outages, a full app, a clock that had
not come so far. The tick that does not come holds up those behind it, and they are not missed with
it.
"""

from breaks import is_free
from definitions import Generation
from evidence import Evidence
from matching import Received
from reading import Event, Receipt, span, utc
from verdict import Verdict


def expect(evidence: Evidence, received: Received, verdict: Verdict) -> None:
    for generation in evidence.definitions.generations:
        Walk(evidence, generation, received.get(generation, {}), verdict).go()


class Walk:
    """Along the ticks of one job."""

    def __init__(self, evidence: Evidence, generation: Generation, ticks: dict, verdict: Verdict):
        self.evidence = evidence
        self.generation = generation
        self.ticks: dict[int, list[Receipt]] = ticks
        self.verdict = verdict
        self.patience = evidence.patience(generation.job[1])
        self.grace = evidence.grace
        # From when on the next tick may be awaited.
        # When the tick before was over: at the earliest, and surely.
        self.may_be_free = generation.call.start
        self.free = generation.accepted
        self.limit = min(generation.limit, evidence.end)

    def go(self) -> None:
        dues = self.evidence.dues(self.generation)
        last = max(self.ticks, default=0)
        tick = dues.first - 1
        while (due := dues.of(tick := tick + 1)) is not None:
            receipts = self.ticks.get(tick)
            if receipts:
                self.verdict.expected += 1
                self.check_first(tick, due, receipts[0])
                self.check_attempts(tick, due, receipts, is_last=tick == last)
            elif not self.skip(tick, due, is_last=tick > last):
                return

    def skip(self, tick: int, due: int, is_last: bool) -> bool:
        """Judges a tick that did not come; whether those behind it can be judged."""
        unheard = self.unheard(tick)
        if unheard and self.is_over(unheard[-1]):
            answer = self.evidence.answers[unheard[-1].sequence]
            self.may_be_free = self.evidence.places[answer.sequence].earliest
            self.free = self.evidence.recorded(answer)
            return True
        idle = self.patience.idle(due, self.free, self.limit)
        if is_last and idle <= self.grace:
            return False
        self.verdict.expected += 1
        self.verdict.missed_ticks.add((self.generation.number, tick))
        why = f"it could have come for {span(idle)}" if is_last else "later ones did"
        self.verdict.missed.append(
            f"Tick {tick} of {self.generation}, due {utc(due)}, never came; {why}."
        )
        return not is_last

    def unheard(self, tick: int) -> list[Event]:
        """Attempts that the app did not see, each with a fault to explain it."""
        events = self.evidence.unheard.get((self.generation.number, tick), [])
        return [event for event in events if self.is_explained(event)]

    def is_explained(self, event: Event) -> bool:
        answer = self.evidence.answers.get(event.sequence)
        sent = self.evidence.places[event.sequence].earliest
        until = self.evidence.end if answer is None else self.evidence.recorded(answer)
        fault = self.evidence.losing_fault(self.generation.job[1], sent, until)
        return fault is not None

    def is_over(self, event: Event) -> bool:
        """Whether the log says that the tick was over with this attempt."""
        answer = self.evidence.answers.get(event.sequence)
        return answer is not None and answer.cells.get("nextTick") != event.number("tick")

    def check_first(self, tick: int, due: int, first: Receipt) -> None:
        called, decided = self.generation.call.start, self.evidence.decided(first).latest
        text = f"{first}: tick {tick} of {self.generation}"
        if decided < called:
            self.verdict.early.append(f"{text} came before the job was asked for.")
        elif self.evidence.clock.highest(called, decided) < due:
            self.verdict.early.append(f"{text} was sent at {utc(decided)}, before {utc(due)}.")
        elif decided < self.may_be_free and not self.is_excused(first):
            self.verdict.early.append(f"{text} came before the tick before it was over.")
        if first.attempt == 1:
            self.check_late(text, due, self.free, first)
        elif not self.unheard(tick):
            self.verdict.missed.append(f"{text} came as attempt {first.attempt}; none came before.")

    def is_excused(self, first: Receipt) -> bool:
        """Whether the end of the tick before may have been decided without the app's answer."""
        before = self.ticks.get(first.tick - 1, [])
        ends = [self.evidence.answers.get(receipt.trigger) for receipt in before]
        if not before or any(end and end.cells.get("outcome") == "timedOut" for end in ends):
            return True
        since = min(self.evidence.decided(receipt).earliest for receipt in before)
        return self.evidence.losing_fault(first.app, since, self.free) is not None

    def check_late(self, text: str, due: int, since: int, receipt: Receipt) -> None:
        idle = self.patience.idle(due, since, receipt.time)
        if idle > self.grace:
            self.verdict.late.append(
                f"{text} came at {utc(receipt.time)}, {span(idle)} late without a reason; it was"
                f" due {utc(due)}."
            )

    # Attempts

    def check_attempts(self, tick: int, due: int, receipts: list[Receipt], is_last: bool) -> None:
        attempt_due = due
        for before, receipt in zip(receipts, receipts[1:]):
            if receipt.attempt > before.attempt:
                attempt_due = self.retry_due(before, receipt.attempt, attempt_due)
                self.check_retry(tick, attempt_due, before, receipt)
        self.check_last(tick, attempt_due, receipts, is_last)
        self.may_be_free = max(map(self.evidence.known, receipts))
        self.free = max(map(self.evidence.settled, receipts))

    def retry_due(self, before: Receipt, attempt: int, due: int) -> int:
        """When that attempt may come at the earliest, by the server's clock."""
        trigger = self.evidence.triggers.get(before.trigger)
        base = due if trigger is None else max(due, trigger.time)
        policy = self.generation.policy
        base += self.evidence.moved(self.generation, before.tick, before.trigger)
        return base + sum(policy.interval_after(done) for done in range(before.attempt, attempt))

    def check_retry(self, tick: int, due: int, before: Receipt, receipt: Receipt) -> None:
        text = f"{receipt}: attempt {receipt.attempt} at tick {tick} of {self.generation}"
        decided = self.evidence.decided(receipt).latest
        if self.evidence.clock.highest(self.generation.call.start, decided) < due:
            self.verdict.early.append(f"{text} was sent at {utc(decided)}, before {utc(due)}.")
        self.check_late(text, due, self.evidence.settled(before), receipt)

    def check_last(self, tick: int, due: int, receipts: list[Receipt], is_last: bool) -> None:
        """A failure must have been followed by another attempt, if the policy allows one; a
        connection that broke by the same one."""
        last = receipts[-1]
        if last.has_ended_tick or last.word in ("DROP", "DROPPED"):
            return
        following = last.attempt + (0 if is_free(receipts, self.evidence) else 1)
        if not self.generation.policy.allows(following) or self.unheard(tick):
            return
        if is_last:
            due = self.retry_due(last, following, due)
            idle = self.patience.idle(due, self.evidence.settled(last), self.limit)
            if idle <= self.grace:
                return
        answered = "was not answered" if last.status is None else f"was answered {last.status}"
        self.verdict.missed.append(
            f"{last}: attempt {last.attempt} at tick {tick} of {self.generation} {answered};"
            f" attempt {following} never came{' again' * (following == last.attempt)}."
        )
