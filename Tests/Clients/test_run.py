"""`daybook run`: the server and the app's process live and end together."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from Harness import replay
from Harness.programs import BINARY, NO_PORTS, daybook
from Harness.waiting import wait_until

# An app that tells what it was given, schedules a job on itself and ends when it was called.
APP = """
import http.server, json, os, sys, urllib.request
port = int(os.environ["APP_PORT"])
api = f"http://127.0.0.1:{os.environ['DAPR_HTTP_PORT']}/v1.0/jobs/self"

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
        token = self.headers["dapr-api-token"]
        print("called", self.path, body.decode(), token, flush=True)
        self.server.is_called = True

    def log_message(self, *arguments):
        pass

server = http.server.HTTPServer(("127.0.0.1", port), Handler)
server.is_called = False
headers = {"dapr-api-token": os.environ.get("DAPR_API_TOKEN", "")}
body = b'{"dueTime": "0s", "data": "hello"}'
urllib.request.urlopen(urllib.request.Request(api, body, headers, method="POST"))
print("scheduled", os.environ["APP_ID"], file=sys.stderr, flush=True)
while not server.is_called:
    server.handle_request()
sys.stdout.write("no line end")
sys.stdout.flush()
sys.exit(7)
"""


@pytest.fixture
def command(tmp_path, ports):
    return [
        str(BINARY), "run", "--data-dir", str(tmp_path / "data"), *NO_PORTS[2:], "--app-id", "shop",
        "--http-port", str(ports.free()), "--app-port", str(ports.free()),
    ]  # fmt: skip


@pytest.fixture
def judged(tmp_path):
    yield
    code, report = replay.audit(tmp_path / "data")
    assert code == replay.FINE, report


def run(command, *app: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*command, "--", *app], capture_output=True, text=True, timeout=60, **options
    )


def test_the_app_is_started_served_and_its_exit_code_is_ours(command, judged):
    environment = os.environ | {"DAPR_API_TOKEN": "in,older", "APP_API_TOKEN": "out"}
    result = run(command, sys.executable, "-c", APP, env=environment)
    assert result.returncode == 7, result.stderr
    assert result.stdout.splitlines() == [
        'shop | called /job/self "hello" out', "shop | no line end",
    ]  # fmt: skip
    assert "shop | scheduled shop\n" in result.stderr
    assert "stopped" in result.stderr.splitlines()[-1]


def test_its_environment_says_where_the_api_is_and_is_otherwise_ours(command, judged):
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    theirs = {"NOTIFY_SOCKET": "@nobody", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
    environment = {"MINE": "kept", "DAPR_GRPC_PORT": "1", "DAPR_API_TOKEN": ""} | theirs
    result = run(command, sys.executable, "-c", show, env=os.environ | environment)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout.removeprefix("shop | "))
    assert found["MINE"] == "kept" and found["APP_ID"] == "shop"
    assert found["DAPR_HTTP_PORT"] == command[command.index("--http-port") + 1]
    assert found["APP_PORT"] == command[command.index("--app-port") + 1]
    assert "DAPR_GRPC_PORT" not in found and not found.get("DAPR_API_TOKEN")
    assert not theirs.keys() & found.keys(), "who asks after the server is not answered by the app"


@pytest.mark.parametrize("variable", ["DAYBOOK_API_TOKEN", "DAPR_API_TOKEN"])
def test_of_two_tokens_it_is_given_the_first(command, judged, variable):
    show = "import os; print(os.environ['DAPR_API_TOKEN'], 'DAYBOOK_API_TOKEN' in os.environ)"
    result = run(command, sys.executable, "-c", show, env=os.environ | {variable: "in,older"})
    assert result.stdout == "shop | in False\n", result.stderr


def test_the_name_before_its_lines_cannot_turn_them_round(command, judged):
    command[command.index("--app-id") + 1] = "sh\u202eop"
    result = run(command, "echo", "hello")
    assert result.stdout == "sh\\u{202e}op | hello\n"


def test_it_inherits_no_descriptor_and_no_ignored_signal_of_the_server(command, judged):
    show = (
        "import os\n"
        "for number in os.listdir('/proc/self/fd'):\n"
        "    link = f'/proc/self/fd/{number}'\n"
        "    if int(number) > 2 and os.path.exists(link): print(os.readlink(link))\n"
    )
    result = run(command, sys.executable, "-c", show)
    assert result.returncode == 0, result.stderr
    assert "data.mdb" not in result.stdout and "lock" not in result.stdout, result.stdout
    assert "socket" not in result.stdout, result.stdout
    # A shell says what was ignored when it began; ours are SIGPIPE, SIGTERM and SIGINT.
    # The limit of descriptors is that of the shell too, although ours is raised.
    soft = min(200, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    limited = ["sh", "-c", f'ulimit -Sn {soft} && exec "$@"', "sh", *command]
    assert run(limited, "sh", "-c", "ulimit -Sn").stdout == f"shop | {soft}\n"
    result = run(command, "grep", "SigIgn", "/proc/self/status")
    ignored = int(result.stdout.split()[-1], 16)
    for number in (signal.SIGPIPE, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        assert not ignored >> (number - 1) & 1, number


@pytest.mark.parametrize(
    "app, code",
    [
        (["true"], 0), (["false"], 1), (["sh", "-c", "exit 42"], 42),
        (["sh", "-c", "kill -9 $$"], 128 + 9), (["no-such-command"], 127), (["/etc/passwd"], 126),
    ],
)  # fmt: skip
def test_exit_codes(command, judged, app, code):
    result = run(command, *app)
    assert result.returncode == code, result.stderr


def started(command, *app: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [*command, "--", *app], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout.readline() == "shop | ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_both_with_what_the_app_started(command, judged, number):
    def took() -> float:
        process = started(command, "sh", "-c", "sleep 1000 & echo ready; wait")
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(60) == 0
        assert process.stdout.read() == ""
        return time.monotonic() - begun

    # An app that does not listen has so long: the quickest of some decides, on any machine.
    wait_until(lambda: took() < 4, "nothing is waited for", 60)


def test_an_app_that_does_not_listen_is_killed_after_a_grace_time(command, judged):
    process = started(command, "sh", "-c", "trap '' TERM; echo ready; while true; do sleep 1; done")
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    # Never sooner, however busy the machine is.
    assert time.monotonic() - begun > 4


def test_an_app_that_finishes_what_it_has_in_hand_is_waited_for(command, judged):
    script = "trap 'sleep 1; echo done; exit' TERM; echo ready; while true; do sleep 0.1; done"
    process = started(command, "sh", "-c", script)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.read() == "shop | done\n"
    assert process.wait(60) == 0


def test_what_it_leaves_behind_does_not_keep_the_server(command, judged):
    result = run(command, "sh", "-c", "setsid sleep 20 & sleep 30 & exit 3")
    assert result.returncode == 3


def test_without_requests_being_taken_nothing_is_started(command, tmp_path, server):
    taken = str(server.port)
    command[command.index("--http-port") + 1] = taken
    marker = tmp_path / "started"
    result = run(command, "touch", str(marker))
    assert result.returncode == 3 and taken in result.stderr
    assert not marker.exists()


def test_it_needs_a_command_and_one_app(command, tmp_path):
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2 and "--" in result.stderr
    path = tmp_path / "two.yaml"
    path.write_text("apps: [{id: a, http-port: 0}, {id: b, http-port: 0}]")
    result = daybook("run", "--config", path, "--", "true")
    assert result.returncode == 2 and "one app" in result.stderr
    assert not (tmp_path / "data").exists() and not Path("daybook-data").exists()


def test_long_lines_and_many_of_them_come_through(command, judged):
    text = "import sys; sys.stdout.write('x' * 200_000 + '\\n'); [print(n) for n in range(5_000)]"
    result = run(command, sys.executable, "-c", text)
    lines = result.stdout.splitlines()
    assert all(line.startswith("shop | ") for line in lines)
    assert "".join(line.removeprefix("shop | ") for line in lines[:4]) == "x" * 200_000
    assert [line.removeprefix("shop | ") for line in lines[4:]] == [str(n) for n in range(5_000)]


def test_health_answers_while_it_runs(command, judged):
    process = started(command, "sh", "-c", "echo ready; sleep 100")
    port = command[command.index("--http-port") + 1]
    wait_until(
        lambda: httpx.get(f"http://127.0.0.1:{port}/v1.0/healthz").status_code == 204, "healthy"
    )
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
