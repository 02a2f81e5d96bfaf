"""What befalls processes: pauses, restarts one upon the other, a second server on the same
directory, stores that cannot be written or were cut short, and stops while there is work.
"""

import os
import shutil
import signal
import time
from pathlib import Path

from Harness.replay import CANNOT_OPEN, DAMAGED, PAGE
from programme import Programme, Scene
from Harness.ledger import now
from server import Server

# Root may write what is read-only; without this it may not.
CAPABILITIES = "-dac_override,-dac_read_search"
WITHOUT_ROOT = ("setpriv", "--bounding-set", CAPABILITIES, "--inh-caps", CAPABILITIES)


def part(programme: Programme) -> None:
    programme.together(
        lambda: pauses(programme, programme.rounds(6, 30)),
        lambda: restart_storm(programme, programme.rounds(25, 200)),
        lambda: graceful_stops(programme, programme.rounds(6, 40)),
        lambda: two_servers(programme, programme.rounds(5, 20)),
        lambda: unwritable_stores(programme),
        lambda: truncated_stores(programme, programme.rounds(12, 60)),
    )


def pauses(programme: Programme, count: int) -> None:
    """SIGSTOP, in the middle of anything: afterwards it goes on and makes up for it."""
    with programme.scene("pauses") as scene:
        scene.begin()
        for _ in range(count):
            time.sleep(scene.random.uniform(0, 0.3))
            pause(scene, scene.random.choice([0.05, 0.5, 1.5]))
        scene.finish()


def pause(scene: Scene, seconds: float) -> None:
    with scene.run.faulty("pause", seconds=seconds):
        scene.server.signal(signal.SIGSTOP)
        time.sleep(seconds)
        scene.server.signal(signal.SIGCONT)
    scene.programme.count("pause")


def restart_storm(programme: Programme, count: int) -> None:
    """Starts that are ended before they are done, by SIGTERM, SIGINT and SIGKILL."""
    with programme.scene("restart-storm") as scene:
        scene.begin()
        scene.stop()
        for _ in range(count):
            scene.server.launch()
            time.sleep(scene.random.uniform(0, 0.4))
            number = scene.random.choice([signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
            began = now()
            scene.server.signal(number)
            code = scene.server.wait()
            # Before it has said how it takes signals, they end it as they end any process.
            programme.require(
                code in (0, -number), f"{number.name} during a start: exit code {code}")
            scene.server.died("restart", began, signal=number.name, code=code)
            programme.count("restart")
        scene.server.start()
        scene.finish()


def graceful_stops(programme: Programme, count: int) -> None:
    """SIGTERM and SIGINT under load: exit code 0, and no acknowledgement lost."""
    with programme.scene("graceful-stops") as scene:
        scene.begin()
        for _ in range(count):
            scene.app.wait_for(scene.app.count + 5, 5)
            numbers = [scene.random.choice([signal.SIGTERM, signal.SIGINT])]
            if scene.random.random() < 0.3:
                # Asked twice is not asked otherwise.
                numbers.append(signal.SIGTERM)
            scene.stop(*numbers)
            scene.server.start()
        scene.finish()


def two_servers(programme: Programme, count: int) -> None:
    """A second server on the directory of the first is refused, and the first does not notice."""
    with programme.scene("two-servers") as scene:
        scene.begin()
        for _ in range(count):
            scene.app.wait_for(scene.app.count + 3, 5)
            with scene.run.faulty("two-servers"):
                code, said = refused(scene.server)
            programme.require(code == CANNOT_OPEN, f"a second server: exit code {code}: {said}")
            programme.require(f"pid {scene.server.process.pid}" in said, f"not by whom: {said}")
            programme.require(scene.server.is_running, "the first server is gone")
            programme.count("two-servers")
        scene.finish()


def refused(server: Server, *prefix: str) -> tuple[int, str]:
    """How another start on its directory ends, or on one that is broken: exit code and what is
    said."""
    another = Server(server.run, directory=server.directory, binary=server.binary)
    result = another.refusal(*prefix)
    return result.returncode, (result.stderr + result.stdout).strip()


def unwritable_stores(programme: Programme) -> None:
    """Files that are read-only are refused with a reason; when they are mended, all is well."""
    with programme.scene("read-only") as scene:
        scene.begin()
        scene.app.wait_for(10)
        scene.kill()
        for path in (scene.run.data / "lock", *scene.run.data.glob("log/*/*.mdb")):
            mode = path.stat().st_mode
            with scene.run.faulty("read-only", path=path.name):
                path.chmod(mode & ~0o222)
                code, said = refused(
                    scene.server, *WITHOUT_ROOT if os.geteuid() == 0 else ())
                path.chmod(mode)
            programme.require(code == CANNOT_OPEN, f"{path} read-only: exit code {code}: {said}")
            programme.require("Permission denied" in said and str(scene.run.data) in said, said)
            programme.count("read-only")
        scene.server.start()
        scene.finish()


def truncated_stores(programme: Programme, count: int) -> None:
    """A store that was cut short is damaged, and said to be, wherever it was cut: by an exit code
    and a line, never by a crash."""
    with programme.scene("truncated") as scene:
        scene.begin()
        scene.app.wait_for(30)
        scene.kill()
        cut_short(scene, scene.run.data, count)
        scene.server.start()
        scene.finish()


def cut_short(scene: Scene, whole: Path, count: int) -> None:
    draw, require = scene.random, scene.programme.require
    for number in range(count):
        cut = scene.run.path / f"cut-{number}"
        shutil.copytree(whole, cut, ignore=shutil.ignore_patterns("operator.*"))
        server = Server(scene.run, directory=cut, binary=scene.server.binary)
        size = server.store.stat().st_size
        # Nothing at all, part of a page, whole pages.
        left = draw.choice([0, draw.randrange(size), draw.randrange(size) // PAGE * PAGE])
        with scene.run.faulty("truncated", directory=cut.name, bytes=left):
            os.truncate(server.store, left)
            code, said = refused(server)
        require(
            code == DAMAGED and said.count("\n") < 10,
            f"cut to {left} bytes: exit code {code}: {said}")
        shutil.rmtree(cut)
        scene.programme.count("truncated")
