"""Who finds bugs: simulations, Swift tests, clients, crash tests, the oracle of schedules."""

import os
import queue
import re
import signal
import subprocess
import threading

from planting import ROOT, Bug

PLACE = ROOT / ".build/plantedbugs"
BINARIES = PLACE / "bin"
TESTS = "daybookPackageTests"
PYTHON = str(ROOT / ".venv/bin/python")
# Seeds that one process simulates.
SEEDS_AT_ONCE = 4
MINUTES_MAX = 10
CLIENTS_AT_ONCE = 3
# Client tests have the ports of a worker of pytest's; tools/test has the first ones.
CLIENT_WORKERS: queue.SimpleQueue[int] = queue.SimpleQueue()
for worker in range(CLIENTS_AT_ONCE):
    CLIENT_WORKERS.put(11 - worker)
RUNNING: set[subprocess.Popen] = set()
# What Swift Testing ends with if no test matches a filter, and how it begins to tell a failure.
NO_TESTS = 69
FAILURE = "✘"


class NoAnswer(Exception):
    """A finder that has said neither that something is wrong nor that nothing is."""


def first_bad_seed(bug: Bug | None, seeds: int) -> int | None:
    for first in range(1, seeds + 1, SEEDS_AT_ONCE):
        count = min(SEEDS_AT_ONCE, seeds + 1 - first)
        command = [str(BINARIES / "daybook-simulate"), "--first", str(first), "--seeds", str(count)]
        code, output = call(["nice", *command], bug)
        if code:
            bad = [int(seed) for seed in re.findall(r"daybook-simulate --seed (\d+)", output)]
            if not bad:
                raise NoAnswer(f"the simulation ended with {code}:\n{output[-2_000:]}")
            return min(bad)
    return None


def finds(finder: str, bug: Bug | None, run: int) -> bool:
    kind, _, what = finder.partition(" ")
    match kind:
        case "simulate":
            return first_bad_seed(bug, SEEDS_AT_ONCE) is not None
        case "crashtest":
            command = [
                str(ROOT / "tools/crashtest/run"), "--binary", str(BINARIES / "daybook"),
                "--quick", "--only", what, "--seed", str(run),
            ]  # fmt: skip
            # 2 is a command it does not understand.
            return ended(finder, bug, call(command, bug), (0, 1))
        case "swift":
            tests = str(BINARIES / TESTS)
            command = [tests, "--testing-library", "swift-testing", "--no-parallel"]
            outcome = call(["nice", *command, "--filter", what], bug, red=FAILURE)
            if outcome[0] == NO_TESTS:
                raise NoAnswer(f"no test matches {what}")
            # A bug may kill the tests.
            return ended(finder, bug, outcome, range(-64, 2))
        case "oracle":
            return ended(finder, bug, pytest("Tests/ScheduleOracle", [], {}, bug), (0, 1))
    worker = CLIENT_WORKERS.get()
    try:
        own = PLACE / f"clients{worker}"
        environment = {"PYTEST_XDIST_WORKER": f"gw{worker}"}
        outcome = pytest(
            f"Tests/Clients/{what}", ["-n", "0", f"--basetemp={own}"], environment, bug)
    finally:
        CLIENT_WORKERS.put(worker)
    return ended(finder, bug, outcome, (0, 1))


def pytest(what: str, options: list[str], environment: dict[str, str], bug: Bug | None):
    return call([PYTHON, "-m", "pytest", "-x", "-q", *options, str(ROOT / what)], bug, environment)


def ended(finder: str, bug: Bug | None, outcome: tuple[int, str], codes) -> bool:
    code, output = outcome
    if code not in codes:
        raise NoAnswer(f"{finder} ended with {code}:\n{output[-2_000:]}")
    if code and bug is None:
        say(f"{finder}, without a bug:\n{output[-2_000:]}")
    return code != 0


def call(
    command: list[str], bug: Bug | None, more: dict | None = None, red: str = "\0"
) -> tuple[int, str]:
    """Exit code and output, at most up to a line that begins with `red`. A bug may make a program
    hang: that is finding it."""
    programs = {
        "DAYBOOK_BIN": str(BINARIES / "daybook"),
    }  # fmt: skip
    environment = os.environ | programs | (more or {})
    environment.pop("DAYBOOK_PLANTED_BUG", None)
    if bug:
        environment["DAYBOOK_PLANTED_BUG"] = bug.name
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
    )  # fmt: skip
    RUNNING.add(process)
    timer = threading.Timer(60 * MINUTES_MAX, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    output = ""
    try:
        for line in process.stdout:
            output += line
            if line.startswith(red):
                return 1, output
        code = process.wait()
    finally:
        timer.cancel()
        RUNNING.discard(process)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return (1, f"{output}it hangs") if code == -signal.SIGKILL else (code, output)


def stop() -> None:
    """Ends whoever is looking for bugs."""
    for process in list(RUNNING):
        os.killpg(process.pid, signal.SIGKILL)


def say(text: str) -> None:
    print(text, flush=True)
