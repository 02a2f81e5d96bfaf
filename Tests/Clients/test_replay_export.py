"""`daybook-replay export`: every event of a real server's log, for other programs."""

import base64
import csv
import hashlib
import io
import json
import os
import shutil
import signal
import struct
import subprocess
from pathlib import Path

import pytest

import lists
from forgery import Forgery
from Harness import replay
from Harness.app import Answer
from Harness.programs import REPLAY
from Harness.replay import DAMAGED, USAGE, export
from Harness.waiting import wait_until
from readings import in_csv
from reading import nanoseconds


def told(events: list[dict]) -> set[str]:
    """What all of the events are about, by name of job."""
    return {event["name"] for event in events if "name" in event}


@pytest.fixture
def log(serve, app, tmp_path):
    """A copy of the log of a server that has stopped: jobs of every kind of end. The judge sees the
    original."""
    server = serve(app)
    app.answers("fails once", Answer(500), Answer(200))
    server.schedule("once", dueTime="0s", data={"a": "é\n=1"})
    policy = {"constant": {"interval": "0.01s", "maxRetries": 3}}
    server.schedule("fails once", dueTime="0s", failurePolicy=policy)
    server.schedule("often", schedule="@every 20ms", repeats=3, ttl="1h")
    server.schedule("replaced", schedule="@every 1h")
    server.schedule("replaced", schedule="TZ=Europe/Berlin 0 30 6 * * *")
    server.schedule("deleted", dueTime="1h")
    server.delete("deleted")
    server.schedule("pre 1", dueTime="1h")
    server.schedule("pre 2", dueTime="1h")
    lists.delete_all(server, "pre")
    server.wait_until_gone("once", "fails once", "often")
    server.stop()
    shutil.copytree(server.directory, tmp_path / "log")
    return tmp_path / "log"


def test_every_event_is_there_in_order_with_its_job(log):
    events = export(log)
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert len(events) == replay.sound(log)["head"]["last"]
    kinds = {event["kind"] for event in events}
    assert kinds >= {
        "opened", "closed", "zoneRules", "created", "updated", "deleted", "deletedByPrefix",
        "receiverPresent", "triggered", "acknowledged",
    }  # fmt: skip
    for event in events:
        nanoseconds(event["time"])
        if "generation" in event:
            accepted = events[event["generation"] - 1]
            assert accepted["kind"] in ("created", "updated")
            names = ("namespace", "app", "name")
            assert [event[name] for name in names] == [accepted[name] for name in names]
    answers = [e["outcome"] for e in events if e.get("name") == "fails once" and "outcome" in e]
    assert answers == ["failed", "succeeded"]
    [prefix] = [event for event in events if event["kind"] == "deletedByPrefix"]
    assert (prefix["app"], prefix["namePrefix"], prefix["count"]) == ("shop", "pre", 2)
    assert base64.b64decode(prefix["keyPrefix"]) == b"adefault\0shop\0pre"


def test_data_is_told_by_length_and_digest_and_printed_if_asked_for(log):
    [created] = export(log, "--job", "once")[:1]
    assert "payload" not in created
    [again] = export(log, "--job", "once", "--payloads")[:1]
    value, type = base64.b64decode(again["payload"]), again["payloadType"].encode()
    stored = struct.pack("<I", len(type)) + type + value
    assert created["payloadBytes"] == len(stored)
    assert created["payloadSHA256"] == hashlib.sha256(stored).hexdigest()
    assert "é".encode() in value
    others = [event for event in export(log, "--payloads") if event.get("name") != "once"]
    assert not any("payload" in event for event in others)


def test_csv_has_the_same_events(log):
    result = replay.run("export", "--data-dir", log, "-o", "csv", "--payloads")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    events = export(log, "--payloads")
    assert [{key: text for key, text in row.items() if text} for row in rows] == [
        {key: shown for key, value in event.items() if (shown := in_csv(value))} for event in events
    ]
    result = replay.run("export", "--data-dir", log, "-o", "json", "--payloads")
    assert json.loads(result.stdout) == events


def test_a_name_that_is_a_formula_is_a_text_in_csv(serve):
    server = serve()
    name = '=HYPERLINK("http:;x","\u202eé")'
    server.schedule(name, dueTime="1h")
    result = replay.run("export", "--data-dir", server.directory, "-o", "csv", "--job", name)
    [row] = csv.DictReader(io.StringIO(result.stdout))
    assert row["name"] == "'" + name.replace("\u202e", "\\u{202e}")
    [event] = export(server.directory, "--job", name)
    assert event["name"] == name


def test_a_range_of_records_and_of_jobs_is_what_it_says(log):
    events = export(log)
    assert export(log, "--from", "4") == events[3:]
    assert export(log, "--from", "4", "--to", "9") == events[3:9]
    assert export(log, "--from", "9", "--to", "4") == []
    assert export(log, "--from", str(len(events) + 1)) == []
    assert export(log, "--to", "0") == []
    assert export(log, "--job", "deleted") == [e for e in events if e.get("name") == "deleted"]
    assert told(export(log, "--job", "nobody")) == set()
    # A prefix is shown with every job that it may have met, and the rest with no other.
    met = export(log, "--job", "pre 1")
    assert [event["kind"] for event in met][-1:] == ["deletedByPrefix"]
    assert told(met) == {"pre 1"}
    shop = export(log, "--app", "shop", "--namespace", "default")
    assert {"receiverPresent", "created"} <= {event["kind"] for event in shop}
    assert told(shop) == told(events)
    assert export(log, "--app", "other") == export(log, "--actor-type", "shop") == []


