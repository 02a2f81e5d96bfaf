"""Streams of triggers: who gets them, what answers come to, and what becomes of those of a stream
that ends."""

import random
from itertools import count

import pytest

from Harness.waiting import wait_until
from sidecar import actor, app
from reading import nanoseconds

pytestmark = pytest.mark.sidecars

NOW = "0s"


def test_a_trigger_says_what_it_is_and_an_answer_ends_it(scheduler, watch, server):
    stream = watch(app_id="shop")
    data = {"type_url": "t", "value": b"1"}
    scheduler.ScheduleJob(
        name="a||b", metadata=app(concurrency_key="k"), job={"due_time": NOW, "data": data}
    )
    [trigger] = stream.wait_for(1)
    assert (trigger.name, trigger.id) == ("a||b", 1)
    assert (trigger.data.type_url, trigger.data.value) == ("t", b"1")
    assert trigger.metadata.app_id == "shop" and trigger.metadata.namespace == "default"
    assert trigger.metadata.target.WhichOneof("type") == "job"
    assert trigger.metadata.concurrency_key == "k"
    assert trigger.daybook.attempt == 1 and trigger.daybook.cause == "schedule"
    assert trigger.daybook.idempotency_key.endswith("-1") and trigger.daybook.trigger > 0
    assert nanoseconds(trigger.daybook.due_time) <= stream.triggers[0][0]
    server.wait_until_gone("a||b")


def test_reminders_go_to_whoever_hosts_their_type(scheduler, watch):
    # actors: routed by type, whatever app has registered them.
    reminders = ["JOB_TARGET_TYPE_ACTOR_REMINDER"]
    carts = watch(app_id="shop", actor_types=["cart"], accept_job_types=reminders)
    both = watch(app_id="billing", actor_types=["bill", "bill"])
    scheduler.ScheduleJob(name="r", metadata=actor("cart", app_id="other"), job={"due_time": NOW})
    scheduler.ScheduleJob(name="r", metadata=actor("bill", app_id="other"), job={"due_time": NOW})
    scheduler.ScheduleJob(name="j", metadata=app("billing"), job={"due_time": NOW})
    # A reminder's reader takes no jobs, so this one waits for another stream.
    scheduler.ScheduleJob(name="j", metadata=app("shop"), job={"due_time": NOW})
    [cart] = carts.wait_for(1)
    assert (cart.metadata.target.actor.type, cart.metadata.target.actor.id) == ("cart", "7")
    assert cart.metadata.app_id == "other"
    assert sorted(trigger.name for trigger in both.wait_for(2)) == ["j", "r"]
    jobs = watch(app_id="shop", accept_job_types=["JOB_TARGET_TYPE_JOB"], actor_types=["cart"])
    assert [trigger.name for trigger in jobs.wait_for(1)] == ["j"]
    scheduler.ScheduleJob(name="s", metadata=actor("cart"), job={"due_time": NOW})
    assert carts.wait_for(2)[1].name == "s"
    assert len(jobs.triggers) == 1


def test_namespaces_are_worlds_of_their_own(scheduler, watch):
    # daprd/jobs/streaming/stream.go
    here, there = watch(app_id="a"), watch(app_id="a", namespace="other")
    scheduler.ScheduleJob(name="j", metadata=app("a"), job={"due_time": NOW})
    scheduler.ScheduleJob(name="j", metadata=app("a", "other"), job={"due_time": NOW})
    assert here.wait_for(1)[0].metadata.namespace == "default"
    assert there.wait_for(1)[0].metadata.namespace == "other"
    assert (len(here.triggers), len(there.triggers)) == (1, 1)


def test_a_failure_is_tried_again_with_the_same_key(scheduler, watch, server):
    # failurepolicy at stream level
    attempts = count(1)
    stream = watch(app_id="shop", answer=lambda _: "FAILED" if next(attempts) < 3 else "SUCCESS")
    policy = {"constant": {"interval": {"nanos": 1_000_000}, "max_retries": 5}}
    scheduler.ScheduleJob(
        name="j", metadata=app(), job={"due_time": NOW, "failure_policy": policy}
    )
    triggers = stream.wait_for(3)
    assert [t.daybook.attempt for t in triggers] == [1, 2, 3]
    assert [t.daybook.cause for t in triggers] == ["schedule", "retry", "retry"]
    assert len({t.daybook.idempotency_key for t in triggers}) == 1
    assert [t.id for t in triggers] == [1, 2, 3]
    server.wait_until_gone("j")
    assert len(stream.triggers) == 3


