"""Everything, for hours. One process lives through the whole time, under load, hostile visitors and
whatever else it can survive, and is watched: memory, descriptors and file size must not climb.
Beside it the other parts are played over and over, each time from another seed.
"""

import importlib
import threading
import time
from dataclasses import dataclass, field

from Harness import footprint
from Harness.ledger import Journal
from Harness.waiting import free_port
from hostile import Visitors
from processes import pause, refused
from programme import Programme, Scene
from slope import is_judged, settled, slope

PARTS = ("kills", "processes", "power_cuts", "io_errors", "disks", "clocks")
# Memory and descriptors more an hour, and bytes of the file for each event: payloads and seals are
# in it, and every event is kept.
MEBIBYTES_AN_HOUR_MAX = 1.0
DESCRIPTORS_AN_HOUR_MAX = 1.0
BYTES_AN_EVENT_MAX = 1_000
SAMPLES = 1_000
# Seconds between two calls of a client: some millions of events in a night.
PAUSE = 0.25
FLAGS = ("--checkpoint-interval", "5000")


def part(programme: Programme, hours: float) -> None:
    end = time.monotonic() + hours * 3600
    ended = threading.Event()

    def others() -> None:
        try:
            play_again_and_again(programme, end)
        finally:
            ended.set()

    programme.together(others, lambda: one_life(programme, hours, end, ended))


def play_again_and_again(programme: Programme, end: float) -> None:
    seed, number = programme.seed, 0
    while time.monotonic() < end:
        name = PARTS[number % len(PARTS)]
        # So that every seed of a soak can be played alone.
        programme.seed = seed + number
        programme.say(f"{name}, seed {programme.seed}; {programme.closing_line()}")
        importlib.import_module(name).part(programme)
        number += 1


def one_life(programme: Programme, hours: float, end: float, ended: threading.Event) -> None:
    metrics_port = free_port()
    flags = (*FLAGS, "--metrics-port", str(metrics_port))
    with programme.scene("one-life", flags=flags, pause=PAUSE) as scene:
        scene.server.metrics_port = metrics_port
        visitors = Visitors(scene)
        scene.begin()
        watch = Watch(scene, hours)
        draw = scene.random
        while time.monotonic() < end and not ended.is_set():
            watch.look()
            watch.after = None
            what = draw.random()
            if what < 0.1:
                pause(scene, draw.choice([0.05, 0.5, 3]))
            elif what < 0.2:
                with scene.app_away():
                    time.sleep(draw.uniform(0, 2))
            elif what < 0.25:
                with scene.run.faulty("two-servers"):
                    refused(scene.server)
                programme.count("two-servers")
            elif what < 0.75:
                watch.after = visitors.come()
            # What a visitor leaves is gone when it is looked again.
            ended.wait(min(hours * 3600 / SAMPLES, 30))
        watch.look()
        visitors.app.close()
        programme.require(scene.server.lives == 1, "the server did not live through it")
        watch.judge()
        scene.finish()


@dataclass
class Watch:
    """What one process takes, from time to time. x is hours, or events."""

    scene: Scene
    # How long it is to be watched.
    hours: float
    began: float = field(default_factory=time.monotonic)
    memory: list[tuple[float, float]] = field(default_factory=list)
    descriptors: list[tuple[float, float]] = field(default_factory=list)
    file: list[tuple[float, float]] = field(default_factory=list)
    # The visitor that came last, if one has since it was looked before.
    after: str | None = None

    def __post_init__(self):
        # In the directory of the run, for whoever looks for what grows.
        self.journal = Journal(self.scene.run.path / "watch.jsonl")

    def look(self) -> None:
        server = self.scene.server
        process = server.process.pid
        hours = (time.monotonic() - self.began) / 3600
        self.memory.append((hours, footprint.private_bytes(process) / 2**20))
        self.descriptors.append((hours, footprint.descriptors(process)))
        self.file.append((server.metric("daybook_log_head"), server.store.stat().st_size))
        self.journal.add(
            hours=hours, memory=self.memory[-1][1], descriptors=self.descriptors[-1][1],
            head=self.file[-1][0], file=self.file[-1][1], after=self.after,
        )  # fmt: skip

    def judge(self) -> None:
        self.journal.close()
        rows = [
            ("memory", "MiB/h", self.memory, MEBIBYTES_AN_HOUR_MAX),
            ("descriptors", "an hour", self.descriptors, DESCRIPTORS_AN_HOUR_MAX),
            ("file", "bytes an event", self.file, BYTES_AN_EVENT_MAX),
        ]
        is_long = is_judged(self.hours)
        times = [hour for hour, _ in self.memory]
        say, require = self.scene.programme.say, self.scene.programme.require
        grown = []
        for name, unit, points, most in rows:
            found = slope(settled(points, times, self.hours))
            say(
                f"{name}: {points[0][1]:,.0f} at first, {points[-1][1]:,.0f} at the end, "
                f"{found.rise:+.2f} ± {found.error:.2f} {unit}; at most {most:g}"
                + ("" if is_long else ", not judged in so short a time"))
            if is_long and found.exceeds(most):
                grown.append(name)
        require(not grown, f"what grows: {', '.join(grown)}")
