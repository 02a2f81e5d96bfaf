"""The scheduler service that Dapr's sidecars use: jobs and reminders of many apps, each its own."""

import grpc
import pytest

from Harness.programs import NO_PORTS, daybook
from sidecar import SCHEDULER, actor, app

pytestmark = pytest.mark.sidecars

LATER = "2100-01-01T00:00:00Z"
NOBODYS = "missing namespace or appID in request"
HOSTILE = ["a||b", "||", "app||default||shop||x", "a b", "é", "%41", "a.b", "A_:-@"]


def refusal(call, **fields) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(**fields)
    return caught.value.code(), caught.value.details()


def names(scheduler, metadata) -> list[str]:
    return [job.name for job in scheduler.ListJobs(metadata=metadata).jobs]


@pytest.mark.parametrize("metadata", [app(), actor()])
def test_a_job_is_scheduled_shown_and_deleted(scheduler, metadata):
    job = {
        "schedule": "@every 1h", "repeats": 7, "due_time": LATER, "ttl": "9h",
        "data": {"type_url": "type.example.com/some.Type", "value": b"\x00\xff"},
        "failure_policy": {"constant": {"interval": {"seconds": 3}, "max_retries": 5}},
    }  # fmt: skip
    missing = (grpc.StatusCode.NOT_FOUND, "job not found: j")
    assert refusal(scheduler.GetJob, name="j", metadata=metadata) == missing
    scheduler.ScheduleJob(name="j", metadata=metadata, job=job)
    found = scheduler.GetJob(name="j", metadata=metadata).job
    assert (found.schedule, found.repeats, found.due_time) == ("@every 1h", 7, LATER)
    assert (found.ttl, found.data.value) == ("9h", b"\x00\xff")
    assert found.data.type_url == "type.example.com/some.Type"
    assert found.failure_policy.constant.interval.seconds == 3
    assert found.failure_policy.constant.max_retries == 5
    [listed] = scheduler.ListJobs(metadata=metadata).jobs
    assert (listed.name, listed.job) == ("j", found)
    assert listed.metadata.target.WhichOneof("type") in metadata["target"]
    scheduler.DeleteJob(name="j", metadata=metadata)
    assert refusal(scheduler.GetJob, name="j", metadata=metadata) == missing
    assert names(scheduler, metadata) == []
    # api/remove.go: what is not there can be deleted.
    scheduler.DeleteJob(name="j", metadata=metadata)


def test_a_taken_name_is_refused_in_the_words_of_dapr(scheduler):
    for metadata, key in [
        (app(), "app||default||shop||j"), (actor(), "actorreminder||default||cart||7||j"),
    ]:  # fmt: skip
        scheduler.ScheduleJob(name="j", metadata=metadata, job={"due_time": LATER})
        code, text = refusal(
            scheduler.ScheduleJob, name="j", metadata=metadata, job={"schedule": "@daily"}
        )
        assert (code, text) == (
            grpc.StatusCode.ALREADY_EXISTS, f"job already exists: '{key}'",
        )  # fmt: skip
        assert scheduler.GetJob(name="j", metadata=metadata).job.due_time == LATER
        scheduler.ScheduleJob(
            name="j", metadata=metadata, job={"schedule": "@daily"}, overwrite=True
        )
        assert scheduler.GetJob(name="j", metadata=metadata).job.schedule == "@daily"


