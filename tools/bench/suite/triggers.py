"""Rows 4 to 6 and 12, and what disturbs triggers: many jobs due at once or again and again,
sent to a stream or to an app."""

import json
import math
import select
import subprocess
import threading
import time
from contextlib import contextmanager

import peers
from bench import Bench
from Harness.app import App
from Harness.waiting import free_port, is_listening, wait_until
from loads import wrk
from rows import Row
from server import Server
from versions import before, beside, in_turn, side_by_side

DAPR_SHOTS = "Dapr: p50 200–350, p99 512–1,950 ms, 18,000–61,000/s, sent before it is stored"
DAPR_EVERY = {
    1_000: "Dapr: p50 12, p99 26 ms",
    10_000: "Dapr, 12,000 jobs: p50 78, p99 243 ms",
    20_000: "Dapr saturates at 14,800/s",
}
EVERY = {1_000: 12, 10_000: 100, 20_000: 400}
SHOTS = {"p50": 90, "p99": 170}


def measure_stream(bench: Bench):
    """Row 4."""
    for jobs in (20_000, 60_000):
        jobs = bench.size(jobs, jobs // 10)
        with side_by_side(bench, "stream") as servers:
            bench.prepare()
            found = in_turn(bench, servers, lambda server: peers.due(bench, server, jobs))
        name = f"{jobs:,} jobs due at once, one stream of grpc-go"
        add_shots(bench, "4", name, jobs, found, 20_000, DAPR_SHOTS)


def add_shots(
    bench: Bench, number: str, name: str, jobs: int, found: list[list], rate: int, dapr: str,
    **reference,
):  # fmt: skip
    limits = SHOTS if number == "4" and jobs == 20_000 else {}
    for share in ("p50", "p99"):
        most = limits.get(share)
        bench.add(Row(
            number, f"{name}: lateness {share}", "ms",
            **beside([[figures["lateness"][share] for figures in its] for its in found]),
            goal=f"under {most} ms" if most else "", most=most, note=dapr))  # fmt: skip
    received = [jobs / figures["receivedSeconds"] for figures in found[0]]
    answered = [[jobs / figures["answeredSeconds"] for figures in its] for its in found]
    bench.add(Row(
        number, f"{name}: until the last answer is logged", "/s", goal=f"{rate:,}/s", least=rate,
        note="received at " + " ".join(f"{each:,.0f}" for each in received) + "/s",
        **beside(answered) | reference))  # fmt: skip


def measure_app(bench: Bench):
    """Row 5. The reference is the app alone, called by wrk over as many connections."""
    jobs = bench.size(20_000, 2_000)
    port, bare_port = free_port(), free_port()
    app = bench.start("app", "--port", bare_port)
    with Server(bench, bench.directory("app"), "--app-port", port) as server:
        bench.prepare()
        found, bare = [], []
        for _ in range(bench.rounds):
            bare.append(wrk(bare_port, 64, bench.size(3, 1), post="bare").rate)
            found.append(called(bench, server, port, jobs))
    app.kill()
    app.wait()
    name = f"{jobs:,} jobs due at once, an app over HTTP"
    dapr = "Dapr through daprd: 8,000/s, p50 1,600 ms"
    add_shots(
        bench, "5", name, jobs, [found], 12_000, dapr, reference="wrk to the app alone",
        references=bare)  # fmt: skip


def called(bench: Bench, server: Server, port: int, jobs: int) -> dict:
    """What an app over HTTP says of jobs that are due at once."""
    answers = peers.Answers(server, jobs)
    app = bench.start(
        "app", "--port", port, "--triggers", jobs, stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: is_listening(port), "the app listens")
    due = peers.scheduled(bench, server, jobs)
    if not select.select([app.stdout], [], [], due - time.time() + peers.PATIENCE)[0]:
        raise SystemExit(f"the app had not all triggers {peers.PATIENCE} s after they were due")
    said = json.loads(app.stdout.readline())
    answered = answers.wait()
    app.kill()
    app.wait()
    return said | {
        "receivedSeconds": said["end"] - due, "answeredSeconds": answered - due,
    }  # fmt: skip


def measure_every(bench: Bench):
    """Row 6."""
    seconds = bench.size(30, 5)
    for jobs, limit in EVERY.items():
        for spread in (False, True):
            flag = "--spread" if spread else ""
            with side_by_side(bench, "every") as servers:
                bench.prepare()
                found = in_turn(
                    bench, servers, lambda server: every(bench, server, jobs, seconds, flag)
                )  # fmt: skip
            how = "spread over the second" if spread else "due at one instant"
            name = f"`@every 1s`, {jobs:,} jobs {how}, {seconds} s"
            shares = [
                [figures["lateness"]["triggers"] / figures["due"] * 100 for figures in its]
                for its in found
            ]  # fmt: skip
            least = min(figures["lateness"]["least"] for figures in found[0])
            p50 = " ".join(f"{figures['lateness']['p50']:.1f}" for figures in found[0])
            note = [
                f"p50 {p50} ms, the earliest {least:+.2f} ms", DAPR_EVERY[jobs],
                before(found, "cuts", "duplicates"),
            ]  # fmt: skip
            bench.add(Row(
                "6", f"{name}: lateness p99", "ms",
                **beside([[figures["lateness"]["p99"] for figures in its] for its in found]),
                goal=f"under {limit} ms", most=limit,
                note="; ".join(filter(None, note))))  # fmt: skip
            # Those of the last second that are still under way, late or not, are not there.
            bench.add(Row(
                "6", f"{name}: received in the time", "% of those due", **beside(shares),
                goal="all but those under way",
                least=100 - (limit + 20) / 10 / seconds))  # fmt: skip


def every(bench: Bench, server: Server, jobs: int, seconds: int, *flags) -> dict:
    return peers.every_second(bench, server, jobs, seconds, *filter(None, flags))


def measure_long(bench: Bench):
    """Row 12: 5,000 triggers a second for a minute, to a stream and to an app in Go."""
    jobs, seconds = bench.size(5_000, 500), bench.size(60, 5)
    measure_minute(bench, "one stream of grpc-go", jobs, seconds, None)
    ports = [free_port() for _ in bench.versions]
    measure_minute(bench, "an app of grpc-go", jobs, seconds, ports)


def measure_minute(bench: Bench, whom: str, jobs: int, seconds: int, ports: list | None):
    def flags(number: int) -> tuple:
        return ("--app-protocol", "grpc", "--app-port", ports[number]) if ports else ()

    with side_by_side(bench, "minute", flags) as servers:
        bench.prepare()

        def measure(server: Server) -> dict:
            if not ports:
                return every(bench, server, jobs, seconds, "--spread")
            port = ports[servers.index(server)]
            return every(
                bench, server, jobs, seconds, "--spread", "--app-id", "bench",
                "--app", f"127.0.0.1:{port}")  # fmt: skip

        found = in_turn(bench, servers, measure)
    faults = {
        name: [figures[name] for figures in found[0]] for name in ("cuts", "duplicates")
    }  # fmt: skip
    micros = " ".join(
        f"{figures['cpu_seconds'] / figures['due'] * 1e6:.0f}" for figures in found[0]
    )  # fmt: skip
    bench.add(Row(
        "12", f"{jobs:,} triggers a second, {seconds} s, {whom}: lateness p99", "ms",
        **beside([[figures["lateness"]["p99"] for figures in its] for its in found]),
        goal="no cuts, no duplicates", most=math.inf, faults=faults,
        note="; ".join(filter(None, [
            f"the server takes {micros} µs of processor time a trigger",
            before(found, "cuts", "duplicates")]))))  # fmt: skip


def measure_disturbed(bench: Bench):
    """Others' triggers while a stream stalls, an app hangs, somebody lists a million jobs."""
    jobs, seconds = 1_000, bench.size(15, 3)
    measure_stalled(bench, jobs, seconds)
    measure_hung(bench, jobs, seconds)
    measure_listed(bench, jobs, seconds)


def measure_stalled(bench: Bench, jobs: int, seconds: int):
    bench.prepare()
    with Server(bench, bench.directory("disturbed")) as server:
        pairs = [
            (every(bench, server, jobs, seconds),
             every(bench, server, jobs, seconds, "--stalled", jobs))
            for _ in range(bench.rounds)
        ]  # fmt: skip
    add_disturbed(bench, "a stream of another app stalls with 1,000 jobs a second", pairs)


def measure_hung(bench: Bench, jobs: int, seconds: int):
    bench.prepare()
    pairs = []
    for _ in range(bench.rounds):
        with Server(bench, bench.directory("disturbed")) as server:
            alone = every(bench, server, jobs, seconds)
        app = App()
        app.hold()
        app.start()
        flags = ("--app-port", app.port)
        with Server(bench, bench.directory("disturbed"), *flags) as server:
            for number in range(jobs):
                server.schedule(f"hung-{number}", schedule="@every 1s")
            pairs.append((alone, every(bench, server, jobs, seconds)))
            server.kill()
        app.stop()
    add_disturbed(bench, "an app over HTTP hangs with 1,000 jobs a second", pairs)


def measure_listed(bench: Bench, jobs: int, seconds: int):
    bench.prepare()
    directory = bench.history(bench.size(1_000_000, 50_000))
    flags = ("--checkpoint-interval", 50_000)
    with Server(bench, directory, *flags, from_checkpoint=False) as server:
        server.write_checkpoint()
        server.wait_until_quiet()
        pairs, pages = [], []
        for _ in range(bench.rounds):
            alone = every(bench, server, jobs, seconds)
            with listing(server) as count:
                pairs.append((alone, every(bench, server, jobs, seconds)))
            pages += count
    note = f"{sum(pages):,} pages of 100 jobs were read one after another"
    add_disturbed(bench, "somebody lists 1,000,000 jobs, page after page", pairs, note)


def add_disturbed(bench: Bench, name: str, pairs: list, note=""):
    alone, beside = ([pair[side]["lateness"]["p99"] for pair in pairs] for side in (0, 1))
    bench.add(Row(
        "", f"`@every 1s`, 1,000 jobs, while {name}: lateness p99", "ms", beside, "within 20 %",
        reference="undisturbed", references=alone, ratio_most=1.2, note=note))  # fmt: skip


@contextmanager
def listing(server: Server):
    """Reads all pages of the list again and again; yields where their number will stand."""
    ended = threading.Event()
    pages = [0]

    def read():
        cursor = ""
        while not ended.is_set():
            page = json.loads(server.request("GET", f"/v1.0/jobs?limit=100{cursor}")[1])
            pages[0] += 1
            cursor = f"&cursor={page['nextCursor']}" if page.get("nextCursor") else ""
            time.sleep(0.001)

    thread = threading.Thread(target=read)
    thread.start()
    yield pages
    ended.set()
    thread.join()


def measure(bench: Bench, number: str):
    rows = {"4": measure_stream, "5": measure_app, "6": measure_every, "12": measure_long}
    rows[number](bench)
