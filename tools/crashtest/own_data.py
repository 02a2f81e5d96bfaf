"""Somebody's own data, or rather a copy of it: starts that are killed, and stores cut short. Nobody
is called. Whatever was in the log is there afterwards, and the audit finds as much as before.
"""

import shutil
import time
from pathlib import Path

from kills import START, Armed, die_at
from processes import DAMAGED, refusal, truncate
from programme import Programme, Scene
from server import Server

JUDGED = (0, 1)


def part(programme: Programme, directory: Path) -> None:
    with programme.scene("own-data") as scene:
        scene.server.app_port = None
        copied = scene.server.replay_run("copy", str(scene.run.data), directory=directory)
        programme.require(copied.returncode == 0, f"no copy of {directory}: {copied.stderr}")
        code, before = judged(scene), exported(scene)
        for _ in range(programme.rounds(2, 20)):
            for name in START:
                die_at(scene, Armed(name))
            kill_while_it_starts(scene)
        cut_short(scene, programme.rounds(10, 100))
        scene.server.start()
        programme.require(scene.server.stop() == 0, f"a stop: {scene.server.last_words()}")
        verified = scene.server.replay_run("verify")
        programme.require(verified.returncode == 0, f"damaged: {verified.stdout}")
        programme.require(judged(scene) == code, f"the audit ended with {code} before")
        after = exported(scene)
        kept = sum(one == other for one, other in zip(before, after))
        programme.acknowledged += len(before)
        programme.lost += len(before) - kept
        programme.require(kept == len(before), f"{len(before) - kept} events are lost")


def judged(scene: Scene) -> int:
    code = scene.server.replay_run("audit").returncode
    scene.programme.require(code in JUDGED, f"the audit ends with {code}")
    return code


def exported(scene: Scene) -> list[str]:
    result = scene.server.replay_run("export")
    scene.programme.require(result.returncode == 0, f"no export: {result.stderr}")
    return result.stdout.splitlines()


def kill_while_it_starts(scene: Scene) -> None:
    scene.server.launch()
    time.sleep(scene.random.uniform(0, 0.3))
    scene.kill()


def cut_short(scene: Scene, count: int) -> None:
    for number in range(count):
        cut = scene.run.path / f"cut-{number}"
        shutil.copytree(scene.run.data, cut)
        left = truncate(cut, scene.random)
        code, said = refusal(
            Server(scene.run, None, scene.programme.binary, directory=cut))
        scene.programme.require(code == DAMAGED, f"cut to {left} bytes: exit code {code}: {said}")
        shutil.rmtree(cut)
        scene.programme.count("truncated")
