"""`daybook jobs history`: what people and programs are shown of what has become of a job."""

import json
import re

import pytest

from commanding import CANNOT_REACH, REFUSED, done, is_safe, misused, on_terminal, put, refused, run
from Harness.app import Answer
from histories import events, lengthen
from lists import delete_all
from pretending import pretending

OLDER = r"daybook: there may be older events; --before \d+ shows them"


def table(server, name: str, *flags: str) -> list[list[str]]:
    """The lines below the headings: kind, and what is said of it."""
    heading, *lines = done(server, "history", "-o", "table", *flags, "--", name).splitlines()
    assert heading.split() == ["TIME", "EVENT", "WHAT"]
    for line in lines:
        assert re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z  ", line), line
    return [line.split(maxsplit=2)[1:] for line in lines]


def ended(server, app) -> None:
    """A job that was called, failed, was called again, and has come to its end."""
    app.answers("report", Answer(500), Answer(200))
    put(server, "report", "--due-time", "0s", "--max-retries", "1")
    server.wait_until_gone("report")


def test_people_read_what_happened_in_its_order_in_words(server, app):
    ended(server, app)
    assert delete_all(server, "") == 0
    put(server, "report", "--schedule", "@every 1h", "--repeats", "5")
    server.delete("report")
    lines = table(server, "report")
    assert [kind for kind, _ in lines] == [
        "created", "triggered", "acknowledged", "triggered", "acknowledged", "deleted",
        "created", "deleted",
    ]  # fmt: skip
    said = [what for _, what in lines]
    assert said[0].startswith("due time 0s; first due 20") and "requested over http" in said[0]
    assert said[1].startswith("the app is called for tick 1, due 20")
    assert said[2].startswith("failed, the app answered 500; then tick 1 at 20")
    assert said[3].endswith(", again: attempt 2")
    assert said[4:6] == ["done, the app answered 200", "its last tick is done"]
    assert said[6].startswith("schedule @every 1h; 5 ticks; first due 20")
    assert said[7].startswith("as requested; requested over http by 127.0.0.1:")


def test_other_ends_are_told_in_words(server, app):
    app.answers("dropped", Answer(200, {"status": "DROP"}))
    app.answers("given up", Answer(500))
    app.answers("unknown", Answer(404))
    for name in ("dropped", "given up", "unknown"):
        put(server, name, "--due-time", "0s", "--drop")
    put(server, "replaced", "--due-time", "1h")
    put(server, "replaced", "--due-time", "2h", "--overwrite")
    server.wait_until_gone("dropped", "given up", "unknown")
    delete_all(server, "re")
    assert table(server, "dropped")[2][1] == "given up, the app said DROPPED"
    assert table(server, "unknown")[2][1] == "no handler, the app answered 404"
    assert table(server, "given up")[3] == ["deleted", "its last tick was given up"]
    [_, updated, deleted] = table(server, "replaced")
    assert updated[1].startswith("in place of the previous job; due time 2h; ")
    assert deleted[0] == "deletedByPrefix"
    assert deleted[1].startswith('with all jobs that begin with "re"; ')
    delete_all(server, "")
    assert table(server, "replaced")[-1][0] == "deletedByPrefix"


def test_a_tick_that_waited_for_the_app_says_so(serve, absent_app):
    server = serve(absent_app)
    put(server, "waits", "--due-time", "0s")
    absent_app.start()
    server.wait_until_gone("waits")
    assert table(server, "waits")[1][1].endswith("; late: the app was not there")


def test_programs_get_what_the_server_says_newest_first(server, app):
    ended(server, app)
    whole = json.loads(done(server, "history", "report"))
    assert whole == {"history": events(server, "report")}
    lines = done(server, "history", "report", "-o", "jsonl").splitlines()
    assert [json.loads(line) for line in lines] == whole["history"]
    assert json.loads(done(server, "history", "report", "-o", "json")) == whole


