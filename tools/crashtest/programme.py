"""What every part of a run has: a seed, scenes to play in, counts of what was done, and a verdict.

A part is a module with `def part(programme) -> None`, which plays scenes and counts its faults.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app import FICKLE, App
from Harness.programs import BINARY, ROOT
from Harness.waiting import wait_until
from Harness.ledger import Ledger, lines, now
from server import Server
from stream import Stream
from Harness.workload import Workload

CHECKER = ROOT / "Tests/Outside/check.py"
SETTLE_SECONDS = 60
CHECKER_SECONDS = 600
# What a callback may be late without a reason: several scenes are played at once, on a machine that
# may have more to do.
GRACE_SECONDS = 30


class Failed(AssertionError):
    """Daybook, or this programme, did not do what it must."""


@dataclass
class Programme:
    seed: int
    binary: Path = BINARY
    is_long: bool = False
    is_quick: bool = False
    # Where the runs are; those that pass are removed.
    directory: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="crashtest-")))
    keeps_all: bool = False
    # How many of each fault, in all parts.
    faults: Counter = field(default_factory=Counter)
    # Kills at each failpoint.
    failpoints: Counter = field(default_factory=Counter)
    acknowledged: int = 0
    lost: int = 0
    missed: int = 0
    duplicates: int = 0
    explained: int = 0
    # What cannot be done on this machine.
    left_out: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rounds(self, usual: int, long: int) -> int:
        """How often to do something in a run of this kind; a quick one does a tenth."""
        if self.is_quick:
            return max(1, usual // 10)
        return long if self.is_long else usual

    def random(self, what: str) -> random.Random:
        """Numbers that depend on the seed and on `what` alone."""
        return random.Random(f"{self.seed} {what}")

    def count(self, fault: str, number: int = 1) -> None:
        with self._lock:
            self.faults[fault] += number

    def count_failpoint(self, name: str) -> None:
        """A kill at this one."""
        with self._lock:
            self.faults["failpoint"] += 1
            self.failpoints[name] += 1

    def together(self, *bodies) -> None:
        """Plays scenes beside each other: they mostly wait. If one fails the others still come to
        their ends."""
        with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
            futures = [pool.submit(body) for body in bodies]
        errors = [error for future in futures if (error := future.exception())]
        if errors:
            raise errors[0] if len(errors) == 1 else ExceptionGroup("several scenes failed", errors)

    def add_verdict(self, verdict: dict) -> None:
        """What the checker outside has counted in one scene."""
        with self._lock:
            self.acknowledged += verdict["acknowledged"]
            self.lost += len(verdict["log"])
            self.missed += len(verdict["missed"])
            self.duplicates += verdict["duplicates"]["seen"]
            self.explained += verdict["duplicates"]["allowed"]

    def add_audit(self, report: dict, calls: list[dict]) -> None:
        """What there is to count where the checker outside is not at hand."""
        duplicates = report["possibleDuplicateCounts"]
        with self._lock:
            self.acknowledged += sum(call["outcome"] == "ok" for call in calls)
            self.missed += report["findingCounts"]["missed"]
            self.duplicates += sum(duplicates.values())
            self.explained += sum(duplicates.values()) - duplicates["unexplained"]

    def closing_line(self) -> str:
        faults = sum(self.faults.values())
        return (
            f"faults injected {faults:,}; acknowledged events {self.acknowledged:,}; "
            f"lost {self.lost}; missed {self.missed}; "
            f"duplicates {self.duplicates}, explained {self.explained}"
            + "".join(f"; LEFT OUT: {what}" for what in self.left_out)
        )

    def leave_out(self, what: str) -> None:
        """Says now, and in the closing line, what cannot be done on this machine."""
        self.left_out.append(what)
        self.say(f"LEFT OUT: {what}")

    def say(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)

    def require(self, holds: bool, what: str) -> None:
        if not holds:
            raise Failed(what)

    @contextmanager
    def scene(self, name: str, **options):
        """A scene of its own directory. Removed if the body succeeds, kept if it fails."""
        path = self.directory / name
        while path.exists():
            # Played again, and the one before was kept.
            path = path.with_name(f"{path.name}-again")
        scene = Scene(self, name, Ledger(path), **options)
        try:
            yield scene
        except BaseException:
            print(f"the run directory is kept: {path}", file=sys.stderr)
            raise
        finally:
            scene.abandon()
        if not self.keeps_all:
            shutil.rmtree(path)


class Scene:
    """One server, one app, one workload and one run directory.

    Begins with `begin`, ends with `finish`; between the two anything may be done to the server,
    which must be up again at the end. With `has_stream` triggers go to a stream and not to an
    app; without `has_app` nobody is called.
    """

    def __init__(
        self, programme: Programme, name: str, run: Ledger, flags=(), pause: float = 0.02,
        clients: int = 4, has_app: bool = True, has_stream: bool = False,
    ):  # fmt: skip
        self.programme = programme
        self.run = run
        self.flags = flags
        self.random = programme.random(name)
        seed = self.random.getrandbits(32)
        self.app = Stream(run, seed, FICKLE) if has_stream else App(run, seed)
        # A stream connects to the server, instead of being called.
        port = self.app.port
        options = {"scheduler_port": port} if has_stream else {"app_port": port} if has_app else {}
        self.server = Server(run, binary=programme.binary, flags=flags, **options)
        self.workload = Workload(
            run, self.server, self.random.getrandbits(32), clients=clients, pause=pause)

    def begin(self, environment: dict[str, str] | None = None) -> None:
        """App, server and workload are started."""
        self.app.start()
        self.server.start(environment)
        self.workload.start()

    def kill(self) -> None:
        """`kill -9`, noted and counted."""
        began = now()
        self.server.kill()
        self.server.died("kill", began)
        self.programme.count("kill")

    def stop(self, *numbers: int) -> None:
        """A stop by signals, noted and counted. It must be a clean one."""
        began = now()
        for number in numbers or (signal.SIGTERM,):
            self.server.signal(number)
        self.end()
        self.server.died("stop", began)
        self.programme.count("stop")

    def end(self) -> None:
        """A clean stop, if it has not been told to already."""
        code = self.server.stop()
        self.programme.require(code == 0, f"a stop: exit code {code}: {self.server.last_words()}")

    @contextmanager
    def app_away(self):
        """The app is down while the body runs."""
        with self.run.faulty("app-down"):
            self.app.stop()
            try:
                yield
            finally:
                self.app.start()
        self.programme.count("app-down")

    def finish(self, is_judged_outside: bool = True) -> None:
        """Calm, until everything due has settled; then a clean stop, and the verdicts."""
        self.app.calm()
        self.workload.stop()
        wait_until(lambda: not self.server.jobs(), "all jobs are at their ends", SETTLE_SECONDS)
        self.end()
        self.judge(is_judged_outside)

    def judge(self, is_judged_outside: bool = True) -> None:
        """What the product says of its log, and what the checker outside says of both."""
        self.server.note_death()
        code, report = self.server.audit()
        self.server.export()
        programme = self.programme
        if CHECKER.exists() and is_judged_outside:
            self.judge_outside()
        else:
            programme.add_audit(report, lines(self.run.path / "calls.jsonl"))
        programme.require(code == 0, f"the audit ends with {code}: {self.run.audit}")

    def judge_outside(self) -> None:
        command = [
            sys.executable, str(CHECKER), str(self.run.path), "--grace", str(GRACE_SECONDS),
            "--app", self.server.app_id,
        ]  # fmt: skip
        result = subprocess.run(command, capture_output=True, text=True, timeout=CHECKER_SECONDS)
        if result.returncode not in (0, 1):
            raise Failed(f"the checker outside: {result.stderr[-1000:]}")
        verdict = json.loads(result.stdout)
        self.programme.add_verdict(verdict)
        if result.returncode != 0:
            found = {key: value for key, value in verdict.items() if isinstance(value, list)}
            found["forbidden"] = verdict["duplicates"]["forbidden"]
            told = [f"{key}: {value[0]}" for key, value in found.items() if value]
            raise Failed(f"the checker outside finds {'; '.join(told)}")

    def abandon(self) -> None:
        self.server.abandon()
        self.workload.abandon()
        self.app.stop()
        self.run.close()
