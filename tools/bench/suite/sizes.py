"""Row 9: how much a log grows on disk, with all that the store needs beside the records."""

from pathlib import Path

from bench import Bench
from rows import Row

# The letters of a JSON string, and what they are stored with: a google.protobuf.Value.
LETTERS = 200
PAYLOAD = LETTERS + 3
# Seconds between rounds: a scheduler that waits writes an event every ten, which would be counted too.
PERIOD = 10
# Jobs of a turn, jobs, rounds of triggers, and what a trigger and its answer may take.
CASES = ((500, 50_000, 10, 140), (64, 12_800, 20, 140), (1, 500, 20, None))


def on_disk(directory: Path) -> int:
    (data,) = (directory / "log").glob("*/data.mdb")
    return data.stat().st_size


def of_records(scanner: Path, directory: Path) -> int:
    """Bytes of the records alone, without payloads and seals."""
    (segment,) = (directory / "log").iterdir()
    return int(Bench.said(scanner, segment).split()[2])


def measure(bench: Bench, _: str):
    scanner = bench.compiled("scan")
    # Histories are made by the real decider under virtual time: one round says it all.
    for turn, jobs, rounds, most in CASES:
        bench.prepare()
        empty, created, ran = (
            bench.history(count, events, LETTERS, turn, PERIOD)
            for count, events in ((1, 0), (jobs, 0), (jobs, jobs + 2 * jobs * rounds))
        )
        records = (of_records(scanner, ran) - of_records(scanner, created)) / (jobs * rounds)
        bench.add(Row(
            "9", f"a trigger and its answer in the log, {turn} a turn", "bytes",
            [(on_disk(ran) - on_disk(created)) / (jobs * rounds)],
            f"at most {most} bytes" if most else "", most=most,
            note=f"their records alone: {records:.0f}"))  # fmt: skip
        record = (of_records(scanner, created) - of_records(scanner, empty)) / (jobs - 1)
        bench.add(Row(
            "9", f"a job's creation in the log, {turn} a turn, beside its payload", "bytes",
            [(on_disk(created) - on_disk(empty)) / (jobs - 1) - PAYLOAD],
            "at most 150 bytes" if most else "", most=150 if most else None,
            note=f"payload {PAYLOAD}, name 32 bytes; the record alone: {record:.0f}"))  # fmt: skip
