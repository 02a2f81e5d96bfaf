"""What a server counts of sidecars, under the names of Dapr's scheduler."""

import grpc
import pytest

from Harness.waiting import wait_until
from metrics import Page
from sidecar import actor, app

pytestmark = pytest.mark.sidecars

CONNECTED = "dapr_scheduler_sidecars_connected"
ERRORS = "dapr_scheduler_sidecar_errors_total"


def errors(page: Page) -> tuple[float, ...]:
    reasons = ("send_failed", "recv_failed", "auth_failed")
    return tuple(page(ERRORS, reason=reason) for reason in reasons)


def test_streams_are_counted_while_they_are_open(watch, admin):
    assert admin.page()(CONNECTED) == 0
    one, two = watch(app_id="a"), watch(app_id="b", actor_types=["cart"])
    not_opened = watch()
    admin.wait_for(CONNECTED, 2)
    one.messages.put(None)
    admin.wait_for(CONNECTED, 1)
    two.messages.put(None)
    not_opened.messages.put(None)
    page = admin.wait_for(CONNECTED, 0)
    assert errors(page) == (0, 0, 0), "each has ended as it should"
    assert page.kinds[CONNECTED] == "gauge"


def test_a_stream_that_talks_nonsense_is_an_error(watch, admin):
    watch().send(result={"id": 1})
    wait_until(lambda: errors(admin.page()) == (0, 1, 0), "it is counted")
    stream = watch(app_id="a")
    stream.send(initial={"app_id": "a", "namespace": "default"})
    wait_until(lambda: errors(admin.page()) == (0, 2, 0), "it is counted")
    admin.wait_for(CONNECTED, 0)


@pytest.mark.parametrize("jobs", [0, 40], ids=["idle", "written to"])
def test_a_stream_that_breaks_off_is_one_error(scheduler, watch, admin, jobs):
    data = {"type_url": "t", "value": bytes(200_000)}
    stream = watch(app_id="shop")
    admin.wait_for(CONNECTED, 1)
    for index in range(jobs):
        job = {"due_time": "0s", "data": data}
        scheduler.ScheduleJob(name=f"j{index}", metadata=app(), job=job)
    stream.left()
    stream.call.cancel()
    # Whichever side of it saw that first.
    one = [(0, 1, 0), (1, 0, 0)]
    wait_until(lambda: errors(admin.page()) in one, "it is counted")
    assert errors(admin.wait_for(CONNECTED, 0)) in one


def test_who_does_not_say_whose_it_is_is_an_error(scheduler, watch, admin):
    nobodys = [app(""), app(namespace=""), actor(namespace=""), actor(app_id=""), {}]
    calls = [
        ("ScheduleJob", {"name": "j", "job": {"due_time": "1h"}}), ("GetJob", {"name": "j"}),
        ("DeleteJob", {"name": "j"}), ("ListJobs", {}), ("DeleteByMetadata", {}),
        ("DeleteByNamePrefix", {"name_prefix": "j"}),
    ]  # fmt: skip
    for count, (name, fields) in enumerate(calls, start=1):
        for metadata in nobodys:
            with pytest.raises(grpc.RpcError) as caught:
                getattr(scheduler, name)(metadata=metadata, **fields)
            assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
            assert caught.value.details() == "missing namespace or appID in request"
        assert errors(admin.page()) == (0, 0, count * len(nobodys)), name
    before = len(calls) * len(nobodys)
    watch(app_id="")
    wait_until(lambda: errors(admin.page()) == (0, 0, before + 1), "so is a stream")
    # What is wrong otherwise is no matter of whose it is.
    with pytest.raises(grpc.RpcError):
        scheduler.GetJob(name="a/b", metadata=app())
    assert errors(admin.page()) == (0, 0, before + 1)
