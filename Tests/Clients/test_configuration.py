"""Settings from flags, the environment and a file: which counts, where from, what is refused."""

import json
import os
import re
import subprocess

import pytest

from Harness.programs import BINARY, ROOT, complaint, daybook

USAGE = 2


def ask(*arguments: str, environment: dict | None = None) -> subprocess.CompletedProcess:
    return daybook(*arguments, env=os.environ | (environment or {}))


def shown(*arguments: str, **environment: str) -> dict[str, dict]:
    """Every setting by its key, as `daybook config show` says."""
    result = ask("config", "show", "-o", "json", *arguments, environment=environment)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return {row.pop("key"): row for row in json.loads(result.stdout)["settings"]}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "daybook.yaml"

    def write(text: str) -> str:
        path.write_text(text)
        return str(path)

    return write


def limited(hard: int, *arguments: str) -> tuple[str, ...]:
    """The command that starts the server with a limit of open descriptors."""
    return ("sh", "-c", f'ulimit -Sn 100 && ulimit -Hn {hard} && exec "$@"', "sh", *arguments)


def refusal(*arguments: str, **environment: str) -> str:
    """The one line that says what is wrong."""
    return complaint(ask(*arguments, environment=environment), USAGE)


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default(file):
    path = file("# settings\napp-id: from-file\nmax-in-flight: 5\n")
    rows = shown("--config", path)
    assert rows["app-id"] == {"value": "from-file", "origin": "file", "file": path, "line": 2}
    assert rows["namespace"] == {"value": "default", "origin": "default"}
    rows = shown("--config", path, APP_ID="from-environment")
    assert rows["app-id"] == {
        "value": "from-environment", "origin": "environment", "name": "APP_ID",
    }  # fmt: skip
    rows = shown("--config", path, "--app-id", "from-flag", APP_ID="from-environment")
    assert rows["app-id"] == {"value": "from-flag", "origin": "flag", "name": "--app-id"}
    assert rows["max-in-flight"]["value"] == "5"
    assert shown(DAYBOOK_CONFIG=path)["app-id"]["value"] == "from-file"


def test_what_is_shown_is_what_is_served_with(serve, apps, file):
    app = apps()
    app.start()
    path = file(f"app-port: {app.port}\nlog-level: debug\n")
    server = serve(flags=["--config", path], environment={"NAMESPACE": "blue"})
    server.receivers.append(app)
    server.schedule("called", dueTime="0s")
    app.wait_for("called")
    server.wait_until_gone("called")
    serving = [json.loads(line) for line in server.log().splitlines() if '"serving"' in line]
    assert serving[0]["namespace"] == "blue" and serving[0]["app-id"] == "shop"


