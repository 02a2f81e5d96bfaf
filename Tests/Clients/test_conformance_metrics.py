"""Dapr's own tests of the figures that its scheduler shows, and its sidecars do
(tests/integration/suite/scheduler/metrics, daprd/jobs/http/metrics), told again. See
test_conformance.py.

Left out: metrics/etcd.go and goroutines.go, because there is neither. What the figures are besides:
test_metrics.py."""

import pytest

from Harness.waiting import wait_until
from metrics import Admin, Page
from sidecar import actor, app
from test_scheduler_service import refusal

pytestmark = pytest.mark.sidecars

FAR, NOW = {"due_time": "100s"}, {"due_time": "0s"}


@pytest.fixture
def schedule(scheduler):
    """Schedules jobs and then reminders: schedule(10, 5, due_time="100s")."""

    def many(jobs: int, reminders: int, **job) -> None:
        for metadata, number in [(app(), jobs), (actor(), reminders)]:
            for name in map(str, range(number)):
                scheduler.ScheduleJob(name=name, metadata=metadata, job=job)

    return many


def of_both(page: Page, what: str) -> tuple[float, float]:
    """What is counted of jobs, and of reminders."""
    return tuple(page.get(f"dapr_scheduler_jobs_{what}_total", type=type) for type in TYPES)


TYPES = ("job", "actor")


def wait_for_both(admin: Admin, what: str, jobs: float, reminders: float) -> None:
    wait_until(
        lambda: of_both(admin.page(), what) == (jobs, reminders),
        f"{what} of jobs {jobs}, of reminders {reminders}",
    )


# scheduler/metrics


def test_metrics_jobscreatedtotal_go(admin, schedule):
    schedule(10, 5, **FAR)
    assert of_both(admin.page(), "created") == (10, 5)


def test_metrics_jobscreatedfailedtotal_go(admin, scheduler, schedule):
    """What is there already, and is not to be replaced."""
    schedule(3, 2, schedule="@every 100s")
    for metadata, number in [(app(), 3), (actor(), 2)]:
        for name in map(str, range(number)):
            refusal(scheduler.ScheduleJob, name=name, metadata=metadata, job=FAR)
    assert of_both(admin.page(), "created_failed") == (3, 2)


def test_metrics_jobsdeletedtotal_go(admin, scheduler, schedule):
    schedule(3, 2, **FAR)
    for metadata, number in [(app(), 3), (actor(), 2)]:
        for name in map(str, range(number)):
            scheduler.DeleteJob(name=name, metadata=metadata)
    assert of_both(admin.page(), "deleted") == (3, 2)


def test_metrics_jobsbulkdeletedtotal_go(admin, scheduler, schedule):
    """Requests, not jobs."""
    schedule(5, 5, **FAR)
    scheduler.DeleteByMetadata(metadata=actor())
    scheduler.DeleteByNamePrefix(metadata=app(), name_prefix="")
    assert admin.page()("dapr_scheduler_jobs_bulk_deleted_total") == 2


def test_metrics_jobstriggeredtotal_go(admin, schedule, watch):
    schedule(3, 2, **NOW)
    watch(app_id="shop", actor_types=["cart"])
    wait_for_both(admin, "triggered", 3, 2)


def test_metrics_jobsfailedtotal_go(admin, schedule, watch):
    """Each attempt by itself."""
    policy = {"constant": {"max_retries": 2}}
    schedule(2, 1, failure_policy=policy, **NOW)
    watch(app_id="shop", actor_types=["cart"], answer=lambda _: "FAILED")
    wait_for_both(admin, "failed", 6, 3)


def test_metrics_jobsundeliveredtotal_go(admin, schedule):
    """What is due with nobody there. Daybook sends nothing then, and counts what waits."""
    schedule(5, 3, **NOW)
    wait_until(
        lambda: [
            admin.page().get("daybook_jobs_parked", namespace="default", **{label: name})
            for label, name in [("app", "shop"), ("actor_type", "cart")]
        ] == [5, 3],
        "they wait",
    )  # fmt: skip
    assert of_both(admin.page(), "undelivered")[0] == 0


def test_metrics_triggerlatency_go(admin, schedule, watch):
    """How long success or failure took, in milliseconds."""
    schedule(3, 2, **NOW)
    watch(app_id="shop", actor_types=["cart"])
    name = "dapr_scheduler_trigger_latency_count"
    wait_until(
        lambda: [admin.page().get(name, type=type) for type in TYPES] == [3, 2],
        "all are counted, each by its type",
    )
