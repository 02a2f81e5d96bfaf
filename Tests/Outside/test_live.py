"""Runs of a real server with a real app: the checker is content with them, and with nothing that is
changed in them.

    DAYBOOK_TEST_SEED=… .venv/bin/python -m pytest Tests/Outside/test_live.py
"""

import json
import os
import random
import sys
import threading
import time
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from check import check
from reading import SECOND, Receipt, Run, call, read
from schedules import canonical
from told import told
from verdict import Verdict

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS), str(TESTS.parent / "tools/crashtest")]

from app import App  # noqa: E402
from Harness.client import Client  # noqa: E402
from Harness.ledger import Ledger, now  # noqa: E402
from server import Server  # noqa: E402
from Harness.workload import Workload  # noqa: E402

RECEIPTS = 150
GRACE = 10 * SECOND
PLANTED = 10
# An instant far from now in every year.
FAR_OFF = f"0 0 0 15 {(datetime.now(UTC).month + 5) % 12 + 1} *"
SPECIAL = {
    "name with spaces | and ümlauts": {
        "dueTime": "-1h", "data": {"b": [1, None], "a": {"c": -0.5}}
    },
    "zone": {"schedule": "CRON_TZ=Asia/Kathmandu */2 * * * * *", "repeats": 2, "data": 2**60},
    "calendar": {"schedule": FAR_OFF, "dueTime": "PT1S", "ttl": "P1M", "data": True},
    "nothing": {"schedule": "@every 0s", "repeats": 3},
    "expired": {"schedule": "@daily", "ttl": "1ms", "data": None},
}


@pytest.fixture(scope="module")
def directories(tmp_path_factory, seed):
    """Two runs: a clean one, and one with three kills."""
    root = tmp_path_factory.mktemp("runs")
    return {kills: play(root / f"{kills} kills", seed, kills) for kills in (0, 3)}


