"""Where the app and the log speak of the same call: they must say the same.

What the log says was answered, the app has answered, and so; what the log says was sent and the app
did not see was lost to a fault. No call comes before its record, and no answer is recorded before
it was given.
"""

from evidence import Evidence
from ordering import ANSWERED, is_answer
from reading import SECOND, Event, Receipt, utc
from verdict import Verdict


def compare_with_log(evidence: Evidence, verdict: Verdict) -> None:
    # Moved clocks leave some doubt about when a record was made.
    doubt = SECOND if any(fault.name == "clock" for fault in evidence.run.faults) else 0
    heard = set()
    for receipt in evidence.run.receipts:
        heard.add(receipt.trigger)
        trigger = evidence.triggers.get(receipt.trigger)
        if trigger is None:
            verdict.log.append(f"{receipt}: the log has no such trigger.")
            continue
        check_trigger(receipt, trigger, verdict)
        if evidence.places[receipt.trigger].earliest > receipt.time + doubt:
            verdict.early.append(
                f"{receipt} came at {utc(receipt.time)}, before its record was made."
            )
        answer = evidence.answers.get(receipt.trigger)
        if answer is not None:
            check_answer(receipt, answer, doubt, evidence, verdict)
    for sequence, trigger in evidence.triggers.items():
        if sequence not in heard:
            check_unheard(sequence, evidence, verdict)
    check_processes(evidence, verdict)


def check_trigger(receipt: Receipt, trigger: Event, verdict: Verdict) -> None:
    logged = {name: trigger.cells.get(name) for name in ("tick", "attempt", "cause", "name")}
    logged |= {"app": trigger.app, "due": trigger.instant("due")}
    logged["generation"] = trigger.number("generation")
    seen = {name: getattr(receipt, name) for name in logged if name != "generation"}
    seen["generation"] = receipt.generation
    for name in sorted(logged):
        if logged[name] != seen[name]:
            verdict.log.append(
                f"{receipt}: the app was told {name} {seen[name]}; the log says {logged[name]}."
            )


def check_answer(
    receipt: Receipt, answer: Event, doubt: int, evidence: Evidence, verdict: Verdict
) -> None:
    outcome, code = answer.cells.get("outcome"), answer.cells.get("code", 0)
    place = evidence.recorded(answer)
    is_late = outcome == "late" and code >= 100
    said = receipt.status if receipt.code is None else receipt.code
    is_told = receipt.code is not None and not answer.cells.get("connectionBroke")
    if is_answer(answer) or is_late or (is_told and outcome in ANSWERED):
        if said != code:
            verdict.log.append(
                f"{receipt} was answered {receipt.status}; record {answer.sequence} says {code}."
            )
        elif place + doubt < (receipt.replied or receipt.time):
            verdict.log.append(
                f"{receipt} was answered at {utc(receipt.replied or receipt.time)}; record"
                f" {answer.sequence} says so before that."
            )
        has_ended = outcome in ("succeeded", "dropped")
        if not is_late and has_ended != (receipt.has_ended_tick and said == code):
            verdict.log.append(
                f"{receipt} was answered {receipt.status}; record {answer.sequence} calls that"
                f" {outcome}."
            )
    elif outcome == "failed" or answer.cells.get("connectionBroke"):
        # Not a time-out, which is called one: the connection was gone.
        sent = evidence.decided(receipt).earliest
        if evidence.losing_fault(receipt.app, sent, place) is not None:
            return
        if receipt.status is not None:
            verdict.log.append(
                f"{receipt} was answered {receipt.status}; record {answer.sequence} says that no"
                f" answer came, and no fault tells why."
            )
        elif place + doubt < receipt.time:
            verdict.log.append(
                f"{receipt} came at {utc(receipt.time)}; record {answer.sequence} says before that"
                f" that its connection was gone."
            )


def check_unheard(sequence: int, evidence: Evidence, verdict: Verdict) -> None:
    answer = evidence.answers.get(sequence)
    if answer is None or answer.cells.get("outcome") == "undeliverable":
        # In flight at the end, or never sent: whether the tick came is asked elsewhere.
        return
    text = f"Trigger {sequence} was {answer.cells.get('outcome')} by record {answer.sequence}"
    if is_answer(answer) or answer.cells.get("outcome") in ("succeeded", "dropped"):
        verdict.log.append(f"{text}; the app never saw it.")
        return
    app = evidence.triggers[sequence].app or ""
    sent, settled = evidence.places[sequence].earliest, evidence.recorded(answer)
    if evidence.losing_fault(app, sent, settled) is None:
        verdict.log.append(f"{text}; the app never saw it, and no fault tells why.")


def check_processes(evidence: Evidence, verdict: Verdict) -> None:
    """A process ends because something was done to it."""
    opened = [event for event in evidence.run.events[1:] if event.kind == "opened"]
    for event, (start, end) in zip(opened, evidence.gaps):
        if not evidence.ending_faults(start, end):
            verdict.log.append(
                f"Record {event.sequence} opens the log again at {utc(end)}; nothing says why the"
                f" process before it ended."
            )