def test_the_table_is_for_people(file):
    path = file("apps:\n - id: shop\n   app-addresses: [127.0.0.1:8000, 127.0.0.1:8001]\n")
    result = ask("config", "show", "--config", path)
    assert result.returncode == 0
    rows = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert re.split("  +", rows["apps[0].app-addresses"])[1:] == [
        "127.0.0.1:8000, 127.0.0.1:8001", f"file {path}, line 3",
    ]  # fmt: skip
    assert rows["log-level"].split()[1:] == ["info", "default"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("data_dir: x", ("line 1", "data_dir", "data-dir is")),
        ("log-level: info\nhttp-prot: 1", ("line 2", "http-prot", "not a setting")),
        ("apps:\n - id: a\n   prot: 1", ("line 3", "apps[0].prot")),
        ("http-port: high", ("line 1", "http-port", '"high"')),
        ("app-port: [1]", ("line 1", "app-port", "one value")),
        ("app-addresses: 127.0.0.1:1", ("app-addresses", "list")),
        ("app-id: a\napp-id: b", ("line 1", "app-id", "twice")),
        ("app-id: [", ("line", "flow")),
        ("app-protocol: ftp", ("app-protocol", "http, grpc", "ftp")),
        ("apps: []", ("apps", "1 to 100")),
        ("apps: [{id: a}, {id: b}]", ("apps[0]", "apps[1]", "3500")),
        ("app-id: \u202ereversed\napp-id2: 1", ("app-id2",)),
        ("\"\\e[31m\": 1", ("\\u{1b}[31m",)),
        ("api-token: [a, b, c]", ("api-token", "two")),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_one_line_with_its_place(file, tmp_path, text, words):
    path = file(text)
    directory = str(tmp_path / "data")
    for command in (("serve", "--data-dir", directory), ("config", "show"), ("run",)):
        more = ("--", "true") if command == ("run",) else ()
        said = refusal(*command, "--config", path, *more)
        for word in (path, *words):
            assert word in said, said
        assert said.removesuffix("\n").isprintable(), ascii(said)
    assert not (tmp_path / "data").exists()


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    assert "No such file" in refusal("config", "show", "--config", str(tmp_path / "none.yaml"))
    assert "directory" in refusal("config", "show", "--config", str(tmp_path))
    (tmp_path / "bytes").write_bytes(b"app-id: \xff\n")
    assert "UTF-8" in refusal("config", "show", "--config", str(tmp_path / "bytes"))
    (tmp_path / "long").write_text("# long\n" * 200_000)
    assert "larger" in refusal("config", "show", "--config", str(tmp_path / "long"))
    (tmp_path / "deep").write_text("a: " + "[" * 100_000)
    refusal("config", "show", "--config", str(tmp_path / "deep"))


def test_what_is_said_in_vain_is_warned_about_at_the_start(deploy):
    server = deploy(shop={"max-in-flight": 3})
    assert "and not" not in server.log()
    server.stop()
    server.command += ["--max-in-flight", "5"]
    server.start()
    (line,) = [line for line in server.log().splitlines() if '"warning"' in line]
    said = json.loads(line)["message"]
    assert said.endswith("apps[0].max-in-flight takes precedence over --max-in-flight"), said
    assert str(server.configuration) in said


def test_what_is_not_set_is_shown_so_and_what_is_long_is_shown_whole(file):
    rows = shown()
    for key in ("app-port", "app-addresses", "api-token", "app-api-token"):
        assert rows[key] == {"value": "not set", "origin": "default"}
    # Both were cut.
    addresses = [f"replica-{number:03}.example.org:8000" for number in range(100)]
    path = file(json.dumps({"app-addresses": addresses}))
    result = ask("config", "show", "--config", path)
    assert ", ".join(addresses) in result.stdout
    assert shown("--config", path)["app-addresses"]["value"] == ", ".join(addresses)
    named = f"replica.example.org:{'8' * 4}"
    assert shown(APP_PORT="8000", DAYBOOK_APP_ADDRESSES=named)["app-port"]["value"] == "8000"


def test_settings_that_can_outgrow_the_limit_of_descriptors_are_refused(file, tmp_path, ports):
    apps = [{"id": name, "http-port": ports.free(), "app-port": 1} for name in "ab"]
    path = file(json.dumps({"apps": apps, "metrics-port": 0, "scheduler-port": 0}))
    directory = tmp_path / "data"
    command = (str(BINARY), "serve", "--config", path, "--data-dir", str(directory))
    result = subprocess.run(limited(1_200, *command), capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (USAGE, "")
    need = int(re.search(r"need (\d+) open descriptors, and 1200 are allowed", result.stderr)[1])
    assert 2 * (512 + 2 * 64) < need < 2_000
    assert "max-in-flight" in result.stderr and "LimitNOFILE" in result.stderr
    assert not directory.exists()
    # So many are enough, and one less is not.
    for allowed in (need, need - 1):
        process = subprocess.Popen(limited(allowed, *command), stderr=subprocess.PIPE, text=True)
        lines = iter(process.stderr.readline, "")
        assert any(' serving' in line for line in lines) == (allowed == need)
        process.terminate()
        assert process.wait(60) == (0 if allowed == need else USAGE)
        process.stderr.close()


def test_what_the_container_starts_by_itself_wants_a_token(tmp_path, ports):
    text = (ROOT / "tools/container/Containerfile").read_text()
    flags = json.loads(re.search(r"^CMD (\[.*?\])$", text.replace("\\\n", ""), re.M)[1])
    assert "0.0.0.0" in flags and "--insecure" not in flags
    token = flags[flags.index("--api-token-file") + 1]
    flags[flags.index("--data-dir") + 1] = str(tmp_path / "data")
    assert token in refusal(*flags)
    assert not (tmp_path / "data").exists()


def test_the_unit_of_systemd_starts_what_there_is(file, tmp_path):
    text = (ROOT / "tools/systemd/daybook.service").read_text()
    (command,) = re.findall(r"^ExecStart=/usr/local/bin/daybook serve (.*)$", text, re.M)
    flags = command.replace("${STATE_DIRECTORY}", str(tmp_path)).split()
    flags[flags.index("--config") + 1] = file("app-port: 8080")
    rows = shown(*flags)
    assert rows["data-dir"]["value"] == str(tmp_path) and rows["app-port"]["value"] == "8080"


def test_help_that_was_asked_for_is_no_mistake_and_a_mistake_is_one():
    for command in (("config",), ("jobs",), ("--help",), ("serve", "--help"), ("--version",)):
        result = ask(*command)
        assert (result.returncode, result.stderr) == (0, ""), command
        assert result.stdout
    for command in (("nonsense",), ("serve", "--nonsense"), ("jobs", "next", "-n", "0", "@daily")):
        result = ask(*command)
        assert (result.returncode, result.stdout) == (USAGE, ""), command


def test_flags_that_describe_one_app_are_refused_where_a_file_lists_apps(file):
    path = file("apps: [{id: a}]")
    for flag in ("--app-port", "--app-id", "--http-port", "--app-address", "--app-protocol"):
        said = refusal("serve", "--config", path, flag, "1")
        assert flag in said and "lists apps" in said
    assert "APP_PORT" in refusal("serve", "--config", path, APP_PORT="1")


def test_a_bad_variable_is_named(tmp_path):
    said = refusal("serve", "--data-dir", str(tmp_path / "data"), DAPR_HTTP_PORT="10.0.0.1:1")
    assert "DAPR_HTTP_PORT must be" in said
    assert not (tmp_path / "data").exists()


def test_the_help_names_the_variables_and_the_precedence():
    result = ask("serve", "--help")
    assert result.returncode == 0
    text = " ".join(result.stdout.split())
    for word in ("DAYBOOK_DATA_DIR", "DAPR_API_TOKEN", "APP_API_TOKEN", "DAPR_HTTP_PORT", "SIGHUP"):
        assert word in text
    assert "else from the environment" in text and "else from the file" in text
