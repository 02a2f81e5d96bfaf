"""The command lines with which Dapr's chart and `dapr init` start its scheduler start Daybook, as
the page on them says flag by flag."""

import json
import os
import re
import shlex
import subprocess

import httpx
import pytest

from Harness import replay
from Harness.programs import BINARY, ROOT, daybook
from Harness.waiting import wait_until
from sidecar import app, scheduler_stub
from test_scheduler_service import LATER, names

PAGE = ROOT / "Sources/daybook/daybook.docc/DaprFlags.md"
SOURCES = ROOT / "Sources/daybook/Serve"
USAGE = 2
# No variable of this machine decides anything beside those of the test.
OURS = ("DAYBOOK_", "DAPR_")
CLEAN = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
OPEN = {"DAYBOOK_INSECURE": "true"}


def rows() -> list[tuple[list[str], str, str]]:
    """A flag with its value, whose it is, and what it does here."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `--")]
    cells = [re.split(r"\s*\|\s*", line.strip("| ")) for line in lines]
    return [(shlex.split(flag.strip("`")), of, here) for flag, of, here in cells]


def command(of: str) -> list[str]:
    """The flags that the chart, `dapr init`, or neither gives, but for those that are refused."""
    return [
        word for flag, whose, here in rows()
        if whose == of and not here.startswith("refused") for word in flag
    ]  # fmt: skip


class Serving:
    """A process on free ports, in a directory of its own."""

    def __init__(self, directory, ports, flags, environment):
        self.port, self.health_port, self.metrics_port = (ports.free() for _ in range(3))
        self.data = directory / "volume" / "dapr" / "scheduler"
        (directory / "volume").mkdir()
        places = {"--etcd-data-dir": self.data, "--metrics-port": self.metrics_port}
        here = {
            "DAYBOOK_HTTP_PORT": "0", "DAYBOOK_GRPC_PORT": "0", "DAYBOOK_LOG_FORMAT": "json",
            "DAYBOOK_METRICS_PORT": str(self.metrics_port),
            "DAYBOOK_SCHEDULER_PORT": str(self.port), "DAYBOOK_HEALTHZ_PORT": str(self.health_port),
        }  # fmt: skip
        self.log = directory / "log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [str(BINARY), "serve", *placed(flags, places)], cwd=directory, stdout=output,
                stderr=output, env=CLEAN | here | environment,
            )  # fmt: skip

    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def line(self, message: str) -> dict:
        def found():
            assert self.process.poll() is None, self.log.read_text()
            return [line for line in self.lines() if message in line["message"]]

        return wait_until(found, message)[0]

    def get(self, port: int, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=15)


def placed(flags: list[str], places: dict) -> list[str]:
    """The flags, with values that this machine has room for."""
    words = []
    for word in flags:
        name, _, value = word.partition("=")
        if words and words[-1] in places:
            words.append(str(places[words[-1]]))
        elif value and name in places:
            words.append(f"{name}={places[name]}")
        else:
            words.append(word)
    return words


@pytest.fixture
def start(tmp_path, ports):
    """Starts a server: start("--port=1", DAYBOOK_INSECURE="true"). It must stop cleanly, with a log
    in which the judge finds nothing."""
    started = []

    def make(*flags: str, **environment: str) -> Serving:
        started.append(Serving(tmp_path, ports, flags, environment))
        return started[-1]

    yield make
    for server in started:
        server.process.terminate()
        try:
            assert server.process.wait(30) == 0, server.log.read_text()
        finally:
            server.process.kill()
        code, report = replay.audit(server.data)
        assert code == replay.FINE, report


def shown(*flags: str, **environment: str) -> dict[str, str]:
    result = daybook("config", "show", "-o", "json", *flags, env=CLEAN | environment)
    assert result.returncode == 0, result.stderr
    return {line["key"]: line["value"] for line in json.loads(result.stdout)["settings"]}


def refused(*flags: str, **environment: str) -> str:
    result = daybook("serve", *flags, env=CLEAN | environment)
    assert (result.returncode, result.stdout) == (USAGE, ""), result.stderr
    return result.stderr


def test_every_flag_of_daprs_that_is_taken_is_on_the_page():
    text = (SOURCES / "DaprFlags.swift").read_text()
    names = re.findall(r"@Option var (\w+):", text) + ["healthzPort", "logLevel", "logFile"]
    taken = {
        "--" + re.sub("([A-Z]+)", lambda part: "-" + part[1].lower(), name) for name in names
    } | {"--override-broadcast-host-port", "--metrics-port"}
    assert taken == {flag[0].partition("=")[0] for flag, _, _ in rows()}


def test_what_the_chart_gives_starts_it(start, protos):
    server = start(*command("chart"), NAMESPACE="dapr-system", **OPEN)
    serving = server.line("serving")
    assert serving["scheduler"] == f"0.0.0.0:{server.port}"
    assert serving["metrics"] == f"0.0.0.0:{server.metrics_port}"
    assert serving["health"] == f"0.0.0.0:{server.health_port}"
    assert serving["data-dir"] == str(server.data)
    nothing = {
        flag[0].partition("=")[0] for flag, of, here in rows()
        if of == "chart" and here.startswith("nothing")
    }  # fmt: skip
    assert set(server.line("mean nothing here")["flags"].split()) == nothing
    assert server.get(server.health_port, "/healthz").status_code == 200
    assert server.get(server.metrics_port, "/").text.startswith("# HELP")
    stub = scheduler_stub(protos, server.port)
    stub.ScheduleJob(name="j", metadata=app(), job={"due_time": LATER})
    assert names(stub, app()) == ["j"]
    stub.channel.close()


def test_what_dapr_init_gives_starts_it(start):
    server = start(*command("init"))
    assert server.line("serving")["scheduler"] == f"127.0.0.1:{server.port}"
    assert server.get(server.health_port, "/healthz").status_code == 200
    assert server.data.is_dir()


def test_the_other_flags_start_it_too(start):
    given = [word for word in command("") if not word.startswith(("--port", "--healthz-port"))]
    server = start(*given, "--etcd-data-dir=./data", "--metrics-port=9090", **OPEN)
    log = server.log.parent / "scheduler.log"
    wait_until(lambda: log.exists() and '"serving"' in log.read_text(), "it says so in the file")


@pytest.mark.parametrize(
    "flag, words",
    [
        (next(flag for flag, _, _ in rows() if flag[0] == "--tls-enabled"), "plain text"),
        (["--tls-enabled=true"], "plain text"),
        (["--tls-enabled", "--port=1"], "plain text"),
        (
            next(flag for flag, _, _ in rows() if flag[0] == "--etcd-initial-cluster"),
            "names 3 members",
        ),
        (
            ["--etcd-initial-cluster=a=http://a:1", "--etcd-initial-cluster=b=http://b:1"],
            "names 2 members",
        ),
        (["--enable-metrics=perhaps"], "must be true or false"),
        (["--log-level=fine"], "must be one of"),
        (["--healthz-port=none"], "healthz-port"),
        (["--listen-address=0.0.0.0"], "DAYBOOK_INSECURE=true"),
    ],
)
def test_what_is_refused(flag, words, tmp_path):
    assert words in refused(*flag, "--data-dir", str(tmp_path / "d"))
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    "flags, environment, expected",
    [
        ([], {}, {"healthz-port": "0", "data-dir": "./daybook-data"}),
        (["--id=a"], {}, {"healthz-port": "8080", "healthz-address": "127.0.0.1"}),
        (["--id=a", "--healthz-port=0"], {}, {"healthz-port": "0"}),
        (["--id=a"], {"DAYBOOK_HEALTHZ_PORT": "1"}, {"healthz-port": "1"}),
        (["--healthz-listen-address="], {}, {"healthz-address": "0.0.0.0"}),
        (["--metrics-listen-address="], {}, {"metrics-address": "0.0.0.0"}),
        (["--listen-address="], {}, {"scheduler-address": "127.0.0.1"}),
        (["--listen-address="], OPEN, {
            "scheduler-address": "0.0.0.0", "metrics-address": "0.0.0.0",
            "healthz-address": "0.0.0.0", "http-address": "127.0.0.1",
        }),
        (["--listen-address=", "--insecure"], {}, {"scheduler-address": "0.0.0.0"}),
        (["--listen-address=::1", "--metrics-listen-address=127.0.0.2"], {}, {
            "scheduler-address": "::1", "metrics-address": "127.0.0.2", "healthz-address": "::1",
        }),
        (["--enable-metrics"], {}, {"metrics-port": "9090"}),
        (["--enable-metrics", "--id", "a"], {}, {"metrics-port": "9090"}),
        (["--enable-metrics=false"], {}, {"metrics-port": "0"}),
        (["--enable-metrics", "false"], {}, {"metrics-port": "0"}),
        (["--enable-metrics=F"], {}, {"metrics-port": "0"}),
        (["--log-as-json=1"], {}, {"log-format": "json"}),
        (["--log-as-json"], {}, {"log-format": "json"}),
        (["--log-as-json=false"], {}, {"log-format": "text"}),
        (["--tls-enabled=false", "--etcd-embed"], {}, {}),
        (["--log-level=WARN"], {}, {"log-level": "WARN"}),
        (["--log-level", "fatal"], {}, {"log-level": "fatal"}),
        (["--etcd-data-dir=e"], {}, {"data-dir": "e"}),
        (["--etcd-data-dir=e", "--data-dir=d"], {}, {"data-dir": "d"}),
        (["--etcd-data-dir=e"], {"DAYBOOK_DATA_DIR": "v"}, {"data-dir": "v"}),
        (["--etcd-initial-cluster=a=http://localhost:2380"], {}, {}),
    ],
)  # fmt: skip
def test_what_a_flag_means(flags, environment, expected):
    found = shown(*flags, **environment)
    assert {key: found[key] for key in expected} == expected


def test_a_bare_flag_of_a_command_that_is_run_is_its_own(tmp_path):
    result = daybook(
        "run", "--data-dir", str(tmp_path / "d"), "--http-port", "auto", "--grpc-port", "0",
        "--metrics-port", "0", "--scheduler-port", "0", "--", "echo", "--enable-metrics", env=CLEAN,
    )  # fmt: skip
    assert result.returncode == 0 and "--enable-metrics\n" in result.stdout


# Health


def test_the_health_port_shows_health_and_nothing_else(start):
    server = start("--etcd-data-dir=x")
    server.line("serving")
    for path in ("/healthz", "/livez", "/readyz"):
        assert server.get(server.health_port, path).status_code == 200, path
    for path in ("/", "/metrics"):
        assert server.get(server.health_port, path).status_code == 404, path
        assert server.get(server.metrics_port, path).status_code == 200, path


def test_a_health_port_that_is_taken_is_said(start, tmp_path):
    server = start("--etcd-data-dir=x")
    server.line("serving")
    result = daybook(
        "serve", "--data-dir", str(tmp_path / "d"), "--http-port", "0", "--grpc-port", "0",
        "--metrics-port", "0", "--scheduler-port", "0", f"--healthz-port={server.health_port}",
        env=CLEAN,
    )  # fmt: skip
    assert result.returncode == 3 and str(server.health_port) in result.stderr
    assert not (tmp_path / "d").exists()