def test_the_standard_failure_policy_is_stored(scheduler):
    # api/failurepolicy.go
    scheduler.ScheduleJob(name="none", metadata=app(), job={"due_time": LATER})
    scheduler.ScheduleJob(
        name="drop", metadata=app(), job={"due_time": LATER, "failure_policy": {"drop": {}}}
    )
    listed = {job.name: job.job for job in scheduler.ListJobs(metadata=app()).jobs}
    policy = listed["none"].failure_policy
    assert policy.constant.interval.seconds == 1 and policy.constant.max_retries == 3
    assert listed["drop"].failure_policy.WhichOneof("policy") == "drop"
    assert scheduler.GetJob(name="none", metadata=app()).job.failure_policy == policy


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_ids_with_anything_in_them_stay_apart(scheduler, name):
    # api/list/crud.go, kubernetes/prefix.go
    owners = [
        app(app_id=name), app(app_id=name + "2"), app(app_id="x", namespace=name),
        actor(type=name, id="1"), actor(type="1", id=name), actor(type="1", id=name + "2"),
    ]  # fmt: skip
    for owner in owners:
        scheduler.ScheduleJob(name=name, metadata=owner, job={"due_time": LATER})
    for owner in owners:
        listed = scheduler.ListJobs(metadata=owner).jobs
        assert [(job.name, job.metadata.namespace) for job in listed] == [
            (name, owner["namespace"])
        ]
        assert listed[0].metadata.app_id == owner["app_id"]
    scheduler.DeleteByMetadata(metadata=owners[0])
    assert [len(names(scheduler, owner)) for owner in owners] == [0, 1, 1, 1, 1, 1]
    scheduler.DeleteByNamePrefix(metadata=owners[4], name_prefix=name)
    assert [len(names(scheduler, owner)) for owner in owners] == [0, 1, 1, 1, 0, 1]


def test_deletes_by_metadata_take_the_id_as_it_is_or_as_a_beginning(scheduler):
    # api/deletebymetadata.go
    def fill():
        for owner in (app("a"), app("ab"), app("b"), actor(id="1"), actor(id="12")):
            scheduler.ScheduleJob(
                name="j", metadata=owner, job={"due_time": LATER}, overwrite=True
            )

    def left():
        every = [app("a"), app("ab"), app("b"), actor(id="1"), actor(id="12")]
        return [len(names(scheduler, owner)) for owner in every]

    fill()
    scheduler.DeleteByMetadata(metadata=app("a"))
    assert left() == [0, 1, 1, 1, 1]
    fill()
    scheduler.DeleteByMetadata(metadata=app("a"), id_prefix_match=True)
    assert left() == [0, 0, 1, 1, 1]
    fill()
    scheduler.DeleteByMetadata(metadata=actor(id="1"))
    assert left() == [1, 1, 1, 0, 1]
    fill()
    scheduler.DeleteByMetadata(metadata=actor(id="1"), id_prefix_match=True)
    assert left() == [1, 1, 1, 0, 0]
    fill()
    assert sorted(names(scheduler, actor(id=""))) == ["j", "j"]
    scheduler.DeleteByMetadata(metadata=actor(id=""))
    assert left() == [1, 1, 1, 0, 0]


@pytest.mark.parametrize("metadata", [app(), actor()])
def test_deletes_by_name_prefix(scheduler, metadata):
    # api/deletebynameprefix.go
    for name in ("a", "ab", "b"):
        scheduler.ScheduleJob(name=name, metadata=metadata, job={"due_time": LATER})
    scheduler.DeleteByNamePrefix(metadata=metadata, name_prefix="a")
    assert names(scheduler, metadata) == ["b"]
    scheduler.DeleteByNamePrefix(metadata=metadata, name_prefix="")
    assert names(scheduler, metadata) == []


def test_a_list_is_whole_however_long(scheduler):
    # api/list/size.go
    for index in range(1_050):
        scheduler.ScheduleJob(
            name=f"j{index:04}", metadata=app(), job={"due_time": LATER, "data": {"value": b"x"}}
        )
    assert names(scheduler, app()) == [f"j{index:04}" for index in range(1_050)]


