"""Which tick each call of the app was for.

A key names it: generation and tick. What the key says must be what the log's trigger, the due time
and the payload say too, for every version of a job has a payload of its own. A call with a wrong
key is given to a tick of its job that is still without one and whose window it lies in; the windows
of ticks may overlap, and by deadline is the order in which most of them are met.
"""

from collections import defaultdict

from patience import FOREVER
from definitions import Generation
from evidence import Evidence
from reading import KEY, Receipt, utc
from schedules import canonical
from verdict import Verdict

Received = dict[Generation, dict[int, list[Receipt]]]


class Matching:
    def __init__(self, evidence: Evidence, verdict: Verdict):
        self.evidence = evidence
        self.verdict = verdict
        self.received: Received = defaultdict(lambda: defaultdict(list))
        self._strays: dict[Generation, list[Receipt]] = defaultdict(list)
        self._owners: dict[tuple[str, str, str], list[Generation]] = defaultdict(list)
        for generation in evidence.definitions.generations:
            _, app, name = generation.job
            self._owners[app, name, generation.body].append(generation)
        for receipt in evidence.run.receipts:
            self.match(receipt)
        for generation, receipts in self._strays.items():
            self.place(generation, receipts)
        for ticks in self.received.values():
            for receipts in ticks.values():
                receipts.sort(key=lambda receipt: (receipt.trigger, receipt.time))

    def match(self, receipt: Receipt) -> None:
        owner = self.owner(receipt)
        key = KEY.fullmatch(receipt.key)
        number = int(key[2]) if key else None
        generation = self.evidence.definitions.by_number.get(number)
        if generation is None or generation.job[1:] != (receipt.app, receipt.name):
            self.match_by_payload(receipt, owner, number)
        elif self.has_trusted_key(receipt, key, generation, owner):
            self.match_tick(receipt, generation)

    def owner(self, receipt: Receipt) -> Generation | None:
        """The only version of the job that has this payload."""
        found = self._owners.get((receipt.app, receipt.name, canonical(receipt.body)), [])
        return found[0] if len(found) == 1 else None

    def match_by_payload(
        self, receipt: Receipt, owner: Generation | None, number: int | None
    ) -> None:
        if owner is None:
            self.verdict.foreign.append(
                f"{receipt} of {receipt.app}/{receipt.name}: no such job was ever asked for."
            )
        elif owner.number is None:
            # The log has lost the job; that is said of the call. The app has not.
            self.received[owner][receipt.tick].append(receipt)
        else:
            whose = "is none" if number is None else f"names {number}, which is another job or none"
            self.verdict.wrong_key.append(f"{receipt}: its key {whose}; its payload is of {owner}.")
            self._strays[owner].append(receipt)

    def has_trusted_key(
        self, receipt: Receipt, key, generation: Generation, owner: Generation | None
    ) -> bool:
        """Whether the key may be believed. Notes what contradicts it."""
        boot = self.evidence.boots[generation.number]
        if key[1] != boot:
            self.verdict.wrong_key.append(
                f"{receipt}: {generation} was made by process {boot}, not {key[1]}."
            )
        if int(key[3]) != receipt.tick:
            self.verdict.wrong_key.append(f"{receipt}: its key is of another tick: {receipt.tick}.")
        trigger = self.evidence.triggers.get(receipt.trigger)
        sent_for = trigger.number("generation") if trigger else None
        if canonical(receipt.body) == generation.body:
            return True
        if owner is not None and owner.number == sent_for != generation.number:
            self.verdict.wrong_key.append(
                f"{receipt}: payload and record are of {owner}, the key is of {generation}."
            )
            self._strays[owner].append(receipt)
            return False
        whose = f"that of {owner}" if owner else "nobody's"
        self.verdict.wrong_payload.append(
            f"{receipt} of {generation} has a payload that is {whose}: {receipt.body[:80]!r}."
        )
        return True

    def match_tick(self, receipt: Receipt, generation: Generation) -> None:
        if self.is_foreign(receipt, generation):
            return
        tick = int(KEY.fullmatch(receipt.key)[3])
        due = self.evidence.dues(generation).of(tick)
        if due is None:
            self.verdict.foreign.append(
                f"{receipt}: {generation} has no tick {tick} that can have fallen due."
            )
        elif receipt.due not in self.evidence.dues(generation).all_of(tick):
            self.verdict.wrong_key.append(
                f"{receipt}: tick {tick} of {generation} is due {utc(due)}; it says"
                f" {utc(receipt.due)}."
            )
            self._strays[generation].append(receipt)
        else:
            self.received[generation][tick].append(receipt)

    def is_foreign(self, receipt: Receipt, generation: Generation) -> bool:
        """Whether it came for a job that was no more: decided after its end, or due only then."""
        end = generation.ended_by
        if end is not None and end < receipt.trigger:
            self.verdict.foreign.append(
                f"{receipt}: {generation} had ended with record {end} before that was decided."
            )
            return True
        gone, clock = generation.gone, self.evidence.clock
        if gone < FOREVER and clock.highest(generation.call.start, gone) < receipt.due:
            self.verdict.foreign.append(
                f"{receipt}: {generation} was deleted or replaced, and that acknowledged at"
                f" {utc(gone)}, before it was due at {utc(receipt.due)}."
            )
            return True
        return False

    def place(self, generation: Generation, receipts: list[Receipt]) -> None:
        """Gives each to a tick that has none, by deadline."""
        evidence = self.evidence
        patience = evidence.patience(generation.job[1])
        dues, windows = evidence.dues(generation), []
        tick = dues.first
        while (due := dues.of(tick)) is not None and len(windows) < 10_000:
            if tick not in self.received[generation]:
                begin = first_instant(patience, due, generation.call.start, evidence.end)
                deadline = patience.deadline(due, begin, evidence.grace, evidence.end)
                windows.append((begin, deadline, tick))
            tick += 1
        for tick, receipt in assign(windows, receipts):
            self.received[generation][tick].append(receipt)


def first_instant(patience, due: int, since: int, end: int) -> int:
    """When the server's clock surely showed `due`, or `end`."""
    return patience.deadline(due, since, 0, end)


def assign(
    windows: list[tuple[int, int, int]], receipts: list[Receipt]
) -> list[tuple[int, Receipt]]:
    """As many pairs of a window (begin, deadline, tick) and a receipt within it as there can be.

    Each receipt, in the order of time, goes to the open window that closes first.
    """
    left, found = list(windows), []
    for receipt in sorted(receipts, key=lambda receipt: receipt.time):
        fitting = [window for window in left if window[0] <= receipt.time <= window[1]]
        if fitting:
            chosen = min(fitting, key=lambda window: window[1])
            left.remove(chosen)
            found.append((chosen[2], receipt))
    return found
