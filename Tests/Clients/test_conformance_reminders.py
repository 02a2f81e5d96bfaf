"""Dapr's own tests of actor reminders (tests/integration/suite/actors/reminders) told again, as
far as they reach the scheduler: registering, reading, deleting. When and to whom they are sent:
test_conformance_reminders_sent.py; failurepolicy/*: test_conformance_scheduler.py. See
test_conformance.py.

Left out, because the sidecar decides them: what basic.go does with X-Daprremindercancel, the JSON
that hdata.go and scheduler/hdata.go make of the bytes, and all of scheduler/hop.go, noscheduler.go
and nostore.go.

Where Daybook differs on purpose (DaprDifferences.md) the row says so."""

import grpc
import pytest

from hosting import CART, MINE
from sidecar import actor, app
from test_scheduler_service import LATER, names, refusal

pytestmark = pytest.mark.sidecars

Code = grpc.StatusCode


# Registering, reading, deleting


DATA = {
    "nothing": None,
    "nothing of a type": {"type_url": "type.googleapis.com/google.protobuf.BytesValue"},
    "text": {"type_url": "type.googleapis.com/google.protobuf.BytesValue", "value": b"\n\5hello"},
    "json": {"type_url": "type.googleapis.com/google.protobuf.BytesValue", "value": b'{"a": 1}'},
    "bytes": {"value": bytes(range(256))},
    "unknown": {"type_url": "example.org/Ping", "value": b"\x0a\x04ping"},
    "large": {"type_url": "t", "value": b"\xff" * 3_000_000},
}


@pytest.mark.parametrize("kind", DATA)
def test_data_go_and_scheduler_data_go(scheduler, remind, gone, carts, kind):
    """What was registered is shown, listed and sent, byte for byte; nothing is nothing. One that is
    due now is sent once, for its actor."""
    payload = {"data": DATA[kind]} if DATA[kind] else {}
    remind("test", due_time="1h", **payload)
    [listed] = [found.job for found in scheduler.ListJobs(metadata=MINE).jobs]
    shown = scheduler.GetJob(name="test", metadata=MINE).job
    remind("test", due_time="0s", **payload)
    [trigger] = carts.wait_for(1)
    for found in (listed, shown, trigger):
        assert found.HasField("data") == bool(payload)
        said = DATA[kind] or {}
        assert found.data.type_url == said.get("type_url", "")
        assert found.data.value == said.get("value", b"")
    gone()
    assert len(carts.triggers) == 1
    target = trigger.metadata.target.actor
    assert (trigger.name, target.type, target.id) == ("test", CART, "7")
    assert (trigger.metadata.namespace, trigger.metadata.app_id) == ("default", "shop")


@pytest.mark.parametrize("way", ["name", "actor id", "all"])
def test_delete_go_and_scheduler_remove_go(scheduler, remind, way):
    """By name, by actor, or of all actors of a type; of no other type, and no app's jobs."""
    one, other, bill = actor(id="1"), actor(id="12"), actor("bill", "1")
    for metadata in (one, other, bill, app()):
        for name in ("a", "ab"):
            remind(name, metadata, schedule="@every 1h")
    if way == "name":
        scheduler.DeleteJob(name="a", metadata=one)
        scheduler.DeleteJob(name="a", metadata=one)
    elif way == "actor id":
        scheduler.DeleteByMetadata(metadata=one)
    else:
        scheduler.DeleteByMetadata(metadata=actor(id=""))
    left = {"name": [["ab"], ["a", "ab"]], "actor id": [[], ["a", "ab"]], "all": [[], []]}
    assert [names(scheduler, metadata) for metadata in (one, other)] == left[way]
    assert [names(scheduler, metadata) for metadata in (bill, app())] == [["a", "ab"]] * 2


def test_get_go_and_scheduler_get_go(scheduler, remind):
    """Every field, as it was registered; what is not there is not found."""
    missing = (Code.NOT_FOUND, "job not found: test")
    assert refusal(scheduler.GetJob, name="test", metadata=MINE) == missing
    remind("test", schedule="@every 1m0s", repeats=5, due_time=LATER, ttl="2101-01-01T00:00:00Z")
    found = scheduler.GetJob(name="test", metadata=MINE).job
    assert (found.schedule, found.repeats) == ("@every 1m0s", 5)
    assert (found.due_time, found.ttl) == (LATER, "2101-01-01T00:00:00Z")
    assert found.failure_policy.constant.max_retries == 3
    for other in (actor(id="8"), actor("bill"), actor(namespace="other"), app()):
        assert refusal(scheduler.GetJob, name="test", metadata=other) == missing
    assert scheduler.GetJob(name="test", metadata=actor(app_id="other")).job == found


BAD = ["bad/name", "bad\\name", "bad#name", "bad?name", "bad\0name", "bad\nname", "a" * 600]


@pytest.mark.parametrize("bad", [*BAD, ".", ".."], ids=lambda bad: repr(bad)[:10])
def test_invalidnames_go(scheduler, remind, bad):
    """No reminder is called so. Dapr answers UNKNOWN."""
    assert refusal(remind, name=bad, due_time="0s")[0] == Code.INVALID_ARGUMENT
    if bad in BAD:
        code, _ = refusal(remind, name="fine", metadata=actor(id=bad), due_time="0s")
        assert code == Code.INVALID_ARGUMENT
    assert names(scheduler, actor(id="")) == []


def test_list_go_and_store_go(scheduler, remind):
    """Of one actor, or of all of a type; one registered is one stored."""
    for id in ("1", "12", "2"):
        remind("test", actor(id=id), due_time="100s")
        remind("other", actor("bill", id), due_time="100s")
    for id in ("1", "12", "2"):
        assert names(scheduler, actor(id=id)) == ["test"]
    listed = scheduler.ListJobs(metadata=actor(id="")).jobs
    assert [job.metadata.target.actor.id for job in listed] == ["1", "12", "2"]
    assert {job.metadata.target.actor.type for job in listed} == {CART}


SPECIAL = [
    ("remind|me@now", "myactorid"), ("a||b", "x||y"), ("||", "||"), ("@", "|"),
    ("deviceupdate", "nexus-api||MonitorActor||Nexus|6671cfbe7f48af247700a24b||Information"),
    ("actorreminder||default||cart||7||test", "7||test"), ("with space é", "%41"),
]


@pytest.mark.parametrize("name, id", SPECIAL)
def test_specialchars_go(scheduler, remind, gone, carts, name, id):
    """They come back in every answer, and in the trigger, as they were."""
    metadata = actor(id=id)
    remind(name, metadata, due_time="1h")
    [listed] = scheduler.ListJobs(metadata=metadata).jobs
    assert (listed.name, listed.metadata.target.actor.id) == (name, id)
    remind(name, metadata, due_time="0s")
    [trigger] = carts.wait_for(1)
    assert (trigger.name, trigger.metadata.target.actor.id) == (name, id)
    gone(metadata)
