"""Which jobs there were, and when: from the calls, with the log as a witness.

What a job is, its call says. When it was made and when it ended the log says, and is held to it.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from callers import asked_for, find_calls, said_by
from patience import FOREVER, Place, ServerClock
from reading import Call, Event, Job, Run, show, utc
from schedules import Plan, Policy, body_of, plan, policy


@dataclass(eq=False)
class Generation:
    """A job as one call asked for it."""

    call: Call
    # The record that made it; None if it was acknowledged and the log has none.
    number: int | None
    plan: Plan
    policy: Policy
    body: str
    # When the client knew, or else when the log says it was made.
    accepted: int
    # The record that ended it.
    ended_by: int | None = None
    # From the first call on that may have ended it, nothing more need come;
    limit: int = FOREVER
    # from the answer to the first that has, nothing may fall due.
    gone: int = FOREVER

    @property
    def job(self) -> Job:
        return self.call.job

    def __str__(self) -> str:
        number = "not in the log" if self.number is None else f"generation {self.number}"
        return f"{show(self.job)} ({number}, call {self.call.id})"


@dataclass
class Definitions:
    generations: list[Generation] = field(default_factory=list)
    by_number: dict[int, Generation] = field(default_factory=dict)
    # The record of every call that has one.
    records: dict[int | str, int] = field(default_factory=dict)
    # First record and last (not included) of every life of a job in the log.
    lives: dict[Job, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    # What each call asks for, and what each record says was asked for.
    asked: dict[int | str, tuple | None] = field(default_factory=dict)
    said: dict[int, tuple] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


def define(run: Run, clock: ServerClock, places: dict[int, Place]) -> Definitions:
    definitions = Definitions()
    check_numbers(run.events, definitions)
    found = find_calls(run, clock, places, definitions.findings)
    definitions.records = {call.id: record for record, call in found.items()}
    definitions.asked = {call.id: asked_for(call) for call in run.calls}
    definitions.said = {event.sequence: said_by(event) for event in run.events}
    make_generations(run.events, found, places, definitions)
    read_lives(run.events, definitions)
    return definitions


def check_numbers(events: list[Event], definitions: Definitions) -> None:
    for before, event in zip(events, events[1:]):
        if event.sequence != before.sequence + 1:
            definitions.findings.append(
                f"The log goes from record {before.sequence} to {event.sequence}."
            )


def make_generations(
    events: list[Event], found: dict[int, Call], places: dict[int, Place], definitions: Definitions
) -> None:
    for event in events:
        call = found.get(event.sequence)
        if event.kind not in ("created", "updated") or call is None:
            continue
        accepted = places[event.sequence].latest if call.end is None else call.end
        generation = generation_of(call, event.sequence, event.time, accepted, definitions)
        if generation is not None:
            check_instants(event, generation, definitions)
            definitions.by_number[event.sequence] = generation


def generation_of(
    call: Call, number: int | None, base: int, accepted: int, definitions: Definitions
) -> Generation | None:
    try:
        ticks = plan(call.request, base)
    except (ValueError, OSError) as error:
        definitions.findings.append(f"{call} was accepted, and means nothing: {error}.")
        return None
    body = body_of(call.request)
    generation = Generation(call, number, ticks, policy(call.request), body, accepted)
    definitions.generations.append(generation)
    return generation


def check_instants(event: Event, generation: Generation, definitions: Definitions) -> None:
    """What the log resolved must be what the request means."""
    first = next(generation.plan.ticks(), (1, None))[1]
    for name, mine in (
        ("anchor", generation.plan.anchor), ("firstDue", first), ("expiry", generation.plan.expiry)
    ):  # fmt: skip
        logged = event.instant(name)
        if logged != mine and not (name == "firstDue" and generation.plan.dues is not None):
            shown = ["never" if time is None else utc(time) for time in (logged, mine)]
            definitions.findings.append(
                f"Record {event.sequence}: {name} of {generation} is {shown[0]}, not {shown[1]}."
            )


def read_lives(events: list[Event], definitions: Definitions) -> None:
    """From when to when the log has each job, by record."""
    open_lives: dict[Job, int] = {}

    def end(job: Job | None, sequence: int) -> None:
        start = open_lives.pop(job, None)
        if start is None:
            return
        definitions.lives[job].append((start, sequence))
        if start in definitions.by_number:
            definitions.by_number[start].ended_by = sequence

    for event in events:
        match event.kind:
            case "created" | "updated":
                end(event.job, event.sequence)
                if event.job:
                    open_lives[event.job] = event.sequence
            case "deleted":
                end(event.job, event.sequence)
            case "deletedByPrefix":
                for job in [job for job in open_lives if event.is_above(job)]:
                    end(job, event.sequence)
    for job, start in open_lives.items():
        definitions.lives[job].append((start, FOREVER))
