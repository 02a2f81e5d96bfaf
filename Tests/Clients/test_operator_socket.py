"""The operator's socket: who may open it, when it is there, and what it bears."""

import os
import shutil
import signal
import socket
import stat
import subprocess

import httpx
import pytest

from Harness import replay
from Harness.programs import NO_PORTS
from Harness.raw import RawSocket, assert_nothing_stored
from Harness.waiting import wait_until
from operating import SOCKET, app, done, everything, operator, path, post, refused
from server import run_to_its_end

VARIABLE = "DAYBOOK_FAILPOINT"


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids="umask {:03o}".format)
def umask(request):
    """What a server that is started now inherits."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def kill_at(server, failpoint: str) -> None:
    server.launch({VARIABLE: failpoint})
    assert server.process.wait(60) == -signal.SIGKILL


def test_only_its_owner_may_open_it_whatever_the_umask_is(serve, tmp_path, umask):
    directory = tmp_path / "data"
    directory.mkdir()
    directory.chmod(0o755)
    log = directory.with_suffix(".log")
    log.touch()
    log.chmod(0o600)
    server = serve(directory=directory)
    assert mode(directory / SOCKET) == 0o600
    assert stat.S_ISSOCK((directory / SOCKET).lstat().st_mode)
    with operator(server) as client:
        assert client.get("/v1/healthz").status_code == 204
    server.kill()
    # Before it has its mode nobody else gets near it.
    kill_at(server, "operator-socket-bound")
    assert mode(directory / "operator.new") & 0o077 == 0
    server.start()
    assert mode(directory / SOCKET) == 0o600
    assert not (directory / "operator.new").exists()


def test_it_is_there_while_the_server_serves_and_gone_with_it(serve, app):
    server = serve(app)
    place = server.directory / SOCKET
    assert place.is_socket()
    app.hold()
    server.schedule("working", dueTime="0s")
    app.wait_for("working")
    with operator(server) as client:
        server.terminate()
        refusal = wait_until(lambda: stopping(client), "it takes no more commands")
        assert refusal["message"] == "the scheduler is stopping"
        assert place.is_socket()
        app.release()
        assert server.wait() == 0
    assert not place.exists()
    server.start()
    assert place.is_socket()


def stopping(client) -> dict | None:
    response = client.get("/v1/jobs")
    return response.json() if response.status_code == 408 else None


def test_nobody_who_holds_it_open_delays_a_stop(serve):
    server = serve()
    held = [RawSocket(server).connect() for _ in range(3)]
    head = f"POST {app('shop', 'a')} HTTP/1.1\r\nContent-Length: 9\r\n\r\n"
    held[0].sendall(head.encode())
    held[1].sendall(b"GET /v1/jo")
    server.stop()
    for connection in held:
        connection.close()
    server.start()
    assert not server.has("a")


def test_what_a_killed_server_left_is_replaced(serve):
    server = serve()
    for failpoint in ("serving", "operator-socket-bound", "listeners-opening", "closed"):
        if failpoint == "closed":
            server.start()
            server.kill()
        elif server.is_running:
            server.kill()
            kill_at(server, failpoint)
        else:
            kill_at(server, failpoint)
        if failpoint in ("serving", "closed"):
            with pytest.raises(ConnectionRefusedError):
                RawSocket(server).connect()
    server.start()
    with operator(server) as client:
        assert client.get("/v1/healthz").status_code == 204


def test_another_server_that_is_refused_leaves_it_alone(serve, ports):
    server = serve()
    before = (server.directory / SOCKET).lstat().st_ino
    for _ in range(3):
        assert run_to_its_end(server.directory, ports.free()).returncode == 3
    assert (server.directory / SOCKET).lstat().st_ino == before
    with operator(server) as client:
        assert client.get("/v1/healthz").status_code == 204


def test_something_else_of_its_name_is_replaced_or_the_server_does_without(serve):
    server = serve()
    server.stop()
    place = server.directory / SOCKET
    place.write_text("no socket")
    server.start()
    assert place.is_socket()
    server.stop()
    (place / "full").mkdir(parents=True)
    server.start()
    assert "the operator's API is not served" in server.log() and str(place) in server.log()
    server.schedule("served", dueTime="1h")
    refused(3, server, "list", "--all-apps")
    server.stop()
    shutil.rmtree(place)
    server.start()
    assert place.is_socket()


def test_a_path_that_no_address_holds_works(serve, tmp_path):
    directory = tmp_path / ("d" * 120) / ("e" * 120) / "data"
    directory.parent.mkdir(parents=True)
    server = serve(directory=directory)
    server.schedule("here", dueTime="1h")
    assert '"name":"here"' in done(server, "list", "--all-apps")
    if curl := shutil.which("curl"):
        result = subprocess.run(
            [curl, "-sS", "--unix-socket", SOCKET, "http://localhost/v1/jobs"],
            capture_output=True, text=True, cwd=directory, timeout=60,
        )  # fmt: skip
        assert '"name":"here"' in result.stdout, result.stderr


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_curl_speaks_it(serve):
    server = serve()

    def curl(place: str, *arguments: str) -> str:
        command = ["curl", "-sS", "--unix-socket", str(server.directory / SOCKET), *arguments]
        result = subprocess.run(
            [*command, f"http://localhost{place}"], capture_output=True, text=True, timeout=60
        )
        assert (result.returncode, result.stderr) == (0, "")
        return result.stdout

    assert curl("/v1/jobs") == '{"jobs":[]}'
    assert curl(app("billing", "a b/"), "-d", '{"dueTime":"1h"}').startswith('{"errorCode":')
    assert curl(app("billing", "a b"), "-d", '{"dueTime":"1h"}') == ""
    assert '"app":"billing","name":"a b"' in curl("/v1/jobs")
    assert curl(path("namespaces", "default"), "-X", "DELETE") == '{"deleted":1}'


# Hostile bytes


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"\x00" * 1_000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /v1/" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
        b"POST /v1/namespaces/\xff/apps/a/jobs/b HTTP/1.1\r\nHost: x\r\n"
        b"Content-Length: 2\r\n\r\n{}",
        b"POST /v1/namespaces/d/apps/a/jobs/b HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{}",
        b"POST /v1/namespaces/d/apps/a/jobs/b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n[]",
        b"DELETE /v1/namespaces/d%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=lambda data: repr(data[:40]),
)  # fmt: skip
def test_what_is_not_http_or_means_nothing(serve, data):
    server = serve()
    status, _ = RawSocket(server).send(data, shut=True)
    assert status == 0 or 400 <= status < 500, status
    with operator(server) as client:
        assert client.get("/v1/healthz").status_code == 204
    assert_nothing_stored(server)


def test_a_body_beyond_the_limit_is_refused_when_it_is_passed(serve):
    server = serve()
    with operator(server) as client:
        pieces = (b"x" * (1 << 20) for _ in range(97))
        try:
            response = client.post(app("shop", "big"), content=pieces)
            assert response.status_code == 413, response.text
        except (httpx.WriteError, httpx.ReadError):
            pass  # It need not listen to the end of it.
    assert_nothing_stored(server)


def test_connections_are_bounded_and_idle_ones_make_room(serve):
    server = serve()
    request = b"GET /v1/healthz HTTP/1.1\r\n\r\n"
    held = []
    try:
        for _ in range(70):
            held.append(RawSocket(server).connect())
            held[-1].sendall(request)
            assert held[-1].recv(100).startswith(b"HTTP/1.1 204")
        assert held[0].recv(1) == b""
    finally:
        for connection in held:
            connection.close()


# The directory it is in


def test_a_directory_with_it_is_read_copied_and_served_like_any_other(serve, tmp_path):
    server = serve()
    with operator(server) as client:
        post(client, app("billing", "there"))
    # Beside the live server, and with what a killed one leaves behind.
    for state in ("live", "killed"):
        if state == "killed":
            server.kill()
        assert (server.directory / SOCKET).is_socket()
        assert server.audit()[0] == server.verify()[0] == 0
        copy = tmp_path / f"copy of the {state}"
        result = server.replay("copy", str(copy))
        assert result.returncode == 0, result.stderr
        assert not (copy / SOCKET).exists()
        replay.sound(copy)
    copied = tmp_path / "by cp"
    subprocess.run(["cp", "-a", str(server.directory), str(copied)], check=True, timeout=60)
    archive = tmp_path / "data.tar"
    subprocess.run(["tar", "-C", str(server.directory), "-cf", str(archive), "."], check=True,
                   capture_output=True, timeout=60)  # fmt: skip
    unpacked = tmp_path / "by tar"
    unpacked.mkdir(mode=0o700)
    subprocess.run(["tar", "-C", str(unpacked), "-xf", str(archive)], check=True, timeout=60)
    for directory in (copied, unpacked):
        another = serve(directory=directory)
        with operator(another) as client:
            assert [job["name"] for job in everything(client)] == ["there"]
    server.start()


def test_a_directory_that_has_lost_all_but_it_is_begun_anew(serve, tmp_path):
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(directory / SOCKET))
    (directory / "operator.new").mkdir()
    server = serve(directory=directory)
    with operator(server) as client:
        assert client.get("/v1/healthz").status_code == 204


def test_it_is_served_when_nothing_listens_on_a_port(tmp_path, serve):
    server = serve()
    server.stop()
    server.command = [*server.command[:2], "--data-dir", str(server.directory), *NO_PORTS]
    server.launch()
    wait_until(lambda: (server.directory / SOCKET).is_socket(), "the socket is there")
    assert done(server, "list", "--all-apps") == '{"jobs":[]}\n'
