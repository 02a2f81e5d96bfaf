"""Whether the product's own audit says the same. Any difference fails, whichever side is wrong."""

from collections import defaultdict

from evidence import Evidence
from reading import ELSEWHERE
from verdict import Verdict


def compare_with_audit(evidence: Evidence, verdict: Verdict) -> None:
    audit = evidence.run.audit
    differ = verdict.disagreements.append
    check_head(evidence, audit, differ)
    compare_misses(audit, verdict, differ)
    compare_duplicates(evidence, audit, verdict, differ)


def check_head(evidence: Evidence, audit: dict, differ) -> None:
    """It must have judged this log, all of it."""
    events = evidence.run.events
    last = events[-1].sequence if events else 0
    head = (audit.get("head") or {}).get("last", 0)
    if head != last:
        differ(f"The audit judged the log up to record {head}; the export goes to {last}.")
    totals = audit.get("totals", {})
    for name, kind in (
        ("jobsCreated", "created"), ("jobsUpdated", "updated"), ("triggers", "triggered")
    ):  # fmt: skip
        count = sum(event.kind.removesuffix(f" {ELSEWHERE}") == kind for event in events)
        if totals.get(name) != count:
            differ(f"The audit counts {totals.get(name)} {kind}; the export has {count}.")


def compare_misses(audit: dict, verdict: Verdict, differ) -> None:
    theirs: set[tuple[int, int]] = set()
    for finding in audit.get("findings", []):
        kind, tick = finding["kind"], (finding.get("generation"), finding.get("tick"))
        if kind == "missed":
            theirs.add(tick)
        else:
            differ(f"The audit finds ({kind}): {finding['explanation']}")
    mine = verdict.missed_ticks
    for generation, tick in sorted(theirs - mine):
        differ(
            f"Tick {tick} of generation {generation} is missed to the audit; outside it came, or"
            f" need not have come."
        )
    for generation, tick in sorted(mine, key=str):
        if not is_told(theirs, mine, generation, tick):
            differ(
                f"Tick {tick} of generation {generation} never came to the app; the audit does not"
                f" call it missed."
            )
    if not audit.get("isClean") and not audit.get("findings"):
        differ("The audit says that the log is not clean, and does not say why.")


def is_told(theirs: set, mine: set, generation: int | None, tick: int) -> bool:
    """The audit tells of ticks that were passed over together by naming the first."""
    while (generation, tick) in mine:
        if (generation, tick) in theirs:
            return True
        tick -= 1
    return False


def compare_duplicates(evidence: Evidence, audit: dict, verdict: Verdict, differ) -> None:
    listed = audit.get("possibleDuplicates", [])
    possible = {(found["generation"], found["tick"], found["again"]) for found in listed}
    is_whole = len(listed) == sum(audit.get("possibleDuplicateCounts", {}).values())
    for generation, tick, trigger in verdict.repeated:
        if is_whole and (generation, tick, trigger) not in possible:
            differ(
                f"Tick {tick} of generation {generation} came again with trigger {trigger}; that is"
                f" not among the audit's possible duplicates."
            )
    heard = defaultdict(list)
    for receipt in evidence.run.receipts:
        heard[receipt.generation, receipt.tick].append(receipt.trigger)
    for found in listed:
        whose = f"tick {found['tick']} of generation {found['generation']}"
        text = f"Trigger {found['again']}, {whose},"
        if not found["isAllowed"]:
            differ(f"{text} is a duplicate that the audit does not allow.")
        # Sure is that the app answered this one and one before it, not which.
        triggers = heard[found["generation"], found["tick"]]
        is_seen = found["again"] in triggers and min(triggers) < found["again"]
        if found["isSure"] and not is_seen:
            differ(f"{text} surely came twice to the audit; to the app it did not.")
