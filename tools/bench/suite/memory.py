"""Rows 8 and 10: private memory with many jobs, speed beside the empty server's, and what idling
costs."""

import time

from bench import Bench
from loads import wrk
from rows import Row
from server import Server

SIZES = {1_000_000: (350, "under 350 MB"), 10_000_000: (3_500, "under 3.5 GB")}
DAPR = "Dapr 10k/100k/1M jobs: 180/640/5,000 MB"
# What a figure of MB is in MiB.
MB = 2**20 / 1e6


def measure_memory(bench: Bench):
    for jobs, (most, goal) in SIZES.items():
        jobs = bench.size(jobs, jobs // 100)
        directory = bench.history(jobs)
        booted, peaks, seconds = [], [], []
        bench.prepare()
        for _ in range(bench.rounds):
            flags = ("--checkpoint-interval", min(250_000, jobs))
            with Server(bench, directory, *flags, from_checkpoint=False) as server:
                booted.append(server.private_mib * MB)
                took, peak = server.write_checkpoint()
                peaks.append(peak * MB)
                seconds.append(took)
        name = f"private memory, {jobs:,} pending jobs"
        bench.add(Row("8", f"{name}, after a boot", "MB", booted, goal, most=most, note=DAPR))
        bench.add(Row(
            "8", f"{name}, at the peak of a checkpoint", "MB", peaks, goal, most=most,
            note="written in " + " ".join(f"{each:.1f}" for each in seconds) + " s"))  # fmt: skip
    measure_speed(bench, jobs)
    measure_projection(bench)


def measure_projection(bench: Bench):
    bench.prepare()
    projection = [bench.run("memory", bench.size(1_000_000, 10_000)) for _ in range(bench.rounds)]
    bench.add(Row(
        "8", "projection alone, 100 schedules", "bytes a job",
        [figures["bytes"] for figures in projection], reference="a dictionary of the identities",
        references=[figures["controlBytes"] for figures in projection],
        note=f"the identity is {projection[0]['identityBytes']} of them"))  # fmt: skip


def measure_speed(bench: Bench, jobs: int):
    flags = ("--checkpoint-interval", min(250_000, jobs))
    with (
        Server(bench, bench.history(jobs), *flags, from_checkpoint=False) as full,
        Server(bench, bench.directory("empty")) as empty,
    ):
        full.write_checkpoint()
        full.wait_until_quiet()
        bench.prepare()
        rates = {full: [], empty: []}
        for number in range(bench.rounds):
            for server in (empty, full):
                load = wrk(server.port, 64, bench.size(5, 1), post=f"speed-{number}")
                rates[server].append(load.rate)
        full.kill()
    bench.add(Row(
        "8", f"durable HTTP schedule, 64 connections, with {jobs:,} jobs", "/s", rates[full],
        "0.85 of the empty server's", reference="empty", references=rates[empty],
        ratio_least=0.85))  # fmt: skip


def measure_idle(bench: Bench):
    seconds = bench.size(60, 5)
    jobs = bench.size(1_000_000, 10_000)
    with Server(bench, bench.history(jobs)) as server:
        server.wait_until_quiet()
        bench.prepare()
        shares, commits = [], []
        for _ in range(bench.rounds):
            turns, cpu = server.metric("daybook_turns_total"), server.cpu_seconds
            time.sleep(seconds)
            # What reading the metrics costs is not counted.
            shares.append((server.cpu_seconds - cpu) / seconds * 100)
            commits.append((server.metric("daybook_turns_total") - turns) * 60 / seconds)
    name = f"idle with {jobs:,} jobs far in the future"
    bench.add(Row("10", name, "% of a core", shares, "0.05 %", most=0.05))
    bench.add(Row("10", f"{name}: commits", "a minute", commits, "6", most=6))


def measure(bench: Bench, number: str):
    {"8": measure_memory, "10": measure_idle}[number](bench)
