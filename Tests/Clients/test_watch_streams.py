"""What ends a stream, and what no stream can do to another; and the stream that tells of hosts."""

import json
import time

import grpc
import pytest

from Harness.waiting import wait_until
from metrics import Admin
from sidecar import PACKAGE, SCHEDULER, Watch, app, scheduler_stub

pytestmark = pytest.mark.sidecars

Code = grpc.StatusCode
NOW = "0s"


WRONG = [
    [],
    [{"result": {"id": 1}}],
    [{"initial": {"app_id": "", "namespace": "default"}}],
    [{"initial": {"app_id": "a", "namespace": ""}}],
    [{"initial": {"app_id": "a/b", "namespace": "n"}}],
    [{"initial": {"app_id": "a", "namespace": "n", "accept_job_types": [0, 0]}}],
    [{"initial": {"app_id": "a", "namespace": "n", "accept_job_types": [1]}}],
    [{"initial": {"app_id": "a", "namespace": "n", "accept_job_types": [9]}}],
    [{"initial": {"app_id": "a", "namespace": "n"}}] * 2,
    [{"initial": {"app_id": "a", "namespace": "n"}}, {}],
    [{"initial": {"app_id": "a", "namespace": "n"}}, {"result": {"id": 1, "status": 7}}],
]


@pytest.mark.parametrize("messages", WRONG, ids=range(len(WRONG)))
def test_a_stream_that_talks_nonsense_ends_and_no_other(scheduler, watch, messages):
    other = watch(app_id="shop")
    stream = watch()
    for message in messages or [{}]:
        stream.send(**message)
    assert stream.wait_for_error().code() == Code.INVALID_ARGUMENT
    scheduler.ScheduleJob(name="j", metadata=app(), job={"due_time": NOW})
    assert other.wait_for(1)[0].name == "j"


def test_a_stream_that_does_not_read_harms_no_other(scheduler, server, watch, protos):
    # shutdown/stalledwatch.go, api/watchjobs/deadstream.go
    channel = grpc.insecure_channel(f"127.0.0.1:{server.scheduler_port}")
    request = protos.message(f"{PACKAGE}.WatchJobsRequest")
    initial = request(initial={"app_id": "stalled", "namespace": "default"})
    call = channel.stream_stream(
        f"/{SCHEDULER}/WatchJobs", request.SerializeToString, lambda raw: raw
    )
    # Nobody iterates over what this returns.
    stalled = call(_forever(initial))
    data = {"type_url": "t", "value": bytes(200_000)}
    for index in range(40):
        scheduler.ScheduleJob(
            name=f"s{index}", metadata=app("stalled"), job={"due_time": NOW, "data": data}
        )
    other = watch(app_id="shop")
    for index in range(20):
        scheduler.ScheduleJob(name=f"j{index}", metadata=app(), job={"due_time": NOW})
    other.wait_for(20)
    server.terminate()
    # In order, and within the time that a stop may take.
    assert server.wait() == 0
    assert json.loads(server.log().splitlines()[-1])["message"] == "stopped"
    stalled.cancel()
    channel.close()


def _forever(first):
    yield first
    time.sleep(3_600)


def test_a_stream_that_leaves_a_trigger_unanswered_is_ended_by_the_time_limit(
    serve_grpc, ports, protos
):
    """Silent streams beside an honest one of the same app kept what they were sent for ever."""
    flags = ("--job-timeout", "1s")
    options = {"scheduler_port": ports.free(), "metrics_port": ports.free()}
    server = serve_grpc(flags=flags, **options)
    admin = Admin(server.metrics_port)
    answers = [None, None, None, "SUCCESS"]
    for answer in answers:
        server.receivers.append(
            Watch(protos, server.scheduler_port, lambda _, answer=answer: answer, app_id="shop")
        )
    *silent, honest = streams = server.receivers[-4:]
    try:
        admin.wait_for("dapr_scheduler_sidecars_connected", 4)
        scheduler = scheduler_stub(protos, server.scheduler_port)
        names = {f"j{index}" for index in range(24)}
        for name in names:
            scheduler.ScheduleJob(name=name, metadata=app(), job={"due_time": NOW})
        for stream in silent:
            error = stream.wait_for_error()
            assert error.code() == Code.DEADLINE_EXCEEDED
            assert "job-timeout, 1.0 seconds" in error.details()
        wait_until(
            lambda: admin.page()("daybook_acknowledgements_total", outcome="succeeded") == 24,
            "every job was run",
        )
        assert {trigger.name for _, trigger in honest.triggers} == names
        page = admin.wait_for("dapr_scheduler_sidecars_connected", 1)
        assert page("daybook_acknowledgements_total", outcome="timedOut") >= len(silent)
        scheduler.channel.close()
    finally:
        for stream in streams:
            stream.close()


def test_streams_that_wait_for_triggers_do_not_hold_up_the_end(scheduler, server, watch, protos):
    streams = [watch(app_id=f"app{number}") for number in range(20)]
    for number, stream in enumerate(streams):
        scheduler.ScheduleJob(name="j", metadata=app(f"app{number}"), job={"due_time": NOW})
        stream.wait_for(1)
    not_opened = watch()
    request = protos.message(f"{PACKAGE}.WatchHostsRequest")
    with grpc.insecure_channel(f"127.0.0.1:{server.scheduler_port}") as channel:
        hosts = channel.unary_stream(f"/{SCHEDULER}/WatchHosts", request.SerializeToString)
        assert next(told := hosts(request()))
        server.terminate()
        assert server.wait() == 0
        assert json.loads(server.log().splitlines()[-1])["message"] == "stopped"
        with pytest.raises(grpc.RpcError):
            next(told)
    for stream in (*streams, not_opened):
        assert stream.wait_for_error().code() in (Code.UNAVAILABLE, Code.CANCELLED)


def test_hosts_are_told_at_once_and_the_stream_stays(server, serve, ports, protos):
    # api/watchhosts, override/single.go
    def first_host(server):
        response = protos.message(f"{PACKAGE}.WatchHostsResponse")
        request = protos.message(f"{PACKAGE}.WatchHostsRequest")
        channel = grpc.insecure_channel(f"127.0.0.1:{server.scheduler_port}")
        call = channel.unary_stream(
            f"/{SCHEDULER}/WatchHosts", request.SerializeToString, response.FromString
        )(request())
        hosts = [host.address for host in next(call).hosts]
        assert call.is_active()
        channel.close()
        return hosts

    assert first_host(server) == [f"127.0.0.1:{server.scheduler_port}"]
    flags = ("--override-broadcast-host-port", "scheduler.example.com:50006")
    other = serve(scheduler_port=ports.free(), flags=flags)
    assert first_host(other) == ["scheduler.example.com:50006"]