def play(directory: Path, seed: int, kills: int) -> Path:
    run = Ledger(directory)
    app = App(run, seed)
    server = Server(run, app.port)
    workload = Workload(run, server, seed, clients=3, pause=0.06)
    probe = Probe(run)
    try:
        app.start()
        server.start()
        client = Client(run, server)
        for name, request in SPECIAL.items():
            assert client.schedule(name, request) == "ok"
        client.close()
        workload.start()
        for number in range(1, kills + 1):
            assert app.wait_for(number * RECEIPTS // (kills + 1), 120)
            began = now()
            server.kill()
            run.fault("kill", began, now())
            server.start()
        assert app.wait_for(RECEIPTS, 120), "too little comes"
        app.calm()
        workload.stop()
        settle(server)
        assert server.stop() == 0
        server.audit()
        server.export("--payloads")
    finally:
        probe.stop()
        server.abandon()
        workload.abandon()
        app.stop()
        run.close()
    return directory


class Probe(threading.Thread):
    """Notes when the disk keeps a writer waiting: then the server cannot do better."""

    def __init__(self, run: Ledger):
        super().__init__(daemon=True)
        self.run_directory = run
        self.is_over = threading.Event()
        self.start()

    def run(self) -> None:
        descriptor = os.open(self.run_directory.path / "probe", os.O_WRONLY | os.O_CREAT, 0o644)
        while not self.is_over.wait(0.05):
            began = now()
            os.pwrite(descriptor, b"x", 0)
            os.fsync(descriptor)
            if now() - began > SECOND // 2:
                self.run_directory.fault("stall", began, now())
        os.close(descriptor)

    def stop(self) -> None:
        self.is_over.set()
        self.join()


def settle(server: Server) -> None:
    deadline = time.monotonic() + 60
    while server.jobs():
        assert time.monotonic() < deadline, "jobs have not come to their end"


@pytest.fixture(scope="module")
def clean(directories):
    return read(directories[0])


@pytest.fixture(scope="module")
def told_by_log(directories):
    """The clean run, but for its ledger of calls."""
    run = read(directories[0])
    run.calls = [call(line) for line in told([event.cells for event in run.events])]
    return run


@pytest.fixture
def chance(request, seed):
    return random.Random(f"{seed} {request.node.name}")


@pytest.mark.parametrize("kills", [0, 3])
def test_a_real_run_is_sound(directories, kills):
    verdict = check(read(directories[kills]), GRACE)
    assert verdict.is_ok, verdict.document()
    assert verdict.receipts >= RECEIPTS and verdict.expected > 0
    assert verdict.duplicates_seen == verdict.duplicates_allowed > 0


def test_a_real_run_is_sound_as_its_log_tells_it(told_by_log, directories):
    verdict = check(told_by_log, GRACE)
    assert verdict.is_ok, verdict.document()
    # Only what was refused, or changed nothing, is not told.
    asked = check(read(directories[0]), GRACE)
    assert 0 < verdict.calls < asked.acknowledged
    assert (verdict.receipts, verdict.expected) == (asked.receipts, asked.expected)


def test_all_that_is_special_came(clean):
    # A connection that broke makes a first attempt come again.
    came = {(receipt.name, receipt.tick) for receipt in clean.receipts if receipt.attempt == 1}
    counts = [sum(name == special for name, _ in came) for special in SPECIAL]
    assert counts == [1, 2, 1, 3, 0]


# What is changed in it. Each returns what a finding must name.


def remove(run: Run, chance: random.Random) -> str:
    receipt = run.receipts.pop(chance.randrange(len(run.receipts)))
    return f"Trigger {receipt.trigger} "


def repeat(run: Run, chance: random.Random) -> str:
    receipt = chance.choice(run.receipts)
    run.receipts.append(receipt)
    return named(receipt)


def repeat_with_another_trigger(run: Run, chance: random.Random) -> str:
    again = replace(chance.choice(run.receipts), number=10_000, trigger=1_000_000)
    run.receipts.append(again)
    return named(again)


def shift(run: Run, chance: random.Random) -> str:
    """By more than lies between its record and the record of its answer."""
    place, receipt = pick(run, chance)
    times = {event.sequence: event.time for event in run.events}
    answers = {event.number("trigger"): event.time for event in run.events}
    by = answers[receipt.trigger] - times[receipt.trigger] + chance.randrange(1, 20 * SECOND)
    by *= chance.choice((-1, 1))
    replied = None if receipt.replied is None else receipt.replied + by
    run.receipts[place] = replace(receipt, time=receipt.time + by, replied=replied)
    return named(receipt)


def change_payload(run: Run, chance: random.Random) -> str:
    place, receipt = pick(run, chance)
    bodies = {canonical(found.body) for found in run.receipts} - {canonical(receipt.body)}
    run.receipts[place] = replace(receipt, body=chance.choice(sorted(bodies)))
    return named(receipt)


def change_key(run: Run, chance: random.Random) -> str:
    place, receipt = pick(run, chance)
    others = [found.key for found in run.receipts if found.key != receipt.key]
    run.receipts[place] = replace(receipt, key=chance.choice(others))
    return named(receipt)


def change_due(run: Run, chance: random.Random) -> str:
    place, receipt = pick(run, chance)
    run.receipts[place] = replace(receipt, due=receipt.due + chance.choice((-1, 1)))
    return named(receipt)


def change_answer(run: Run, chance: random.Random) -> str:
    place, receipt = pick(run, chance)
    others = [status for status in (200, 404, 500, 503) if status != receipt.status]
    replied = receipt.replied or receipt.time
    run.receipts[place] = replace(receipt, status=chance.choice(others), replied=replied)
    return named(receipt)


def forget_call(run: Run, chance: random.Random) -> str:
    """One that made a job that came."""
    receipt = chance.choice([found for found in run.receipts if found.body])
    body = canonical(receipt.body)
    run.calls = [
        call
        for call in run.calls
        if call.job[2] != receipt.name or canonical(dumped(call.request)) != body
    ]
    return f"Record {receipt.generation} "


def dumped(request: dict) -> str:
    return json.dumps(request.get("data"))


def acknowledge(run: Run, chance: random.Random) -> str:
    """What was refused."""
    place = chance.choice([at for at, call in enumerate(run.calls) if call.status == 409])
    run.calls[place] = replace(run.calls[place], outcome="ok", status=204)
    return f"call {run.calls[place].id} "


def hide_duplicate(run: Run, chance: random.Random) -> str:
    listed = run.audit["possibleDuplicates"]
    gone = listed.pop(chance.randrange(len(listed)))
    run.audit["possibleDuplicateCounts"][gone["cause"]] -= 1
    return f"trigger {gone['again']};"


def invent_miss(run: Run, chance: random.Random) -> str:
    receipt = chance.choice(run.receipts)
    run.audit["findings"].append({
        "kind": "missed", "generation": receipt.generation, "tick": receipt.tick, "explanation": "",
    })  # fmt: skip
    return f"Tick {receipt.tick} of generation {receipt.generation} is missed to the audit"


def pick(run: Run, chance: random.Random) -> tuple[int, Receipt]:
    place = chance.randrange(len(run.receipts))
    return place, run.receipts[place]


def named(receipt: Receipt) -> str:
    return f"receipt {receipt.number} ("


def texts(verdict: Verdict) -> list[str]:
    return [text for findings in verdict.lists.values() for text in findings]


# Found whether or not the calls were noted.
ALWAYS = (
    remove, repeat, repeat_with_another_trigger, shift, change_payload, change_key, change_due,
    change_answer, hide_duplicate, invent_miss,
)  # fmt: skip


@pytest.mark.parametrize(
    "whose, plant",
    [(whose, plant) for whose in ("clean", "told_by_log") for plant in ALWAYS]
    + [("clean", forget_call), ("clean", acknowledge)],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_is_planted_is_found(request, chance, whose, plant):
    sound = request.getfixturevalue(whose)
    for number in range(PLANTED):
        run = Run(
            list(sound.calls), list(sound.receipts), list(sound.faults), sound.events,
            deepcopy(sound.audit),
        )  # fmt: skip
        name = plant(run, chance)
        said = texts(check(run, GRACE))
        assert any(name in text for text in said), f"number {number}, {name!r}: {said}"
