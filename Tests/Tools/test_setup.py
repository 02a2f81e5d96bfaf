"""`tools/run` where something is missing: it is installed, or named, with the exit code 2."""

import shutil
from pathlib import Path

import pytest
from machines import Machine

ROOT = Path(__file__).resolve().parents[2]
URL = "    https://www.swift.org/install/linux/\n"


@pytest.fixture
def tree(tmp_path):
    """A clone of Daybook whose programs are built and only say how they are called."""
    (tmp_path / "tree/tools").mkdir(parents=True)
    for name in ("run", "setup"):
        shutil.copy2(ROOT / "tools" / name, tmp_path / "tree/tools")
    for configuration in ("release", "debug"):
        program = tmp_path / "tree/.build" / configuration / "daybook"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/bash\necho "{configuration}: daybook $*"\n')
        program.chmod(0o755)
    return tmp_path / "tree"


def without(machine: Machine, *names: str) -> None:
    for name in names:
        (machine.programs / name).unlink()


def is_user(machine: Machine) -> None:
    machine.has("id", "echo 1000")


def is_root(machine: Machine) -> None:
    machine.has("id", "echo 0")


def test_nothing_is_there(machine, tree):
    without(machine, "swift", "cc", "c++", "git")
    done = machine.run(tree / "tools/run")
    assert done.returncode == 2
    assert done.stdout == (
        "Daybook needs Swift 6.3 or newer; there is no swift in the PATH.\n" + URL +
        "Not found: git, compilers of C and C++.\n"
        "    packages of Debian and Ubuntu: git ca-certificates gcc g++\n"
        "    packages of Fedora: git gcc gcc-c++\n"
    )  # fmt: skip


def test_swift_is_too_old(machine, tree):
    is_root(machine)
    machine.has("apt-get")
    without(machine, "git")
    machine.has("swift", 'if [ "$1" = --version ]; then echo "Swift version 6.1 (RELEASE)"; fi')
    done = machine.run(tree / "tools/run")
    assert done.returncode == 2
    assert done.stdout == (
        "Daybook needs Swift 6.3 or newer; this is 6.1.\n" + URL +
        "Not found: git.\n"
        "    as root: apt-get update && apt-get install -y git ca-certificates\n"
    )  # fmt: skip
    assert not [call for call in machine.called() if call.startswith(("apt-get", "swift build"))]


@pytest.mark.parametrize("version", ["6.3", "6.3.1", "6.10", "7.0"])
def test_swift_is_new_enough(machine, tree, version):
    machine.has("swift", f'if [ "$1" = --version ]; then echo "Swift version {version} (x)"; fi')
    assert machine.run(tree / "tools/run").returncode == 0


@pytest.mark.parametrize("manager, command", [
    ("apt-get", "apt-get update && apt-get install -y gcc g++"),
    ("dnf", "dnf install -y gcc gcc-c++"),
])  # fmt: skip
def test_a_user_without_sudo(machine, tree, manager, command):
    is_user(machine)
    without(machine, "cc")
    machine.has(manager)
    done = machine.run(tree / "tools/run")
    assert done.returncode == 2
    assert done.stdout == f"Not found: compilers of C and C++.\n    as root: {command}\n"
    assert not [call for call in machine.called() if call.startswith(manager)]


def test_a_user_whom_sudo_refuses(machine, tree):
    is_user(machine)
    without(machine, "git")
    machine.has("apt-get")
    machine.has("sudo", "exit 1")
    done = machine.run(tree / "tools/run")
    assert done.returncode == 2
    assert "as root: apt-get update && apt-get install -y git ca-certificates\n" in done.stdout
    assert not [call for call in machine.called() if call.startswith("apt-get")]


@pytest.mark.parametrize("by_root", [True, False])
def test_what_is_missing_is_installed(machine, tree, by_root):
    without(machine, "git")
    script = f'if [ "$1" = install ]; then cp {machine.programs}/cc {machine.programs}/git; fi'
    machine.has("apt-get", script)
    machine.has("sudo", 'env "$@"')
    (is_root if by_root else is_user)(machine)
    done = machine.run(tree / "tools/run", "--app-port", "8000")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("release: daybook serve --app-port 8000\n")
    calls = machine.called()
    installing = "apt-get install -y -qq --no-install-recommends git ca-certificates"
    assert [call for call in calls if call.startswith("apt-get")] == [
        "apt-get update -qq", installing
    ]  # fmt: skip
    assert len([call for call in calls if call.startswith("sudo")]) == (0 if by_root else 2)
    built = [call for call in calls if call.startswith("swift build")]
    assert [call.split()[-3:] for call in built] == [
        ["release", "--product", "daybook"], ["release", "--product", "daybook-replay"]
    ]  # fmt: skip
    # Who only serves needs no Python.
    assert not (tree / ".venv").exists()


def test_swift_cannot_start_without_its_libraries(machine, tree):
    libraries = machine.programs / "libraries"
    machine.has("swift", f'[ -e {libraries} ] && echo "Swift version 6.3.1" || exit 127')
    machine.has("apt-get", f'if [ "$1" = install ]; then touch {libraries}; fi')
    is_root(machine)
    done = machine.run(tree / "tools/run")
    assert done.returncode == 0, done.stdout
    packages = "libcurl4 libncurses6 libsqlite3-0 libxml2"
    assert f"apt-get install -y -qq --no-install-recommends {packages}" in machine.called()


def test_what_is_installed_does_not_help(machine, tree):
    without(machine, "git")
    machine.has("apt-get")
    is_root(machine)
    done = machine.run(tree / "tools/run")
    assert done.returncode == 2
    assert "Not found: git.\n" in done.stdout


def test_help_builds_nothing(machine, tree):
    without(machine, "swift", "cc", "git")
    done = machine.run(tree / "tools/run", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Builds Daybook and serves: tools/run [--debug] [flags of")
    assert "set -euo" not in done.stdout
    assert machine.called() == []


def test_debug(machine, tree):
    done = machine.run(tree / "tools/run", "--debug", "--http-port", "3501")
    assert done.stdout.endswith("debug: daybook serve --http-port 3501\n")
    assert any("--configuration debug" in call for call in machine.called())
