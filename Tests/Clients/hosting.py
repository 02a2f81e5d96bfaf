"""Sidecars that host actors, and what is due for them."""

from itertools import count

import grpc
import pytest

from Harness.waiting import wait_until
from protos import Stub
from sidecar import Watch, actor, app

# The actor of reminders whose actor does not matter, and its type.
MINE, CART = actor(), "cart"


class Host:
    """A sidecar that hosts actors. Nothing that it is sent is answered but by `answer`."""

    def __init__(self, scheduler: Stub, app_id: str, namespace: str, watch, **initial):
        self.scheduler = scheduler
        self.mine = app(app_id, namespace)
        self.markers = count(1)
        self.stream: Watch = watch(
            app_id=app_id, namespace=namespace, **initial,
            answer=lambda trigger: "SUCCESS" if is_job(trigger) else None,
        )  # fmt: skip
        # It has been let in when it is sent something.
        self.names()

    @property
    def triggers(self) -> dict[str, object]:
        """The last trigger of every reminder it was sent so far."""
        return {t.name: t for _, t in self.stream.triggers if not is_job(t)}

    @property
    def sent(self) -> list[str]:
        """The reminders it was sent so far, one by one."""
        return [t.name for _, t in self.stream.triggers if not is_job(t)]

    def names(self) -> list[str]:
        """The same, when all that can come has come: a job of its app, which no limit holds back,
        is due later than any of it, and has come too."""
        name = f"marker {next(self.markers)}"
        self.scheduler.ScheduleJob(name=name, metadata=self.mine, job={"due_time": "0s"})
        self.wait_for(lambda: name in [t.name for _, t in self.stream.triggers], name)
        return self.sent

    def wait_for(self, predicate, what: str) -> None:
        wait_until(predicate, what, changed=self.stream.changed)

    def wait_for_next(self, seen: int) -> str:
        """The name behind the first `seen`."""
        self.wait_for(lambda: len(self.sent) > seen, f"more than {seen} reminders")
        return self.sent[seen]

    def answer(self, name: str, status="SUCCESS") -> None:
        self.stream.result(self.triggers[name].id, status)


def listed(scheduler: Stub, metadata: dict) -> list[str]:
    return [job.name for job in scheduler.ListJobs(metadata=metadata).jobs]


def is_job(trigger) -> bool:
    return trigger.metadata.target.WhichOneof("type") == "job"


def limit(most: int, name: str | None = None, type=CART) -> dict:
    said = {"max_concurrent": most, "actor": {"type": type}}
    return said | ({"name": name} if name else {})


@pytest.fixture
def host(scheduler, watch):
    """Makes hosts: host(limit(2), types=["cart"])."""
    numbers = count(1)

    def make(*limits: dict, types=(CART,), namespace="default") -> Host:
        app_id = f"host{next(numbers)}"
        return Host(
            scheduler, app_id, namespace, watch, actor_types=types, concurrency_limits=limits
        )

    return make


@pytest.fixture
def due_now(scheduler):
    """Schedules reminders: due_now("a", "b", key="slow"). They are due one after another."""

    def schedule(*names: str, key: str | None = None, type=CART, due="0s", **more) -> None:
        for name in names:
            metadata = actor(type, name, **more) | ({"concurrency_key": key} if key else {})
            scheduler.ScheduleJob(name=name, metadata=metadata, job={"due_time": due})

    return schedule


@pytest.fixture
def left(scheduler):
    """The names of all reminders of the type that are not at their ends: left()."""
    return lambda: sorted(listed(scheduler, actor(CART, "")))


def everywhere(*hosts: Host) -> list[str]:
    """What has been sent to any of them, when all that can come has come."""
    return sorted(name for one in hosts for name in one.names())


def holder(name: str, *hosts: Host) -> Host:
    """Who was sent the reminder; waits until one was."""
    return wait_until(lambda: [one for one in hosts if name in one.sent], f"{name} is out")[0]


def settle(host: Host, left, name: str) -> None:
    """Answers, and waits until that is durable."""
    host.answer(name)
    wait_until(lambda: name not in left(), f"{name} is at its end")


def answers(ask) -> bool:
    """Whether somebody answers: a client's connection is made again by itself."""
    try:
        ask()
        return True
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAVAILABLE
        return False


# Reminders as sidecars register them


@pytest.fixture
def remind(scheduler):
    """Registers a reminder: remind("name", metadata, due_time="1h"). It replaces, as sidecars do
    unless they are told not to."""

    def register(name: str, metadata=MINE, overwrite=True, **job) -> None:
        scheduler.ScheduleJob(name=name, metadata=metadata, job=job, overwrite=overwrite)

    return register


@pytest.fixture
def gone(scheduler):
    """Waits until no reminder of the actor is left: gone()."""

    def wait(metadata=MINE) -> None:
        wait_until(lambda: not listed(scheduler, metadata), "all reminders are at their ends")

    return wait


@pytest.fixture
def carts(watch):
    """A sidecar that hosts the type, and answers every reminder with success."""
    return watch(app_id="host", actor_types=[CART])


def sent(stream: Watch, name: str) -> list:
    return [trigger for _, trigger in stream.triggers if trigger.name == name]


def passed(scheduler, stream: Watch, marker: str, delay: str) -> None:
    """Waits until a job of the sidecar has come that is due after the delay: all that was due
    before has come too."""
    scheduler.ScheduleJob(name=marker, metadata=app("host"), job={"due_time": delay})
    wait_until(lambda: sent(stream, marker), marker, changed=stream.changed)
