#!/usr/bin/env python3
"""An incident from beginning to end, and what the log has to say of it afterwards.

    tools/examples/incident.py [--svg FILE]

A server and an app of its own, for about fifteen seconds: the server is killed with `kill -9`
while the app is busy, and started again; later the app goes away, and somebody changes a job. The
app notes what it was called with. Then `daybook-replay` is asked what happened, and what it says is
compared with what was done. Exit code 0 if all of it is true. It needs nothing but a build.
"""

import argparse
import json
import sys
import tempfile
import textwrap
import time
from collections import Counter
from datetime import datetime, timezone
from itertools import chain
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "Tests"))

from Harness import app, server  # noqa: E402
from Harness.programs import REPLAY  # noqa: E402
from Harness.waiting import wait_until  # noqa: E402

ORDERS = [f"order-{number}" for number in range(1, 6)]


class App(app.App):
    """The application: notes each call, and answers 200."""

    def keys(self, name: str) -> list[str]:
        return [call.key for call in self.calls_of(name)]

    def dues(self, name: str) -> list[str]:
        return [call.due for call in self.calls_of(name)]


class Server(server.Server):
    """`daybook serve` on a directory of its own."""

    def said(self, verb: str, *flags: str) -> object:
        """What `daybook-replay` says of the log, for programs."""
        return json.loads(self.replay(verb, *flags, *self.whose(verb), "-o", "json").stdout)

    def ask(self, verb: str, *flags: str) -> None:
        """Shows a command about the log, and what it says."""
        print("\n$ daybook-replay", verb, *flags, *self.whose(verb), "--data-dir …")
        for line in self.replay(verb, *flags, *self.whose(verb)).stdout.splitlines():
            print(textwrap.fill(line, 110, initial_indent="  ", subsequent_indent="    "))

    def whose(self, verb: str) -> tuple[str, ...]:
        return () if verb == "audit" else ("--app", "shop")


def incident(app: App, server: Server) -> dict[str, str]:
    """Lets it happen; the ticks to be asked about afterwards, by what befell them."""
    say("A server and an app. A heartbeat is due every second, a report is due now and hourly.")
    app.hold("order-")
    app.start()
    server.start()
    server.schedule("heartbeat", schedule="@every 1s")
    server.schedule("report", schedule="@every 1h", dueTime="0s")
    wait_until(lambda: app.keys("report") and len(app.keys("heartbeat")) >= 2, "both have run")

    say(f"{len(ORDERS)} orders are due at once; the app has begun with all and finished none.")
    for order in ORDERS:
        server.schedule(order, dueTime="0s")
    wait_until(lambda: all(app.keys(order) for order in ORDERS), "the app is busy")
    order = app.dues(ORDERS[0])[0]
    say("kill -9. For three seconds no scheduler runs.")
    server.kill()
    killed = time.time()
    wait_until(lambda: time.time() > killed + 3, "three seconds have passed")
    say("It is started again. Nobody repairs anything.")
    app.release()
    server.start()
    wait_until(lambda: all(len(app.keys(order)) == 2 for order in ORDERS), "the orders come again")
    wait_until(lambda: caught_up(app), "the heartbeat has caught up")

    say("The app goes away. The server finds out.")
    app.stop()
    left = time.time()
    wait_until(lambda: knows_it_is_away(server), "the log says that the app is away")
    say("Somebody makes the report due in a second, thinks again and makes it due in two hours.")
    server.schedule("report", schedule="@every 2h", dueTime="1s", overwrite=True)
    hasty = json.loads(server.request("GET", "/v1.0-alpha1/jobs/report")[1])["status"]["nextDue"]
    wait_until(lambda: time.time() > seconds(hasty), "that second has passed")
    server.schedule("report", schedule="@every 2h", overwrite=True)
    wait_until(lambda: time.time() > left + 4, "four seconds have passed")
    say("The app is back.")
    app.start()
    wait_until(lambda: caught_up(app), "the heartbeat has caught up")
    say("SIGTERM: a clean end.")
    server.stop()
    down = [due for due in app.dues("heartbeat") if seconds(due) > killed]
    # Of these the second: the first may have been sent before anybody knew.
    away = [due for due in app.dues("heartbeat") if seconds(due) > left]
    return {"order": order, "report": hasty, "downtime": down[0], "absence": away[1]}


def caught_up(app: App) -> bool:
    """Whether the heartbeat that was due last has come within its second."""
    return time.time() - seconds(app.dues("heartbeat")[-1]) < 1


