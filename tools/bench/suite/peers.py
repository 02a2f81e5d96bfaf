"""Peers in Go, as Daybook meets them in the world (Tests/Peers): a client of the scheduler service,
and what receives triggers and tells how late they were."""

import json
import subprocess
import time

from bench import Bench
from loads import Load
from server import Server

ACKNOWLEDGED = 'daybook_acknowledgements_total{outcome="succeeded"}'
# How long after the triggers answers are waited for.
PATIENCE = 60


def schedule(bench: Bench, port: int, connections: int, in_flight: int, calls: int) -> Load:
    """Calls of ScheduleJob, each of a job of its own."""
    found = run(
        bench, "schedule", "--address", f"127.0.0.1:{port}", "--service", "scheduler",
        "--connections", connections, "--in-flight", in_flight, "--calls", calls,
        "--prefix", f"{time.time_ns()}-")  # fmt: skip
    errors = sum(found["errors"].values())
    rate = found["callsPerSecond"] * found["ok"] / (found["ok"] + errors)
    return Load(rate, found["latency"]["p50"], found["latency"]["p99"], found["ok"], errors)


def due(bench: Bench, server: Server, jobs: int, *flags) -> dict:
    """Jobs that are due at one instant: how late their triggers were, and when all was logged."""
    answers = Answers(server, jobs)
    process = start(bench, "lateness", *lateness_flags(server, jobs), *flags)
    said = process.stderr.readline()
    # Else it has failed, and says why.
    answered = answers.wait() if said.strip() == "received" else 0
    found = end(process, said)
    return found | {"answeredSeconds": answered - found["due"]}


def scheduled(bench: Bench, server: Server, jobs: int) -> float:
    """Makes jobs of the app that the server calls, due at one instant, and says when."""
    found = run(
        bench, "lateness", *lateness_flags(server, jobs), "--app-id", "bench", "--streams", 0
    )  # fmt: skip
    return found["due"]


def every_second(bench: Bench, server: Server, jobs: int, seconds: int, *flags) -> dict:
    """Jobs of `@every 1s`: how late the triggers of so many seconds were, and how many were due."""
    begun = server.cpu_seconds
    found = run(
        bench, "lateness", *lateness_flags(server, jobs), "--seconds", seconds, *flags
    )  # fmt: skip
    return found | {"due": jobs * seconds, "cpu_seconds": server.cpu_seconds - begun}


def live(bench: Bench, server: Server, first: int, pairs: int, kinds: int) -> None:
    """Makes pairs of one-shot jobs from number `first` on, and sees them end."""
    found = run(
        bench, "lives", "--address", f"127.0.0.1:{server.scheduler_port}", "--first", first,
        "--pairs", pairs, "--kinds", kinds)  # fmt: skip
    if found["errors"]:
        raise SystemExit(f"jobs went wrong: {found['errors']}")


def lateness_flags(server: Server, jobs: int) -> list:
    return ["--address", f"127.0.0.1:{server.scheduler_port}", "--jobs", jobs]


class Answers:
    """Answers to triggers, so many more than there are."""

    def __init__(self, server: Server, count: int):
        self.server = server
        self.wanted = server.metric(ACKNOWLEDGED) + count

    def wait(self) -> float:
        """When all are in the log, in seconds since 1970; if they do not come, much too late."""
        latest = time.time() + PATIENCE
        while self.server.metric(ACKNOWLEDGED) < self.wanted and time.time() < latest:
            time.sleep(0.005)
        return time.time()


def run(bench: Bench, role: str, *flags) -> dict:
    return end(start(bench, role, *flags))


def start(bench: Bench, role: str, *flags) -> subprocess.Popen:
    return subprocess.Popen(
        [bench.peer, role, *map(str, flags)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)  # fmt: skip


def end(process: subprocess.Popen, said="") -> dict:
    output, errors = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"{process.args} ended with {process.returncode}:\n{said}{errors}")
    return json.loads(output)
