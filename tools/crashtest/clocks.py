"""The wall clock jumps, forward and back, while the server sleeps, while jobs are due, while it is
away: nothing early, nothing twice because time repeats, and the log says what happened.

Only the server's clock is moved. What clients and app note is by the clock of the machine, and
faults say by how much the server's differs: the checker outside adds it up.
"""

import subprocess
import time

from Harness.client import Client
from Harness.waiting import wait_until
from interposing import ShiftedClock
from programme import Programme, Scene
from Harness.ledger import lines, now

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
JUMPS = (2 * HOUR, -3 * HOUR, 24 * HOUR, -SECOND, SECOND, -24 * HOUR)
# Up to a second the server takes for a correction, and says nothing.
NOTICEABLE = tuple(jump for jump in JUMPS if abs(jump) > SECOND)
# Later than anything that a jump has put off.
END = 72 * HOUR
NOTICED_SECONDS, UNNOTICED_SECONDS = 30, 1.2
# A server asleep looks every second, and a machine under load takes its time; without looking it
# would see a jump only when it writes its next frontier, 10 s after its last turn.
NOTICED_ASLEEP_SECONDS = 8
# Believed at once.
FLAGS = ("--checkpoint-interval", "100", "--clock-jump-max", "8760h")
HELD, BELIEVED = "the wall clock is not believed", "the wall clock is believed again"


def part(programme: Programme) -> None:
    programme.together(
        lambda: while_busy(programme, programme.rounds(1, 5)),
        lambda: while_asleep(programme),
        lambda: between_lives(programme),
        lambda: not_believed(programme),
    )


def while_busy(programme: Programme, rounds: int) -> None:
    """Jumps in the middle of everything."""
    with programme.scene("clock-busy", flags=FLAGS) as scene:
        clock = begin(scene)
        for jump in JUMPS * rounds:
            time.sleep(scene.random.uniform(0.3, 1))
            jump_and_wait(scene, clock, jump)
        finish(scene, clock, len(NOTICEABLE) * rounds)


def while_asleep(programme: Programme) -> None:
    """Jumps while nothing is due and nobody asks: what they make due comes at once, and no hour
    that comes again makes it come again."""
    with programme.scene("clock-asleep", flags=FLAGS, clients=0) as scene:
        clock = begin(scene)
        client = Client(scene.run, scene.server)
        client.schedule("hourly", {"schedule": "@every 1h", "data": "hourly"})
        for number, jump in enumerate(JUMPS):
            # Due only by a jump.
            name = f"once {number}"
            client.schedule(name, {"dueTime": f"{max(jump, HOUR) // SECOND - 60}s", "data": name})
            count = scene.app.count
            jump_and_wait(scene, clock, jump, NOTICED_ASLEEP_SECONDS)
            if jump >= HOUR:
                # This one, and the hourly.
                programme.require(scene.app.wait_for(count + 2), f"{jump} ns on, nothing is due")
        client.delete("hourly")
        client.close()
        finish(scene, clock, len(NOTICEABLE))


def between_lives(programme: Programme) -> None:
    """The clock is another one after a start, by a clean stop or a kill; a later one."""
    with programme.scene("clock-boots", flags=FLAGS) as scene:
        clock = begin(scene)
        for number, jump in enumerate(JUMPS):
            time.sleep(scene.random.uniform(0.3, 1))
            start_again(scene, clock, abs(jump), is_killed=number % 2 == 1)
        finish(scene, clock, 0)


def start_again(scene: Scene, clock: ShiftedClock, jump: int, is_killed: bool) -> None:
    if is_killed:
        scene.kill()
    else:
        scene.stop()
    shift(scene, clock, jump)
    scene.server.start(clock.environment)


def not_believed(programme: Programme) -> None:
    """Hours ahead in one step, or at a start before the end of the log: nothing is triggered until
    somebody says that the clock is right, or it comes back. What cannot be is never believed, and
    ends nothing. What is recorded meanwhile has times that only the log itself knows."""
    with programme.scene("clock-held", flags=FLAGS[:2]) as scene:
        clock = begin(scene)
        for _ in range(2):
            wait_until(lambda: scene.app.count > 5, "something is triggered")
            hold(scene, clock, 8 * HOUR)
            accept(scene)
            jump_and_wait(scene, clock, -8 * HOUR)
            held = scene.server.log().count(HELD)
            start_again(scene, clock, -3 * HOUR, is_killed=True)
            programme.require(scene.server.log().count(HELD) > held, "hours are lived twice")
            accept(scene)
        # Beyond what nanoseconds of 64 bits hold.
        for years in (240, 274):
            before, believed = clock.offset, scene.server.log().count(BELIEVED)
            hold(scene, clock, years * 365 * 24 * HOUR - before)
            refused = tell(scene)
            programme.require(refused.returncode == 1, f"{years} years on: {refused}")
            clock.shift(before - clock.offset)
            wait_told(scene, BELIEVED, believed)
        shift(scene, clock, END)
        accept(scene)
        scene.finish(is_judged_outside=False)
        clock.close()


def hold(scene: Scene, clock: ShiftedClock, jump: int) -> None:
    """Moves the clock, and waits until the server does not believe it."""
    held = scene.server.log().count(HELD)
    shift(scene, clock, jump)
    wait_told(scene, HELD, held)


def wait_told(scene: Scene, line: str, count: int) -> None:
    """Waits until the server has said it more often than so."""

    def is_told() -> bool:
        code = scene.server.process.poll()
        scene.programme.require(code is None, f"gone with exit code {code}")
        return scene.server.log().count(line) > count

    wait_until(is_told, line)


def accept(scene: Scene) -> None:
    accepted = tell(scene)
    scene.programme.require(accepted.returncode == 0, f"not accepted: {accepted.stderr}")


def tell(scene: Scene) -> subprocess.CompletedProcess:
    """An operator says that the clock is right."""
    directory = str(scene.server.directory)
    command = [str(scene.programme.binary), "clock", "accept", "--data-dir", directory]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def begin(scene: Scene) -> ShiftedClock:
    clock = ShiftedClock(scene.programme.directory, scene.run.path / "clock-offset")
    scene.begin(clock.environment)
    return clock


def shift(scene: Scene, clock: ShiftedClock, nanoseconds: int) -> None:
    began = now()
    clock.shift(nanoseconds)
    scene.run.fault("clock", began, now(), by=nanoseconds)
    scene.programme.count("clock jump")


def jump_and_wait(scene: Scene, clock: ShiftedClock, jump: int, seconds=NOTICED_SECONDS) -> None:
    """Waits until the server has noticed, if it is a jump and not a correction."""
    before = jumps_noticed(scene)
    shift(scene, clock, jump)
    if jump in NOTICEABLE:
        noticed = f"a jump by {jump} ns is noticed"
        wait_until(lambda: jumps_noticed(scene) > before, noticed, seconds)
    else:
        time.sleep(UNNOTICED_SECONDS)


def jumps_noticed(scene: Scene) -> int:
    return scene.server.log().count("the wall clock jumped")


def finish(scene: Scene, clock: ShiftedClock, jumps: int) -> None:
    """Whatever was put off by a clock set back is due in the end."""
    shift(scene, clock, END)
    scene.finish()
    clock.close()
    moved = [event for event in lines(scene.run.export) if event["kind"] == "clockMoved"]
    scene.programme.require(
        len(moved) > jumps, f"{jumps + 1} jumps, of which the log has {len(moved)}")