def test_a_range_of_instants_misses_nothing_that_was_recorded_between_them(log):
    events = export(log)
    times = [nanoseconds(event["time"]) for event in events]
    begin, end = events[len(events) // 3]["time"], events[len(events) // 2]["time"]
    between = [
        event
        for event, time in zip(events, times, strict=True)
        if nanoseconds(begin) <= time <= nanoseconds(end)
    ]
    assert export(log, "--from", begin, "--to", end) == between
    assert export(log, "--from", begin) == events[between[0]["sequence"] - 1 :]
    assert export(log, "--to", end) == events[: between[-1]["sequence"]]
    assert export(log, "--to", "2000-01-01T00:00:00Z") == []
    assert export(log, "--from", "2200-01-01T00:00:00+01:00") == []


def test_a_clock_that_was_set_back_hides_nothing(log):
    """The second half of the turns is dated before the first."""
    with Forgery(log) as forgery:
        ends = sorted(forgery.seals)
        middle = ends[len(ends) // 2]
        hour = 3_600 * 1_000_000_000
        for number, record in forgery.events.items():
            if number > middle:
                (time,) = struct.unpack_from("<q", record, 8)
                forgery.events[number] = record[:8] + struct.pack("<q", time - hour) + record[16:]
        for end in ends:
            if end > middle:
                row = forgery.seals[end]
                times = struct.unpack_from("<qq", row, 8)
                row = row[:8] + struct.pack("<qq", *(time - hour for time in times)) + row[24:]
                forgery.seals[end] = row
    events = export(log)
    first, last = events[0]["time"], events[-1]["time"]
    assert nanoseconds(last) < nanoseconds(first)
    assert export(log, "--from", last) == events
    assert export(log, "--to", first) == events
    # What was recorded before the clock was set back is older, and later by its time.
    assert export(log, "--from", events[1]["time"])[0]["sequence"] <= 2
    assert export(log, "--to", last) == events


def test_beside_a_live_server_the_export_ends_with_a_whole_record(server, app):
    server.schedule("often", schedule="@every 5ms")
    for count in range(1, 6):
        app.wait_for("often", 10 * count)
        events = export(server.directory)
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    server.delete("often")


def test_damage_is_named_and_all_before_it_is_printed(log):
    whole = export(log)
    victim = len(whole) // 2
    with Forgery(log, chain=False) as forgery:
        record = forgery.events[victim]
        forgery.events[victim] = record[:8] + bytes(8) + record[16:]
    result = replay.run("export", "--data-dir", log)
    printed = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == DAMAGED
    assert "damaged at record" in result.stderr and len(result.stderr.splitlines()) == 1
    place = int(result.stderr.partition("at record ")[2].partition(":")[0])
    assert printed == whole[: place - 1]
    assert place <= victim
    with Forgery(log, chain=False) as forgery:
        del forgery.events[victim]
    assert replay.run("export", "--data-dir", log).returncode == DAMAGED


def test_the_death_of_the_reading_process_is_no_end_of_the_export(server):
    for number in range(200):
        server.schedule(f"job {number}", dueTime="1h", data="x" * 2_000)
    command = [str(REPLAY), "export", "--data-dir", str(server.directory), "--payloads"]
    # Nobody reads its output: both processes wait with their pipes full.
    reading = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    children = Path(f"/proc/{reading.pid}/task/{reading.pid}/children")
    child = wait_until(children.read_text, "the reading process has started")
    os.kill(int(child), signal.SIGKILL)
    output, error = reading.communicate(timeout=60)
    assert reading.returncode == replay.BROKEN
    assert b"before its time" in error
    assert all(json.loads(line) for line in output.splitlines())


def test_a_reader_that_has_enough_ends_it_without_a_word(server):
    for number in range(200):
        server.schedule(f"job {number}", dueTime="1h", data="x" * 2_000)
    command = [str(REPLAY), "export", "--data-dir", str(server.directory), "--payloads"]
    reading = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert json.loads(reading.stdout.readline())["kind"] == "opened"
    reading.stdout.close()
    assert (reading.wait(60), reading.stderr.read()) == (-signal.SIGPIPE, b"")


def test_an_output_that_takes_nothing_is_said(log):
    with open("/dev/full", "wb") as full:
        command = [str(REPLAY), "export", "--data-dir", str(log)]
        reading = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert reading.returncode == replay.BROKEN
    assert b"No space left" in reading.stderr and len(reading.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "flags",
    [
        ("--from", "yesterday"), ("--to", "-1"), ("--from", "1h"), ("-o", "xml"),
        ("--app", "a", "--actor-type", "b"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_said(tmp_path, flags):
    result = replay.run("export", "--data-dir", tmp_path, *flags)
    assert (result.returncode, result.stdout) == (USAGE, "")
    assert "Usage" in result.stderr
    if flags[0] == "--from":
        assert "neither a sequence number nor an instant" in result.stderr
