"""Running `daybook jobs put|get|list|history|delete`."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
import threading

from Harness.programs import BINARY, complaint, daybook

# Exit codes.
REFUSED, USAGE, CANNOT_REACH, IO = 1, 2, 3, 6
# No server and no token of this machine's gets through.
ENVIRONMENT = {name: os.environ[name] for name in os.environ if not name.startswith("DAPR_")}


def url(server) -> str:
    return str(server.client.base_url).rstrip("/")


def where(server) -> dict[str, str]:
    """The environment that leads to `server`, which may be a URL."""
    endpoint = server if isinstance(server, str) else url(server)
    return ENVIRONMENT | {"DAPR_HTTP_ENDPOINT": endpoint}


def run(
    server, verb: str, *arguments: str, stdin: bytes = b"", **variables: str
) -> subprocess.CompletedProcess:
    options = {"input": stdin, "timeout": 120, "env": where(server) | variables}
    return daybook("jobs", verb, *arguments, text=False, **options)


def done(server, verb: str, *arguments: str, stdin: bytes = b"", **variables: str) -> str:
    """What it prints to a program; it must succeed and not complain."""
    result = run(server, verb, *arguments, stdin=stdin, **variables)
    assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
    return result.stdout.decode()


def put(server, name: str, *arguments: str, stdin: bytes = b"") -> None:
    assert done(server, "put", *arguments, "--", name, stdin=stdin) == ""


def get(server, name: str) -> dict:
    return json.loads(done(server, "get", "--", name))


def listed(server, *arguments: str) -> list[dict]:
    """All jobs, one a line."""
    lines = done(server, "list", "--all", "-o", "jsonl", *arguments).splitlines()
    return [json.loads(line) for line in lines]


def names(server, *arguments: str) -> list[str]:
    return [job["name"] for job in listed(server, *arguments)]


def refused(code: int, server, verb: str, *arguments: str, stdin: bytes = b"", **variables) -> str:
    """Its one line of complaint."""
    said = complaint(run(server, verb, *arguments, stdin=stdin, **variables), code)
    assert is_safe(said), said
    return said


def misused(server, verb: str, *arguments: str, **variables: str) -> str:
    """Its complaint about flags, which may go on with how to use them."""
    result = run(server, verb, *arguments, **variables)
    assert (result.returncode, result.stdout) == (USAGE, b""), result.stderr.decode()
    return result.stderr.decode()


def is_safe(text: str) -> bool:
    """Whether a terminal shows it as it is: no control characters but line ends, nothing that
    changes the direction of text."""
    hidden = {chr(code) for code in [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F)]}
    return not hidden & set(text) - {"\n"}


# Terminals


def on_terminal(server, verb: str, *arguments: str, columns=0, code=0) -> list[str]:
    """The lines it shows on a terminal that is `columns` wide; of 0 that does not say."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown: list[bytes] = []
    with subprocess.Popen(
        [str(BINARY), "jobs", verb, *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, env=where(server),
    ) as process:  # fmt: skip
        os.close(theirs)
        reader = threading.Thread(target=read_all, args=(ours, shown))
        reader.start()
        try:
            assert process.wait(120) == code, b"".join(shown)
        finally:
            process.kill()
            reader.join()
            os.close(ours)
    return b"".join(shown).decode().replace("\r\n", "\n").splitlines()


def read_all(terminal: int, pieces: list[bytes]) -> None:
    """Reads until nobody has its other end any more, which is an error of its kind."""
    try:
        while piece := os.read(terminal, 65_536):
            pieces.append(piece)
    except OSError:
        pass
