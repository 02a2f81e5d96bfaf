"""Failpoints: named by one variable, refused when they are none, and there the process ends."""

import os
import signal
import subprocess

import pytest

from Harness.programs import BINARY, REPLAY

VARIABLE = "DAYBOOK_FAILPOINT"
USAGE = 2


def ask(program, *arguments: str, failpoint: str | None = None) -> subprocess.CompletedProcess:
    environment = dict(os.environ)
    if failpoint is not None:
        environment[VARIABLE] = failpoint
    return subprocess.run(
        [str(program), *arguments], env=environment, capture_output=True, text=True, timeout=60
    )


def test_the_program_lists_its_failpoints():
    result = ask(BINARY, "config", "failpoints")
    names = result.stdout.split()
    assert (result.returncode, result.stderr) == (0, "")
    assert len(names) >= 30
    assert len(set(names)) == len(names)
    assert {"turn-committed", "checkpoint-named", "copy-filled"} <= set(names)


@pytest.mark.parametrize("program", [BINARY, REPLAY], ids=["daybook", "daybook-replay"])
@pytest.mark.parametrize("text", ["", "nowhere", "turn-committed@0", "turn-committed@x"])
def test_what_is_no_failpoint_is_a_mistake_in_the_usage(program, text):
    result = ask(program, "--help", failpoint=text)
    assert (result.returncode, result.stdout) == (USAGE, "")
    assert f'there is no failpoint "{text}"' in result.stderr
    for name in ask(BINARY, "config", "failpoints").stdout.split():
        assert name in result.stderr


def test_an_armed_one_is_told_and_kills_the_server_at_that_pass(serve):
    server = serve()
    server.schedule("before", dueTime="1h")
    server.kill()
    # The first turn of a life records that it has begun, the second is the request's.
    server.environment[VARIABLE] = "turn-committed@2"
    server.start()
    warnings = [line for line in server.log().splitlines() if '"level":"warning"' in line]
    assert any("turn-committed@2" in line for line in warnings)
    with pytest.raises(Exception, match="disconnect|reset|closed|broken"):
        server.schedule("durable", dueTime="1h")
    assert server.process.wait(60) == -signal.SIGKILL
    del server.environment[VARIABLE]
    server.start()
    assert server.has("before") and server.has("durable"), "it was committed"
