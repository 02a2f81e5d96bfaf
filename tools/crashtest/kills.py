"""Kills: at every failpoint there is, and at random instants.

A failpoint that its scene does not reach is a failure of this programme: the server must die there,
by SIGKILL. Then it is started again at once, armed with the next; at the end without any, and goes
on as if nothing had been.
"""

import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass

from Harness.disks import fill, small_disk
from programme import Failed, Programme, Scene
from Harness.ledger import now

VARIABLE = "DAYBOOK_FAILPOINT"
# How long an armed server may live until it comes by, on a machine under load, and how often that
# is tried.
REACH_SECONDS = 30
REACH_TRIES = 3
CLEAN, KILLED = 0, -signal.SIGKILL
# Few records and small segments, so that both are begun all the time.
FLAGS = ("--checkpoint-interval", "100", "--segment-bytes", "64Ki")

# Room for what a log wants to see free, and a little more; what is left is too little for it.
DISK_MEBIBYTES = 100
LEFT_BYTES = 8 << 20

# In the order in which a first start comes by.
FIRST_START = (
    "directory-made", "log-directory-made", "segment-made", "environment-made", "identity-stored",
    "segment-synced", "segment-named", "segment-durable", "ballast-allocated",
)  # fmt: skip
START = (
    "lock-taken", "log-opened", "checkpoint-read", "page-folded", "log-folded", "opened-recorded",
    "listeners-opening", "operator-socket-bound", "serving",
)  # fmt: skip
# Passed often: the n-th pass is drawn from the numbers up to the one given.
LOAD = {
    "request-decoded": 20, "inbox-taken": 20, "append-begun": 20, "record-put": 40,
    "payload-put": 20, "seal-put": 20, "turn-committed": 20, "head-advanced": 20, "send-begun": 5,
    "sent": 5, "reply-begun": 20, "between-replies": 2, "response-known": 20, "between-calls": 2,
    "call-begun": 8, "call-sent": 8, "call-answered": 8, "answer-handed-in": 8,
    "checkpoint-created": 1, "checkpoint-block-written": 2, "checkpoint-written": 1,
    "checkpoint-synced": 1, "checkpoint-named": 1, "checkpoint-durable": 1, "scrub-stepped": 1,
    "segment-made": 2, "environment-made": 2, "identity-stored": 2, "segment-synced": 2,
    "segment-named": 2, "segment-durable": 2,
}  # fmt: skip
STOP = ("stopping", "drained", "close-recorded", "log-closed")
STREAM = {"stream-writing": 4, "stream-written": 4, "result-read": 4}
COPY = ("copy-begun", "copy-page-written", "copy-filled", "copy-named")
FULL_DISK = ("ballast-released",)
# What is removed cannot be judged afterwards: Tests/Clients/test_retention.py kills there.
RETENTION = {
    "base-records-written", "base-state-written", "base-synced", "base-named", "base-durable",
    "forgotten-recorded", "segment-gone", "segment-removed",
}  # fmt: skip


def part(programme: Programme) -> None:
    check_list(programme)
    programme.together(
        lambda: first_starts(programme, programme.rounds(3, 12)),
        lambda: under_load(programme, programme.rounds(3, 13)),
        lambda: streams(programme, programme.rounds(3, 12)),
        lambda: copies(programme, programme.rounds(3, 12)),
        lambda: full_disks(programme, programme.rounds(3, 12)),
        lambda: at_random(programme, programme.rounds(40, 400)),
    )


def check_list(programme: Programme) -> None:
    """Every failpoint of the binary has a scene, and no other is looked for."""
    command = [str(programme.binary), "config", "failpoints"]
    there = set(subprocess.run(command, capture_output=True, text=True).stdout.split())
    known = {*FIRST_START, *START, *LOAD, *STOP, *STREAM, *COPY, *FULL_DISK, *RETENTION}
    programme.require(
        there == known, f"failpoints without a scene, or not there: {sorted(there ^ known)}")


@dataclass(frozen=True)
class Armed:
    name: str
    number: int = 1
    is_at_stop: bool = False

    @property
    def environment(self) -> dict[str, str]:
        return {VARIABLE: f"{self.name}@{self.number}"}


def die_at(scene: Scene, armed: Armed) -> None:
    """Starts the server and lets it die there; or says that it never came by."""
    for _ in range(REACH_TRIES):
        scene.server.launch(armed.environment)
        if armed.is_at_stop:
            scene.server.wait_healthy()
            time.sleep(scene.random.uniform(0, 0.2))
            scene.server.signal(signal.SIGTERM)
        if await_death(scene, armed):
            return
        scene.kill()
    raise Failed(f"{armed} was never reached")


def await_death(scene: Scene, armed: Armed) -> bool:
    """Waits until the server has died of it; False if it lives on."""
    code = scene.server.wait_dead(REACH_SECONDS)
    if code is None:
        return False
    words = scene.server.last_words()
    scene.programme.require(code == KILLED, f"at {armed} the server ended with {code}: {words}")
    scene.server.died("failpoint", now(), failpoint=armed.name, number=armed.number)
    scene.programme.count_failpoint(armed.name)
    return True


