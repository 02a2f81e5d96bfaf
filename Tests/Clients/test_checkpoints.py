"""Checkpoints: a start reads one, and of the log only what came after it. Kills at any moment, also
while one is written, change nothing about the jobs there are."""

import os
import random
import stat

import pytest

import lists
from checkpoints import (
    FLAGS,
    KINDS,
    UNUSABLE,
    WRITTEN,
    checkpoint,
    lines,
    start,
    start_from_checkpoint,
    state,
    wait_for_checkpoint,
    with_checkpoint,
    write_checkpoint,
)
from Harness.waiting import wait_until
from server import Server, run_to_its_end
from judging import judge

NOT_WRITTEN = "no checkpoint could be written; the next start will take longer"


@pytest.fixture
def used(serve):
    return with_checkpoint(serve)


def test_the_jobs_are_those_of_the_checkpoint_and_of_the_records_behind_it(used):
    for number in range(10):
        used.delete(f"before {number}")
        used.schedule(f"before {10 + number}", schedule="@every 2h", data="replaced")
        used.delete(f"after {number}")
    before = state(used)
    assert {job["name"] for job in before} >= KINDS.keys()
    assert stat.S_IMODE(checkpoint(used).stat().st_mode) == 0o600
    for _ in range(3):
        used.kill()
        start_from_checkpoint(used)
        assert state(used) == before
    used.stop()
    start_from_checkpoint(used)
    assert state(used) == before


def test_what_was_in_flight_is_redelivered_under_its_key(serve, app):
    server = serve(app, flags=FLAGS)
    app.hold()
    for number in range(20):
        server.schedule(f"held {number}", dueTime="0s", data=number)
    app.wait_until(lambda: len(app.calls) == 20, "all are in flight")
    write_checkpoint(server)
    server.kill()
    app.release()
    start_from_checkpoint(server)
    server.wait_until_gone(*[f"held {number}" for number in range(20)])
    for number in range(20):
        first, again = app.calls_of(f"held {number}")
        assert (first.key, first.body, first.due) == (again.key, again.body, again.due)
        assert (again.attempt, again.cause) == (1, "redelivery")


def test_schedules_go_on_where_they_were(serve, app):
    server = serve(app, flags=FLAGS)
    server.schedule("often", schedule="@every 50ms", repeats=100)
    app.wait_for("often", 5)
    for _ in range(3):
        write_checkpoint(server)
        server.kill()
        start_from_checkpoint(server)
    server.wait_until_gone("often")
    keys = {call.tick: call.key for call in app.calls_of("often")}
    assert sorted(keys) == list(range(1, 101))
    assert len({key.rpartition("-")[0] for key in keys.values()}) == 1


def test_the_next_is_due_when_as_much_has_followed_as_a_start_should_read(serve):
    """As many records as the interval, or as there are jobs; with a restart in between or not."""
    server = serve(flags=FLAGS)
    lists.schedule_many(server, [f"job {number}" for number in range(250)])
    write_checkpoint(server)
    server.kill()
    start_from_checkpoint(server)
    write_checkpoint(server)
    lists.delete_all(server, "job ")
    write_checkpoint(server)
    first, second, third, fourth = [int(line["at"]) for line in lines(server, "", WRITTEN)]
    # The first comes while there are few jobs; then there are 250, and one that is replaced.
    assert first >= 100 and second - first >= 250 and third - second >= 251
    assert 100 <= fourth - third <= 110


def kill_while_writing(server: Server, delay: float) -> bool:
    """Starts it and kills it so long after it has begun a checkpoint. Whether a piece of one is
    left."""
    piece = server.directory / "checkpoint.new"
    server.launch()
    while not piece.exists() and not checkpoint(server).exists():
        server.live_on(0.0005)
    server.live_on(delay)
    server.kill()
    return piece.exists()


def test_kills_while_one_is_written(serve, rounds):
    """A large one: it is written in several pieces. Each start without one begins it at once."""
    server = serve()
    names = [f"{number:0500}" for number in range(700)]
    lists.schedule_many(server, names)
    before = state(server)
    server.command += FLAGS
    pieces = 0
    for round in range(20 * rounds):
        if round >= 3 * rounds and pieces:
            break
        server.kill()
        checkpoint(server).unlink(missing_ok=True)
        pieces += kill_while_writing(server, random.uniform(0, 0.01))
        is_whole = checkpoint(server).exists()
        if is_whole:
            start_from_checkpoint(server)
        else:
            lives = start(server)
            assert not lines(server, lives, UNUSABLE)
            wait_for_checkpoint(server, lives)
            assert not (server.directory / "checkpoint.new").exists()
        assert state(server) == before
    assert pieces, "no kill came while it was written"
    judge(server)


def test_a_piece_of_one_is_removed_by_the_next_start(serve):
    """Before there is another to write, which may be long."""
    server = serve()
    server.kill()
    piece = server.directory / "checkpoint.new"
    piece.write_bytes(b"DaybookC")
    server.start()
    assert not piece.exists()


def test_what_stands_in_the_way_is_not_written_through(used):
    used.kill()
    precious = used.directory.parent / "precious"
    precious.write_text("precious")
    (used.directory / "checkpoint.new").symlink_to(precious)
    checkpoint(used).unlink()
    wait_for_checkpoint(used, start(used))
    assert precious.read_text() == "precious"
    assert not checkpoint(used).is_symlink()


def test_where_none_can_be_written_it_serves_without(used):
    before = state(used)
    used.kill()
    checkpoint(used).unlink()
    checkpoint(used).mkdir()
    lives = start(used)
    assert "is no file" in lines(used, lives, UNUSABLE)[0]["reason"]
    wait_until(lambda: lines(used, lives, NOT_WRITTEN), "it says that it could not")
    assert state(used) == before
    checkpoint(used).rmdir()
    write_checkpoint(used)
    used.kill()
    start_from_checkpoint(used)


def test_none_is_written_where_the_log_may_need_the_room(small_disk, serve):
    """There is room for jobs, and no more than that."""
    server = serve(directory=small_disk(240) / "data", flags=FLAGS)
    for number in range(120):
        server.schedule("replaced", dueTime="1h", data=number)
    wait_until(lambda: lines(server, "", NOT_WRITTEN), "it says that it has not")
    assert "would be left for the log" in lines(server, "", NOT_WRITTEN)[0]["reason"]
    assert {path.name for path in server.directory.glob("checkpoint*")} == set()
    server.kill()
    server.start()
    assert server.get("replaced").json()["data"]["value"] == 119


@pytest.mark.parametrize("interval", ["99", "0", "-1", "many", "1000000001"])
def test_an_interval_out_of_bounds_is_refused(tmp_path, ports, interval):
    environment = os.environ | {"DAYBOOK_CHECKPOINT_INTERVAL": interval}
    result = run_to_its_end(tmp_path / "data", ports.free(), env=environment)
    assert result.returncode == 2
    assert "DAYBOOK_CHECKPOINT_INTERVAL must be 100 to" in result.stderr
    assert not (tmp_path / "data").exists()
