"""Row 11: what an operation costs with few and with many jobs."""

import shutil

from bench import Bench
from rows import Row

OPERATIONS = ("schedule", "trigger", "get", "delete")


def measure(bench: Bench, _: str):
    sizes = [10_000, 100_000, 1_000_000, 10_000_000]
    sizes = sizes[:2] if bench.quick else sizes
    directories = [bench.history(jobs) for jobs in sizes]
    for directory in directories:
        (directory / "checkpoint").unlink(missing_ok=True)
    bench.prepare()
    rounds = bench.run(
        "growth", *directories, "--rounds", bench.rounds, "--jobs", *sizes)["rounds"]  # fmt: skip
    # Hundreds of thousands of jobs have come and gone in them, which other rows would measure too.
    for directory in directories:
        shutil.rmtree(directory)
    for operation in OPERATIONS:
        few = [round_[0][operation] for round_ in rounds]
        for index, jobs in enumerate(sizes[1:], 1):
            bench.add(Row(
                "11", f"{operation} with {jobs:,} jobs, processor time", "µs",
                [round_[index][operation] for round_ in rounds], "within 15 % of 10,000 jobs",
                reference=f"{sizes[0]:,} jobs", references=few, ratio_most=1.15))  # fmt: skip