WRONG = [
    ("ScheduleJob", {"name": "j", "metadata": app()}, "no job"),
    ("ScheduleJob", {"name": "j", "job": {"due_time": LATER}}, "missing namespace or appID"),
    ("ScheduleJob", {"name": "j", "metadata": app(""), "job": {"due_time": LATER}}, "missing"),
    ("ScheduleJob", {"name": "", "metadata": app(), "job": {"due_time": LATER}}, "name"),
    ("ScheduleJob", {"name": "a/b", "metadata": app(), "job": {"due_time": LATER}}, "name"),
    ("ScheduleJob", {"name": "j", "metadata": app(), "job": {}}, "due time or a schedule"),
    ("ScheduleJob", {"name": "j", "metadata": app(), "job": {"schedule": "0 0 * * *"}}, "6"),
    ("ScheduleJob", {"name": "j", "metadata": actor(id=""), "job": {"due_time": LATER}}, "id"),
    (
        "ScheduleJob",
        {"name": "j", "metadata": {"app_id": "a", "namespace": "n"}, "job": {"due_time": LATER}},
        "unknown job type",
    ),
    ("GetJob", {"name": "j"}, "missing namespace or appID"),
    ("GetJob", {"name": "", "metadata": app()}, "name"),
    ("DeleteJob", {"name": "..", "metadata": app()}, "name"),
    ("ListJobs", {"metadata": app(namespace="")}, "missing"),
    ("ListJobs", {}, "missing"),
    ("DeleteByMetadata", {}, "missing"),
    ("DeleteByNamePrefix", {"name_prefix": "a"}, "missing"),
    ("DeleteByNamePrefix", {"name_prefix": "a/", "metadata": app()}, "prefix"),
]


@pytest.mark.parametrize("method, fields, said", WRONG)
def test_a_request_that_cannot_be_is_refused_and_nothing_else_happens(
    scheduler, method, fields, said
):
    scheduler.ScheduleJob(name="kept", metadata=app(), job={"due_time": LATER})
    code, text = refusal(getattr(scheduler, method), **fields)
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert said in text, text
    assert names(scheduler, app()) == ["kept"]


def test_jobs_of_an_app_are_the_same_over_every_api(scheduler, server):
    scheduler.ScheduleJob(name="j", metadata=app(), job={"schedule": "@daily"})
    assert server.get("j").json()["schedule"] == "@daily"
    server.schedule("k", schedule="@hourly")
    assert names(scheduler, app()) == ["j", "k"]


def test_a_target_that_is_none_is_refused_and_harms_nobody(remind, gone, carts):
    """Dapr takes an actor without an id, and leaves it to the sidecar to refuse it."""
    for number, target in enumerate([{}, {"target": {}}]):
        metadata = {"namespace": "default", "app_id": "shop"} | target
        code, text = refusal(remind, name=f"none {number}", metadata=metadata, due_time="0s")
        assert code == grpc.StatusCode.INVALID_ARGUMENT and text.startswith("unknown job type")
    for metadata in (actor(id=""), actor(type="")):
        code, _ = refusal(remind, name="malformed", metadata=metadata, due_time="0s")
        assert code == grpc.StatusCode.INVALID_ARGUMENT
    remind("valid", due_time="0s")
    assert carts.wait_for(1)[0].name == "valid"
    gone()


def test_other_hosts_are_let_in_only_if_that_is_said(tmp_path, ports):
    place = ("--data-dir", tmp_path / "d", *NO_PORTS[:-2])
    ended = daybook("serve", *place, "--scheduler-address", "0.0.0.0")
    assert ended.returncode == 2 and "scheduler-address" in ended.stderr
    assert not (tmp_path / "d").exists()


def test_messages_above_the_limit_are_refused_and_up_to_it_read(server, scheduler):
    """Their size is that of the bytes as they came, whatever is in them."""
    limit = 64 << 20

    def listed(size: int) -> tuple[grpc.StatusCode, str]:
        # A field that nobody knows: its tag, five bytes of length, and the rest.
        count = size - 6
        length = [count >> 7 * place & 0x7F | 0x80 for place in range(4)] + [count >> 28]
        call = scheduler.channel.unary_unary(f"/{SCHEDULER}/ListJobs")
        with pytest.raises(grpc.RpcError) as caught:
            call(bytes([15 << 3 | 2, *length]) + bytes(count), timeout=60)
        return caught.value.code(), caught.value.details()

    code, text = listed(limit)
    assert (code, text) == (grpc.StatusCode.INVALID_ARGUMENT, NOBODYS)
    code, text = listed(limit + 1)
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert text == f"the message has {limit + 1} bytes, which is more than {limit}"
    assert names(scheduler, app()) == []
