"""Dapr's own tests of limits of concurrency (tests/integration/suite/scheduler/concurrency) told
again. See test_conformance.py; what Daybook has chosen beyond them is in
test_concurrency_sharing.py.

A limit holds for one actor type of one namespace; with a name, for those of its reminders whose
concurrency key that is. App jobs have none. What is over a limit stays due, in the order of due
times, however much that is: Dapr's queue ends at 100,000, and what comes then has failed.

Left out: cluster.go shares a limit out among schedulers. Here there is one."""

import pytest

from hosting import limit

pytestmark = pytest.mark.sidecars


def test_concurrency_group_go(due_now, host):
    """Two of four at a time."""
    due_now("a", "b", "c", "d")
    cart = host(limit(2))
    assert cart.names() == ["a", "b"]
    cart.answer("a")
    assert cart.wait_for_next(2) == "c"
    assert cart.names() == ["a", "b", "c"]
    cart.answer("b")
    assert cart.wait_for_next(3) == "d"


def test_concurrency_named_go(due_now, host):
    """One "slow" at a time, and as many "fast" as there are."""
    due_now("slow 1", "slow 2", key="slow")
    due_now("fast 1", "fast 2", key="fast")
    cart = host(limit(1, "slow"))
    assert sorted(cart.names()) == ["fast 1", "fast 2", "slow 1"]
    assert cart.triggers["slow 1"].metadata.concurrency_key == "slow"
    cart.answer("fast 1")
    cart.answer("slow 1")
    assert cart.wait_for_next(3) == "slow 2"


def test_concurrency_independent_go(due_now, host):
    """Limits of two names know nothing of one another."""
    due_now("alpha 1", "alpha 2", key="alpha")
    due_now("beta 1", "beta 2", key="beta")
    cart = host(limit(1, "alpha"), limit(1, "beta"))
    assert sorted(cart.names()) == ["alpha 1", "beta 1"]
    cart.answer("alpha 1")
    assert cart.wait_for_next(2) == "alpha 2"
    assert len(cart.names()) == 3


def test_concurrency_serial_go(due_now, host):
    """One after another."""
    due_now("a", "b", "c")
    cart = host(limit(1))
    for place, name in enumerate(["a", "b", "c"]):
        assert cart.wait_for_next(place) == name
        assert len(cart.names()) == place + 1
        cart.answer(name)


def test_concurrency_nolimit_go(due_now, host):
    """With no limit said there is none."""
    many = [f"reminder {number}" for number in range(10)]
    due_now(*many)
    assert sorted(host().names()) == many


def test_concurrency_multiapp_go(due_now, host):
    """A sidecar without limits takes none away from another, and has none of its."""
    due_now("a1", "a2", "a3", type="A")
    due_now("b1", "b2", "b3", type="B")
    limited = host(limit(1, type="A"), types=["A"])
    assert limited.names() == ["a1"]
    free = host(types=["B"])
    assert free.names() == ["b1", "b2", "b3"]
    assert limited.names() == ["a1"]


def test_concurrency_failed_go(due_now, host):
    """What has failed makes room too, and waits like all others when it is tried again."""
    due_now("a", "b")
    cart = host(limit(1))
    assert cart.names() == ["a"]
    cart.answer("a", "FAILED")
    assert cart.wait_for_next(1) == "b"
    cart.answer("b")
    assert cart.wait_for_next(2) == "a"
    assert cart.triggers["a"].daybook.attempt == 2
    cart.answer("a")


def test_concurrency_disconnect_go(due_now, host):
    """What a sidecar has not answered when it goes holds no room; the next one has as much. It is
    sent again when the next stream is known to stay, and meanwhile holds up nothing."""
    due_now("a", "b")
    first = host(limit(1))
    assert first.names() == ["a"]
    first.stream.close()
    second = host(limit(1))
    assert second.wait_for_next(0) == "b"
    assert second.names() == ["b"]
    second.answer("b")
    assert second.wait_for_next(1) == "a"


def test_what_one_limit_holds_back_keeps_its_place(due_now, host):
    """What one limit holds back keeps its place while others pass it. Where Dapr lets the last hot
    one wait until a further reminder makes room, Daybook sends it when there is room."""
    cart = host(limit(2), limit(1, "hot"))
    due_now("hot in flight", key="hot")
    due_now("in flight")
    assert cart.names() == ["hot in flight", "in flight"]
    due_now("elder", key="hot")
    due_now("passing")
    due_now("younger", key="hot")
    assert len(cart.names()) == 2
    cart.answer("in flight")
    assert cart.wait_for_next(2) == "passing"
    assert len(cart.names()) == 3
    cart.answer("hot in flight")
    assert cart.wait_for_next(3) == "elder"
    cart.answer("passing")
    assert len(cart.names()) == 4
    cart.answer("elder")
    assert cart.wait_for_next(4) == "younger"
