"""Help that teaches: its examples work, and so do the completions it says how to install."""

import re
import shutil
import subprocess

import pytest

from commanding import where
from completing import completions, script
from Harness.programs import BINARY, daybook

COMMANDS = {
    (): {"serve", "run", "config", "jobs", "import"},
    ("import",): {"dapr"},
    ("jobs",): {
        "put", "get", "list", "history", "delete", "delete-namespace", "export", "import", "next",
    },
    ("config",): {"show"},
}  # fmt: skip
VERBS = ["put", "get", "list", "history", "delete", "delete-namespace", "export", "import"]
REACHING = {"--server", "--timeout"}
OWNER = {"--app", "--actor", "--namespace", "--data-dir"}
PUT = {
    "--schedule", "--due-time", "--ttl", "--repeats", "--overwrite", "--data", "--data-file",
    "--drop", "--retry-interval", "--max-retries",
}  # fmt: skip


@pytest.fixture
def directory(tmp_path):
    """Somewhere with a file, a directory and a configuration."""
    place = tmp_path / "here"
    (place / "data dir").mkdir(parents=True)
    (place / "data file.json").write_text("1")
    (place / "daybook.yaml").write_text("")
    return place


# Scripts


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell_is_one(shell, tmp_path):
    file = tmp_path / "script"
    file.write_bytes(script(shell))
    for verb in VERBS:
        assert verb in file.read_text()
    # This is how a script would ask the program, which then could ask the server.
    assert "---completion" not in file.read_text()
    if path := shutil.which(shell):
        result = subprocess.run([path, "-n", str(file)], capture_output=True, timeout=60)
        assert (result.returncode, result.stderr) == (0, b"")
    else:
        assert shell != "bash"


def test_another_shell_is_wrong_usage():
    result = daybook("--generate-completion-script", "tcsh")
    assert (result.returncode, result.stdout) == (2, "")


# What bash offers


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "daybook")
def test_commands_are_offered(directory, path):
    offered = completions(directory, *path, "")
    assert COMMANDS[path] <= offered and not offered & {"data file.json", "data dir"}


@pytest.mark.parametrize(
    "verb, flags",
    [("put", PUT | REACHING), ("get", {"--output"} | OWNER | REACHING),
     ("list", {"--prefix", "--limit", "--all", "--all-apps", "--output"} | OWNER | REACHING),
     ("history", {"--count", "--before", "--output"} | OWNER | REACHING),
     ("delete", {"--prefix", "--all", "--output"} | OWNER | REACHING),
     ("delete-namespace", {"--output", "--data-dir", "--timeout"}),
     ("export", OWNER | {"--timeout"}), ("import", {"--overwrite", "--data-dir", "--timeout"})],
)  # fmt: skip
def test_flags_of_each_command_are_offered(directory, verb, flags):
    offered = completions(directory, "jobs", verb, "--")
    assert offered == flags | {"--help", "--version"}


def test_a_flag_that_stands_there_is_not_offered_again(directory):
    assert "--all" not in completions(directory, "jobs", "list", "--all", "--")


def test_words_that_a_flag_takes_are_offered(directory):
    for verb in ("get", "list", "history", "delete"):
        assert completions(directory, "jobs", verb, "-o", "") == {"table", "json", "jsonl"}
    assert completions(directory, "jobs", "list", "--output", "js") == {"json", "jsonl"}
    named = {"@yearly", "@monthly", "@weekly", "@daily", "@hourly"}
    assert completions(directory, "jobs", "put", "x", "--schedule", "") == named
    for command in (["serve"], ["run"], ["config", "show"]):
        assert completions(directory, *command, "--log-format", "") == {"text", "json"}
        assert completions(directory, *command, "--log-level", "e") == {"error"}
        assert completions(directory, *command, "--app-protocol", "") == {"http", "grpc"}


