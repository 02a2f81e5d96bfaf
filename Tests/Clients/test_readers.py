"""Readers of the log that hold its pages: whoever fills LMDB's table of readers stops nobody."""

import ctypes
import ctypes.util
import fcntl
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from Harness import replay
from Harness.programs import REPLAY
from Harness.waiting import wait_until

READ_ONLY, NO_TLS, READERS_FULL = 0x20000, 0x200000, -30790


@contextmanager
def held_readers(directory: Path):
    """Every place in the table of readers that is free, held by this process."""
    name = ctypes.util.find_library("lmdb") or "liblmdb.so.0"
    lmdb = ctypes.CDLL(name)
    environment = ctypes.c_void_p()
    lmdb.mdb_env_create(ctypes.byref(environment))
    path = str(next(directory.glob("log/*"))).encode()
    assert lmdb.mdb_env_open(environment, path, READ_ONLY | NO_TLS, 0o600) == 0
    held = []
    while True:
        reader = ctypes.c_void_p()
        code = lmdb.mdb_txn_begin(environment, None, READ_ONLY, ctypes.byref(reader))
        if code == READERS_FULL:
            break
        assert code == 0
        held.append(reader)
    try:
        yield len(held)
    finally:
        for reader in held:
            lmdb.mdb_txn_abort(reader)
        lmdb.mdb_env_close(environment)


def test_a_full_table_of_readers_stops_no_writer(serve, app, ports):
    server = serve(app, metrics_port=ports.free())
    server.schedule("ticking", schedule="@every 100ms", data="payload")
    app.wait_for("ticking")
    with held_readers(server.directory) as count:
        assert count > 100
        seen = len(app.calls)
        server.schedule("more", dueTime="0s", data="payload")
        app.wait_for("more")
        app.wait_for("ticking", seen + 3)
        assert server.client.get("/v1.0/jobs/ticking/history").status_code == 200
        behind = "what makes the file grow is told"
        wait_until(lambda: server.metric("daybook_log_reader_turns_behind") > 0, behind)
        result = replay.run("audit", "--data-dir", server.directory)
        assert result.returncode != 0 and "reader" in result.stderr.lower(), result.stderr
    server.delete("ticking")


@pytest.mark.skipif(os.getuid() != 0, reason="as root, to make a pid namespace")
@pytest.mark.parametrize("verb", ["audit", "verify", "copy"])
def test_a_reader_whose_process_id_is_taken_becomes_another(serve, tmp_path, verb):
    """As beside a server in a container of its own: LMDB locks a byte for each process id."""
    server = serve()
    server.schedule("kept", dueTime="1h")
    with next(server.directory.glob("log/*/lock.mdb")).open("r+b") as table:
        fcntl.lockf(table, fcntl.LOCK_EX | fcntl.LOCK_NB, 6, 1)
        target = [str(tmp_path / "copy")] if verb == "copy" else []
        result = subprocess.run(
            ["unshare", "--pid", "--fork", REPLAY, verb, "--data-dir", server.directory, *target],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
