"""The n-th write or sync of the data file fails, for n = 1, 2, 3 …, until a server comes to its end
untouched.

A life is a start, some fixed work and a stop, with one call in it that fails. Where it failed for
good (EIO, a write cut short, or the page that makes a turn valid) the server must stop and say why;
where there was no space it must refuse, go on, and accept the same again. The next life starts on
what is there then, or on what a disk that lost all that was not synced would have: so a failed sync
is never believed. After the last one nothing fails, and all of them are judged together.
"""

import itertools
import json
import shutil
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from Harness.client import Client
from Harness.server import NotServing
from Harness.waiting import wait_until
from images import SYNCHRONOUS, Disk, records
from interposing import failing, recording
from programme import Programme, Scene
from Harness.ledger import now

STOPPED, CANNOT_OPEN, DISK_FAILED = 0, 3, 6
OK, STOPPING, UNAVAILABLE, FULL = 200, 408, 503, 507
STORE = "data.mdb"
# More calls than any life makes: the loop must have come to an end before.
CALLS_MAX = 400
ANSWER_SECONDS = 15
# "late": EIO, and yet it was done.
ERRORS = {
    "write": ("EIO", "late", "ENOSPC", "short", "EINTR"),
    "sync": ("EIO", "late", "ENOSPC", "EINTR"),
}


def part(programme: Programme) -> None:
    chains = [
        (kind, error, once)
        for kind, errors in ERRORS.items()
        for error in errors
        for once in ((True, False) if error == "ENOSPC" else (True,))
    ]
    programme.together(
        *(lambda chain=chain: all_calls(programme, *chain) for chain in chains),
        lambda: checkpoints(programme),
    )


def all_calls(programme: Programme, kind: str, error: str, once: bool) -> None:
    """Two loops: on a directory without a log, then on one that has it."""
    name = f"io-{kind}-{error}" + ("" if once else "-for-good")
    # Without space for good each life waits for a while before it gives up.
    step = 1 if once else programme.rounds(4, 1)
    with programme.scene(name) as scene:
        scene.app.calm()
        scene.app.start()
        lives = itertools.count(1)
        for is_fresh in (True, False):
            for number in range(1, CALLS_MAX, step):
                fault = Fault(kind, number, error, once)
                life = Life(scene, fault, next(lives))
                if not life.live():
                    break
                if is_fresh and life.has_served:
                    break
            else:
                programme.require(False, f"{name}: {CALLS_MAX} calls, and no end")
        scene.server.start()
        work(scene, "the last")
        scene.end()
        scene.judge()


@dataclass(frozen=True)
class Fault:
    kind: str
    number: int
    error: str
    once: bool

    def __str__(self) -> str:
        return f"{self.kind}:{self.number}:{self.error}" + (":once" if self.once else "")

    def is_final(self, is_meta: bool) -> bool:
        """Whether the server must stop for it. What LMDB cannot tell from a failed disk is one; and
        a meta page that may or may not have been written leaves it nothing to go on from."""
        if self.error == "EINTR":
            return False
        return self.error != "ENOSPC" or is_meta


