"""The OpenAPI document is true: Schemathesis draws requests from it, good and bad ones, and holds
every answer against it. Statuses, bodies, content types, methods; what should be refused is
refused, what should be accepted is accepted."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "trace"}


@pytest.fixture
def document(server) -> dict:
    response = server.client.get("/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    return response.json()


def operations(document: dict) -> list[tuple[str, str]]:
    return [
        (method, path)
        for path, item in document["paths"].items()
        for method in item
        if method in METHODS
    ]


def test_the_server_keeps_to_the_document(serve, rounds):
    # Without an app nothing is called, so that what was scheduled stays to be looked at.
    server = serve()
    seed = random.randrange(2**32) if rounds > 1 else 1
    url = f"{server.client.base_url}/openapi.json".replace("//openapi", "/openapi")
    command = [
        str(Path(sys.executable).with_name("st")),
        "--config-file", str(HERE / "schemathesis.toml"), "run", url, "--checks", "all",
        "--seed", str(seed), "--max-examples", str(3 * rounds), "--no-color",
    ]  # fmt: skip
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(HERE)}
    result = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=server.directory.parent,
        timeout=600 * rounds,
    )  # fmt: skip
    assert result.returncode == 0, f"seed {seed}:\n{result.stdout[-20_000:]}{result.stderr}"
    drawn = set(operations(server.client.get("/openapi.json").json()))
    # It does not ask again for what it began with.
    drawn.remove(("get", "/openapi.json"))
    assert re.search(rf"\bTested: {len(drawn)}\b", result.stdout), result.stdout
    generated = int(re.search(r"(\d+) generated", result.stdout)[1])
    assert generated >= len(drawn), result.stdout


def test_the_document_describes_what_is_there(document):
    assert document["openapi"].startswith("3.1.")
    assert set(operations(document)) == {
        *((method, f"/{v}/jobs/{{name}}") for v in ("v1.0", "v1.0-alpha1")
          for method in ("get", "post", "delete")),
        *((method, f"/{v}/jobs") for v in ("v1.0", "v1.0-alpha1") for method in ("get", "delete")),
        *(("get", f"/{v}/jobs/{{name}}/history") for v in ("v1.0", "v1.0-alpha1")),
        *(("get", f"/{v}/jobs:outcomes") for v in ("v1.0", "v1.0-alpha1")),
        ("get", "/v1.0/healthz"), ("get", "/v1.0/healthz/outbound"),
        ("get", "/v1.0/metadata"), ("get", "/openapi.json"),
    }  # fmt: skip
    ids = [document["paths"][path][method]["operationId"] for method, path in operations(document)]
    assert len(set(ids)) == len(ids)


def test_the_examples_in_the_document_are_accepted(server, document):
    schemas = document["components"]["schemas"]
    for number, schedule in enumerate(schemas["Schedule"]["examples"]):
        server.schedule(f"schedule {number}", schedule=schedule, dueTime="2100-01-01T00:00:00Z")
    for number, time in enumerate(schemas["PointInTime"]["examples"]):
        server.schedule(f"time {number}", dueTime=time)
    for number, ttl in enumerate(schemas["Expiry"]["examples"]):
        server.schedule(f"ttl {number}", schedule="@daily", ttl=ttl)


def test_the_app_is_called_as_the_document_says(server, app, document):
    operation = document["webhooks"]["job"]["post"]
    server.schedule("called", dueTime="0s", data=1)
    (call,) = app.wait_for("called")
    described = {
        parameter["name"].lower()
        for parameter in operation["parameters"]
        if parameter.get("required")
    }
    ours = {name for name in call.headers if name.startswith("daybook-")}
    assert described == ours | {"idempotency-key"}


def test_metadata_is_in_the_form_of_a_sidecar(server, app):
    metadata = server.client.get("/v1.0/metadata").json()
    version = metadata.pop("runtimeVersion")
    assert re.fullmatch(r"daybook \d+\.\d+\.\d+.*", version)
    assert metadata == {
        "id": "shop", "enabledFeatures": [], "actors": [], "components": [],
        "appConnectionProperties": {
            "port": app.port, "protocol": "http", "channelAddress": "127.0.0.1",
        },
        "extended": {"namespace": "default"},
    }  # fmt: skip
