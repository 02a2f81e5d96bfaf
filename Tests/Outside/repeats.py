"""Calls of the app beyond the first of a tick: which are allowed, and which are not.

Allowed is one after an answer that failed, after none, or after a fault that can have cost the
answer; and only with the same key, and as many attempts as the job's policy has. After a connection
that broke it may be the same attempt, twice in a row.
"""

from breaks import is_free
from definitions import Generation
from evidence import Evidence
from matching import Received
from reading import Receipt
from verdict import Verdict


def check_repeats(evidence: Evidence, received: Received, verdict: Verdict) -> None:
    for generation, ticks in received.items():
        for tick, receipts in sorted(ticks.items()):
            check_attempt_count(tick, receipts, generation, verdict)
            for place, (before, again) in enumerate(zip(receipts, receipts[1:]), start=1):
                verdict.duplicates_seen += 1
                if generation.number is not None:
                    verdict.repeated.append((generation.number, tick, again.trigger))
                objection = object_to(receipts[:place], again, evidence)
                if objection is None:
                    verdict.duplicates_allowed += 1
                else:
                    verdict.duplicates_forbidden.append(
                        f"{again}: tick {tick} of {generation} had come with {before}; {objection}."
                    )


def object_to(earlier: list[Receipt], again: Receipt, evidence: Evidence) -> str | None:
    """What forbids the last call."""
    before = earlier[-1]
    if again.trigger == before.trigger:
        return "it is the same trigger"
    if again.key != before.key:
        return f"the key is another: {before.key}"
    if evidence.fault_between(before, again) is not None:
        return None
    if before.replied is not None and before.replied > evidence.decided(again).earliest:
        # It had no answer yet.
        return None
    if before.has_ended_tick:
        return f"it was answered {before.status}, and no fault lies between"
    if again.attempt == before.attempt and is_free(earlier, evidence):
        return None
    if again.attempt <= before.attempt:
        return f"attempt {before.attempt} failed, and this is attempt {again.attempt}"
    return None


def check_attempt_count(
    tick: int, receipts: list[Receipt], generation: Generation, verdict: Verdict
) -> None:
    last = max(receipts, key=lambda receipt: receipt.attempt)
    if not generation.policy.allows(last.attempt):
        verdict.duplicates_forbidden.append(
            f"{last}: tick {tick} of {generation} came as attempt {last.attempt}; its policy has"
            f" {generation.policy.attempts_max}."
        )
