"""`tools/test` with parts that only say how they end."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from machines import Machine

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["swift", "clients", "crash", "oracle", "outside", "rules", "days", "bugs"]


@pytest.fixture
def tree(tmp_path, machine):
    """A clone in which everything is built and only notes how it is called."""
    tree = tmp_path / "tree"
    machine.has("dpkg-query", "echo install ok installed")
    machine.has("python3")
    for name in ("test", "setup"):
        copied(tree, f"tools/{name}")
    copied(tree, "Tests/Clients/requirements.txt")
    for path in ("Tests/Peers/a.go", ".build/peers/peer"):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).touch()
    says(machine, tree / ".venv/bin/python", 'echo "== 5 passed in 1.00s =="')
    shutil.copy2(tree / "Tests/Clients/requirements.txt", tree / ".venv")
    says(machine, tree / "tools/crashtest/run", "echo 9 kills")
    says(machine, tree / "tools/plantedbugs/run", "echo planted bugs: 1, found: 1")
    says(machine, tree / ".build/release/daybook-simulate", "echo no findings")
    return tree


def copied(tree: Path, path: str) -> None:
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / path, tree / path)


def says(machine: Machine, program: Path, script: str) -> None:
    program.parent.mkdir(parents=True, exist_ok=True)
    machine.has(program.name, script)
    program.unlink(missing_ok=True)
    (machine.programs / program.name).rename(program)


def summary(output: str) -> dict[str, str]:
    """How each part ended, by the last lines."""
    return {line.split()[0]: line.split()[1] for line in output.splitlines()[-9:-1]}


def test_everything_passes(machine, tree):
    done = machine.run(tree / "tools/test")
    assert done.returncode == 0, done.stdout
    assert summary(done.stdout) == dict.fromkeys(PARTS, "passed")
    assert done.stdout.endswith("\n8 passed, 0 failed\n")
    assert "daybook-simulate --seeds 500 --hours 24" in machine.called()
    assert "run --simulated --passed" in machine.called()


def test_all_parts_run_even_if_two_fail(machine, tree):
    says(machine, tree / "tools/crashtest/run", "echo kills FAILED: a tick is gone; exit 1")
    # The first of two commands of a part: the second does not make up for it.
    script = 'if [ "$1" = --regressions ]; then echo an old bug is back; exit 1; fi'
    says(machine, tree / ".build/release/daybook-simulate", script)
    done = machine.run(tree / "tools/test")
    assert done.returncode == 1
    ends = dict.fromkeys(PARTS, "passed") | {"crash": "FAILED", "days": "FAILED"}
    assert summary(done.stdout) == ends
    assert done.stdout.endswith("\n6 passed, 2 failed\n")
    assert "kills FAILED: a tick is gone\n" in done.stdout
    assert "an old bug is back\n" in done.stdout
    assert (tree / ".build/test/crash.txt").read_text() == "kills FAILED: a tick is gone\n"


def test_parts_by_name(machine, tree):
    done = machine.run(tree / "tools/test", "days", "swift")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("\n2 passed, 0 failed\n")
    assert not any(call.startswith(("python", "run")) for call in machine.called())


@pytest.mark.parametrize("flags, configuration", [([], "release"), (["--debug"], "debug")])
def test_what_is_built_is_tested(machine, tree, flags, configuration):
    machine.run(tree / "tools/test", *flags, "swift")
    calls = [call for call in machine.called() if call.startswith(("swift build", "swift test"))]
    assert len(calls) == 7
    assert all(f"--configuration {configuration} " in f"{call} " for call in calls)


def test_a_build_that_fails_ends_it(machine, tree):
    machine.has("swift", 'case "$1" in --version) echo "Swift version 6.3" ;; build) exit 1; esac')
    done = machine.run(tree / "tools/test")
    assert done.returncode == 1
    assert not any(call.startswith("swift test") for call in machine.called())


@pytest.mark.parametrize("argument, code", [("--help", 0), ("nonsense", 2), ("together", 2)])
def test_help_builds_nothing(machine, tree, argument, code):
    done = machine.run(tree / "tools/test", argument)
    assert done.returncode == code
    assert all(f"\n  {part} " in done.stdout for part in PARTS)
    assert machine.called() == []


def test_interrupted_it_leaves_nothing_running(machine, tree):
    says(machine, tree / "tools/crashtest/run", "echo $$; exec sleep 1000")
    command = subprocess.Popen(
        [tree / "tools/test", "crash"], env=machine.environment, stderr=subprocess.PIPE, text=True
    )
    told = tree / ".build/test/crash.txt"
    wait_until(lambda: told.exists() and told.read_text().endswith("\n"))
    sleeper = Path(f"/proc/{told.read_text().strip()}")
    assert sleeper.exists()
    command.send_signal(signal.SIGINT)
    assert command.wait(timeout=60) != 0
    wait_until(lambda: not sleeper.exists())


def wait_until(is_so) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
