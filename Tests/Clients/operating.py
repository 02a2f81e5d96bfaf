"""The operator's API of a server, over the socket in its data directory."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx

from commanding import run

SOCKET = "operator.sock"


@contextmanager
def operator(server):
    """A client of the socket: HTTP over a Unix socket."""
    transport = httpx.HTTPTransport(uds=str(server.directory / SOCKET))
    with httpx.Client(transport=transport, base_url="http://localhost", timeout=15) as client:
        yield client


def path(*parts: str) -> str:
    """A path of the API; each part is escaped by itself."""
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def app(app_id: str, *rest: str, namespace="default") -> str:
    return path("namespaces", namespace, "apps", app_id, "jobs", *rest)


def actor(type: str, id: str, *rest: str, namespace="default") -> str:
    return path("namespaces", namespace, "actors", type, id, "reminders", *rest)


def post(client, place: str, **fields) -> None:
    """Schedules a job that must be accepted; it is due in an hour unless it says otherwise."""
    response = client.post(place, json=fields or {"dueTime": "1h"})
    assert response.status_code == 204, response.text


def owners(jobs: list[dict]) -> list[str]:
    """Whose the jobs are, and their names."""
    names = ("namespace", "app", "actorType", "actorID", "name")
    return ["/".join(job[name] for name in names if name in job) for job in jobs]


def everything(client, place="/v1/jobs") -> list[dict]:
    """All pages of a list."""
    found, cursor = [], {}
    while True:
        response = client.get(place, params={"limit": "1000"} | cursor)
        assert response.status_code == 200, response.text
        page = response.json()
        found += page["jobs"]
        if "nextCursor" not in page:
            return found
        cursor = {"cursor": page["nextCursor"]}


def command(server, verb: str, *arguments: str, **options) -> subprocess.CompletedProcess:
    """`daybook jobs VERB --data-dir DIR ARGUMENTS`."""
    return run("http://127.0.0.1:1", verb, "--data-dir", directory(server), *arguments, **options)


def done(server, verb: str, *arguments: str, **options) -> str:
    """What it prints; it must succeed and not complain."""
    result = command(server, verb, *arguments, **options)
    assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
    return result.stdout.decode()


def refused(code: int, server, verb: str, *arguments: str, **options) -> str:
    """All that it complains of."""
    result = command(server, verb, *arguments, **options)
    assert result.returncode == code, result.stderr.decode()
    return result.stderr.decode()


def exported(server, *arguments: str) -> list[dict]:
    return [json.loads(line) for line in done(server, "export", *arguments).splitlines()]


def directory(server) -> str:
    return str(server if isinstance(server, Path) else server.directory)
