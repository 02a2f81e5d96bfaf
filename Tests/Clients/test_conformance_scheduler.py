"""Dapr's own tests of its scheduler (tests/integration/suite/scheduler) told again, by clients that
call it as sidecars do. The name of a test is the path of the file it answers to. See
test_conformance.py; metrics/* is in test_conformance_metrics.py, concurrency/* in
test_concurrency_limits.py. More of these files are answered to in test_scheduler_service.py,
test_watch_jobs.py and test_watch_streams.py, which name them.

Left out:
- api/ha.go, api/triggerstall.go, api/watchhosts/cluster.go and scaleup.go, override/cluster.go,
  leases.go, quorum/notls.go: the scheduler is one process.
- authz/mtls.go, servingcerted.go: there is no TLS yet.
- embed/*: there is no etcd; helm/*, kubernetes/*: there is no Kubernetes; workers.go: no workers.

Where Daybook differs on purpose (DaprDifferences.md) the row says so."""

import queue

import grpc
import pytest

from Harness.waiting import wait_until
from histories import intervals
from reading import SECOND
from sidecar import SCHEDULER, actor, app
from test_scheduler_service import LATER, names

pytestmark = pytest.mark.sidecars

Code = grpc.StatusCode
REMINDER = "JOB_TARGET_TYPE_ACTOR_REMINDER"


def now(scheduler, name: str, metadata: dict, **job) -> None:
    scheduler.ScheduleJob(name=name, metadata=metadata, job={"due_time": "0s"} | job)


# api


def test_api_list_size_go(scheduler, server, protos):
    """Twenty jobs of 2 MB, far beyond what a message of gRPC has by default, come in one list."""
    payload = {"type_url": "t", "value": b"\x01" * 2_000_000}
    for number in range(20):
        scheduler.ScheduleJob(
            name=f"test{number:02}", metadata=app(), job={"due_time": LATER, "data": payload}
        )
    request, response = protos.methods(SCHEDULER)["ListJobs"]
    # As sidecars have it.
    options = [("grpc.max_receive_message_length", 2**31 - 1)]
    with grpc.insecure_channel(f"127.0.0.1:{server.scheduler_port}", options) as channel:
        call = channel.unary_unary(
            f"/{SCHEDULER}/ListJobs", request.SerializeToString, response.FromString
        )
        jobs = call(request(metadata=app()), timeout=60).jobs
    assert [job.name for job in jobs] == [f"test{number:02}" for number in range(20)]
    assert {job.job.data.value for job in jobs} == {payload["value"]}


@pytest.mark.audited_only("one of its readers never sees what it is sent")
def test_api_watchjobs_deadstream_go(scheduler, server, watch, protos):
    """A reader that is dead keeps its half; when its end is seen the other reader gets that too,
    and all that comes later."""
    request, response = protos.methods(SCHEDULER)["WatchJobs"]
    said: queue.SimpleQueue = queue.SimpleQueue()
    said.put(request(initial={"app_id": "shop", "namespace": "default"}))
    with grpc.insecure_channel(f"127.0.0.1:{server.scheduler_port}") as channel:
        call = channel.stream_stream(
            f"/{SCHEDULER}/WatchJobs", request.SerializeToString, response.FromString
        )
        dead = call(iter(said.get, None))
        now(scheduler, "thin 1", app())
        assert next(dead).name == "thin 1"
        # It reads no more.
        live = watch(app_id="shop")
        for name in ("thin 2", "thin 3"):
            now(scheduler, name, app())
        live.wait_for(1)
        fat = [f"fat {number}" for number in range(20)]
        for name in fat:
            now(scheduler, name, app(), data={"type_url": "t", "value": bytes(128 * 1024)})
        live.wait_for(11)
        assert len(names(scheduler, app())) > 10, "half of them are with the dead one"
        dead.cancel()
        said.put(None)
    wait_until(lambda: not names(scheduler, app()), "all of them are answered")
    assert {t.name for _, t in live.triggers} >= {"thin 1", *fat}
    now(scheduler, "final", app())
    wait_until(lambda: live.triggers[-1][1].name == "final", "the last", changed=live.changed)


# authz


def test_authz_nomtls_go(scheduler):
    """Without TLS anybody may do anything for any app. That they must say for which:
    test_sidecar_metrics.py."""
    for metadata in (app("a", "one"), app("b", "one"), app("a", "two"), actor(app_id="c")):
        now(scheduler, "test", metadata, schedule="@daily")
        assert scheduler.GetJob(name="test", metadata=metadata).job.schedule == "@daily"
        scheduler.DeleteJob(name="test", metadata=metadata)


# failurepolicy

FAILED, OK = "FAILED", "SUCCESS"


def attempts(scheduler, watch, metadata: dict, answers: list[str], policy: dict | None) -> list:
    """The triggers of a job whose sidecar answers so (the last answer stays), until it is gone;
    each with when it came."""
    left = iter(answers)
    stream = watch(
        app_id="shop", actor_types=["cart"], answer=lambda _: next(left, answers[-1])
    )
    now(scheduler, "test", metadata, **({"failure_policy": policy} if policy else {}))
    wait_until(lambda: names(scheduler, metadata) == [], "it is at its end")
    return stream.triggers


