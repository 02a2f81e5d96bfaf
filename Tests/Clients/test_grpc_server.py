"""The jobs API over gRPC as a whole: tokens, what it says of itself, its protos."""

import json
import os
import signal
import sys

import grpc
import pytest

from Harness.programs import NO_PORTS, daybook
from Harness.waiting import wait_until
from protos import JOBS, RUNTIME
from sdk import Async, DaprGrpcError, Sync, point_at

Code = grpc.StatusCode
TOKEN, OLDER = "a-token.for/tests+1", "an-older-token"


# Tokens


@pytest.fixture
def guarded(serve_grpc, grpc_app):
    server = serve_grpc(grpc_app, environment={"DAPR_API_TOKEN": f"{TOKEN},{OLDER}"})
    server.client.headers["dapr-api-token"] = TOKEN
    return server


def code(jobs, method: str, *tokens: str) -> Code:
    try:
        jobs.with_tokens(method, *tokens)
    except grpc.RpcError as error:
        if error.code() == Code.UNAUTHENTICATED:
            assert error.details() == "invalid api token", "whatever was wrong with it"
        return error.code()
    return Code.OK


def test_every_method_wants_the_token(guarded, stub):
    jobs = stub(guarded)
    for method in jobs.calls:
        for tokens in [(), ("",), ("wrong",), (TOKEN + "x",), (TOKEN[:-1],), ("wrong", "none")]:
            assert code(jobs, method, *tokens) == Code.UNAUTHENTICATED, (method, tokens)
        for token in (TOKEN, OLDER):
            assert code(jobs, method, token) != Code.UNAUTHENTICATED, method


def test_two_tokens_are_not_one(guarded, stub):
    """As over HTTP: nobody may guess with many at a time."""
    jobs = stub(guarded)
    for tokens in [(TOKEN, "wrong"), ("wrong", TOKEN), (TOKEN, TOKEN), (TOKEN, OLDER)]:
        assert code(jobs, "ListJobs", *tokens) == Code.UNAUTHENTICATED, tokens


@pytest.mark.parametrize("client", [Sync, Async], ids=["sync", "aio"])
def test_the_sdk_sends_its_token(guarded, monkeypatch, client):
    from dapr.conf import settings

    point_at(guarded, monkeypatch)
    monkeypatch.setattr(settings, "DAPR_API_TOKEN", "wrong")
    with pytest.raises(DaprGrpcError) as refused:
        client(guarded).delete_job("nobody")
    assert refused.value.code() == Code.UNAUTHENTICATED
    monkeypatch.setattr(settings, "DAPR_API_TOKEN", TOKEN)
    client(guarded).delete_job("nobody")


def test_tokens_are_read_again(serve_grpc, stub, tmp_path):
    file = tmp_path / "token"
    file.write_text("first\n")
    server = serve_grpc(flags=("--api-token-file", str(file)))
    jobs = stub(server)
    assert code(jobs, "ListJobs", "first") == Code.OK
    file.write_text("second\n")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: code(jobs, "ListJobs", "second") == Code.OK, "the new one opens it")
    assert code(jobs, "ListJobs", "first") == Code.UNAUTHENTICATED


# What it says of itself


def test_metadata_says_whose_it_is_and_where_the_app_is(grpc_server, grpc_app, stub):
    found = stub(grpc_server).GetMetadata()
    assert found.id == "shop" and dict(found.extended_metadata) == {"namespace": "default"}
    http = grpc_server.client.get("/v1.0/metadata").json()
    assert found.runtime_version == http["runtimeVersion"]
    app = found.app_connection_properties
    assert (app.port, app.protocol, app.channel_address) == (grpc_app.port, "grpc", "127.0.0.1")


def test_the_start_line_says_where_it_is(grpc_server):
    lines = [json.loads(line) for line in grpc_server.log().splitlines()]
    (line,) = [line for line in lines if line["message"] == "serving"]
    assert line["grpc"] == f"127.0.0.1:{grpc_server.grpc_port}"


def test_of_several_apps_those_that_say_so_have_one_and_theirs_alone(deploy, ports, stub):
    port = ports.free()
    server = deploy(one={"grpc-port": port}, two={"grpc-port": "auto"}, none={})
    lines = [json.loads(line) for line in server.log().splitlines()]
    served = {line["app-id"]: line for line in lines if line["message"] == "serving an app"}
    assert served["one"]["grpc"] == f"127.0.0.1:{port}" and served["none"]["grpc"] == "off"
    other = int(served["two"]["grpc"].rpartition(":")[2])
    one, two = stub(server, port=port), stub(server, port=other)
    one.ScheduleJob(job={"name": "test", "schedule": "@daily"})
    two.ScheduleJob(job={"name": "test", "schedule": "@weekly"})
    assert [job.schedule for job in one.ListJobs().jobs] == ["@daily"]
    two.DeleteJobsByPrefix()
    assert server.of("one").has("test") and not server.of("two").has("test")


def test_a_port_that_is_taken_is_named(serve_grpc, ports, tmp_path):
    server = serve_grpc()
    port = ("--grpc-port", server.grpc_port)
    result = daybook("serve", "--data-dir", tmp_path / "other", *NO_PORTS, *port)
    assert result.returncode == 3, result.stderr
    assert f"port {server.grpc_port}" in result.stderr
    assert "Fatal error" not in result.stderr


SHOW = "import os; print(os.environ.get('DAPR_GRPC_PORT'))"


@pytest.mark.parametrize("said", ["auto", "0", None])
def test_an_app_that_is_run_is_told_the_port(ports, tmp_path, said):
    port = str(ports.free()) if said is None else said
    result = daybook(
        "run", "--data-dir", tmp_path / "data", *NO_PORTS, "--grpc-port", port, "--app-id", "shop",
        "--", sys.executable, "-c", SHOW, env=os.environ | {"DAYBOOK_GRPC_PORT": "1"},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    told = result.stdout.removeprefix("shop | ").strip()
    if said == "auto":
        assert f"grpc=127.0.0.1:{told}" in result.stderr and told != "0"
    else:
        assert told == ("None" if said == "0" else port)


# The protos


def test_the_protos_are_those_of_the_sdk(protos):
    """Every message, field, number and type of ours is Dapr's; so is every method."""
    import dapr.proto.runtime.v1.appcallback_pb2
    import dapr.proto.runtime.v1.dapr_pb2
    import dapr.proto.runtime.v1.jobs_pb2  # noqa: F401
    from google.protobuf import descriptor_pool

    theirs = descriptor_pool.Default()
    names = [
        f"{file.package}.{message.name}"
        for file in protos.set.file
        if file.package in (RUNTIME, "dapr.proto.common.v1")
        for message in file.message_type
    ]
    assert len(names) > 20

    def shape(field):
        kind = field.message_type or field.enum_type
        return (
            field.name, field.type, field.is_repeated, field.has_presence,
            kind and kind.full_name.replace("RequestAlpha1", "Request"),
        )  # fmt: skip

    for name in names:
        ours, found = protos.pool.FindMessageTypeByName(name), theirs.FindMessageTypeByName(name)
        for number, field in ours.fields_by_number.items():
            assert shape(field) == shape(found.fields_by_number[number]), f"{name}.{field.name}"
    for service in (JOBS, f"{RUNTIME}.AppCallback", f"{RUNTIME}.AppCallbackAlpha"):
        for name, method in protos.pool.FindServiceByName(service).methods_by_name.items():
            found = theirs.FindServiceByName(service).methods_by_name[name]
            assert (method.input_type.full_name, method.output_type.full_name) == (
                found.input_type.full_name, found.output_type.full_name,
            )  # fmt: skip
