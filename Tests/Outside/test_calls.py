"""What was asked, and what the log has of it: edits, deletes, races, calls without an answer."""

import pytest

from reading import Event
from story import (
    ask, called, came, close, deleted, found, missed, over, stories,
)  # fmt: skip

# Of what the log says nothing.
unlogged, unknown = {"logged": False}, {"outcome": "unknown"}
LOST = "was acknowledged and is not in the log"
far, once, later = ask(dueTime="1h"), ask(), ask(dueTime="2s")
came_later = came(3.1), over(4), close(60)

test_what_was_asked = stories(
    ("acknowledged and not in the log", {"log": LOST}, ask(dueTime="1h", **unlogged)),
    ("acknowledged, not in the log and never come", {"missed": 1, "log": 1, "disagreements": 1},
     ask(**unlogged), close(60)),
    ("in the log twice", {"log": "is what no call asked for"}, far,
     lambda story: story.accept("report", 1.015, "updated", {"dueTime": "1h", "data": "first"})),
    ("in the log and not asked for", {"log": 1},
     lambda story: story.accept("report", 1, "created", {"dueTime": "1h"})),
    ("a delete by prefix that nobody asked for", {"log": "default/shop/rep"}, far,
     lambda story: story.record(
         "deletedByPrefix", 2, namespace="default", app="shop", namePrefix="rep")),
    ("refused and in the log", {"log": 1}, ask(0.5, dueTime="1h", data="zero"),
     ask(outcome="refused", kind="updated", dueTime="1h")),
    ("refused and not in the log", {}, ask(0.5, dueTime="1h", data="zero"),
     ask(outcome="refused", dueTime="1h", **unlogged)),
    ("refused because of a job that was not there", {"log": 1},
     ask(outcome="refused", dueTime="1h", **unlogged)),
)  # fmt: skip


def test_lost_by_the_log_and_come_nevertheless(story, judge):
    for step in (once, came(2.1), over(3), close(60)):
        step(story)
    for event in story.events[2:-1]:
        event |= {"kind": "frontier"}
    verdict = judge(story)
    assert "is not in the log" in verdict.log[0]
    assert verdict.missed == verdict.foreign == verdict.wrong_key == []


test_without_an_answer = stories(
    ("what was done must come", {"missed": 1}, ask(**unknown), close(60), missed()),
    ("what was done and came", {}, ask(**unknown), came(2.1), over(3)),
    ("what was not done need not come", {}, ask(**unknown, **unlogged), close(60)),
    ("asked twice", {}, ask(dueTime="1h", **unknown, **unlogged), ask(2, dueTime="1h")),
    ("due beyond what can be counted", {}, ask(dueTime="9999-12-31T23:59:59Z"), close(60)),
    ("due before what can be counted", {"missed": 1}, ask(dueTime="0001-01-01T00:00:00Z"),
     close(60), missed()),
    ("a delete that was done", {}, later,
     lambda story: story.delete("report", 1.5, story.job, **unknown), close(60)),
    ("a delete that was not done", {}, later, deleted("report", 1.5, **unknown), *came_later),
    ("a delete that was not done ends nothing", {"missed": 1}, later,
     deleted("report", 1.5, **unknown), close(60), missed()),
)  # fmt: skip


def test_what_the_app_saw_is_in_the_log(story, judge):
    for step in (ask(**unknown), came(2.1), over(3)):
        step(story)
    story.events[2] |= {"kind": "frontier"}
    assert judge(story).foreign


# Order


def test_a_record_outside_its_call(story, judge):
    far(story)
    story.events[2]["time"] = "2026-03-01T00:00:05Z"
    story.events[2]["anchor"] = story.events[2]["firstDue"] = "2026-03-01T01:00:05Z"
    verdict = judge(story)
    assert found(verdict) == {"log": 1}
    assert "not within call 1" in verdict.log[0]


def test_records_in_another_order_than_their_calls(story, judge):
    """Even with a clock that says nothing."""
    story.schedule("one", 1, dueTime="2030-01-01T00:00:00Z", data="one")
    story.schedule("two", 2, dueTime="2030-01-01T00:00:00Z", data="two")
    story.fault("clock", 0.5, 3, by=0)
    one, two = story.events[2:4]
    story.events[2:4] = [
        two | {"sequence": 3, "generation": 3}, one | {"sequence": 4, "generation": 4}
    ]  # fmt: skip
    verdict = judge(story)
    assert any("of what began after its answer, stands before that" in text for text in verdict.log)


@pytest.mark.parametrize("name", ["anchor", "firstDue", "expiry"])
def test_a_time_that_the_request_does_not_mean(story, judge, name):
    ask(schedule="@every 1h", dueTime="2h", ttl="PT5H")(story)
    assert found(judge(story)) == {}
    story.events[2][name] = "2026-03-01T02:00:02Z"
    verdict = judge(story)
    assert found(verdict) == {"log": 1}
    assert name in verdict.log[0]


def test_a_gap_in_the_numbers(story, judge):
    story.record("frontier", 10)
    story.record("frontier", 20)
    story.events.pop(2)
    assert "from record 2 to 4" in judge(story).log[0]


