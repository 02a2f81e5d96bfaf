"""What limits of concurrency mean where Dapr's tests are silent: whose triggers count, whose value
holds, and what becomes of what waits. See test_concurrency_limits.py."""

import pytest

from Harness.waiting import wait_until
from hosting import answers, everywhere, holder, limit, settle
from sidecar import app

pytestmark = pytest.mark.sidecars


def test_what_waits_is_sent_in_the_order_of_due_times(due_now, host):
    cart = host(limit(1))
    due_now("first")
    assert cart.names() == ["first"]
    for seconds in (3, 5, 1, 4, 2):
        due_now(f"{seconds} s ago", due=f"-{seconds}s")
    for place, name in enumerate(["first", *(f"{seconds} s ago" for seconds in (5, 4, 3, 2, 1))]):
        assert cart.wait_for_next(place) == name
        cart.answer(name)


def test_all_streams_of_a_type_share_a_limit_whoever_has_named_it(due_now, host):
    hosts = host(limit(2)), host()
    due_now(*"abcd")
    assert everywhere(*hosts) == ["a", "b"]
    for name, following in [("a", "c"), ("b", "d")]:
        holder(name, *hosts).answer(name)
        holder(following, *hosts)
        assert everywhere(*hosts)[-1] == following


def test_what_was_sent_before_a_limit_was_named_counts(due_now, host, left):
    early = host()
    due_now("a", "b", "c")
    assert early.names() == ["a", "b", "c"]
    late = host(limit(2))
    due_now("d")
    assert late.names() == [] and len(early.names()) == 3
    settle(early, left, "a")
    assert late.names() == [] and len(early.names()) == 3
    settle(early, left, "b")
    holder("d", early, late)


def test_the_newest_stream_that_names_a_limit_says_how_much(due_now, host, left):
    """A stream that names none changes none."""
    due_now(*"abcdefg")
    hosts = [host(limit(1))]
    assert everywhere(*hosts) == ["a"]
    hosts.append(host(limit(3)))
    holder("c", *hosts)
    hosts.append(host())
    assert everywhere(*hosts) == ["a", "b", "c"]
    hosts.append(host(limit(1)))
    for name in "ab":
        settle(holder(name, *hosts), left, name)
    assert everywhere(*hosts) == ["a", "b", "c"]
    settle(holder("c", *hosts), left, "c")
    holder("d", *hosts)
    assert everywhere(*hosts) == ["a", "b", "c", "d"]


def test_a_limit_is_gone_when_the_last_stream_that_names_it_is(due_now, host):
    """What waited goes on where somebody hosts its type."""
    free, limited, also = host(), host(limit(1)), host(limit(1))
    due_now("a", "b", "c")
    assert everywhere(free, limited, also) == ["a"]
    also.stream.close()
    holder("a", free, limited)
    assert everywhere(free, limited) == ["a"]
    limited.stream.close()
    free.wait_for(lambda: len(free.triggers) == 3, "all of them")


def test_what_waited_for_room_waits_for_somebody_when_nobody_is_left(due_now, host, left):
    only = host(limit(1))
    due_now("a", "b", "c")
    assert only.names() == ["a"]
    only.stream.close()
    assert left() == ["a", "b", "c"]
    next = host()
    # What was sent before waits until the stream is known to stay.
    assert next.wait_for_next(2) == "a"
    assert next.names() == ["b", "c", "a"]


def test_a_limit_holds_in_its_namespace_alone(due_now, host):
    here, there = host(limit(1)), host(namespace="other")
    due_now("a", "b")
    due_now("c", "d", namespace="other")
    assert (here.names(), there.names()) == (["a"], ["c", "d"])


def test_one_limit_for_a_type_and_others_for_its_keys_hold_together(due_now, host):
    cart = host(limit(3), limit(2, "hot"), limit(1, "cold"))
    due_now("hot 1", "hot 2", "hot 3", key="hot")
    due_now("cold 1", "cold 2", key="cold")
    due_now("neither")
    assert cart.names() == ["hot 1", "hot 2", "cold 1"]
    cart.answer("cold 1")
    assert cart.wait_for_next(3) == "cold 2"


def test_jobs_of_apps_have_no_limit_though_their_stream_names_one(scheduler, watch):
    stream = watch(
        app_id="shop", actor_types=["cart"], concurrency_limits=[limit(1), limit(1, "k")],
        answer=lambda _: None,
    )  # fmt: skip
    for number in range(5):
        scheduler.ScheduleJob(
            name=f"job {number}", metadata=app(concurrency_key="k"), job={"due_time": "0s"}
        )
    stream.wait_for(5)


@pytest.mark.parametrize("most", [0, -1, -(2**31)])
def test_a_limit_of_nothing_is_none(due_now, host, most):
    due_now("a", "b", "c")
    assert host(limit(most), limit(most, "k")).names() == ["a", "b", "c"]


def test_however_much_waits_nothing_fails(due_now, host):
    """Each is sent when the one before it has been answered, at its first attempt."""
    names = [f"reminder {number:03}" for number in range(300)]
    due_now(*names)
    cart = host(limit(1))
    for place, name in enumerate(names):
        assert cart.wait_for_next(place) == name
        assert len(cart.sent) == place + 1
        assert cart.triggers[name].daybook.attempt == 1
        cart.answer(name)


def test_after_a_kill_what_comes_again_keeps_to_the_limit(server, due_now, host, left):
    first = host(limit(2))
    due_now("a", "b", "c")
    assert first.names() == ["a", "b"]
    server.kill()
    first.stream.close()
    server.start()
    wait_until(lambda: answers(left), "the client has come back")
    second = host(limit(1))
    # What was sent before waits until the stream is known to stay.
    for place, name in enumerate("cab"):
        assert second.wait_for_next(place) == name
        assert len(second.names()) == place + 1
        cause = second.triggers[name].daybook.cause
        assert cause == ("schedule" if name == "c" else "redelivery")
        second.answer(name)
