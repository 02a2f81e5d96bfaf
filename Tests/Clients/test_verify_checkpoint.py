"""The checkpoint beside a log, held against the log by `daybook-replay verify`."""

import hashlib
import random
import re
import shutil

import pytest

from checkpoints import FLAGS, checkpoint, with_checkpoint, write_checkpoint
from Harness import replay
from Harness.replay import DAMAGED, FINDINGS
from test_data_directory import refused


@pytest.fixture
def log(serve, tmp_path):
    """A copy of a stopped server's log with its checkpoint. The judge sees the original."""
    server = with_checkpoint(serve)
    server.stop()
    shutil.copytree(server.directory, tmp_path / "log")
    return tmp_path / "log"


def sealed(content: bytes) -> bytes:
    """A checkpoint with another digest at its end: the one that fits."""
    return content[:-32] + hashlib.sha256(content[:-32]).digest()


def row_of(content: bytes, name: str) -> int:
    """Where the row of a job begins: 68 bytes of numbers, breaks, flags, phase, then its key."""
    key = re.search(rb"(?s).default.shop." + name.encode(), content).start()
    return key - 2 - 4 - 12 - 56


def kinds(report: dict) -> list[str]:
    return [found["kind"] for found in report["findings"]]


def test_a_checkpoint_and_the_records_behind_it_make_the_state_of_the_log(log):
    report = replay.sound(log)
    assert report["checkpoint"]["state"] == "equal"
    assert 0 < report["checkpoint"]["last"] < report["head"]["last"]
    (log / "checkpoint").unlink()
    assert replay.sound(log)["checkpoint"] == {"state": "none"}


def test_beside_a_live_server_it_is_never_ahead_of_the_log(serve):
    server = serve(flags=FLAGS)
    states = set()
    for _ in range(3):
        write_checkpoint(server)
        states.add(replay.sound(server.directory)["checkpoint"]["state"])
    assert states == {"equal"}


def test_an_older_checkpoint_is_as_good(log, serve):
    older = (log / "checkpoint").read_bytes()
    server = serve(directory=log, flags=FLAGS)
    write_checkpoint(server)
    server.stop()
    newer = replay.sound(log)["checkpoint"]["last"]
    (log / "checkpoint").write_bytes(older)
    report = replay.sound(log)
    assert report["checkpoint"]["state"] == "equal"
    assert report["checkpoint"]["last"] < newer


def test_a_flipped_checkpoint_is_a_finding_and_the_log_is_sound(log, rounds):
    whole = (log / "checkpoint").read_bytes()
    seed = 77
    chance = random.Random(seed)
    print(f"seed {seed}")
    for _ in range(40 * rounds):
        content = bytearray(whole)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        (log / "checkpoint").write_bytes(content)
        code, report = replay.verify(log)
        assert (code, kinds(report)) == (FINDINGS, ["checkpointUnusable"])
        assert report["trustworthy"]["last"] == report["head"]["last"]


def test_a_checkpoint_of_another_log_is_a_finding(log, serve):
    other = serve(flags=FLAGS)
    write_checkpoint(other)
    shutil.copy(checkpoint(other), log / "checkpoint")
    code, report = replay.verify(log)
    assert (code, kinds(report)) == (FINDINGS, ["checkpointUnusable"])
    assert "belongs to the log" in report["findings"][0]["explanation"]


@pytest.mark.parametrize("what", ["fingerprint", "due time", "generation of a name"])
def test_a_checkpoint_that_says_something_else_is_a_finding(log, what):
    """Its digest fits and it stands on a turn of the log: a start would believe it."""
    content = bytearray((log / "checkpoint").read_bytes())
    row = row_of(content, "before 30")
    if what == "generation of a name":
        place = content.index(content[row : row + 8], row + 100)
    else:
        place = row + (16 if what == "fingerprint" else 32)
    content[place] ^= 1
    (log / "checkpoint").write_bytes(sealed(bytes(content)))
    code, report = replay.verify(log)
    assert code == FINDINGS
    if what == "generation of a name":
        assert kinds(report) == ["checkpointUnusable"]
    else:
        assert kinds(report) == ["checkpointDiffers"]
        assert report["checkpoint"]["state"] == "different"
        explanation = report["findings"][0]["explanation"]
        assert f"stands on record {report['checkpoint']['last']}," in explanation
        assert f"delete {log}/checkpoint" in explanation


def test_records_that_do_not_follow_from_it_are_named(log, serve):
    """A row says that its last event was another one; then comes an event that names it."""
    server = serve(directory=log, flags=FLAGS)
    server.delete("before 30")
    server.stop()
    content = bytearray((log / "checkpoint").read_bytes())
    previous = row_of(content, "before 30") + 8
    number = int.from_bytes(content[previous : previous + 8], "little") + 1
    content[previous : previous + 8] = number.to_bytes(8, "little")
    (log / "checkpoint").write_bytes(sealed(bytes(content)))
    code, report = replay.verify(log)
    assert (code, kinds(report)) == (FINDINGS, ["checkpointDiffers"])
    assert "does not follow" in report["findings"][0]["explanation"]


def test_a_checkpoint_behind_the_head_shows_that_records_are_gone(log, tmp_path, ports):
    report = replay.sound(log)
    short = tmp_path / "short"
    end = report["checkpoint"]["last"] - 5
    head = replay.copy(log, short, "--to", end)["head"]["last"]
    replay.sound(short)
    shutil.copy(log / "checkpoint", short / "checkpoint")
    code, report = replay.verify(short)
    assert code == DAMAGED
    assert report["damage"]["sequence"] == head + 1
    assert report["trustworthy"]["last"] == head
    # A server must not go on from there either.
    refused(short, ports.free(), DAMAGED)


def test_a_checkpoint_of_another_history_of_the_same_log_is_damage(log, tmp_path, serve, ports):
    """An older copy went its own way, and the checkpoint is of the original."""
    place = replay.sound(log)["checkpoint"]["last"]
    other = tmp_path / "other"
    replay.copy(log, other, "--to", place - 5)
    server = serve(directory=other)
    for number in range(40):
        server.schedule(f"other {number}", dueTime="1h")
    server.stop()
    replay.sound(other)
    shutil.copytree(other, tmp_path / "mixed")
    shutil.copy(log / "checkpoint", tmp_path / "mixed" / "checkpoint")
    code, report = replay.verify(tmp_path / "mixed")
    assert code == DAMAGED
    assert report["damage"]["sequence"] == place
    assert "another history" in report["damage"]["detail"]
    refused(tmp_path / "mixed", ports.free(), DAMAGED)
