"""`daybook-replay state` and `diff`: the jobs as they were, held against what the server said."""

import csv
import io
import json
import shutil
from itertools import combinations_with_replacement
from pathlib import Path

import pytest

import lists
from forgery import Forgery
from Harness import replay
from Harness.app import Answer
from Harness.replay import CANNOT_OPEN, DAMAGED, FINE, USAGE


def rows(verb: str, directory: Path, *arguments) -> list[dict]:
    result = replay.run(verb, "--data-dir", directory, "-o", "jsonl", *arguments)
    assert (result.returncode, result.stderr) == (FINE, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def state(directory: Path, *arguments) -> dict[str, dict]:
    return {job["name"]: job for job in rows("state", directory, *arguments)}


def diff(directory: Path, before, after, *arguments) -> dict[str, dict]:
    return {
        change["name"]: change for change in rows("diff", directory, before, after, *arguments)
    }


def head(directory: Path) -> int:
    return replay.sound(directory)["head"]["last"]


def listed(server) -> dict[str, dict]:
    """What the server says of its jobs, in the words of a state."""
    jobs = {}
    for job in [job for page in lists.pages(server) for job in page]:
        status = job["status"]
        found = {key: job[key] for key in ("schedule", "dueTime", "ttl", "repeats") if key in job}
        for key in ("phase", "attempt", "lastDue", "nextDue"):
            if key in status:
                found[key] = status[key]
        found["ticksDone"], found["generation"] = (
            int(status[key]) for key in ("ticksDone", "generation")
        )
        jobs[job["name"]] = found | {"namespace": "default", "app": "shop", "name": job["name"]}
    return jobs


def test_the_state_is_what_the_server_said_at_every_moment(server, app):
    """Nothing is due while somebody looks."""
    said = {}

    def look():
        said[head(server.directory)] = listed(server)

    look()
    server.schedule("once", dueTime="1h", data={"a": 1})
    look()
    server.schedule("counted", schedule="@every 1h", repeats=3, ttl="1000h")
    server.schedule("by the clock", schedule="TZ=Europe/Berlin 0 30 6 1 1 *")
    look()
    server.schedule("by the clock", schedule="0 30 6 1 1 *")
    server.delete("once")
    look()
    server.schedule("now", dueTime="0s")
    server.wait_until_gone("now")
    look()
    for place, jobs in said.items():
        assert state(server.directory, "--at", place) == jobs
    assert state(server.directory) == listed(server)
    assert state(server.directory, "--at", "0") == {}


def test_a_tick_is_followed_through_its_phases(server, app):
    app.hold()
    server.schedule("held", schedule="@every 1s", repeats=2)
    app.wait_for("held", 1)
    [job] = rows("state", server.directory)
    assert (job["phase"], job["ticksDone"], job["attempt"]) == ("inFlight", 0, 1)
    in_flight = head(server.directory)
    app.release()
    server.wait_until_gone("held")
    [job] = rows("state", server.directory, "--at", in_flight)
    assert job["phase"] == "inFlight"
    changes = diff(server.directory, job["generation"], in_flight)
    change = changes["held"]
    assert change["change"] == "moved"
    assert (change["phaseBefore"], change["phaseAfter"]) == ("waiting", "inFlight")
    assert diff(server.directory, in_flight, head(server.directory))["held"]["change"] == "deleted"


@pytest.fixture
def log(serve, app, tmp_path):
    """A copy of a log with many kinds of events whose server has stopped."""
    server = serve(app)
    app.answers("fails", Answer(500))
    policy = {"constant": {"interval": "0.01s", "maxRetries": 3}}
    server.schedule("fails", schedule="@every 30ms", repeats=2, failurePolicy=policy)
    server.schedule("often", schedule="@every 20ms", repeats=5)
    for number in range(5):
        server.schedule(f"job {number}", dueTime="1h")
        server.schedule(f"job {number}", schedule="@every 1h")
    server.delete("job 1")
    server.wait_until_gone("often", "fails")
    lists.delete_all(server, "job 2")
    server.schedule("job 2", dueTime="1h")
    server.stop()
    shutil.copytree(server.directory, tmp_path / "log")
    return tmp_path / "log"


def test_it_is_the_state_at_the_end_of_the_turn_that_holds_the_record(log):
    with Forgery(log) as forgery:
        ends = sorted(forgery.seals)
    longer = [(last, end) for last, end in zip(ends, ends[1:], strict=False) if end > last + 1]
    assert longer
    for last, end in longer:
        at_end = state(log, "--at", end)
        for inside in range(last + 1, end):
            assert state(log, "--at", inside) == at_end


def test_any_two_states_differ_by_what_diff_says(log):
    end = head(log)
    accepted = [
        event["sequence"]
        for event in rows("export", log, "--job", "job 3")
        if event["kind"] in ("created", "updated")
    ]
    places = sorted({*range(0, end + 1, 10), *accepted})
    states = {place: state(log, "--at", place) for place in places}
    kinds = set()
    for before, after in combinations_with_replacement(places, 2):
        old, new = states[before], states[after]
        changes = diff(log, before, after)
        assert [*changes] == sorted(changes, key=str.encode)
        for name in old.keys() | new.keys():
            change = changes.pop(name, {"change": None})
            kind = change["change"]
            kinds.add(kind)
            if kind is None:
                assert old[name] == new[name]
                continue
            for jobs, side in ((old, "Before"), (new, "After")):
                for key in ("generation", "phase", "ticksDone", "attempt", "nextDue"):
                    assert jobs.get(name, {}).get(key) == change.get(key + side)
            assert kind == expected(old.get(name), new.get(name))
        assert changes == {}
    assert kinds == {None, "created", "deleted", "replaced", "moved"}


def expected(old: dict | None, new: dict | None) -> str:
    if old is None:
        return "created"
    if new is None:
        return "deleted"
    return "moved" if old["generation"] == new["generation"] else "replaced"


def test_an_instant_is_the_last_turn_taken_by_then(log):
    events = replay.export(log)
    for event in events[::8]:
        place = max(other["sequence"] for other in events if other["time"] == event["time"])
        assert state(log, "--at", event["time"]) == state(log, "--at", place)
    assert state(log, "--at", "2000-01-01T00:00:00Z") == {}
    assert diff(log, "2000-01-01T00:00:00Z", "2200-01-01T00:00:00Z").keys() == state(log).keys()


def test_a_checkpoint_changes_nothing(serve, app):
    flags = ("--checkpoint-interval", "100")
    server = serve(app, flags=flags)
    lists.schedule_many(server, [f"job {number}" for number in range(150)])
    server.schedule("often", schedule="@every 5ms", repeats=20)
    server.wait_until_gone("often")
    server.stop()
    checkpoint = server.directory / "checkpoint"
    assert checkpoint.exists()
    end = head(server.directory)
    places = [end // 4, end // 2, end]
    with_it = [state(server.directory, "--at", place) for place in places]
    content = checkpoint.read_bytes()
    checkpoint.unlink()
    assert [state(server.directory, "--at", place) for place in places] == with_it
    checkpoint.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert [state(server.directory, "--at", place) for place in places] == with_it
    checkpoint.write_bytes(content)


def test_jobs_of_others_are_left_out(log):
    assert [*state(log, "--job", "job 3")] == ["job 3"]
    assert state(log, "--app", "shop", "--namespace", "default") == state(log)
    assert state(log, "--app", "other") == state(log, "--actor-id", "1") == {}
    assert [*diff(log, 0, head(log), "--job", "job 2")] == ["job 2"]


def test_people_and_spreadsheets_get_tables(log):
    lines = replay.run("state", "--data-dir", log).stdout.splitlines()
    assert lines[0].split() == "APP NAME SCHEDULE OR DUE NEXT DUE PHASE TICKS".split()
    assert lines[1].startswith("default/shop  job 0  @every 1h")
    assert lines[1].split()[-2:] == ["waiting", "0"]
    result = replay.run("state", "--data-dir", log, "-o", "csv")
    assert [row["name"] for row in csv.DictReader(io.StringIO(result.stdout))] == [*state(log)]
    result = replay.run("state", "--data-dir", log, "-o", "json")
    assert json.loads(result.stdout) == rows("state", log)
    end = str(head(log))
    lines = replay.run("diff", "--data-dir", log, "0", end).stdout.splitlines()
    assert lines[0].split() == "CHANGE APP NAME NEXT DUE PHASE TICKS".split()
    assert lines[1].startswith("created  default/shop  job 0")
    result = replay.run("diff", "--data-dir", log, end, end, "-o", "json")
    assert (result.stdout, result.returncode) == ("[]\n", FINE)


def test_wrong_usage_is_said(log):
    behind = str(head(log) + 1)
    for arguments in (
        ("state", "--at", behind), ("state", "--at", "soon"), ("diff", "1"), ("diff", "9", "1"),
        ("diff", "1", behind), ("diff", "-1", "1"),
    ):  # fmt: skip
        result = replay.run(*arguments, "--data-dir", log)
        assert (result.returncode, result.stdout) == (USAGE, ""), arguments


def test_damage_is_said_and_never_shown_as_jobs(log, tmp_path):
    """Torn pages: test_replay_forms.py."""
    with Forgery(log) as forgery:
        forgery.events[5] = forgery.events[4]
    result = replay.run("state", "--data-dir", log)
    assert (result.returncode, result.stdout) == (DAMAGED, "")
    assert "damaged at record 5: " in result.stderr
    assert replay.run("state", "--data-dir", tmp_path / "nothing").returncode == CANNOT_OPEN