def test_the_last_events_are_shown_and_how_to_go_on(server, app):
    put(server, "often", "--schedule", "@every 10ms", "--repeats", "30")
    server.wait_until_gone("often")
    whole = events(server, "often", limit=1000)
    assert len(whole) == 62
    for flags, count in [([], 20), (["-n", "1"], 1), (["-n", "61"], 61), (["-n", "1000"], 62)]:
        result = run(server, "history", "often", "-o", "jsonl", *flags)
        said = result.stderr.decode()
        shown = [json.loads(line) for line in result.stdout.splitlines()]
        assert (result.returncode, shown) == (0, whole[:count])
        assert re.fullmatch(OLDER + "\n" if count < 62 else "", said), said
        page = json.loads(done(server, "history", "often", *flags))
        assert ("before" in page) == (count < 62)
    # Followed to its end, all is there once.
    joined, flags = [], ["-n", "7"]
    while flags:
        page = json.loads(done(server, "history", "often", *flags))
        joined += page["history"]
        flags = ["-n", "7", "--before", str(page["before"])] if "before" in page else []
    assert joined == whole
    shown = on_terminal(server, "history", "often")
    assert len(shown) == 22 and re.fullmatch(OLDER, shown[-1])
    # In fewer columns lines go on in others, and nothing is left out.
    narrow = on_terminal(server, "history", "often", columns=80)
    assert max(len(line) for line in narrow) <= 80
    assert " ".join(narrow).split() == " ".join(shown).split()


def test_a_long_log_is_looked_through_until_there_is_enough(server):
    put(server, "early", "--due-time", "1h")
    server.kill()
    lengthen(server.directory, 210_000)
    server.start()
    assert [event["kind"] for event in json.loads(done(server, "history", "early"))["history"]] == [
        "created"
    ]
    said = refused(REFUSED, server, "history", "nobody")
    assert said == 'daybook: no job ever had the name "nobody"\n'
    # From the middle nobody can say so.
    assert json.loads(done(server, "history", "nobody", "--before", "9")) == {"history": []}


@pytest.mark.parametrize("name", ["-x", "history", "a b", "ü", "a%2Fb", "a\u0085\u202e"])
def test_every_name_can_be_asked_for_and_moves_no_cursor(server, name):
    server.schedule(name, schedule="@every 1h")
    put(server, name, "--schedule", "@every 1h", "--overwrite")
    assert [event["name"] for event in json.loads(done(server, "history", "--", name))["history"]]
    for format in ("table", "json", "jsonl"):
        shown = on_terminal(server, "history", "-o", format, "--", name)
        assert is_safe("\n".join(shown)) and len(shown) >= 1


def test_what_the_server_refuses_and_what_makes_no_sense(server):
    said = refused(REFUSED, server, "history", "nobody")
    assert said == "daybook: job not found: nobody\n"
    assert "must not contain" in refused(REFUSED, server, "history", "a/b")
    for count in ("0", "100001", "x"):
        misused(server, "history", "a", "-n", count)
    for before in ("0", "x", "18446744073709551616"):
        misused(server, "history", "a", "--before", before)
    misused(server, "history", "a", "-o", "csv")
    misused(server, "history", "")
    misused(server, "history")


def test_what_another_server_says_is_shown_as_far_as_it_is_understood():
    hostile = {"kind": "created", "schedule": "\x1b[31m\u202e", "time": "\x07", "firstDue": 1}
    strange = [{"kind": "archived", "time": "2030-01-01T00:00:00.1234567Z"}, {}, 1, hostile]
    with pretending(200, json.dumps({"history": strange}).encode()) as other:
        shown = done(other.url, "history", "a", "-o", "table")
        assert is_safe(shown) and len(shown.splitlines()) == 5
        assert "\\u{1b}[31m\\u{202e}" in shown
        assert shown.splitlines()[-1].split() == ["2030-01-01T00:00:00.123Z", "archived"]
        [(_, path)] = other.requests
        assert path == "/v1.0/jobs/a/history?limit=20"
    for body in ({"history": 1}, {"history": [], "before": "x"}, {"jobs": []}, []):
        with pretending(200, json.dumps(body).encode()) as other:
            assert "is not a jobs API" in refused(CANNOT_REACH, other.url, "history", "a")
    with pretending(200, b'{"history":[],"before":7}') as other:
        assert "keeps giving the same events" in refused(CANNOT_REACH, other.url, "history", "a")
        assert len(other.requests) == 2
