"""Disks that are full, at any instant and while the server starts, and are not any more; a map that
is full; bits that flip.

A full disk is a small tmpfs, which takes the right to mount one: without it that scene is left out,
and said to be.
"""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from Harness.client import Client
from Harness.disks import fill, small_disk
from Harness.replay import DAMAGED, FINDINGS, FINE, PAGE, Flips
from Harness.waiting import wait_until
from interposing import mapping
from programme import Programme, Scene
from Harness.ledger import now

MIB = 1 << 20
# Ample for a while: below 64 MiB beyond its ballast of 16 the server takes no new jobs, below 16 it
# triggers none.
DISK_SIZE = 128 * MIB
LOW, CRITICAL = 50 * MIB, 8 * MIB
# The server looks four times a second.
NOTICED_SECONDS = 20
FLIPS, FLIPS_LONG = 200, 10_000
MAP_JOBS = 600
REFUSED = "refused"


def part(programme: Programme) -> None:
    programme.together(
        lambda: full_disks(programme, programme.rounds(1, 5)),
        lambda: full_maps(programme),
        lambda: bit_flips(programme, programme.rounds(FLIPS, FLIPS_LONG)),
    )


# Full disks


def full_disks(programme: Programme, rounds: int) -> None:
    """Low, critical, full to the last byte, and well again, without a restart; then full while it
    starts."""
    with programme.scene("full-disk") as scene, disk_of(scene) as disk:
        if not disk:
            programme.leave_out("full disks, because no tmpfs can be mounted; run it as root")
            return
        scene.server.live_in(disk.path / "data")
        scene.begin()
        for _ in range(rounds):
            for left in (LOW, CRITICAL, 0):
                scene.app.wait_for(scene.app.count + 5, 5)
                fill_and_heal(scene, disk, left)
        scene.kill()
        with full(scene, disk, 0):
            scene.server.start()
            require_refused(scene)
        require_accepted(scene)
        scene.finish()


def fill_and_heal(scene: Scene, disk: "Disk", left: int) -> None:
    with full(scene, disk, left):
        require_refused(scene)
        if left == 0:
            # What the ballast was kept for is gone as well: nothing fits any more.
            disk.fill(0)
            time.sleep(0.5)
        elif left == CRITICAL:
            # Deletes are what it is kept for.
            client = Client(scene.run, scene.server)
            outcome = client.delete("never there")
            client.close()
            scene.programme.require(outcome == "ok", f"a delete beside a full disk: {outcome}")
    require_accepted(scene)


@contextmanager
def full(scene: Scene, disk: "Disk", left: int):
    """A disk with so little left, while the body runs."""
    with scene.run.faulty("disk-full", left=left):
        disk.fill(left)
        try:
            yield
        finally:
            disk.empty()
    scene.programme.count("full disk")


def require_refused(scene: Scene) -> None:
    wait_for_answer(scene, REFUSED)


def require_accepted(scene: Scene) -> None:
    wait_for_answer(scene, "ok")


def wait_for_answer(scene: Scene, wanted: str) -> None:
    """Until a new job is answered so."""
    client = Client(scene.run, scene.server)

    def is_answered_so() -> bool:
        scene.programme.require(scene.server.is_running, scene.server.last_words())
        return client.schedule(f"space {now()}", {"dueTime": "0s"}) == wanted

    wait_until(is_answered_so, f"a job is {wanted}", NOTICED_SECONDS, pause=0.05)
    client.close()


@dataclass
class Disk:
    path: Path

    def fill(self, left: int) -> None:
        """Takes all but so many bytes."""
        if left:
            fill(self.path, self._filler.name, left)
            return
        with self._filler.open("ab") as file:
            write_until_full(file.fileno())

    def empty(self) -> None:
        self._filler.unlink()

    @property
    def _filler(self) -> Path:
        return self.path / "filler"


def write_until_full(descriptor: int) -> None:
    for size in (MIB, 4096):
        try:
            while True:
                os.write(descriptor, bytes(size))
        except OSError:
            pass


@contextmanager
def disk_of(scene: Scene):
    """A small disk, or None; the server's data directory is copied from it in the end."""
    path = scene.run.path / "disk"
    with small_disk(path, DISK_SIZE // MIB) as is_mounted:
        if not is_mounted:
            yield None
            return
        try:
            yield Disk(path)
        finally:
            scene.server.abandon()
            shutil.copytree(
                path / "data", scene.run.data,
                ignore=shutil.ignore_patterns("ballast", "operator.*"))


# Full maps


def full_maps(programme: Programme) -> None:
    """The log has grown to the end of LMDB's map: like a full disk, and well again with a larger
    one. A map that is full to the last page is reached by deletes alone, which are taken until
    then."""
    with programme.scene("full-map", clients=0) as scene:
        scene.app.calm()
        scene.begin()
        client = Client(scene.run, scene.server)
        jobs = [f"job {number}" for number in range(MAP_JOBS)]
        for name in jobs:
            programme.require(client.schedule(name, {"dueTime": "1h"}) == "ok", name)
        scene.end()
        client.close()
        for pages in (16, 4):
            with scene.run.faulty("map-full", pages=pages):
                scene.server.start(mapping(programme.directory, map_size(scene, pages)))
                outcome = client.schedule("one more", {"dueTime": "1h"})
                programme.require(outcome == REFUSED, f"a job beside a full map: {outcome}")
                taken = delete_until_refused(client, jobs)
                programme.say(f"a map with {pages} pages left took {taken} deletes")
                scene.end()
            client.close()
            programme.count("full map")
        scene.server.start()
        for name in jobs:
            programme.require(client.delete(name) == "ok", "a delete with a larger map")
        client.close()
        scene.finish()


def map_size(scene: Scene, pages: int) -> int:
    """Bytes of a map with so many pages behind those of the store."""
    return scene.server.store.stat().st_size + pages * PAGE


def delete_until_refused(client: Client, jobs: list[str]) -> int:
    taken = 0
    while jobs and client.delete(jobs[-1]) == "ok":
        jobs.pop()
        taken += 1
    return taken


# Bit flips


def bit_flips(programme: Programme, count: int) -> None:
    """A bit of the store has flipped: what is left is either called damaged, or is every byte of
    what was written, or is its beginning, which a noted head shows."""
    with programme.scene("bit-flips", pause=0.01) as scene:
        scene.begin()
        scene.app.wait_for(30)
        scene.finish()
        flips = Flips(scene.run.data, programme.seed)
        head = scene.server.verify()[1]["head"]
        found = {DAMAGED: 0, FINDINGS: 0, FINE: 0}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for code in pool.map(
                lambda number: flip(scene, flips, number, head), range(count)
            ):
                found[code] += 1
        programme.count("bit flip", count)
        programme.say(
            f"{count} bit flips: {found[DAMAGED]} called damage, {found[FINDINGS]} an older log, "
            f"{found[FINE]} changed nothing that can be read")


def flip(scene: Scene, flips: Flips, number: int, head: dict) -> int:
    """Returns how `verify` ends on the store with flip `number`."""
    directory = scene.run.path / f"flip-{number}"
    at = flips.make(number, directory)
    noted = f"{head['last']}:{head['digest']}"
    code, report = scene.server.verify("--head", noted, directory=directory)
    what = f"byte {at}, {directory}: {code} {report}"
    if code == FINE:
        scene.programme.require(report["head"] == head, what)
    elif code == FINDINGS:
        scene.programme.require(report["head"]["last"] < head["last"], what)
    shutil.rmtree(directory)
    return code