def knows_it_is_away(server: Server) -> bool:
    kinds = [line["kind"] for line in server.said("export")]
    return [kind for kind in kinds if kind.startswith("receiver")][-1] == "receiverAbsent"


# Findings: whether they hold, and what they say.


def audited(app: App, server: Server):
    """The judge of the whole log, against what the app has seen."""
    server.ask("audit")
    report = server.said("audit")
    uptime, stories, late = report["uptime"], report["stories"], report["stories"]["lateCounts"]
    ends = [writer["end"] for writer in uptime["writers"]]
    yield report["isClean"], "nothing was missed, forbidden or unexplained"
    yield ends == ["crashed", "closed"], "of two servers one crashed, the other was closed"
    yield uptime["downtimes"]["count"] == 1, "once no scheduler was running …"
    yield uptime["downtimes"]["total"] >= 3e9, "… for three seconds at least"
    yield uptime["absences"]["count"] >= 1, "the app was away"
    yield late.get("downtime", 0) > 0, "ticks were late because no scheduler was running"
    yield late.get("parked", 0) > 0, "ticks were late because the app was not there"
    yield stories["counts"].get("withdrawn") == 1, "one tick was withdrawn: its job was replaced"
    # A key is the log's name, the job's generation, which no other job has, and the tick.
    keys = Counter(call.key for call in app.calls)
    twice = {key.split("-", 1)[1] for key in keys if keys[key] > 1}
    found = report["possibleDuplicates"]
    possible = {f"{one['generation']}-{one['tick']}" for one in found}
    crashed = {one["job"]["name"] for one in found if one["cause"] == "crash"}
    yield all(keys[app.keys(order)[0]] == 2 for order in ORDERS), "the app has seen orders twice"
    yield set(ORDERS) <= crashed, "the audit knows of them: the scheduler died"
    yield twice <= possible, "all that the app has seen twice are possible duplicates"
    beats = sorted({int(key.rpartition("-")[2]) for key in app.keys("heartbeat")})
    yield beats == list(range(1, len(beats) + 1)), f"it has seen all {len(beats)} heartbeats"


def explained(server: Server, dues: dict[str, str]):
    """One tick of each interruption."""
    cases = [
        ("heartbeat", "downtime", "late", "No scheduler was running from"),
        (ORDERS[0], "order", "sentAgain", "nobody was left to hear the answer"),
        ("heartbeat", "absence", "late", "Its app was not there from"),
        ("report", "report", "replaced", "Before it was triggered, its job was replaced"),
    ]
    for job, befell, reason, words in cases:
        question = ("explain", job, "--at", dues[befell])
        server.ask(*question)
        answer = server.said(*question)
        yield answer["reason"] == reason and words in answer["text"], f"{reason}: “{words} …”"


def remembered(server: Server):
    """A job's life, event by event."""
    server.ask("history", "report")
    texts = [line["text"] for line in server.said("history", "report")]
    starts = ["created by shop", "tick 1 triggered", "trigger #", "replaced by", "replaced by"]
    fits = [text.startswith(start) for text, start in zip(texts, starts)]
    yield len(texts) == 5 and all(fits), "created, run once with success, replaced, replaced again"
    yield '"1s" → none' in texts[-1], "the last definition took the second back"


def say(text: str) -> None:
    print(f"\n{datetime.now(timezone.utc):%H:%M:%S} {text}", flush=True)


def seconds(instant: str) -> float:
    """Seconds since 1970 of an instant in UTC with up to nine digits of a second."""
    whole, _, fraction = instant.removesuffix("Z").partition(".")
    start = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp()
    return start + float(f"0.{fraction or 0}")


def main() -> int:
    parser = argparse.ArgumentParser(description="An incident, and what its log says of it.")
    parser.add_argument("--svg", type=Path, help="draw the heartbeat's timeline into this file")
    picture = parser.parse_args().svg
    if not REPLAY.exists():
        raise SystemExit(f"{REPLAY} is not there: swift build, or DAYBOOK_BIN=…/daybook")
    app, wrong = App(), 0
    with tempfile.TemporaryDirectory() as directory:
        server = Server(Path(directory) / "data", app_port=app.port)
        try:
            dues = incident(app, server)
        finally:
            server.abandon()
        say("Now the log is asked.")
        for holds, what in chain(audited(app, server), explained(server, dues), remembered(server)):
            print(f"  {'✓' if holds else '✗ NOT SO:'} {what}", flush=True)
            wrong += not holds
        if picture:
            server.ask("timeline", "heartbeat", "--svg", str(picture))
    say(f"{wrong} findings do not hold." if wrong else "All findings hold.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
