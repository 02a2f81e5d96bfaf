"""The beginning of a log is removed: what it leaves stands on a base."""

import json
import shutil

import pytest

from Harness import replay
from Harness.replay import CANNOT_OPEN, DAMAGED, FINDINGS, FINE, USAGE
from Harness.waiting import wait_until
from metrics import Admin
from test_data_directory import refused
from test_segments import SMALL, grow

# Of the segments only the last ones are kept, and one is removed at a start, then one a minute.
FEW = (*SMALL, "--retain-bytes", "128Ki")
PAYLOAD = {"from": "the first segment"}
FAILPOINTS = {
    "base-records-written": 1, "base-state-written": 2, "base-synced": 1, "base-named": 1,
    "base-durable": 1, "forgotten-recorded": 1, "segment-gone": 1, "segment-removed": 1,
}  # fmt: skip


def segments(directory) -> list:
    """Those that have their names."""
    return sorted(one for one in (directory / "log").iterdir() if one.name.isdigit())


def first(server) -> int:
    """The number of the first record that the log has."""
    return int(segments(server.directory)[0].name)


def cut(server) -> None:
    """Starts the server again, and waits until it has removed a segment."""
    before = first(server)
    server.stop()
    server.start()
    wait_until(lambda: first(server) > before, "a segment is removed")
    wait_until(lambda: not list((server.directory / "log").glob("*.gone")), "all of it")


def begin(serve, app=None, **options):
    """A server with jobs of the first of many segments."""
    server = serve(*[app] if app else [], flags=FEW, **options)
    server.schedule("later", dueTime="8760h", data=PAYLOAD)
    if app:
        server.schedule("often", schedule="@every 2h", dueTime="0s", data=PAYLOAD)
        app.wait_for("often")
    grow(server, 5)
    return server


def test_what_is_removed_leaves_a_log_that_serves_and_can_be_judged(serve, app, ports, tmp_path):
    server = begin(serve, app, metrics_port=ports.free())
    whole = replay.sound(server.directory)
    for _ in range(2):
        cut(server)
    start = first(server)
    assert start > 1 and (segments(server.directory)[0] / "base" / "data.mdb").exists()
    # Jobs older than every record are there, with what they carry and what they came to last.
    for name in ("later", "often"):
        assert server.get(name).json()["data"]["value"] == PAYLOAD
    assert server.get("often").json()["status"]["lastOutcome"]["outcome"] == "succeeded"
    history = server.client.get("/v1.0/jobs/often/history").json()
    assert history["history"] == [] and "before" not in history
    page = Admin(server.metrics_port).page()
    assert page("daybook_retention_removed_total") >= 1
    assert page("daybook_retention_begins_timestamp_seconds") > 1.7e9
    # One that waits since then is sent.
    server.schedule("later", dueTime="1s", data=PAYLOAD, overwrite=True)
    (call,) = app.wait_for("later")
    assert call.json == PAYLOAD
    # And a start without the checkpoint reads the base.
    server.kill()
    (server.directory / "checkpoint").unlink(missing_ok=True)
    server.start()
    assert server.get("often").json()["data"]["value"] == PAYLOAD
    server.stop()

    directory = server.directory
    report = replay.sound(directory)
    assert report["log"] == whole["log"] and report["head"]["last"] > whole["head"]["last"]
    assert report["base"]["last"] == first(server) - 1 and report["base"]["recorded"]
    code, judged = replay.audit(directory)
    assert code == FINE and judged["beginsBehind"]["last"] == first(server) - 1
    assert replay.export(directory)[0]["sequence"] == first(server)
    assert [event["kind"] for event in replay.export(directory)].count("forgotten") >= 2
    told = json.loads(server.replay("history", "often", "-o", "json").stdout)
    assert [event["kind"] for event in told] == ["created", "triggered", "acknowledged"]
    state = json.loads(server.replay("state", "-o", "json").stdout)
    assert {"later", "often"} & {job["name"] for job in state} == {"often"}
    # A head that was noted at the end of what is removed is still known.
    noted = [event for event in replay.export(directory) if event["kind"] == "forgotten"][-1]
    code, known = replay.verify(
        directory, "--head", f"{noted['through']}:{noted['digest']}")
    assert code == FINE and known["notedHead"]["last"] == noted["through"]
    # What is gone is named.
    for verb in (["state", "--at", "1"], ["export", "--to", "1"]):
        result = replay.run(verb[0], "--data-dir", directory, *verb[1:])
        assert result.returncode in (USAGE, FINE), (verb, result.stderr)
    copy = tmp_path / "copy"
    assert replay.copy(directory, copy)["head"] == report["head"]
    assert replay.sound(copy)["base"] == report["base"]


def test_killed_anywhere_between_a_base_and_the_last_file_it_goes_on(serve, app):
    server = begin(serve, app)
    for name, number in FAILPOINTS.items():
        grow(server, 4)
        server.stop()
        server.launch({"DAYBOOK_FAILPOINT": f"{name}@{number}"})
        assert server.wait_dead(60) is not None, f"{name} was not reached"
        server.start()
        for job in ("later", "often"):
            assert server.get(job).json()["data"]["value"] == PAYLOAD, name
        report = replay.sound(server.directory)
        assert (first(server) > 1) == ("base" in report)
    grow(server, 4)
    cut(server)
    server.stop()
    names = {path.name for path in (server.directory / "log").iterdir()}
    assert all(name.isdigit() for name in names), names
    assert replay.audit(server.directory)[0] == FINE


