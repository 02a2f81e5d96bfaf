"""A directory that cannot be served from: one line, the right exit code, nothing written."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from forgery import crc32c
from Harness.programs import BINARY, daybook
from server import run_to_its_end

CANNOT_OPEN, DAMAGED, UNKNOWN_FORMAT = 3, 4, 7
SEGMENT = "log/00000000000000000001"


def refused(directory: Path, port: int, code: int, *words: str, **options) -> str:
    result = run_to_its_end(directory, port, **options)
    said = (result.stdout + result.stderr).strip()
    assert result.returncode == code, f"exit code {result.returncode}: {said}"
    assert len(said.splitlines()) == 1, said
    for word in words:
        assert word in said, said
    for trace in ("Fatal error", "Crash", "Backtrace", "Thread 0"):
        assert trace not in said
    return said


def contents(directory: Path, *but: str) -> dict:
    """Every file below `directory` but LMDB's table of readers, with its bytes."""
    return {
        str(path.relative_to(directory)): path.read_bytes() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
        if path.name not in ("lock.mdb", *but)
    }


@pytest.fixture
def used(serve, tmp_path, ports):
    """A copy of a log whose server has stopped. The judge sees the original."""
    server = serve()
    for number in range(200):
        server.schedule(f"recognisable {number}", dueTime="1h", data="x" * 100)
    server.stop()
    copy = tmp_path / "copy"
    shutil.copytree(server.directory, copy)
    return copy


def test_a_second_server_is_refused(server, ports):
    """It does not wait for the first, which stays."""
    server.schedule("mine", dueTime="1h")
    before = contents(server.directory)
    refused(server.directory, ports.free(), CANNOT_OPEN, "in use", str(server.process.pid))
    assert contents(server.directory) == before
    assert server.has("mine")


def test_a_directory_of_somebody_else_is_left_alone(tmp_path, ports):
    directory = tmp_path / "theirs"
    directory.mkdir()
    (directory / "notes.txt").write_text("precious")
    refused(directory, ports.free(), CANNOT_OPEN, "notes.txt")
    assert contents(directory) == {"notes.txt": b"precious"}


def test_a_file_is_no_directory(tmp_path, ports):
    path = tmp_path / "file"
    path.write_text("x")
    refused(path, ports.free(), CANNOT_OPEN, str(path))


def test_a_missing_parent_is_not_made(tmp_path, ports):
    refused(tmp_path / "no" / "such", ports.free(), CANNOT_OPEN, "no/such")
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("mode", [0o2775, 0o777], ids=["fsGroup", "emptyDir"])
def test_a_volume_others_may_write_in_is_served_and_warned_of(serve, app, tmp_path, mode):
    directory = tmp_path / "volume"
    directory.mkdir()
    directory.chmod(mode)
    server = serve(app, directory=directory)
    server.schedule("due", dueTime="0s")
    app.wait_for("due")
    assert "others may write in the data directory" in server.log()


@pytest.mark.parametrize("file", ["lock", "log/00000000000000000001/data.mdb"])
@pytest.mark.parametrize("is_replaced", [False, True], ids=["removed", "replaced"])
def test_a_file_that_is_taken_away_ends_the_server(serve, file, is_replaced):
    server = serve()
    server.schedule("kept", dueTime="1h")
    place = server.directory / file
    aside = server.directory.parent / "aside"
    place.rename(aside)
    if is_replaced:
        shutil.copy2(aside, place)
    assert server.process.wait(60) == 3
    assert f"{place} was removed or replaced" in server.log()
    aside.rename(place)
    server.start()
    assert server.has("kept")


@pytest.mark.skipif(os.getuid() != 0, reason="as root, to become somebody who may not write")
def test_a_read_only_directory_is_refused(ports):
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    place = Path(tempfile.mkdtemp())
    try:
        place.chmod(0o755)
        directory = place / "readonly"
        directory.mkdir(mode=0o755)
        if not all(folder.stat().st_mode & stat.S_IXOTH for folder in BINARY.parents):
            pytest.skip(f"nobody may not run {BINARY}")
        refused(directory, ports.free(), CANNOT_OPEN, **nobody)
        refused(place / "new", ports.free(), CANNOT_OPEN, **nobody)
        assert contents(place) == {"readonly": None}
    finally:
        shutil.rmtree(place)


@pytest.mark.parametrize("keep", [0, 1, 100, 4_096, 8_191, 8_192, 20_000])
def test_a_truncated_log_is_damage(used, ports, keep):
    data = used / SEGMENT / "data.mdb"
    os.truncate(data, keep)
    refused(used, ports.free(), DAMAGED, "data.mdb")
    assert data.stat().st_size == keep


def test_a_log_that_loses_its_last_page_is_damage(used, ports):
    data = used / SEGMENT / "data.mdb"
    os.truncate(data, data.stat().st_size - 4_096)
    refused(used, ports.free(), DAMAGED)


@pytest.mark.parametrize("start", [0, 4_096, 8_192])
def test_garbage_is_damage(used, ports, start):
    data = used / SEGMENT / "data.mdb"
    size = data.stat().st_size
    with data.open("r+b") as file:
        file.seek(start)
        file.write(bytes(range(256)) * ((size - start) // 256))
    refused(used, ports.free(), DAMAGED)


def test_one_flipped_bit_in_a_record_is_damage(used, ports):
    data = used / SEGMENT / "data.mdb"
    content = bytearray(data.read_bytes())
    # Every copy of it: a page that LMDB has replaced may still hold an old one.
    place = content.find(b"recognisable 77")
    while place >= 0:
        content[place] ^= 0x20
        place = content.find(b"recognisable 77", place + 1)
    data.write_bytes(content)
    refused(used, ports.free(), DAMAGED, "record")


def test_a_log_that_is_gone_is_damage(used, ports):
    if not (used / "ballast").exists():
        pytest.skip("the ballast is not kept over a stop")
    shutil.rmtree(used / "log")
    refused(used, ports.free(), DAMAGED)


def test_a_newer_format_is_named(used, ports):
    data = used / SEGMENT / "data.mdb"
    content = bytearray(data.read_bytes())
    name, newer = b"format", (9).to_bytes(4, "little")
    old = name + bytes(4) + crc32c(name + bytes(4)).to_bytes(4, "little")
    assert old in content
    new = name + newer + crc32c(name + newer).to_bytes(4, "little")
    data.write_bytes(content.replace(old, new))
    refused(used, ports.free(), UNKNOWN_FORMAT, "format 9", "format 0")


def test_an_empty_directory_is_adopted(serve, tmp_path):
    directory = tmp_path / "empty"
    directory.mkdir()
    server = serve(directory=directory)
    server.schedule("first", dueTime="1h")


def test_a_copy_of_a_stopped_log_serves(serve, used):
    server = serve(directory=used)
    assert server.has("recognisable 42")


def test_a_port_in_use_is_one_line(tmp_path, server):
    port = server.port
    refused(tmp_path / "other", port, CANNOT_OPEN, "listen", str(port))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-flag"],
        ["--http-port", "70000"],
        ["--http-port", "x"],
        ["--app-port", "-1"],
        ["--app-id", ""],
        ["--app-id", "a/b"],
    ],
    ids=" ".join,
)
def test_a_bad_flag_is_refused_before_anything_is_made(tmp_path, arguments):
    directory = tmp_path / "unmade"
    result = daybook("serve", "--data-dir", directory, *arguments)
    assert result.returncode == 2, result.stderr
    assert "Fatal error" not in result.stderr
    assert not directory.exists()
