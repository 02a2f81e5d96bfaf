"""Measures Daybook, row by row, and writes results.json and table.md. tools/bench/run builds first,
and then calls this."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3] / "Tests"))

import boots  # noqa: E402
import calls  # noqa: E402
import growth  # noqa: E402
import judging  # noqa: E402
import lives  # noqa: E402
import memory  # noqa: E402
import posts  # noqa: E402
import sizes  # noqa: E402
import triggers  # noqa: E402
from bench import Bench  # noqa: E402

GROUPS = {
    "1": posts.measure,
    "2": calls.measure,
    "3": posts.measure,
    "4": triggers.measure,
    "5": triggers.measure,
    "6": triggers.measure,
    "7": boots.measure,
    "8": memory.measure,
    "9": sizes.measure,
    "10": memory.measure,
    "11": growth.measure,
    "12": triggers.measure,
    "13": lambda bench, _: lives.measure(bench),
    "stall": lambda bench, _: boots.measure_stall(bench),
    "disturbed": lambda bench, _: triggers.measure_disturbed(bench),
    "audit": lambda bench, _: judging.measure_audit(bench),
    "simulator": lambda bench, _: judging.measure_simulator(bench),
    "schedules": lambda bench, _: judging.measure_schedules(bench),
}


def row_names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in GROUPS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(GROUPS)}")
    return names


def main():
    parser = argparse.ArgumentParser(prog="tools/bench/run", description=__doc__)
    parser.add_argument(
        "--rows", type=row_names, default=list(GROUPS), metavar="1,4,7",
        help=f"which of {', '.join(GROUPS)}; what is in --out of the others stays")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the bench")
    parser.add_argument(
        "--long", action="store_true", help="5,000,000 jobs in row 13: a quarter of an hour"
    )
    parser.add_argument("--out", type=Path, default=Path("bench-results"), metavar="DIR")
    parser.add_argument(
        "--work", type=Path, metavar="DIR",
        help="where logs are made, and stay for the next run; else a temporary place")  # fmt: skip
    parser.add_argument(
        "--publish", action="store_true", help="put the table into RESULTS.md")  # fmt: skip
    parser.add_argument(
        "--before", type=Path, metavar="DIR",
        help="an older daybook, beside which rows of gRPC are measured")  # fmt: skip
    parser.add_argument("--binaries", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--peer", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("at least one round is needed")
    if options.before and not (options.before / "daybook").exists():
        parser.error(f"there is no daybook in {options.before}")
    work = options.work or Path(tempfile.mkdtemp(prefix="daybook-bench-"))
    work.mkdir(parents=True, exist_ok=True)
    bench = Bench(
        options.binaries, work, options.out, options.rounds, options.quick, options.peer,
        options.before, options.long)  # fmt: skip
    bench.read()
    print(f"load {os.getloadavg()[0]:.1f}; a machine that does other work measures itself")
    try:
        for name in options.rows:
            GROUPS[name](bench, name)
    finally:
        if not options.work:
            shutil.rmtree(work, ignore_errors=True)
    if options.publish:
        bench.publish()
    print(f"written: {options.out / 'results.json'}, {options.out / 'table.md'}")


main()