def first_starts(programme: Programme, rounds: int) -> None:
    """A first start is interrupted again and again; the one after must find nothing wrong."""
    for number in range(rounds):
        with programme.scene(f"first-start-{number}", flags=FLAGS) as scene:
            # What has its name is not made again: of these two each start has one.
            never = ("segment-named", "segment-durable")[number % 2]
            for name in FIRST_START:
                if name != never and (number < 2 or scene.random.random() < 0.4):
                    die_at(scene, Armed(name))
            scene.begin()
            time.sleep(0.3)
            scene.finish()


def under_load(programme: Programme, rounds: int) -> None:
    """Every place that a start, a turn, a call, a checkpoint and a stop come by, in any order."""
    for number in range(rounds):
        with programme.scene(f"failpoints-{number}", flags=FLAGS) as scene:
            draw = scene.random
            points = [Armed(name) for name in START]
            points += [Armed(name, draw.randint(1, most)) for name, most in LOAD.items()]
            points += [Armed(name, is_at_stop=True) for name in STOP]
            draw.shuffle(points)
            scene.begin()
            # A checkpoint and some history.
            scene.app.wait_for(20)
            scene.kill()
            for armed in points:
                die_at(scene, armed)
            scene.server.start()
            scene.finish()


def streams(programme: Programme, rounds: int) -> None:
    """The places that only triggers on a stream come by: a sidecar has them, and no app."""
    with programme.scene("streams", flags=FLAGS, has_stream=True) as scene:
        scene.begin()
        for _ in range(rounds):
            for name, most in STREAM.items():
                scene.kill()
                die_at(scene, Armed(name, scene.random.randint(1, most)))
                scene.server.start()
        scene.finish()


def full_disks(programme: Programme, rounds: int) -> None:
    """The place that only a full disk comes by. When there is room again all goes on."""
    with (
        programme.scene("full-disk-kills", flags=FLAGS) as scene,
        small_disk(scene.run.data, DISK_MEBIBYTES) as is_mounted,
    ):
        if not is_mounted:
            programme.say(f"{', '.join(FULL_DISK)}: not tried, because nothing can be mounted")
            return
        scene.begin()
        for _ in range(rounds):
            for name in FULL_DISK:
                scene.app.wait_for(scene.app.count + 3, 5)
                scene.kill()
                scene.server.launch(Armed(name).environment)
                scene.server.wait_healthy()
                filler = fill(scene.run.data, "filler", LEFT_BYTES)
                programme.require(await_death(scene, Armed(name)), f"{name} was never reached")
                filler.unlink()
                scene.server.start()
        scene.finish()


def copies(programme: Programme, rounds: int) -> None:
    """A copy of a log that is being written dies; the next one replaces it, and is whole."""
    with programme.scene("copies", flags=FLAGS) as scene:
        scene.begin()
        scene.app.wait_for(20)
        for number in range(rounds):
            for name in COPY:
                copy_and_die(scene, name, scene.run.path / f"copy-{number}-{name}")
        scene.finish()


def copy_and_die(scene: Scene, name: str, target) -> None:
    program = str(scene.server.reading["program"])
    command = [program, "copy", "--data-dir", str(scene.run.data), str(target)]
    environment = os.environ | {VARIABLE: name}
    began = now()
    died = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    require = scene.programme.require
    require(died.returncode == KILLED, f"the copy at {name}: {died.returncode} {died.stderr}")
    scene.run.fault("copy-killed", began, now(), failpoint=name)
    scene.programme.count_failpoint(name)
    require(target.exists() == (name == "copy-named"), f"{target} after a kill at {name}")
    if not target.exists():
        again = subprocess.run(command, capture_output=True, text=True, timeout=60)
        require(again.returncode == CLEAN, f"the copy after {name}: {again.stderr}")
    code, report = scene.server.verify(directory=target)
    require(code == CLEAN, f"the copy after {name}: {report}")


def at_random(programme: Programme, kills: int, kills_a_scene: int = 40) -> None:
    """At any instant, from before the log is open; now and then with the app away."""
    for number in range(0, kills, kills_a_scene):
        with programme.scene(f"random-kills-{number}", flags=FLAGS) as scene:
            scene.begin()
            for _ in range(min(kills_a_scene, kills - number)):
                random_life(scene, scene.random)
            scene.server.wait_healthy()
            scene.finish()


def random_life(scene: Scene, draw: random.Random) -> None:
    if draw.random() < 0.6:
        # While it works.
        scene.server.wait_healthy()
    if draw.random() < 0.2:
        with scene.app_away():
            time.sleep(draw.uniform(0, 0.3))
    else:
        time.sleep(draw.uniform(0, 0.3))
    scene.kill()
    scene.server.launch()