@pytest.fixture
def used(serve, tmp_path):
    """A copy of a log that has been cut, whose server has stopped."""
    server = begin(serve)
    cut(server)
    server.stop()
    copy = tmp_path / "copy"
    shutil.copytree(server.directory, copy)
    (copy / "checkpoint").unlink(missing_ok=True)
    return copy


def test_without_its_base_a_log_is_damaged(used, ports):
    shutil.rmtree(segments(used)[0] / "base")
    said = refused(used, ports.free(), DAMAGED, "no segment holds the records")
    assert "record 1:" in said
    assert replay.run("verify", "--data-dir", used).returncode == DAMAGED


def test_the_base_of_another_log_or_another_record_is_damage(used, serve, ports, tmp_path):
    other = begin(serve)
    cut(other)
    other.stop()
    early = tmp_path / "base"
    shutil.copytree(segments(other.directory)[0] / "base", early)
    base = segments(used)[0] / "base"
    shutil.rmtree(base)
    shutil.copytree(early, base)
    refused(used, ports.free(), DAMAGED, "belongs to another log")
    cut(other)
    other.stop()
    late = tmp_path / "late"
    shutil.copytree(other.directory, late)
    base = segments(late)[0] / "base"
    shutil.rmtree(base)
    shutil.copytree(early, base)
    refused(late, ports.free(), DAMAGED, "the base there is the one behind record")


def test_flipped_bits_of_a_base_are_found(used):
    data = segments(used)[0] / "base" / "data.mdb"
    whole = data.read_bytes()
    code, report = replay.verify(used)
    assert code == FINE, report
    state = replay.run("state", "--data-dir", used, "--payloads", "-o", "json").stdout
    found = 0
    for place in [place for place in range(8192, len(whole)) if whole[place]][::150]:
        content = bytearray(whole)
        content[place] ^= 0x10
        data.write_bytes(content)
        result = replay.run("verify", "--data-dir", used)
        found += result.returncode == DAMAGED
        if result.returncode == FINE:
            # A byte that no row uses is no part of it.
            again = replay.run("state", "--data-dir", used, "--payloads", "-o", "json")
            assert again.stdout == state
        else:
            assert result.returncode == DAMAGED, result.stderr
    assert found > 10
    data.write_bytes(whole[: len(whole) // 2])
    assert replay.run("verify", "--data-dir", used).returncode == DAMAGED


def test_a_removal_that_nobody_recorded_is_a_finding(used):
    events = replay.export(used)
    forgotten = [event for event in events if event["kind"] == "forgotten"][-1]
    assert forgotten["through"] == int(segments(used)[0].name) - 1
    # The segments with the record of it are cut off: what is left stands on a base that nothing names.
    for segment in segments(used):
        if int(segment.name) > forgotten["through"] + 1:
            shutil.rmtree(segment)
    code, report = replay.verify(used)
    assert code == FINDINGS, report
    assert [finding["kind"] for finding in report["findings"]] == ["baseNotRecorded"]


def test_nothing_is_removed_without_being_asked(serve, app):
    server = serve(app, flags=SMALL)
    grow(server, 4)
    server.stop()
    server.start()
    server.schedule("one", dueTime="0s")
    app.wait_for("one")
    assert first(server) == 1
    assert not [one for one in replay.export(server.directory) if one["kind"] == "forgotten"]


def test_what_is_archived_and_what_is_kept_are_one_log(serve, app, tmp_path):
    archive = tmp_path / "archive"
    server = serve(app, flags=(*FEW, "--archive-dir", str(archive)))
    server.schedule("often", schedule="@every 2h", dueTime="0s", data=PAYLOAD)
    app.wait_for("often")
    grow(server, 5)
    # What cannot be archived is not removed.
    server.stop()
    server.start()
    wait_until(lambda: "cannot be" in server.log(), "that is said")
    assert first(server) == 1 and f"cannot make {archive}" in server.log()
    archive.mkdir()
    for _ in range(2):
        cut(server)
    server.stop()
    (names, kept) = (sorted(path.name for path in archive.iterdir()), first(server))
    report = replay.sound(server.directory)
    assert len(names) >= 2 and all(name.startswith(report["log"]) for name in names)
    forgotten = [one for one in replay.export(server.directory) if one["kind"] == "forgotten"]
    assert {one["archive"] for one in forgotten} <= set(names)
    whole = tmp_path / "whole"
    result = replay.run("restore", archive, whole, "--data-dir", server.directory)
    assert result.returncode == FINE, result.stderr
    joined = replay.sound(whole)
    assert joined["head"] == report["head"] and "base" not in joined
    events = replay.export(whole)
    assert [event["sequence"] for event in events] == list(range(1, report["head"]["last"] + 1))
    assert kept > 1 and replay.audit(whole)[0] == FINE
    # A file that is not what it was is refused, and nothing is served of it.
    data = archive / names[0]
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 1
    data.write_bytes(content)
    result = replay.run("restore", archive, tmp_path / "again")
    assert result.returncode == DAMAGED and str(data) in result.stderr
    assert replay.run("restore", tmp_path / "none", tmp_path / "again").returncode == CANNOT_OPEN
