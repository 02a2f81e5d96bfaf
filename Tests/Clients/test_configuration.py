"""Settings from flags, the environment and a file: which counts, where from, what is refused."""

import json
import os
import subprocess

import pytest

from server import BINARY

USAGE = 2


def ask(*arguments: str, environment: dict | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(BINARY), *arguments], env=os.environ | (environment or {}),
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip


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


def refusal(*arguments: str, **environment: str) -> str:
    """The one line that says what is wrong."""
    result = ask(*arguments, environment=environment)
    said = result.stderr
    assert (result.returncode, result.stdout) == (USAGE, ""), said
    assert said.startswith("daybook: ") and said.count("\n") == 1, said
    return said


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
    assert rows["apps[0].app-addresses"].split("  ")[1:] == [
        "127.0.0.1:8000, 127.0.0.1:8001", f"file {path}, line 3",
    ]  # fmt: skip
    assert rows["log-level"].split()[1:] == ["info", "default"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("data_dir: x", ("line 1", "data_dir", "data-dir is")),
        ("log-level: info\nhttp-prot: 1", ("line 2", "http-prot", "no setting")),
        ("apps:\n - id: a\n   prot: 1", ("line 3", "apps[0].prot")),
        ("http-port: high", ("line 1", "http-port", '"high"')),
        ("app-port: [1]", ("line 1", "app-port", "one value")),
        ("app-addresses: 127.0.0.1:1", ("app-addresses", "list")),
        ("app-id: a\napp-id: b", ("line 1", "app-id", "twice")),
        ("app-id: [", ("line", "flow")),
        ("app-protocol: grpc", ("app-protocol", "grpc", "not there yet")),
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


def test_flags_that_describe_one_app_are_refused_where_a_file_lists_apps(file):
    path = file("apps: [{id: a}]")
    for flag in ("--app-port", "--app-id", "--http-port", "--app-address", "--app-protocol"):
        said = refusal("serve", "--config", path, flag, "1")
        assert flag in said and "lists apps" in said
    assert "APP_PORT" in refusal("serve", "--config", path, APP_PORT="1")


def test_a_bad_variable_is_named(tmp_path):
    said = refusal("serve", "--data-dir", str(tmp_path / "data"), DAPR_HTTP_PORT="tcp://10.0.0.1:1")
    assert "DAPR_HTTP_PORT must be" in said
    assert not (tmp_path / "data").exists()


def test_the_help_names_the_variables_and_the_precedence():
    result = ask("serve", "--help")
    assert result.returncode == 0
    text = " ".join(result.stdout.split())
    for word in ("DAYBOOK_DATA_DIR", "DAPR_API_TOKEN", "APP_API_TOKEN", "DAPR_HTTP_PORT", "SIGHUP"):
        assert word in text
    assert "then in the environment" in text and "then in the file" in text
