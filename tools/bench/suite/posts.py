"""Rows 1 and 3: durable schedules over HTTP, many at a time and one after another."""

import signal

from bench import Bench
from Harness.server import is_serving
from Harness.waiting import free_port, wait_until
from loads import wrk
from rows import Row

GOALS = {16: (12_000, None), 64: (20_000, 0.65)}
DAPR = {16: "Dapr through daprd: 2,880/s, p50 4.9 ms", 64: ""}
COMMITS = 2_000


class TwoListeners:
    """The durable API and its echo: the same server and parser in one process, and no log."""

    def __init__(self, bench: Bench):
        self.directory = bench.directory("posts")
        self.port, self.echo_port = free_port(), free_port()
        self.process = bench.start(
            "serve", "--data-dir", self.directory, "--port", self.port,
            "--echo-port", self.echo_port)  # fmt: skip

    def __enter__(self):
        for port in (self.port, self.echo_port):
            wait_until(lambda: is_serving(port), "the bench serves", 600)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def measure_rates(bench: Bench):
    for connections, (least, ratio) in GOALS.items():
        with TwoListeners(bench) as listeners:
            bench.prepare()
            durable, echo = [], []
            for number in range(bench.rounds):
                name = f"r{number}-c{connections}"
                seconds = bench.size(5, 1)
                echo.append(wrk(listeners.echo_port, connections, seconds, post=name))
                durable.append(wrk(listeners.port, connections, seconds, post=name))
        latency = " ".join(f"{load.p50:.1f}/{load.p99:.1f}" for load in durable)
        note = "; ".join(filter(None, [f"p50/p99 {latency} ms", DAPR[connections]]))
        goal = f"{least:,}/s" + (f", {ratio} of the echo" if ratio else "")
        bench.add(Row(
            "1", f"durable HTTP schedule, {connections} connections", "/s",
            [load.rate for load in durable], goal, least=least, reference="echo",
            references=[load.rate for load in echo], ratio_least=ratio,
            note=note))  # fmt: skip


def measure_latency(bench: Bench):
    commit = bench.compiled("commit")
    with TwoListeners(bench) as listeners:
        # The bytes that the raw commit repeats are those of a schedule's turn.
        wrk(listeners.port, 1, 1, post="before")
        (segment,) = (listeners.directory / "log").iterdir()
        bench.prepare()
        loads, raw = [], []
        for number in range(bench.rounds):
            target = bench.directory("commit")
            text = bench.said(commit, segment, target, str(COMMITS))
            raw.append(float(text.split()[1]))
            loads.append(wrk(listeners.port, 1, bench.size(5, 1), post=f"r{number}-c1"))
    p99 = " ".join(f"{load.p99:.2f}" for load in loads)
    bench.add(Row(
        "3", "one durable HTTP schedule after another, latency p50", "ms",
        [load.p50 for load in loads], "2.5 raw commits", reference="LMDB sync commit p50",
        references=raw, ratio_most=2.5,
        note=f"p99 {p99} ms; Dapr over gRPC: p50 0.9 ms"))  # fmt: skip


def measure(bench: Bench, number: str):
    {"1": measure_rates, "3": measure_latency}[number](bench)