def test_files_and_directories_are_offered_where_they_can_be_meant(directory):
    everything = {"data dir", "data file.json", "daybook.yaml"}
    assert completions(directory, "jobs", "put", "x", "--data-file", "") == everything
    assert completions(directory, "jobs", "put", "x", "--data-file", "data f") == {"data file.json"}
    assert completions(directory, "jobs", "import", "") >= everything
    assert completions(directory, "jobs", "list", "--data-dir", "") == {"data dir"}
    for command in (["serve"], ["run"], ["config", "show"]):
        assert completions(directory, *command, "--data-dir", "") == {"data dir"}
        assert completions(directory, *command, "--config", "") == {"data dir", "daybook.yaml"}
        for flag in ("--api-token-file", "--app-api-token-file"):
            assert completions(directory, *command, flag, "") == everything


@pytest.mark.parametrize(
    "words",
    [["get", ""], ["history", ""], ["delete", ""], ["put", ""], ["list", "--prefix", ""],
     ["put", "x", "--data", ""], ["get", "x", "--server", ""], ["put", "x", "--due-time", ""]],
    ids=" ".join,
)  # fmt: skip
def test_nothing_is_made_up(directory, words):
    assert not {"data dir", "data file.json"} & completions(directory, "jobs", *words)


# Help


def help_of(*path: str) -> str:
    result = daybook(*path, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def examples(text: str, command: str) -> list[str]:
    """The lines that are set off and call `command`, with the lines that go on from them."""
    whole = text.replace("\\\n", "")
    return [line for line in re.findall(r"^  (\S.*)$", whole, re.MULTILINE) if command in line]


@pytest.mark.parametrize("verb", [None, *VERBS], ids=str)
def test_every_example_works_as_it_stands(server, tmp_path, verb):
    if verb in ("get", "list", "history", "delete"):
        server.schedule("report", dueTime="1h")
        server.schedule("report-1", dueTime="1h")
    (tmp_path / "order.json").write_text('{"order": 1}')
    (tmp_path / "jobs.jsonl").write_text(
        '{"namespace":"default","app":"shop","name":"imported","dueTime":"1h"}'
    )
    shown = help_of("jobs", verb) if verb else help_of("jobs")
    found = examples(shown[: shown.index("USAGE:")], "daybook jobs ")
    assert len(found) >= 2
    found = [line for line in found if "jq" not in line or shutil.which("jq")]
    for line in found:
        result = subprocess.run(
            ["/bin/bash", "-c", f"set -o pipefail; {line}"],
            capture_output=True, timeout=60, cwd=tmp_path,
            env=where(server) | {
                "PATH": f"{BINARY.parent}:/usr/bin:/bin",
                "DAYBOOK_DATA_DIR": str(server.directory),
            },
        )  # fmt: skip
        assert (result.returncode, result.stderr) == (0, b""), (line, result.stderr.decode())
    if verb == "put":
        assert server.get("report").json()["schedule"] == "@hourly"
        assert server.get("poll").json()["repeats"] == 100


@pytest.mark.parametrize("path", [(), ("jobs",), *(("jobs", verb) for verb in VERBS)], ids=str)
def test_help_fits_a_terminal_and_says_how_it_ends(path):
    shown = help_of(*path)
    before = shown[: shown.index("USAGE:")]
    assert max(map(len, before.splitlines())) <= 80
    assert "Exit codes: 0" in " ".join(before.split())
    # Only the last line of what is set off can be followed by a line that is not.
    assert not re.search(r"^  .*\n(?!  |\n)", before, re.MULTILINE), "an example is broken"


def test_the_first_help_says_how_completions_are_installed(tmp_path):
    shown = examples(help_of(), "--generate-completion-script")
    assert [re.search("bash|zsh|fish", line)[0] for line in shown] == ["bash", "zsh", "fish"]
    environment = {"PATH": f"{BINARY.parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    (tmp_path / ".config/fish/completions").mkdir(parents=True)
    lines = f"{shown[0]}; fpath=({tmp_path}); fpath[1]={tmp_path}; {shown[1]}; {shown[2]}"
    result = subprocess.run(
        ["/bin/bash", "-c", f"{lines}; complete -p daybook"],
        capture_output=True, timeout=60, env=environment,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
    assert b"_daybook" in result.stdout
    assert (tmp_path / "_daybook").read_bytes() == script("zsh")
    fish = tmp_path / ".config/fish/completions/daybook.fish"
    assert fish.read_bytes() == script("fish")
