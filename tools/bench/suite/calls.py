"""Row 2: durable ScheduleJob over gRPC, called by h2load and by a client in Go; beside what HTTP/2
itself costs."""

from contextlib import contextmanager

import peers
from bench import Bench
from Harness.waiting import free_port, is_listening, wait_until
from loads import Load, h2load
from rows import Row
from server import Server
from versions import before, beside, in_turn, side_by_side

METHOD = "dapr.proto.scheduler.v1.Scheduler/ScheduleJob"
# Connections, and calls in flight on each.
ONE, MANY = (1, 1), (4, 16)
LATENCY = 0.6
RATES = {"h2load": 20_000, "grpc-go": 11_000}
DAPR = {"h2load": "", "grpc-go": "Dapr: 4,820–5,304/s"}


def by_h2load(bench: Bench, port: int, width: tuple) -> Load:
    """The same job again and again."""
    url = f"http://127.0.0.1:{port}/{METHOD}"
    log = bench.work / "h2load.log" if width == ONE else None
    return h2load(url, bench.work / "body", *width, bench.size(5, 1), log)


def by_grpc_go(bench: Bench, port: int, width: tuple) -> Load:
    calls = bench.size(5_000, 500) if width == ONE else bench.size(60_000, 5_000)
    return peers.schedule(bench, port, *width, calls)


CLIENTS = {"h2load": by_h2load, "grpc-go": by_grpc_go}


def called(bench: Bench, server: Server, client: str, width: tuple) -> dict:
    """A round of calls, all of which came to be durable."""
    head, cpu = server.metric("daybook_log_head"), server.cpu_seconds
    load = CLIENTS[client](bench, server.scheduler_port, width)
    cpu = server.cpu_seconds - cpu
    appended = server.metric("daybook_log_head") - head
    if appended < load.calls * 0.99:
        raise SystemExit(f"only {appended:.0f} calls of {load.calls} came to be durable")
    return {"load": load, "errors": load.errors, "micros": cpu / load.calls * 1e6}


@contextmanager
def echoes(bench: Bench):
    """The ports of HTTP/2 alone, answering at once and from a task."""
    ports = [free_port(), free_port()]
    flags = [("--body", bench.work / "body"), ("--from-task",)]
    running = [
        bench.start("http2-echo", "--port", port, *flag)
        for port, flag in zip(ports, flags, strict=True)
    ]  # fmt: skip
    for port in ports:
        wait_until(lambda: is_listening(port), "the echo listens")
    yield ports
    for echo in running:
        echo.terminate()
        echo.wait()


def measure(bench: Bench, _: str):
    with echoes(bench) as ports, side_by_side(bench, "calls") as servers:
        for client in CLIENTS:
            bench.prepare()
            measure_one(bench, servers, client)
            bench.prepare()
            measure_many(bench, servers, client, ports[0])
        bench.prepare()
        rates = [
            [by_h2load(bench, port, MANY).rate for port in ports] for _ in range(bench.rounds)
        ]  # fmt: skip
    bench.add(Row(
        "2", "HTTP/2 alone, answering from a task, as what has waited for the log, h2load", "/s",
        [rate for _, rate in rates], reference="answering at once",
        references=[rate for rate, _ in rates]))  # fmt: skip


def measure_one(bench: Bench, servers: list, client: str):
    found = in_turn(bench, servers, lambda server: called(bench, server, client, ONE))
    p99 = " ".join(f"{round_['load'].p99:.2f}" for round_ in found[0])
    note = [f"p99 {p99} ms", "Dapr: 0.88–0.93 ms", before(found, "errors")]
    bench.add(Row(
        "2", f"one ScheduleJob after another, {client}: latency p50", "ms",
        **beside([[round_["load"].p50 for round_ in its] for its in found]),
        goal=f"{LATENCY} ms, no errors", most=LATENCY, faults=faults(found),
        note="; ".join(filter(None, note))))  # fmt: skip


def measure_many(bench: Bench, servers: list, client: str, echo_port: int):
    echo = []

    def call(server: Server) -> dict:
        if server is servers[0]:
            echo.append(CLIENTS[client](bench, echo_port, MANY).rate)
        return called(bench, server, client, MANY)

    found = in_turn(bench, servers, call)
    rates = [[round_["load"].rate for round_ in its] for its in found]
    name = f"ScheduleJob, 64 in flight over 4 connections, {client}"
    goal = {
        "goal": f"{RATES[client]:,}/s, no errors", "least": RATES[client],
        "faults": faults(found),
    }  # fmt: skip
    bench.add(Row(
        "2", name, "/s", rates[0], reference="HTTP/2 alone", references=echo, note=DAPR[client],
        **goal))  # fmt: skip
    if len(found) > 1:
        bench.add(Row(
            "2", f"{name}, beside the version before", "/s", **beside(rates),
            note=before(found, "errors"), **goal))  # fmt: skip
    bench.add(Row(
        "2", f"{name}: processor time of the server, a call", "µs",
        **beside([[round_["micros"] for round_ in its] for its in found])))  # fmt: skip


def faults(found: list) -> dict:
    return {"errors": [round_["errors"] for round_ in found[0]]}
