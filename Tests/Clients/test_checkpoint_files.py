"""The file of a checkpoint, damaged, foreign, too old or too new; and a log that is not what its
checkpoint has seen. Jobs are always those of the log, and a log that has lost something is not
served from."""

import os
import random
import shutil
from pathlib import Path

import pytest

from checkpoints import (
    FLAGS,
    UNUSABLE,
    checkpoint,
    lines,
    start,
    start_from_checkpoint,
    state,
    wait_for_checkpoint,
    with_checkpoint,
    write_checkpoint,
)
from forgery import crc32c
from server import Server, run_to_its_end
from test_data_directory import contents, refused

DAMAGED = 4
SEGMENT = "log/00000000000000000001"


@pytest.fixture
def used(serve):
    return with_checkpoint(serve)


def cut(count: int):
    return lambda path: os.truncate(path, path.stat().st_size + count if count < 0 else count)


def flip(part: float):
    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[int(part * (len(content) - 1))] ^= 1 << random.randrange(8)
        path.write_bytes(content)

    return change


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def make_link(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


@pytest.mark.parametrize(
    "damage, reason",
    [
        (cut(0), "byte 0: the file ends too early"),
        (cut(1), "byte 1: the file ends too early"),
        (cut(200), "byte 200: the file ends too early"),
        (cut(-1), "the file ends too early"),
        (lengthen, "continues after its digest"),
        (flip(0), "does not begin as a checkpoint does"),
        *[(flip(part / 10), "") for part in range(1, 10)],
        (flip(1), "the digest does not fit"),
        (make_link, "cannot open"),
    ],
)
def test_of_a_damaged_one_nothing_is_believed(used, damage, reason):
    used.kill()
    start(used)
    before = state(used)
    used.kill()
    damage(checkpoint(used))
    assert_read_as_a_whole(used, before, reason)


def test_of_one_of_another_log_nothing_is_believed(used, serve):
    other = serve(flags=FLAGS)
    write_checkpoint(other)
    before = state(used)
    used.kill()
    shutil.copy(checkpoint(other), checkpoint(used))
    assert_read_as_a_whole(used, before, "belongs to the log")


def test_a_deleted_one_is_not_missed(used):
    before = state(used)
    used.kill()
    checkpoint(used).unlink()
    lives = start(used)
    assert state(used) == before
    assert not lines(used, lives, UNUSABLE)
    wait_for_checkpoint(used, lives)
    used.kill()
    start_from_checkpoint(used)
    assert state(used) == before


def assert_read_as_a_whole(server: Server, before: list[dict], reason: str) -> None:
    """The start warns and goes without; a new checkpoint takes the place of the old."""
    lives = start(server)
    (line,) = lines(server, lives, UNUSABLE)
    assert line["level"] == "warning"
    assert str(checkpoint(server)) in line["reason"] and reason in line["reason"]
    assert state(server) == before
    wait_for_checkpoint(server, lives)
    server.kill()
    start_from_checkpoint(server)
    assert state(server) == before


def test_an_older_one_only_makes_the_rest_longer(used):
    older = checkpoint(used).read_bytes()
    used.delete("before 7")
    used.schedule("before 8", dueTime="2h", data="another")
    write_checkpoint(used)
    before = state(used)
    used.kill()
    assert checkpoint(used).read_bytes() != older
    checkpoint(used).write_bytes(older)
    start_from_checkpoint(used)
    assert state(used) == before


@pytest.fixture
def restored(used, tmp_path) -> tuple[Path, list[dict]]:
    """A copy of the directory from before the last checkpoint, with that checkpoint in it; and the
    jobs it holds."""
    before = state(used)
    used.stop()
    copy = tmp_path / "restored"
    shutil.copytree(used.directory, copy)
    start(used)
    write_checkpoint(used)
    used.stop()
    shutil.copy(checkpoint(used), copy)
    return copy, before


def assert_refused(directory: Path, port: int, *words: str) -> None:
    before = contents(directory, "lock")
    refused(directory, port, DAMAGED, *words)
    assert contents(directory, "lock") == before


def test_a_log_that_ends_before_its_checkpoint_is_not_served_from(restored, serve, ports):
    directory, jobs = restored
    assert_refused(directory, ports.free(), "checkpoint stands on", "its end is lost")
    # Whoever means to serve the old state says so by deleting it.
    (directory / "checkpoint").unlink()
    assert state(serve(directory=directory)) == jobs


def test_a_log_that_went_another_way_than_its_checkpoint_is_not_served_from(
    restored, serve, ports
):
    directory, _ = restored
    newer = directory / "checkpoint"
    aside = newer.rename(directory.parent / "aside")
    server = serve(directory=directory)
    for number in range(400):
        server.schedule("another way", dueTime="1h", data=number)
    server.stop()
    aside.rename(newer)
    assert_refused(directory, ports.free(), "checkpoint stands on", "another history")
    newer.unlink()


def test_a_checkpoint_whose_log_is_gone_is_damage(used, tmp_path, ports):
    used.kill()
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    shutil.copy(checkpoint(used), copy)
    assert_refused(copy, ports.free(), "its log is gone")


@pytest.mark.parametrize("is_mended", [False, True], ids=["bare", "with a checksum that fits"])
def test_damage_before_the_checkpoint_is_found_while_serving(used, tmp_path, ports, is_mended):
    used.kill()
    copy = tmp_path / "copy"
    shutil.copytree(used.directory, copy, ignore=shutil.ignore_patterns("operator.sock"))
    data = copy / SEGMENT / "data.mdb"
    content = bytearray(data.read_bytes())
    places = [place for place in range(len(content)) if content.startswith(b"before 42", place)]
    records = [record_at(content, place) for place in places]
    assert any(records)
    for place, record in zip(places, records):
        content[place] ^= 0x20
        if is_mended and record:
            sequence, start, end = record
            content[end : end + 4] = checksum(sequence, content[start:end])
    data.write_bytes(content)
    result = run_to_its_end(copy, ports.free())
    said = result.stdout + result.stderr
    assert result.returncode == DAMAGED, said
    assert ("digest of records" if is_mended else "record's checksum") in said, said
    # Not by the start, which went without.
    assert "the writer broke" in said and UNUSABLE not in said, said


def record_at(content: bytes, place: int) -> tuple[bytes, int, int] | None:
    """The record around `place`: its number as stored, where it begins and where its checksum does.
    `None` where LMDB has left only a part of one."""
    for start in range(place, place - 1_000, -1):
        # LMDB's node: the size of the value in four bytes, flags, the size of the key, the key.
        end = start + int.from_bytes(content[start - 16 : start - 12], "little") - 4
        sequence = content[start - 8 : start]
        if content[start - 12 : start - 8] == b"\0\0\x08\0" and place < end < place + 1_000:
            if checksum(sequence, content[start:end]) == content[end : end + 4]:
                return sequence, start, end
    return None


def checksum(sequence: bytes, record: bytes) -> bytes:
    return crc32c(sequence + len(record).to_bytes(4, "little") + record).to_bytes(4, "little")