@pytest.mark.parametrize("status, at, expected", [
    (200, 0.5, 1), (200, 1.5, 0), (200, 2.5, 1), (404, 0.5, 0), (404, 1.5, 1), (404, 2.5, 0),
    (200, 1.005, 0), (404, 1.005, 0),
])  # fmt: skip
def test_a_get_sees_what_the_log_has(story, judge, status, at, expected):
    far(story)
    story.delete("report", 2, story.job)
    story.call("get", "report", at, status=status)
    assert len(judge(story).log) == expected


@pytest.mark.parametrize("seen, expected", [('"first"', 0), ('"other"', 1)])
def test_a_get_sees_the_data_that_the_log_has(story, judge, seen, expected):
    far(story)
    story.call("get", "report", 2, status=200)["seen"] = seen
    assert len(judge(story).log) == expected


@pytest.mark.parametrize("change, expected", [
    ({}, 0), ({"overwrite": True}, 1), ({"data": "other"}, 1), ({"dueTime": "1h"}, 1),
])  # fmt: skip
def test_asked_again_for_what_is_there(story, judge, change, expected):
    request = {"dueTime": "2030-01-01T00:00:00Z", "data": "first"}
    story.schedule("report", 1, **request)
    story.schedule("report", 2, logged=False, **(request | change))
    assert len(judge(story).log) == expected


# Edits and deletes

def gone_at(seconds):
    return lambda story: story.delete("report", seconds, story.job)


test_edits_and_deletes = stories(
    # That means another instant each time.
    ("asked again with a time from now on", {"log": 1}, far, ask(2, dueTime="1h", **unlogged)),
    ("a delete of nothing", {}, deleted("report", 1), ask(2, dueTime="1h")),
    ("a delete of nothing ends nothing that comes later", {}, deleted("report", 1), ask(2),
     *came_later),
    ("a delete that found nothing where there was a job", {"log": LOST}, far,
     deleted("report", 3)),
    ("a delete", {}, far, deleted("report", 3), over(3.01, "requested")),
    ("replaced before it was due", {}, later, ask(2, kind="updated", dueTime="2s", data="second"),
     came(4.1), over(5), close(60)),
    ("the version that was replaced comes", {"foreign": 1}, later,
     ask(2, kind="updated", dueTime="1h", data="second"), came(3.1, job=3)),
    # Nobody can say that it would not have come within the grace.
    ("deleted while it was late", {}, once, gone_at(3.5), close(60)),
    ("deleted when it should long have come", {"missed": 1}, once, gone_at(6), close(60), missed()),
    ("deleted and made again", {}, once, gone_at(1.5), ask(2), *came_later),
    ("two deletes at once", {}, far, gone_at(2), called("delete", "report", 2.005)),
    ("deleted with others, by a prefix", {}, once, ask(1.1, "repair", dueTime="1h"),
     called("delete by prefix", "rep", 1.5),
     lambda story: story.record(
         "deletedByPrefix", 1.51, namespace="default", app="shop", namePrefix="rep"), close(60)),
    ("by a prefix, of nothing", {}, far, called("delete by prefix", "other", 1.5)),
    ("by a prefix, of which the log has no word", {"log": LOST}, far,
     called("delete by prefix", "rep", 1.5)),
)  # fmt: skip


@pytest.mark.parametrize("slow_first", [True, False])
def test_a_slow_delete_and_a_quick_one(story, judge, slow_first):
    """The quick one can only be the first record."""
    far(story)
    first = story.job
    story.call("delete", "report", 2)
    story.call("delete", "report", 2.1)
    story.calls[1 if slow_first else 2]["end"] = story.at(6)
    story.calls[2 if slow_first else 1]["end"] = story.at(2.5)
    story.end(first, 2.2, "requested")
    for step in (ask(3, dueTime="1h", data="second"), over(5, "requested")):
        step(story)
    assert found(judge(story)) == {}


def test_in_flight_when_it_was_deleted(story, judge):
    """Decided before the record of the delete, seen by the app after its answer."""
    for step in (once, came(2.05, outcome="open"), gone_at(2.055), close(60)):
        step(story)
    story.line["time"] = story.line["replied"] = story.at(2.3)
    assert found(judge(story)) == {}


@pytest.mark.parametrize(
    "cells, met",
    [
        ({"appPrefix": ""}, ["shop", "shopping"]), ({"appPrefix": "shopp"}, ["shopping"]),
        ({"actorTypePrefix": ""}, ["cart||1", "wallet||1"]),
        ({"actorType": "cart", "actorIDPrefix": ""}, ["cart||1"]),
        ({"app": "shop", "namePrefix": ""}, ["shop"]),
    ],
)  # fmt: skip
def test_whom_a_delete_by_prefix_meets(cells, met):
    event = Event(1, 0, "deletedByPrefix", {"namespace": "test"} | cells)
    owners = ["shop", "shopping", "cart||1", "wallet||1"]
    assert [owner for owner in owners if event.is_above(("test", owner, "a"))] == met
    assert not any(event.is_above(("test-1", owner, "a")) for owner in owners)