def test_repeats_and_ttl_count_at_the_stream(scheduler, watch, server):
    # api/repeats.go
    stream = watch(app_id="shop")
    job = {"schedule": "@every 20ms", "repeats": 2}
    scheduler.ScheduleJob(name="repeats", metadata=app(), job=job)
    job = {"schedule": "@every 1s", "ttl": "3s"}
    scheduler.ScheduleJob(name="ttl", metadata=app(), job=job)
    server.wait_until_gone("repeats", "ttl")
    names = [trigger.name for _, trigger in stream.triggers]
    assert (names.count("repeats"), names.count("ttl")) == (2, 3)


def test_answers_to_what_was_never_sent_are_dropped(scheduler, watch, server):
    # unknownack.go
    stream = watch(app_id="shop", answer=lambda _: None)
    # Not 1: it might be read after the trigger that has it.
    for id in (0, 5, 77, 2**64 - 1):
        stream.result(id)
    scheduler.ScheduleJob(name="j", metadata=app(), job={"due_time": NOW})
    [trigger] = stream.wait_for(1)
    stream.result(99)
    assert server.has("j")
    stream.result(trigger.id, "SUCCESS")
    stream.result(trigger.id, "FAILED")
    server.wait_until_gone("j")
    scheduler.ScheduleJob(name="k", metadata=app(), job={"due_time": NOW})
    assert stream.wait_for(2)[1].name == "k"
    stream.result(2)


def test_answers_come_in_any_order(scheduler, watch, server):
    stream = watch(app_id="shop", answer=lambda _: None)
    for index in range(20):
        scheduler.ScheduleJob(name=f"j{index}", metadata=app(), job={"due_time": NOW})
    triggers = stream.wait_for(20)
    for trigger in reversed(triggers):
        stream.result(trigger.id)
    server.wait_until_gone(*(f"j{index}" for index in range(20)))


def test_what_a_stream_leaves_behind_another_gets_at_once(scheduler, watch, server):
    # streaming/staged.go, api/watchjobs/deadstream.go, staging/reconnect
    first = watch(app_id="shop", answer=lambda _: None)
    job = {"due_time": NOW, "failure_policy": {"drop": {}}}
    for index in range(10):
        scheduler.ScheduleJob(name=f"j{index}", metadata=app(), job=job)
    before = {t.name: t.daybook for t in first.wait_for(10)}
    second = watch(app_id="shop")
    first.close()
    after = {t.name: t.daybook for t in second.wait_for(10)}
    assert before.keys() == after.keys()
    for name, again in after.items():
        assert again.idempotency_key == before[name].idempotency_key
        assert again.cause == "redelivery" and again.attempt == 1
        assert again.trigger > before[name].trigger
    server.wait_until_gone(*before)


def test_what_is_due_waits_for_somebody(scheduler, watch, server):
    # staging/single.go, staging/durable.go: 40 one-shots, each delivered once when one connects
    for index in range(40):
        scheduler.ScheduleJob(name=f"j{index}", metadata=app(), job={"due_time": NOW})
    assert server.has("j0")
    stream = watch(app_id="shop")
    names = [trigger.name for trigger in stream.wait_for(40)]
    assert sorted(names) == sorted(f"j{index}" for index in range(40))
    server.wait_until_gone(*names)
    assert len(stream.triggers) == 40


def test_what_was_given_out_when_the_server_died_comes_again(scheduler, server, watch):
    first = watch(app_id="shop", answer=lambda _: None)
    scheduler.ScheduleJob(name="j", metadata=app(), job={"due_time": NOW})
    [before] = first.wait_for(1)
    server.kill()
    first.close()
    server.start()
    [after] = watch(app_id="shop").wait_for(1)
    assert after.daybook.idempotency_key == before.daybook.idempotency_key
    assert after.daybook.cause == "redelivery"
    server.wait_until_gone("j")


def test_a_client_that_is_killed_again_and_again_misses_nothing(
    scheduler, server, watch, rounds
):
    """2,000 jobs fall due while its stream is cut 20 times: every repeat has the key of the first
    delivery. (--long: 20,000 jobs, 200 cuts.)"""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    jobs = 2_000 * rounds
    streams = []

    def answer(_):
        return "SUCCESS" if dice.random() < 0.9 else None

    for index in range(jobs):
        scheduler.ScheduleJob(name=f"j{index}", metadata=app(), job={"due_time": "2s"})
    for _ in range(20 * rounds):
        stream = watch(app_id="shop", answer=answer)
        streams.append(stream)
        wait_until(lambda: len(stream.triggers) >= dice.randrange(100), "triggers", 60)
        stream.close()
    last = watch(app_id="shop")
    streams.append(last)
    wait_until(lambda: not scheduler.ListJobs(metadata=app()).jobs, "all jobs are done", 120)
    keys: dict[str, set[str]] = {}
    for stream in streams:
        for _, trigger in stream.triggers:
            keys.setdefault(trigger.name, set()).add(trigger.daybook.idempotency_key)
    assert len(keys) == jobs
    assert all(len(of_job) == 1 for of_job in keys.values())
    assert len(set().union(*keys.values())) == jobs
