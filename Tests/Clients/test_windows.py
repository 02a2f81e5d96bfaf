"""What an app holds unanswered: how much that may be, and when it is worth a warning."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from Harness.app import Call
from Harness.waiting import wait_until

WINDOW = 4
FULL = "the app answers too little"
ROOM = "has room for triggers again"
AWAY = "the app does not answer"


class StuckApp:
    """Calls of jobs whose names begin with "stuck" are answered only when it is released. It can
    close its port and open it again while they hang."""

    def __init__(self, port: int):
        self.port = port
        self.calls: list[Call] = []
        # Connections that it took, whether a call came or not.
        self.visits = 0
        self._released = threading.Event()
        self._listener: ThreadingHTTPServer | None = None

    def names(self) -> list[str]:
        return [call.name for call in self.calls]

    def release(self) -> None:
        self._released.set()

    def open(self) -> None:
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                now = time.time_ns()
                body = self.rfile.read(int(self.headers["content-length"]))
                name = self.path.removeprefix("/job/").replace("%20", " ")
                headers = {key.lower(): value for key, value in self.headers.items()}
                app.calls.append(Call(name, self.path.encode(), headers, body, now))
                if name.startswith("stuck"):
                    app._released.wait()
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Listener(ThreadingHTTPServer):
            def verify_request(self, *_):
                app.visits += 1
                return True

        self._listener = Listener(("127.0.0.1", self.port), Handler)
        # Its handlers go on when it is closed.
        self._listener.daemon_threads, self._listener.block_on_close = True, False
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        if self._listener:
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None


@pytest.fixture
def stuck(ports):
    app = StuckApp(ports.free())
    app.open()
    yield app
    app.close()


@pytest.fixture
def server(stuck, serve):
    return serve(stuck, flags=["--max-in-flight", str(WINDOW)])


def hold(server, app, *names: str) -> None:
    for name in names:
        server.schedule(name, dueTime="0s")
    wait_until(lambda: set(names) <= set(app.names()), "they are held")


def test_all_handlers_but_one_hang_and_that_is_one_warning(server, stuck):
    hold(server, stuck, *[f"stuck {number}" for number in range(WINDOW - 1)])
    # The last place is taken and free again, all the time.
    server.schedule("often", schedule="@every 10ms")
    wait_until(lambda: FULL in server.log(), "the warning")
    seen = stuck.names().count("often")
    wait_until(lambda: stuck.names().count("often") > seen + 10, "the last place is in use")
    stuck.release()
    wait_until(lambda: ROOM in server.log(), "the end of it")
    server.delete("often")
    assert server.log().count(FULL) == server.log().count(ROOM) == 1


def test_an_app_that_comes_back_is_given_one_more_window_and_no_more(server, stuck):
    hold(server, stuck, "stuck 1", "stuck 2", "stuck 3")
    lose(server, stuck, "first")
    stuck.open()
    hold(server, stuck, "first", "stuck 4", "stuck 5", "stuck 6")
    lose(server, stuck, "second")
    stuck.open()
    # There is room for two windows; of those it has taken, six triggers are not answered.
    visits = stuck.visits
    wait_until(lambda: stuck.visits >= visits + 3, "it is visited again and again")
    assert "second" not in stuck.names()
    stuck.release()
    server.wait_until_gone("first", "second", *[f"stuck {number}" for number in range(1, 7)])
    # All was awaited: nothing came twice.
    assert len(stuck.names()) == len(set(stuck.names())) == 8


def lose(server, app, name: str) -> None:
    """The app goes, which the trigger of a job finds out."""
    losses = server.log().count(AWAY)
    app.close()
    server.schedule(name, dueTime="0s")
    wait_until(lambda: server.log().count(AWAY) > losses, "the app is found to be away")
