"""Row 13: what stays in memory of one-shot jobs that have ended, of many names, apps and keys."""

import peers
from bench import Bench
from rows import Row
from server import Server

# Different names, apps and keys.
KINDS = 100_000
# Parts of a round after each of which memory is looked at.
PARTS = 10


def measure(bench: Bench):
    jobs = 5_000_000 if bench.is_long else bench.size(500_000, 20_000)
    more, slopes = [], []
    bench.prepare()
    for _ in range(bench.rounds):
        with Server(bench, bench.directory("lives")) as server:
            server.wait_until_quiet()
            empty = server.private_mib
            seen = [part(bench, server, number, jobs // PARTS) - empty for number in range(PARTS)]
        more.append(max(seen))
        # Of the last 40 % of the jobs.
        slopes.append((seen[-1] - seen[-5]) / (0.4 * jobs / 1_000_000))
    kinds = min(KINDS, jobs // 2)
    name = f"{jobs:,} one-shot jobs that have ended, of {kinds:,} names, apps and keys"
    bench.add(Row(
        "13", f"{name}: private memory above an empty server's, at the most", "MiB", more,
        "5", most=5))  # fmt: skip
    bench.add(Row("13", f"{name}: growth over the last 40 %", "MiB a million jobs", slopes, "0"))


def part(bench: Bench, server: Server, number: int, jobs: int) -> float:
    """Private MiB after one part of the jobs."""
    pairs = jobs // 2
    peers.live(bench, server, number * pairs, pairs, KINDS)
    server.wait_until_quiet()
    print(f"{(number + 1) * jobs:,} jobs: {server.private_mib:.1f} MiB", flush=True)
    return server.private_mib
