"""The examples in Python, Node, Go and shell do what the README says of them."""

import os
import re
import signal
import subprocess
import sys
import threading

import pytest

from fences import code, table
from Harness.programs import BINARY, REPLAY, ROOT

EXAMPLES = ROOT / "tools/examples"
COMMANDS = [code(row[2])[0] for row in table((ROOT / "README.md").read_text(), "| | example")]
DUE = re.compile(r"shop \| report to ops, due (\S+)$")
DEADLINE = 60


class Run:
    """`daybook run` of an example, and the lines it prints."""

    def __init__(self, command: list[str], directory):
        self.lines: list[str] = []
        self.printed = threading.Condition()
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=(directory / "run.log").open("wb"), text=True,
            cwd=ROOT, env=os.environ | {"GOFLAGS": "", "GO111MODULE": "off"},
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            with self.printed:
                self.lines.append(line.rstrip())
                self.printed.notify()

    def wait_for(self, what: str, pattern: str, count=1) -> list[str]:
        """The first `count` lines that match."""

        def found():
            return [line for line in self.lines if re.search(pattern, line)][:count]

        with self.printed:
            assert self.printed.wait_for(lambda: len(found()) == count, DEADLINE), (
                f"not {what}: {self.lines}"
            )
            return found()


@pytest.fixture
def run(tmp_path, ports):
    """Runs an example beside a server, and asks the judge in the end."""
    data = tmp_path / "data"
    options = [
        "--data-dir", str(data), "--app-id", "shop", "--app-port", str(ports.free()),
        "--http-port", str(ports.free()), "--grpc-port", "0", "--scheduler-port", "0",
        "--metrics-port", "0",
    ]  # fmt: skip
    runs = []

    def start(example: str) -> Run:
        runs.append(Run([str(BINARY), "run", *options, "--", *example.split()], tmp_path))
        return runs[-1]

    yield start
    for one in runs:
        one.process.send_signal(signal.SIGTERM)
        one.process.wait(DEADLINE)
    audit = subprocess.run([str(REPLAY), "audit", "--data-dir", str(data)], capture_output=True)
    assert audit.returncode == 0, audit.stdout


def test_every_example_is_in_the_readme():
    shown = {name for command in COMMANDS for name in command.split() if "/" in name}
    assert shown == {f"tools/examples/{path.name}" for path in EXAMPLES.glob("schedule.*")}


@pytest.mark.parametrize("command", [one for one in COMMANDS if not one.endswith(".sh")])
def test_an_example_schedules_a_job_and_answers_its_calls(run, command):
    example = run(command)
    example.wait_for("scheduled", "^shop [|] scheduled: 204$")
    lines = example.wait_for("called three times", DUE.pattern, 3)
    dues = [DUE.search(line)[1] for line in lines]
    assert len(set(dues)) == 3 and dues == sorted(dues)
    example.process.send_signal(signal.SIGTERM)
    assert example.process.wait(DEADLINE) == 0


def test_the_example_in_fastapi(run):
    example = run(f"{sys.executable} tools/examples/fastapi_app.py")
    example.wait_for("scheduled", "^shop [|] scheduled: greet, every 5 s$")
    (line,) = example.wait_for("called", "^shop [|] triggered: ")
    assert re.fullmatch(r"shop \| triggered: hello, due \S+Z, key [0-9a-f]{32}-\d+-1", line)


def test_an_example_that_starts_again_takes_its_job_over(run):
    """It says `overwrite`, so its second start is no conflict."""
    for _ in range(2):
        example = run("python3 tools/examples/schedule.py")
        example.wait_for("scheduled", "^shop [|] scheduled: 204$")
        example.process.send_signal(signal.SIGTERM)
        assert example.process.wait(DEADLINE) == 0


def test_the_example_with_curl_shows_a_job_its_history_and_its_end(run):
    example = run("tools/examples/schedule.sh")
    assert example.process.wait(DEADLINE) == 0
    example.wait_for("the last line", "deleted")
    text = "\n".join(line.removeprefix("shop | ") for line in example.lines)
    steps = [
        r"^scheduled$", r'^{"name":"report","schedule":"@every 2s",',
        r'^called: /job/report {"to":"ops"}$', r'"kind":"acknowledged"', r"^deleted$",
    ]  # fmt: skip
    assert [step for step in steps if not re.search(step, text, re.MULTILINE)] == []