class Life:
    """A start, some work and a stop, with a fault somewhere in it."""

    def __init__(self, scene: Scene, fault: Fault, number: int):
        self.scene = scene
        self.fault = fault
        self.name = f"life {number} of {scene.run.path.name}"
        self.has_served = False
        self._number = number
        self._trace = scene.run.path / f"trace-{number}"

    def live(self) -> bool:
        """Returns whether the fault was come by."""
        scene, run = self.scene, self.scene.run
        disk = Disk(run.data)
        scene.server.launch(
            recording(scene.programme.directory, run.data, self._trace)
            | failing(str(self.fault), STORE))
        try:
            scene.server.wait_healthy()
            self.has_served = True
            work(scene, self.name, is_patient=self.fault.once)
        except NotServing:
            pass
        stopping = now()
        code = scene.server.stop()
        made = list(records(self._trace))
        failed = [record for record in made if record.kind == "f"]
        if failed:
            scene.server.died("io-error", failed[0].result, call=str(self.fault), code=code)
            scene.programme.count(f"{self.fault.error} on {self.fault.kind}")
            self._check(code, bool(failed[0].flags & SYNCHRONOUS))
        else:
            scene.server.died("stop", stopping)
            self._require(code == STOPPED, f"exit code {code} without a fault")
        if self._number % 2:
            self._lose_what_was_not_synced(disk, made)
        self._trace.unlink()
        return bool(failed)

    def _check(self, code: int, is_meta: bool) -> None:
        """How it ended."""
        if not self.has_served:
            self._require(code in (CANNOT_OPEN, DISK_FAILED), f"exit code {code} of a start")
        elif self.fault.is_final(is_meta):
            self._require(code == DISK_FAILED, f"exit code {code}")
        else:
            self._require(code == STOPPED, f"exit code {code}")
        for word in ("Fatal error", "Backtrace"):
            self._require(word not in self.scene.server.last_words(), word)

    def _lose_what_was_not_synced(self, disk: Disk, made) -> None:
        for record in made:
            disk.apply(record)
        data = self.scene.run.data
        shutil.rmtree(data, ignore_errors=True)
        disk.build(data, self.scene.programme.random(self.name))

    def _require(self, holds: bool, what: str) -> None:
        self.scene.programme.require(
            holds, f"{self.name}, {self.fault}: {what}: {self.scene.server.last_words()}")


def work(scene: Scene, version: str, is_patient: bool = True) -> None:
    """A job with data that takes pages of its own, one that is triggered, and a deletion. What is
    refused is asked for again, if there is hope."""
    client = Client(scene.run, scene.server)
    data = {"data": f"{version} " + "x" * 9_000}
    try:
        asked = (
            lambda: client.schedule("kept", {"dueTime": "1h", "overwrite": True} | data),
            lambda: client.schedule(f"called in {version}", {"dueTime": "0s", "data": version}),
            lambda: client.delete("kept"),
        )  # fmt: skip
        for ask in asked:
            until_accepted(scene, ask, is_patient)
        if is_patient:
            wait_until(
                lambda: not (scene.server.is_running and has_jobs(scene)), f"{version}: a trigger",
                ANSWER_SECONDS, pause=0.01)
    finally:
        client.close()


def until_accepted(scene: Scene, ask, is_patient: bool) -> None:
    outcome = None

    def is_answered() -> bool:
        nonlocal outcome
        outcome = ask()
        return outcome != "refused" or not is_patient

    wait_until(is_answered, "what was refused is accepted", ANSWER_SECONDS)
    if outcome is None or outcome == "unknown":
        # It is ending, or is hung.
        scene.server.wait(ANSWER_SECONDS)


def has_jobs(scene: Scene) -> bool:
    """False if there is nobody to ask any more. A list may share the turn that is refused, or come
    when all is over."""
    try:
        status, body = scene.server.request("GET", "/v1.0/jobs?limit=1")
    except (OSError, HTTPException):
        return False
    scene.programme.require(
        status in (OK, STOPPING, FULL, UNAVAILABLE), f"a list: {status} {body}")
    return status != OK or bool(json.loads(body)["jobs"])


def checkpoints(programme: Programme) -> None:
    """A checkpoint that cannot be written is missing and nothing else."""
    with programme.scene("io-checkpoint", flags=("--checkpoint-interval", "100")) as scene:
        scene.begin()
        for number, fault in enumerate(("write:1:EIO", "write:1:ENOSPC:once", "sync:1:EIO")):
            scene.stop()
            trace = scene.run.path / f"trace-{number}"
            with scene.run.faulty("io-error", call=fault):
                scene.server.start(
                    recording(programme.directory, scene.run.data, trace)
                    | failing(fault, "checkpoint.new"))
                wait_for_fault(scene, trace)
                programme.count("error of a checkpoint")
        scene.stop()
        scene.server.start()
        scene.finish()


def wait_for_fault(scene: Scene, trace: Path) -> None:
    def has_failed() -> bool:
        scene.programme.require(scene.server.is_running, "a failed checkpoint has ended the server")
        return any(record.kind == "f" for record in records(trace))

    wait_until(has_failed, "a checkpoint was tried", 30, pause=0.1)
