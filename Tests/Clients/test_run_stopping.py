"""`daybook run` ends: first what is in flight, then the app, then the rest; and if the writer
breaks, the app with it."""

import os
import signal
import sys

import httpx
import pytest

from Harness.waiting import wait_until
from server import Server
from test_run import command, judged, started  # noqa: F401

# An app whose handler, once called, waits for a word; then it answers, or it all ends with code 3.
SLOW_APP = """
import http.server, os, pathlib, sys, time
word = pathlib.Path(sys.argv[1])

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print("working", flush=True)
        while not word.exists():
            time.sleep(0.01)
        if word.read_text() == "die":
            os._exit(3)
        # Before the answer leaves: once it is there, the app is told to stop.
        print("answered", flush=True)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["APP_PORT"])), Handler)
print("ready", flush=True)
server.serve_forever()
"""


@pytest.fixture
def working(command, tmp_path, ports):
    """The server with a handler in flight, what it waits for, and a client."""
    word = tmp_path / "word"
    process = started(command, sys.executable, "-c", SLOW_APP, str(word))
    # After a failed attempt it would be there for another hour.
    port = int(command[command.index("--http-port") + 1])
    client = Server(tmp_path / "data", port, None)
    client.schedule("slow", dueTime="0s", failurePolicy={"constant": {"interval": "3600s"}})
    assert process.stdout.readline() == "shop | working\n"
    yield process, word, client
    if process.poll() is None:
        process.kill()
    process.wait()


def takes_no_more(client) -> bool:
    return client.post("late", {"dueTime": "1h"}).status_code >= 400


@pytest.mark.audited_only("nobody notes what `daybook run` and its app do")
def test_a_handler_in_flight_is_waited_for_before_the_app_is_told_to_stop(working, serve, tmp_path):
    process, word, client = working
    # Both were told at once: the app died with its handler, and that was a failed attempt.
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: takes_no_more(client), "the server takes no more jobs")
    word.write_text("answer")
    assert process.stdout.read() == "shop | answered\n"
    assert process.wait(60) == 0
    server = serve(directory=tmp_path / "data")
    assert not server.has("slow"), "its answer was recorded"


def test_an_app_that_dies_of_itself_while_it_is_waited_for_spoils_no_stop(working, judged):
    process, word, client = working
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: takes_no_more(client), "the server takes no more jobs")
    word.write_text("die")
    assert process.stdout.read() == ""
    assert process.wait(60) == 0


@pytest.mark.audited_only("nobody notes what `daybook run` and its app do")
def test_a_handler_without_end_keeps_nobody(working, serve, tmp_path):
    process, _, _ = working
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert process.stdout.read() == ""
    assert serve(directory=tmp_path / "data").has("slow"), "it comes again"


def test_a_writer_that_breaks_takes_the_app_with_it(command, serve, tmp_path):
    os.mkfifo(tmp_path / "open")
    reader = os.open(tmp_path / "open", os.O_RDONLY | os.O_NONBLOCK)
    script = "exec 3>$0; trap '' TERM; echo ready; sleep 100 & sleep 100"
    process = started(command, "sh", "-c", script, str(tmp_path / "open"))
    # Another server gets at the log: that is the end of the first one.
    (tmp_path / "data/lock").unlink()
    serve(directory=tmp_path / "data")
    port = int(command[command.index("--http-port") + 1])
    with pytest.raises(httpx.TransportError):
        Server(tmp_path / "data", port, None).post("late", {"dueTime": "1h"})
    assert process.wait(60) == 3
    process.stdout.close()
    wait_until(lambda: has_no_writer(reader), "the app and what it has started are gone")
    os.close(reader)


def has_no_writer(reader: int) -> bool:
    try:
        return os.read(reader, 1) == b""
    except BlockingIOError:
        return False