# (what the sidecar answers, the policy, how many attempts that makes)
POLICIES = {
    "constant/maxretries.go": ([FAILED], {"constant": {"max_retries": 4}}, 5),
    "drop/failed.go": ([FAILED], {"drop": {}}, 1),
    "drop/success.go": ([OK], {"drop": {}}, 1),
    "noset/allfail.go": ([FAILED], None, 4),
    "noset/failfirst.go": ([FAILED, OK], None, 2),
    "noset/failsecond.go": ([FAILED, FAILED, OK], None, 3),
    "noset/failthird.go": ([FAILED, FAILED, FAILED, OK], None, 4),
}


@pytest.mark.parametrize("row", POLICIES)
@pytest.mark.parametrize("metadata", [app(), actor()], ids=["job", "reminder"])
def test_failurepolicy(scheduler, watch, metadata, row):
    """Of jobs, and of reminders: actors/reminders/failurepolicy has the same rows."""
    answers, policy, count = POLICIES[row]
    triggers = [t for _, t in attempts(scheduler, watch, metadata, answers, policy)]
    assert [t.daybook.attempt for t in triggers] == list(range(1, count + 1))
    assert len({t.daybook.idempotency_key for t in triggers}) == 1


@pytest.mark.parametrize("metadata", [app(), actor()], ids=["job", "reminder"])
def test_failurepolicy_constant_interval_go(server, scheduler, watch, metadata):
    """The second attempt comes an interval after the first."""
    policy = {"constant": {"interval": {"seconds": 3}}}
    assert len(attempts(scheduler, watch, metadata, [FAILED, OK], policy)) == 2
    assert intervals(server, "test") == [3 * SECOND]


# staging


def test_staging_multiple_go(scheduler, watch):
    """What is due waits for its own app, or for somebody who hosts its type; each wait is its
    own."""
    owners = [app("one"), app("two"), actor("cart", app_id="one"), actor("bill", app_id="two")]
    for metadata in owners:
        now(scheduler, "test", metadata)
    one = watch(app_id="one", accept_job_types=["JOB_TARGET_TYPE_JOB"])
    assert one.wait_for(1)[0].metadata.app_id == "one"
    wait_until(lambda: names(scheduler, owners[0]) == [], "it is at its end")
    assert [names(scheduler, metadata) for metadata in owners[1:]] == [["test"]] * 3
    bills = watch(app_id="any", actor_types=["bill"], accept_job_types=[REMINDER])
    assert bills.wait_for(1)[0].metadata.target.actor.type == "bill"
    two = watch(app_id="two", actor_types=["cart"])
    assert {t.metadata.target.WhichOneof("type") for t in two.wait_for(2)} == {"job", "actor"}
    for metadata in owners:
        wait_until(lambda: names(scheduler, metadata) == [], "all are at their ends")
    assert (len(one.triggers), len(bills.triggers), len(two.triggers)) == (1, 1, 2)


@pytest.mark.parametrize("metadata", [app(), actor()], ids=["jobs.go", "actors.go"])
def test_staging_reconnect(scheduler, watch, metadata):
    """A recurring job stands still while nobody is there, and goes on when somebody is: no tick is
    left out."""
    host = {"app_id": "shop", "actor_types": ["cart"]}
    first = watch(**host)
    now(scheduler, "test", metadata, schedule="@every 200ms", repeats=8)
    first.wait_for(2)
    first.close()
    seen = len(first.triggers)
    # By then a tick has been due with nobody there.
    bystander = watch(app_id="bystander")
    now(scheduler, "later", app("bystander"), due_time="500ms")
    bystander.wait_for(1)
    assert len(first.triggers) == seen and names(scheduler, metadata) == ["test"]
    second = watch(**host)
    wait_until(lambda: names(scheduler, metadata) == [], "it is at its end")
    ticks = [
        int(t.daybook.idempotency_key.rpartition("-")[2])
        for _, t in first.triggers + second.triggers
    ]
    assert sorted(set(ticks)) == list(range(1, 9))
    assert len(ticks) - len(set(ticks)) <= 1, "only what was out when the first went comes again"


# Of daprd/jobs, what the scheduler alone decides


def test_loadbalance_single_go(scheduler, watch):
    """Three replicas, each with three streams: every stream gets its share."""
    replicas = [[watch(app_id="shop") for _ in range(3)] for _ in range(3)]
    streams = [stream for replica in replicas for stream in replica]
    number = 0
    while not all(stream.triggers for stream in streams):
        now(scheduler, f"before {number}", app())
        number += 1
        wait_until(lambda: sum(len(s.triggers) for s in streams) == number, "it has come")
    before = [len(stream.triggers) for stream in streams]
    for number in range(36):
        now(scheduler, f"test {number}", app())
    wait_until(lambda: names(scheduler, app()) == [], "all are at their ends")
    shares = [len(stream.triggers) - seen for stream, seen in zip(streams, before)]
    assert shares == [4] * 9
