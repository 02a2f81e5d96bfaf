"""Somebody's own data, or rather a copy of it: starts that are killed, and stores cut short. Nobody
is called. Whatever was in the log is there afterwards, and the audit finds as much as before.
"""

import time
from pathlib import Path

from Harness import replay
from kills import START, Armed, die_at
from processes import cut_short
from programme import Programme, Scene


def part(programme: Programme, directory: Path) -> None:
    with programme.scene("own-data", has_app=False) as scene:
        replay.copy(directory, scene.run.data, **scene.server.reading)
        (code, _), before = scene.server.audit(), exported(scene)
        for _ in range(programme.rounds(2, 20)):
            for name in START:
                die_at(scene, Armed(name))
            kill_while_it_starts(scene)
        cut_short(scene, scene.run.data, programme.rounds(10, 100))
        scene.server.start()
        scene.end()
        verified, report = scene.server.verify()
        programme.require(verified == replay.FINE, f"damaged: {report}")
        programme.require(scene.server.audit()[0] == code, f"the audit ended with {code} before")
        after = exported(scene)
        kept = sum(one == other for one, other in zip(before, after))
        programme.acknowledged += len(before)
        programme.lost += len(before) - kept
        programme.require(kept == len(before), f"{len(before) - kept} events are lost")


def exported(scene: Scene) -> list[dict]:
    return replay.export(scene.run.data, **scene.server.reading)


def kill_while_it_starts(scene: Scene) -> None:
    scene.server.launch()
    time.sleep(scene.random.uniform(0, 0.3))
    scene.kill()
