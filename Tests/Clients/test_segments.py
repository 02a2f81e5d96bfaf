"""A log in several files: it is one log to whoever serves, reads, copies or judges it."""

import json
import shutil

import pytest

import lists
from Harness import replay
from Harness.replay import DAMAGED, FINE
from Harness.waiting import wait_until
from metrics import Admin
from test_data_directory import refused

SMALL = ("--segment-bytes", "64Ki")
TEXT = "x" * 2_000


def segments(directory) -> list:
    return sorted((directory / "log").iterdir())


def grow(server, to: int) -> None:
    """Schedules jobs, at least eight, until the log has so many segments."""
    for number in range(1_000):
        lists.schedule_many(server, [f"job {to} {number} {one}" for one in range(8)], data=TEXT)
        if len(segments(server.directory)) >= to:
            return
    raise AssertionError("the log does not begin segments")


def test_a_log_of_many_segments_is_one_log(serve, app, tmp_path):
    server = serve(app, flags=SMALL)
    server.schedule("old", dueTime="10s", data={"from": "the first segment"})
    server.schedule("often", schedule="@every 20ms")
    for more in (3, 5, 7):
        grow(server, more)
        server.kill()
        server.start()
    assert server.get("old").json()["data"]["value"] == {"from": "the first segment"}
    (call,) = app.wait_for("old")
    assert call.json == {"from": "the first segment"}
    server.stop()

    directory = server.directory
    report = replay.sound(directory)
    assert report["segments"] == len(segments(directory)) > 5
    assert replay.audit(directory)[0] == FINE
    events = replay.export(directory)
    assert [event["sequence"] for event in events] == list(range(1, report["head"]["last"] + 1))
    assert len({event["time"][:19] for event in events}) > 1
    history = json.loads(server.replay("history", "old", "-o", "json").stdout)
    assert [event["kind"] for event in history] == [
        "created", "triggered", "acknowledged", "deleted",
    ]  # fmt: skip
    copy = tmp_path / "copy"
    assert replay.copy(directory, copy)["head"] == report["head"]
    assert len(segments(copy)) == 1 and replay.sound(copy)["head"] == report["head"]


def test_a_reader_beside_the_server_goes_on_over_segments(serve, app, ports):
    server = serve(app, flags=SMALL, metrics_port=ports.free())
    last = 0
    for more in (2, 3, 4, 5):
        grow(server, more)
        head = replay.sound(server.directory)["head"]["last"]
        assert head > last
        last = head
    admin = Admin(server.metrics_port)
    # The disk is looked at once a second, so the first pages have no such line.
    wait_until(
        lambda: (admin.page().get("daybook_log_segments") or 0) >= 5, "the metric follows"
    )
    assert server.client.get("/v1.0/jobs/job 2 0 0/history").json()["history"]


@pytest.fixture
def used(serve, tmp_path):
    """A copy of a log of five segments, whose server has stopped."""
    server = serve(flags=SMALL)
    grow(server, 5)
    server.stop()
    copy = tmp_path / "copy"
    shutil.copytree(server.directory, copy)
    # So that only the log can tell.
    (copy / "checkpoint").unlink(missing_ok=True)
    return copy


@pytest.mark.parametrize("which", [0, 2, 3], ids=["first", "third", "fourth"])
def test_a_segment_that_is_missing_is_damage(used, ports, which):
    gone, after = segments(used)[which : which + 2]
    shutil.rmtree(gone)
    said = refused(used, ports.free(), DAMAGED, "no segment holds the records")
    assert f"record {int(gone.name)}:" in said and f"up to {int(after.name) - 1}" in said
    result = replay.run("verify", "--data-dir", used)
    assert result.returncode == DAMAGED and "no segment holds" in result.stdout + result.stderr


def test_a_sealed_segment_that_is_cut_short_is_damage(used, ports):
    data = segments(used)[1] / "data.mdb"
    with data.open("r+b") as file:
        file.truncate(data.stat().st_size // 2)
    refused(used, ports.free(), DAMAGED, str(data))


def test_a_sealed_segment_taken_from_under_a_server_ends_it(serve):
    server = serve(flags=SMALL)
    grow(server, 3)
    place = segments(server.directory)[1]
    aside = server.directory.parent / "aside"
    place.rename(aside)
    assert server.process.wait(60) == 3
    assert f"{place}/data.mdb was removed or replaced" in server.log()
    aside.rename(place)
    server.start()
    assert server.has("job 3 0 0")
