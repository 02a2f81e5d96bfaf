"""What the judges cost: an audit beside a bare scan of its log, and simulated runs; and what
schedules cost."""

import os
import re
import resource
import subprocess
import time
from pathlib import Path

from bench import Bench
from Harness import footprint
from rows import Row

WATCH_SECONDS = 0.02


def scan(program: Path, directory: Path) -> tuple[int, float]:
    """The records, and how many a second of CPU."""
    (segment,) = (directory / "log").iterdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = Bench.said(program, segment)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime
    records = int(text.split()[0])
    return records, records / cpu


def family(process: int) -> list[int]:
    """It and its children: a log is read by a process of its own."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [process, *map(int, children.split())]


def audit(bench: Bench, directory: Path, records: int) -> tuple[float, float]:
    """Events a second of CPU, and MiB of private memory at the peak."""
    process = subprocess.Popen(
        [bench.binaries / "daybook-replay", "audit", "--data-dir", directory],
        stdout=subprocess.DEVNULL,
    )
    peak = 0
    while True:
        peak = max(peak, sum(footprint.private_bytes(each) for each in family(process.pid)))
        ended, code, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        time.sleep(WATCH_SECONDS)
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode != 0:
        raise SystemExit(f"the audit ended with {process.returncode}")
    return records / (usage.ru_utime + usage.ru_stime), peak >> 20


def measure_audit(bench: Bench):
    scanner = bench.compiled("scan")
    directory = bench.history(bench.size(1_000_000, 50_000), bench.size(10_000_000, 500_000))
    bench.prepare()
    scanned, audited, peaks = [], [], []
    for _ in range(bench.rounds):
        records, rate = scan(scanner, directory)
        scanned.append(rate)
        rate, peak = audit(bench, directory, records)
        audited.append(rate)
        peaks.append(peak)
    bench.add(Row(
        "", f"audit of {records:,} events", "/s of CPU", audited, reference="bare scan in C",
        references=scanned, note=f"private memory at the peak {max(peaks)} MiB"))  # fmt: skip


def measure_simulator(bench: Bench):
    seeds = bench.size(200, 20)
    bench.prepare()
    rates, bad = [], []
    for number in range(bench.rounds):
        began = time.monotonic()
        # Exit code 1: a story is bad, which is for its own tests to explain.
        text = bench.text(
            "daybook-simulate", "--seeds", seeds, "--first", 1 + number * seeds, codes=(0, 1)
        )
        rates.append(seeds / (time.monotonic() - began))
        bad += re.findall(r"--seed (\d+)", text)
    note = f"bad seeds: {', '.join(bad) or 'none'}"
    bench.add(Row("", "simulated runs of 30 virtual minutes", "/s", rates, note=note))


def measure_schedules(bench: Bench):
    bench.texts["What schedules cost"] = bench.text("daybook-bench", "schedules")
    bench.write()
