"""The checker outside: judges a run by what its client asked, what its app was called with and what
was done to the server, and compares that with the server's log and with the product's own audit.

    python3 Tests/Outside/check.py RUNDIR [--grace SECONDS] [--app ID]

Prints one JSON object and ends with 0 if all is well, 1 if something was found, 2 if the run cannot
be read. It shares no code with the product; cron and time zones are read by what is in
`Tests/ScheduleOracle`.

RUNDIR holds `calls.jsonl`, `receipts.jsonl`, `faults.jsonl`, `export.jsonl` and `audit.json`; what
stands in them says `Tests/Harness/ledger.py`. Where nobody noted the calls, `told.py` makes them of
the log. A call of the app happens when the log has its trigger, and may be read much later. A fault
has a name:

- `clock` moved the server's clock forward by `by` nanoseconds, at some moment between its `time`
  and its `end`. Neither that nor `two-servers` explains a late call, or a repeated one.
- `pause`, and `stall` of the machine itself, explain a late call and not a repeated one.
- Any other explains what falls into its time, and that a process ended in it; `app-down` and
  `app-error` not that.

One with an `app` in its detail is of that app alone. When the client too had to wait for more than
a second, calls of the app may be as late. A call whose request has a `standing` is a job that was
moved in from another scheduler: where it is counted from there (`anchor`), its `expiry`, how many
`ticks` had run and when the last was due (`lastDue`). A receipt may have a `word`: the "status" in
the body of the app's answer.
"""

import argparse
import json
import sys
from pathlib import Path

from agreement import compare_with_audit
from evidence import Evidence
from expected import expect
from matching import Matching
from reading import SECOND, Run, Unreadable, read
from repeats import check_repeats
from verdict import Verdict
from witnesses import compare_with_log

# What a call may be late beyond all that explains it: for machines under load.
GRACE_SECONDS = 5.0


def check(run: Run, grace: int) -> Verdict:
    """`grace` in nanoseconds."""
    evidence = Evidence(run, grace)
    verdict = Verdict(
        calls=len(run.calls),
        acknowledged=sum(call.is_acknowledged for call in run.calls),
        receipts=len(run.receipts),
        log=evidence.definitions.findings,
    )
    matching = Matching(evidence, verdict)
    expect(evidence, matching.received, verdict)
    check_repeats(evidence, matching.received, verdict)
    compare_with_log(evidence, verdict)
    compare_with_audit(evidence, verdict)
    return verdict


def main() -> int:
    parser = argparse.ArgumentParser(description="Judges a run of Daybook from outside.")
    parser.add_argument("directory", type=Path, metavar="RUNDIR")
    parser.add_argument(
        "--grace", type=float, default=GRACE_SECONDS, metavar="SECONDS",
        help="how late a call may be without a reason (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--app", metavar="ID",
        help="judge this app alone, where nobody noted what was asked of others and answered",
    )  # fmt: skip
    options = parser.parse_args()
    try:
        run = read(options.directory)
        run = run.of(options.app) if options.app else run
    except Unreadable as error:
        print(f"check.py: {error}", file=sys.stderr)
        return 2
    verdict = check(run, int(options.grace * SECOND))
    print(json.dumps(verdict.document(), indent=1, ensure_ascii=False))
    return 0 if verdict.is_ok else 1


if __name__ == "__main__":
    sys.exit(main())
