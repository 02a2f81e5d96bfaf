"""Row 7: from exec to serving after `kill -9`, and to the first trigger that was due meanwhile; and
what a checkpoint does to triggers."""

import time
from pathlib import Path

from bench import Bench
from Harness.app import App
from rows import Row
from server import Server

DAPR = "Dapr, kill -9 to first due trigger: 20k 23, 100k 26, 1M jobs 115 s; clean restart 88 s"
# Seconds until the first trigger after a start.
PATIENCE = 600


def started() -> App:
    app = App()
    app.start()
    return app


def boots(bench: Bench, directory: Path, app: App, *, checkpoint: bool) -> tuple[list, list, list]:
    """Seconds to serving, from there to the first trigger, and of reading the log alone."""
    serving, triggered, reading = [], [], []
    with Server(bench, directory, "--app-port", app.port, from_checkpoint=False) as server:
        if checkpoint:
            server.write_checkpoint()
        server.schedule("due-first", dueTime="1s", overwrite=True)
        server.kill()
    for number in range(bench.rounds):
        if not checkpoint:
            reading.append(bench.run("read", directory)["seconds"])
        # Until it is due; nobody is there to say so.
        time.sleep(1)
        app.calls.clear()
        flags = ("--app-port", app.port)
        with Server(bench, directory, *flags, from_checkpoint=checkpoint) as server:
            (call,) = app.wait_until(lambda: app.calls, "the first trigger", PATIENCE)[:1]
            serving.append(server.seconds)
            triggered.append(call.time / 1e9 - server.serving_at)
            server.schedule(f"due-{number}", dueTime="1s", overwrite=True)
            server.kill()
    return serving, triggered, reading


def measure_many(bench: Bench):
    jobs, events = bench.size(1_000_000, 50_000), bench.size(10_000_000, 500_000)
    directory = bench.history(jobs, events)
    app = started()
    name = f"boot after kill -9, {jobs:,} jobs, {events:,} events"
    bench.prepare()
    serving, triggered, reading = boots(bench, directory, app, checkpoint=False)
    bench.add(Row(
        "7", f"{name}, without a checkpoint", "s", serving, "5 s, stretch 3", most=5,
        reference="read and check alone", references=reading, note=DAPR))  # fmt: skip
    bench.add(Row(
        "7", f"{name}, without a checkpoint: first due trigger after serving", "s", triggered,
        "0.2 s", most=0.2))  # fmt: skip
    bench.prepare()
    serving, triggered, _ = boots(bench, directory, app, checkpoint=True)
    bench.add(Row("7", f"{name}, with a checkpoint", "s", serving, "2.5 s, stretch 1.5", most=2.5))
    bench.add(Row(
        "7", f"{name}, with a checkpoint: first due trigger after serving", "s", triggered,
        "0.2 s", most=0.2))  # fmt: skip


def measure_other_turns(bench: Bench):
    jobs, events = bench.size(100_000, 2_000), bench.size(1_000_000, 20_000)
    cases = {"one-event turns": (200, 1), "payloads of 4 KB": (4_096, 500)}
    for words, (payload, turn) in cases.items():
        directory = bench.history(jobs, events, payload, turn)
        bench.prepare()
        serving, _, reading = boots(bench, directory, started(), checkpoint=False)
        bench.add(Row(
            "7", f"boot after kill -9, {jobs:,} jobs, {events:,} events, {words}", "s", serving,
            reference="read and check alone", references=reading,
            note="a tenth of the log of the rows above"))  # fmt: skip


def measure_stall(bench: Bench):
    directory = bench.history(bench.size(1_000_000, 50_000), bench.size(10_000_000, 500_000))
    bench.prepare()
    found = [bench.run("stall", "--data-dir", directory) for _ in range(bench.rounds)]
    p99 = " ".join(f"{figures['during']['p99']:.2f}" for figures in found)
    jobs = found[0]["jobs"]
    bench.add(Row(
        "", f"1,000 triggers/s while a checkpoint of {jobs:,} jobs is written: the latest", "ms",
        [figures["during"]["most"] for figures in found], "no stall above 20 ms", most=20,
        reference="afterwards", references=[figures["afterwards"]["most"] for figures in found],
        note=f"p99 {p99} ms"))  # fmt: skip


def measure(bench: Bench, _: str):
    measure_many(bench)
    measure_other_turns(bench)
