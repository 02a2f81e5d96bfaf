"""The README can be followed: its commands are run in their order, and print what it shows."""

import contextlib
import json
import os
import pty
import signal
import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from fences import Fence, code, commands, fences, is_printed, table
from Harness.programs import BINARY, REPLAY, ROOT
from Harness.waiting import wait_until

PAGE = (ROOT / "README.md").read_text()
LINES_MAX = 200
# Commands that last: the server, by way of the installing script or directly, and the app.
INSTALL, SERVE, APP = "tools/run ", "daybook serve ", "python3 tools/examples/"
# Of the job in the example.
INTERVAL = timedelta(seconds=2)
STANDARD_PORTS = {"http": "3500", "app": "8000"}
DEADLINE = 60


class Reader:
    """Follows the README in a directory of its own, on ports of its own."""

    def __init__(self, directory, ports):
        self.directory = directory
        self.directory.mkdir()
        (directory / "tools").symlink_to(ROOT / "tools")
        self.ports = {name: str(ports.free()) for name in STANDARD_PORTS}
        self.environment = os.environ | {
            "PATH": f"{BINARY.parent.resolve()}:{os.environ['PATH']}", "DAYBOOK_GRPC_PORT": "0",
            "DAYBOOK_SCHEDULER_PORT": "0", "DAYBOOK_METRICS_PORT": "0",
            "DAYBOOK_HTTP_PORT": self.ports["http"], "DAPR_HTTP_PORT": self.ports["http"],
            "APP_PORT": self.ports["app"],
        }  # fmt: skip
        self.lasting: dict[str, subprocess.Popen] = {}

    def follow(self, fence: Fence) -> None:
        match fence.language:
            case "sh" if fence.text.startswith(INSTALL):
                self.install(fence.text)
            case "sh" if fence.text.startswith("export PATH="):
                assert fence.text.split('"')[1].removeprefix("$PWD/").split(":")[0] in self.help
            case "sh" if fence.text.startswith(SERVE):
                self.kill_server()
                self.serve(fence.text)
            case "sh" if fence.text.startswith(APP):
                self.start("app", fence.text)
            case "sh":
                assert " 204 " in self.run(fence.text)
            case "text":
                self.see(fence.text.splitlines(), self.app_output)
            case "console":
                for command, shown in commands(fence):
                    self.see(shown, lambda command=command: self.in_terminal(command))
            case other:
                pytest.fail(f"nobody runs a block of {other}")

    def install(self, text: str) -> None:
        """What the script does before it serves is for CI to show: every run there begins so."""
        script, *flags = text.split("#")[0].split()
        command = [ROOT / script, "--help"]
        self.help = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=DEADLINE
        ).stdout
        assert script in self.help and "installs what is missing" in self.help
        self.serve(f"daybook serve {' '.join(flags)}")

    def serve(self, text: str) -> None:
        self.start("server", text)
        health = f"curl -sf localhost:{self.ports['http']}/v1.0/healthz"
        wait_until(lambda: self.shell(health).returncode == 0, "the server answers", DEADLINE)

    def kill_server(self) -> None:
        """Until two ticks have come due without it."""
        server = self.lasting["server"]
        server.send_signal(signal.SIGKILL)
        server.wait()
        due = self.dues()[-1] + 2 * INTERVAL
        wait_until(lambda: datetime.now(timezone.utc) > due, "two ticks have come due", DEADLINE)

    def start(self, name: str, text: str) -> None:
        with (self.directory / f"{name}.log").open("ab") as output:
            self.lasting[name] = subprocess.Popen(
                self.adapted(text).split(), stdout=output, stderr=output, cwd=self.directory,
                env=self.environment,
            )  # fmt: skip

    def app_output(self) -> str:
        return (self.directory / "app.log").read_text()

    def adapted(self, text: str) -> str:
        return text.replace("localhost:3500", f"localhost:{self.ports['http']}").replace(
            "--app-port 8000", f"--app-port {self.ports['app']}"
        )

    def shell(self, text: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", self.adapted(text)], capture_output=True,
            text=True, cwd=self.directory, env=self.environment, timeout=DEADLINE,
        )  # fmt: skip

    def run(self, text: str) -> str:
        result = self.shell(text)
        assert result.returncode == 0, f"{text}: {result.stdout}{result.stderr}"
        return result.stdout

    def in_terminal(self, text: str) -> str:
        """What a terminal shows: people get tables where programs get JSON."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            ["bash", "-c", self.adapted(text)], stdin=theirs, stdout=theirs, stderr=theirs,
            cwd=self.directory, env=self.environment,
        )  # fmt: skip
        os.close(theirs)
        printed = b""
        # Reading from a terminal that nobody writes to any more is an error.
        with contextlib.suppress(OSError), os.fdopen(ours, "rb", buffering=0) as terminal:
            while part := terminal.read(65_536):
                printed += part
        assert process.wait(DEADLINE) == 0, printed
        return printed.decode()

    def see(self, shown: list[str], ask) -> None:
        """Waits until what is shown is printed."""
        last = [""]

        def is_there() -> bool:
            last[0] = ask()
            return is_printed(shown, last[0])

        try:
            wait_until(is_there, "the README is right", DEADLINE)
        except AssertionError:
            pytest.fail("\n".join(["shown:", *shown, "printed:", last[0]]))

    def dues(self) -> list[datetime]:
        """When the calls of the app were due, to the microsecond."""
        lines = [line for line in self.app_output().splitlines() if ", due " in line]
        texts = [line.split(", due ")[1].rstrip("Z")[:26] for line in lines]
        return [datetime.fromisoformat(f"{text}+00:00") for text in texts]

    def leave(self) -> None:
        for process in self.lasting.values():
            process.kill()
            process.wait()


@pytest.fixture
def reader(tmp_path, ports):
    reader = Reader(tmp_path / "clone", ports)
    yield reader
    reader.leave()


def test_all_that_is_shown_can_be_followed(reader):
    for fence in fences(PAGE):
        reader.follow(fence)
    # No tick is missing, none came twice: the app leaves repeats out, by their keys.
    dues = reader.dues()
    assert len(dues) >= 4
    assert {after - before for before, after in zip(dues, dues[1:])} == {INTERVAL}
    reader.lasting["server"].send_signal(signal.SIGTERM)
    assert reader.lasting["server"].wait(DEADLINE) == 0
    audit = [REPLAY, "audit", "--data-dir", reader.directory / "daybook-data", "-o", "json"]
    assert json.loads(subprocess.run(audit, capture_output=True).stdout)["isClean"]


def test_it_takes_two_minutes():
    assert len(PAGE.splitlines()) <= LINES_MAX
    languages = [fence.language for fence in fences(PAGE)]
    assert languages.count("sh") >= 4 and languages.count("console") >= 2


def fields() -> list[tuple[str, str]]:
    """The fields of a job with each of their examples."""
    rows = table(PAGE, "| field")
    return [(code(row[0])[0], value) for row in rows for value in examples(row)]


def examples(row: list[str]) -> list[str]:
    whole = code(row[1]) + code(row[2])
    return [value for value in whole if value[0] in '"{' or value.isdigit() or value == "true"]


@pytest.mark.parametrize("field, value", fields())
def test_a_field_of_a_job_is_taken_as_it_is_shown(server, field, value):
    job = {"schedule": "@every 720h", field: json.loads(value)}
    assert server.post("shown", job).status_code == 204
    stored = server.client.get("/v1.0/jobs/shown").json()
    if field == "data":
        assert stored["data"]["value"] == job["data"]
    elif field != "overwrite":
        assert stored[field] == job[field] or field == "failurePolicy" and same(stored, job)


def same(stored: dict, job: dict) -> bool:
    """Seconds are shown with decimals or without."""
    asked, shown = job["failurePolicy"]["constant"], stored["failurePolicy"]["constant"]
    seconds = [float(policy["interval"].rstrip("s")) for policy in (asked, shown)]
    return seconds[0] == seconds[1] and asked["maxRetries"] == shown["maxRetries"]


def test_all_fields_are_shown():
    assert {field for field, _ in fields()} == {
        "schedule", "dueTime", "repeats", "ttl", "failurePolicy", "data", "overwrite",
    }  # fmt: skip


def test_what_holds_without_a_policy_and_without_overwrite(server):
    assert server.post("plain", {"dueTime": "720h"}, "v1.0").status_code == 204
    policy = server.client.get("/v1.0/jobs/plain").json()["failurePolicy"]["constant"]
    assert (float(policy["interval"].rstrip("s")), policy["maxRetries"]) == (1, 3)
    assert server.post("plain", {"dueTime": "720h"}, "v1.0").status_code == 409


def nexts(schedule: str, count: int, start="2026-11-30T00:00:00Z") -> list[str]:
    command = [BINARY, "jobs", "next", schedule, "-n", str(count), "--from", start]
    result = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["next"]


def test_every_schedule_of_the_cheat_sheet_comes_due():
    shown = [text for row in table(PAGE, "| schedule") for text in code(row[0])]
    assert len(shown) >= 10
    for schedule in shown:
        assert len(nexts(schedule, 3)) == 3, schedule


def test_schedules_mean_what_the_cheat_sheet_says():
    assert nexts("0 30 6 * * *", 1) == ["2026-11-30T06:30:00Z"]
    # From Friday: the quarters of an hour of one day, and then it is Monday.
    day = nexts("0 */15 9-17 * * MON-FRI", 37, "2026-11-27T00:00:00Z")
    assert (day[0], day[35]) == ("2026-11-27T09:00:00Z", "2026-11-27T17:45:00Z")
    assert day[36] == "2026-11-30T09:00:00Z"
    assert nexts("0 0 8 1 JAN,JUL *", 2) == ["2027-01-01T08:00:00Z", "2027-07-01T08:00:00Z"]
    assert nexts("TZ=Europe/Berlin 0 30 6 * * *", 1) == ["2026-11-30T05:30:00Z"]
