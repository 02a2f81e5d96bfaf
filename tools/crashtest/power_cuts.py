"""Power cuts: a server runs under a recorder, and its data directory is built as a power cut at any
moment could have left it, thousands of times.

Of each such image: it is not damaged, it holds every event that anybody had seen acknowledged by
then, and it holds nothing that was not written: it is the beginning of the whole log. On some of
them the server boots and goes on; some of those are cut again while they do.
"""

import json
import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from Harness.client import Client
from Harness import replay
from Harness.waiting import wait_until
from programme import Failed, Programme, Scene
from recorded import Recorded
from Harness.ledger import now

IMAGES, IMAGES_LONG = 2_000, 10_000
# Of so many images one is booted, and of so many of those one is cut again, into so many images.
BOOTED, TWICE, IMAGES_TWICE = 20, 4, 6
# Of work under the recorder.
SECONDS = 2.0
# So few that checkpoints are cut too.
FLAGS = ("--checkpoint-interval", "100", "--segment-bytes", "64Ki")
NO_LOG = 3


def part(programme: Programme) -> None:
    with programme.scene("power-cuts", flags=FLAGS, pause=0.01) as scene:
        recorded = Recorded.run(scene, SECONDS)
        scene.finish()
        recorded.close()
        count = programme.rounds(IMAGES, IMAGES_LONG)
        began = time.monotonic()
        cut_all(scene, recorded, count)
        programme.say(
            f"{count} power cuts in {time.monotonic() - began:.0f} s, of "
            f"{len(recorded.records)} records")


@dataclass
class Whole:
    """The log an image must be the beginning of."""

    scene: Scene

    def __post_init__(self):
        self._known: dict[str, bool] = {}
        code, report = self.scene.server.verify()
        self.scene.programme.require(code == 0, f"verify ends with {code}: {report}")
        self._log = report["log"]

    def has(self, report: dict) -> bool:
        """Whether the log in the report ends where a turn of this one does, and is the same."""
        head = report["head"]
        noted = f"{head['last']}:{head['digest']}"
        if report["log"] != self._log:
            return False
        if head["last"] and noted not in self._known:
            self._known[noted] = self.scene.server.verify("--head", noted)[0] == 0
        return self._known.get(noted, True)


def cut_all(scene: Scene, recorded: Recorded, count: int) -> None:
    """Cuts the power `count` times, and looks at what is left."""
    programme, whole = scene.programme, Whole(scene)
    draw = programme.random("where the power is cut")
    places = sorted(draw.randrange(1, len(recorded.records) + 1) for _ in range(count))
    booted = set(range(BOOTED - 1, count, BOOTED))
    twice = set(range(BOOTED - 1, count, BOOTED * TWICE))
    workers = os.cpu_count() or 1
    # No more images than are looked at.
    room = threading.Semaphore(2 * workers)
    with ThreadPoolExecutor(workers) as pool:
        found = []
        for number, place in enumerate(places):
            recorded.advance(place)
            room.acquire()
            if any(future.done() and future.exception() for future in found):
                break
            image = Image(scene, recorded, whole, number, place)
            image.build()
            look = partial(image.look, number in booted, number in twice)
            found.append(pool.submit(look))
            found[-1].add_done_callback(lambda _: room.release())
        for future in found:
            for fault, times in future.result().items():
                programme.count(fault, times)
    recorded.check()


@dataclass
class Image:
    scene: Scene
    recorded: Recorded
    whole: Whole
    number: int
    place: int

    def __post_init__(self):
        self.name = f"{self.scene.run.path.name}-{self.number}"
        self.path = self.scene.run.path / f"image-{self.number}"
        self.how = ""
        # The last event it holds.
        self.head = 0

    def build(self) -> None:
        """Makes the image; the recorded disk must stand where the power is cut."""
        draw = self.scene.programme.random(f"power cut {self.name}")
        self.how = self.recorded.disk.build(self.path, draw)

    def look(self, is_booted: bool, is_cut_twice: bool) -> dict[str, int]:
        """What was done, and how often. Raises `Failed`, and leaves the image, if it is not sound.
        """
        self.verify()
        counts = {"power cut": 1}
        if is_booted:
            counts["power cut, and a boot"] = 1
            go_on(self, counts, is_cut_twice)
        shutil.rmtree(self.path)
        return counts

    def verify(self) -> None:
        required = self.recorded.required(self.place)
        command = ("verify", "-o", "json", "--data-dir", self.path)
        result = replay.run(*command, **self.scene.server.reading)
        if result.returncode == NO_LOG and required == 0 and "there is no log" in result.stderr:
            return
        self.require(result.returncode == 0, f"verify: {result.stdout}{result.stderr}")
        report = json.loads(result.stdout)
        last = self.head = report["head"]["last"]
        self.require(last >= required, f"{required} was acknowledged, and the log ends at {last}")
        self.require(self.whole.has(report), f"the log at {last} is not what was written")

    def require(self, holds: bool, what: str) -> None:
        if not holds:
            raise Failed(
                f"power cut {self.number} behind record {self.place} of {self.recorded.trace.path} "
                f"({self.how}), image {self.path}: {what}")


def go_on(image: Image, counts: dict[str, int], is_cut_twice: bool) -> None:
    """The server boots on an image and goes on; then the judges."""
    programme = image.scene.programme
    with programme.scene(f"{image.name}-on", flags=FLAGS, clients=2, pause=0.02) as scene:
        shutil.copytree(image.path, scene.run.data)
        note_before(image, scene)
        scene.app.calm()
        recorded = Recorded(scene, image.head) if is_cut_twice else None
        scene.app.start()
        scene.server.start(recorded.environment if recorded else None)
        if recorded:
            scene.workload.start()
            time.sleep(0.5)
            scene.workload.stop()
        work(scene)
        scene.end()
        scene.judge()
        if recorded:
            recorded.close()
            cut_again(scene, recorded, counts)


def note_before(image: Image, scene: Scene) -> None:
    """What clients and app had noted before the cut. Of the calls that were not answered by then,
    each client may have made one."""
    before, later = image.recorded.marks(image.place)
    for mark in before:
        getattr(scene.run, mark["journal"]).add(**mark["line"])
    asked = set()
    for line in (mark["line"] for mark in later if mark["journal"] == "calls"):
        client = line["name"].partition("-")[0]
        if client not in asked:
            asked.add(client)
            scene.run.calls.add(**line | {"end": None, "outcome": "unknown", "status": None})
    times = [mark["line"].get("end") or mark["line"].get("time") for mark in before]
    scene.run.fault("power cut", max(filter(None, times), default=now()), now(), how=image.how)


def work(scene: Scene) -> None:
    """A job that is accepted, triggered and answered."""
    client = Client(scene.run, scene.server)
    outcome = client.schedule("after the cut", {"dueTime": "0s", "data": "after the cut"})
    scene.programme.require(outcome == "ok", f"a job after a power cut: {outcome}")
    path = scene.server.path("after the cut")
    wait_until(
        lambda: scene.server.request("GET", path)[0] == 404, "a trigger after a power cut", 30)
    client.close()


def cut_again(scene: Scene, recorded: Recorded, counts: dict[str, int]) -> None:
    whole = Whole(scene)
    draw = scene.programme.random(f"second cuts of {scene.run.path.name}")
    places = sorted(draw.randrange(1, len(recorded.records) + 1) for _ in range(IMAGES_TWICE))
    for number, place in enumerate(places):
        recorded.advance(place)
        image = Image(scene, recorded, whole, number, place)
        image.build()
        image.look(False, False)
        counts["power cut, and another"] = counts.get("power cut, and another", 0) + 1
    recorded.check()
