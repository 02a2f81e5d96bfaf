"""Whether a server lives, is ready, and how far it is from it; and what it tells systemd."""

import os
import signal
import socket
import tempfile
from pathlib import Path

import httpx
import pytest

from Harness.waiting import wait_until
from metrics import Admin
from server import run_to_its_end


def test_a_server_that_serves_is_healthy_alive_and_ready(server, admin):
    server.schedule("a", dueTime="1h")
    health = admin.client.get("/healthz")
    assert (health.status_code, health.content) == (200, b"")
    live = admin.client.get("/livez")
    assert (live.status_code, live.json()["alive"]) == (200, True)
    # It wakes at least every second.
    assert live.json()["silentMs"] < 10_000
    ready = admin.client.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert ready.json()["phase"] == "serving"
    assert ready.headers["content-type"] == "application/json"


def test_the_admin_listener_takes_get_and_nothing_else(admin):
    assert admin.client.get("/").text.startswith("# HELP daybook_build_info ")
    for path in ("/", "/metrics", "/healthz", "/livez", "/readyz"):
        for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
            response = admin.client.request(method, path, content=b"x" * 100)
            assert (response.status_code, response.headers["allow"]) == (405, "GET"), path
    for path in ("/metrics/", "/v1.0/jobs/a", "/debug"):
        assert admin.client.get(path).status_code == 404, path


def test_a_boot_can_be_watched_before_it_is_ready(serve, ports):
    server = serve(metrics_port=ports.free())
    admin = Admin(server.metrics_port).client
    post(server, 6_000)
    server.kill()
    server.launch()
    seen = []

    def is_ready():
        try:
            answer = admin.get("/readyz")
        except httpx.TransportError:
            return False
        seen.append((answer.status_code, answer.json()))
        return answer.status_code == 200

    while not is_ready():
        assert server.process.poll() is None, server.log()
    assert seen[0][0] == 503, "it listens before the log is read"
    for status, answer in seen:
        assert answer["ready"] == (status == 200)
        assert answer["phase"] in {"opening", "folding", "listening", "serving"}
        assert answer["recordsFolded"] <= answer["recordsToFold"]
    assert seen[-1][1]["recordsToFold"] > 6_000
    assert server.is_healthy(), "it said ready before the jobs API was open"


def post(server, count: int) -> None:
    """Replaces a job `count` times, without waiting for answers, on eight connections."""
    body = b'{"dueTime": "1h", "overwrite": true}'
    path = server.path("often", "v1.0-alpha1").encode()
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (path, len(body))
    address = ("127.0.0.1", server.port)
    connections = [socket.create_connection(address, timeout=60) for _ in range(8)]
    for connection in connections:
        connection.sendall((head + body) * (count // 8))
    for connection in connections:
        answers = b""
        while answers.count(b"HTTP/1.1 204") < count // 8:
            piece = connection.recv(65_536)
            assert piece, "it hung up"
            answers += piece
        connection.close()


def test_a_port_that_is_taken_is_said_before_the_log_is_touched(admin, tmp_path, ports):
    directory = tmp_path / "unmade"
    taken = str(admin.client.base_url.port)
    result = run_to_its_end(directory, ports.free(), metrics_port=taken)
    assert result.returncode == 3
    said = result.stdout + result.stderr
    assert taken in said and len(said.splitlines()) == 1, said
    assert not directory.exists()


def test_a_free_port_is_taken_and_named(serve, app):
    server = serve(app, metrics_port="auto")
    (line,) = [line for line in server.log().splitlines() if '"serving"' in line]
    port = int(line.split('"metrics":"127.0.0.1:')[1].split('"')[0])
    assert Admin(port).page().dapr("created") == 0


def test_zero_turns_it_off(serve, app):
    server = serve(app, metrics_port=0)
    assert '"metrics":"off"' in server.log()


class Manager:
    """A service manager's end of the socket."""

    def __init__(self, name: str):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.socket.settimeout(60)
        self.lines: list[str] = []

    def wait_for(self, line: str) -> list[str]:
        """Reads until it says `line`; returns all it has said by then."""
        while line not in self.lines:
            self.lines += self.socket.recv(65_536).decode().split("\n")
        return self.lines


@pytest.fixture(params=["path", "abstract"])
def manager(request, monkeypatch):
    with tempfile.TemporaryDirectory() as directory:
        name = {
            "path": str(Path(directory) / "notify"),
            "abstract": f"@daybook-{os.getpid()}-{os.urandom(4).hex()}",
        }[request.param]
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        monkeypatch.setenv("WATCHDOG_USEC", "600000")
        manager = Manager(name)
        yield manager
        manager.socket.close()


def test_systemd_hears_when_it_serves_that_it_lives_and_that_it_stops(manager, serve, app):
    server = serve(app)
    lines = manager.wait_for("READY=1")
    assert server.client.get("/v1.0/healthz").status_code == 204
    assert "EXTEND_TIMEOUT_USEC=30000000" in lines, "before it is ready it asks for time"
    for _ in range(3):
        manager.lines.remove("WATCHDOG=1") if "WATCHDOG=1" in manager.lines else None
        manager.wait_for("WATCHDOG=1")
    manager.wait_for("STATUS=serving")
    assert "STOPPING=1" not in manager.lines
    server.terminate()
    manager.wait_for("STOPPING=1")
    assert server.wait() == 0
    assert manager.lines.count("READY=1") == 1


def test_what_nobody_was_there_to_hear_is_said_again(serve, app, monkeypatch, tmp_path):
    # It counted as said whether or not it could be sent, and the start ran into its time-out.
    with tempfile.TemporaryDirectory() as directory:
        name = str(Path(directory) / "notify")
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        serve(app)
        manager = Manager(name)
        assert "STATUS=serving" in manager.wait_for("READY=1")
        manager.socket.close()


def test_a_hang_up_with_nothing_to_reread_is_no_stop_under_a_service_manager(manager, serve, app):
    server = serve(app)
    manager.wait_for("READY=1")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "nothing to reread" in server.log(), "it says so")
    server.schedule("after", dueTime="0s")
    server.wait_until_gone("after")
    assert "STOPPING=1" not in manager.lines


def test_systemd_hears_of_a_stop_while_a_handler_is_waited_for(manager, serve, app):
    server = serve(app)
    app.hold()
    server.schedule("working", dueTime="0s")
    app.wait_for("working")
    server.terminate()
    manager.wait_for("STOPPING=1")
    manager.wait_for("STATUS=stopping: no more triggers, waiting for answers")
    assert server.process.poll() is None
    app.release()
    assert server.wait() == 0


def test_a_process_that_is_stopped_in_its_tracks_gives_no_sign_of_life(manager, serve, app):
    server = serve(app)
    manager.wait_for("STATUS=serving")
    server.process.send_signal(signal.SIGSTOP)
    try:
        # What was sent before is read; then nothing comes for longer than it should be silent.
        manager.socket.settimeout(1.5)
        with pytest.raises(TimeoutError):
            while True:
                manager.socket.recv(65_536)
    finally:
        server.process.send_signal(signal.SIGCONT)
    manager.socket.settimeout(60)
    manager.lines = []
    manager.wait_for("WATCHDOG=1")
