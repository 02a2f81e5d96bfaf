"""What was asked, and what the log has of it: edits, deletes, races, calls without an answer."""

import pytest

from story import found


def test_acknowledged_and_not_in_the_log(story, judge):
    story.schedule("report", 1, logged=False, dueTime="1h", data="first")
    verdict = judge(story)
    assert found(verdict) == {"log": 1}
    assert "was acknowledged and is not in the log" in verdict.log[0]


def test_acknowledged_not_in_the_log_and_never_come(story, judge):
    story.schedule("report", 1, logged=False, dueTime="1s", data="first")
    story.close(60)
    assert found(judge(story)) == {"missed": 1, "log": 1, "disagreements": 1}


def test_lost_by_the_log_and_come_nevertheless(story, judge):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.run(job, 1, 2.1)
    story.end(job, 3)
    story.close(60)
    for event in story.events[2:-1]:
        event |= {"kind": "frontier"}
    verdict = judge(story)
    assert "is not in the log" in verdict.log[0]
    assert verdict.missed == verdict.foreign == verdict.wrong_key == []


def test_in_the_log_twice(story, judge):
    request = {"dueTime": "1h", "data": "first"}
    story.schedule("report", 1, **request)
    story.accept("report", 1.015, "updated", request)
    verdict = judge(story)
    assert found(verdict) == {"log": 1}
    assert "is what no call asked for" in verdict.log[0]


def test_in_the_log_and_not_asked_for(story, judge):
    story.accept("report", 1, "created", {"dueTime": "1h"})
    assert found(judge(story)) == {"log": 1}


def test_a_delete_by_prefix_that_nobody_asked_for(story, judge):
    story.schedule("report", 1, dueTime="1h", data="first")
    story.record("deletedByPrefix", 2, namespace="default", app="shop", namePrefix="rep")
    assert found(judge(story)) == {"log": 1}


@pytest.mark.parametrize("logged", [True, False])
def test_a_refused_call_must_not_be_in_the_log(story, judge, logged):
    story.schedule("report", 0.5, dueTime="1h", data="zero")
    story.schedule(
        "report", 1, outcome="refused", logged=logged, kind="updated", dueTime="1h", data="first"
    )
    verdict = judge(story)
    assert found(verdict) == ({"log": 1} if logged else {})


def test_refused_because_of_a_job_that_was_not_there(story, judge):
    story.schedule("report", 1, outcome="refused", logged=False, dueTime="1h", data="first")
    assert found(judge(story)) == {"log": 1}


# Without an answer


def test_an_unknown_call_that_was_done(story, judge):
    job = story.schedule("report", 1, outcome="unknown", dueTime="1s", data="first")
    story.close(60)
    story.misses.append((job, 1))
    assert found(judge(story)) == {"missed": 1}


def test_an_unknown_call_that_was_not_done(story, judge):
    story.schedule("report", 1, outcome="unknown", logged=False, dueTime="1s", data="first")
    story.close(60)
    assert found(judge(story)) == {}


def test_an_unknown_call_that_the_log_has_not_and_the_app_saw(story, judge):
    job = story.schedule("report", 1, outcome="unknown", dueTime="1s", data="first")
    story.run(job, 1, 2.1)
    story.end(job, 3)
    assert found(judge(story)) == {}
    story.events[2] |= {"kind": "frontier"}
    assert judge(story).foreign


@pytest.mark.parametrize("was_done", [True, False])
def test_an_unknown_delete(story, judge, was_done):
    job = story.schedule("report", 1, dueTime="2s", data="first")
    story.delete("report", 1.5, job if was_done else 0, outcome="unknown")
    if not was_done:
        story.run(job, 1, 3.1)
        story.end(job, 4)
    story.close(60)
    assert found(judge(story)) == {}


def test_an_unknown_delete_that_was_not_done_ends_nothing(story, judge):
    job = story.schedule("report", 1, dueTime="2s", data="first")
    story.delete("report", 1.5, outcome="unknown")
    story.close(60)
    story.misses.append((job, 1))
    assert found(judge(story)) == {"missed": 1}


def test_asked_twice_because_the_first_had_no_answer(story, judge):
    request = {"dueTime": "1h", "data": "first"}
    story.schedule("report", 1, outcome="unknown", logged=False, **request)
    story.schedule("report", 2, **request)
    assert found(judge(story)) == {}


# Order


def test_a_record_outside_its_call(story, judge):
    story.schedule("report", 1, dueTime="1h", data="first")
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
    story.schedule("report", 1, schedule="@every 1h", dueTime="2h", ttl="PT5H", data="first")
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
    job = story.schedule("report", 1, dueTime="1h", data="first")
    story.delete("report", 2, job)
    story.call("get", "report", at, status=status)
    assert len(judge(story).log) == expected


def test_a_delete_of_nothing(story, judge):
    story.delete("report", 1)
    job = story.schedule("report", 2, dueTime="1h", data="first")
    assert found(judge(story)) == {}
    story.delete("report", 3)
    assert found(judge(story)) == {"log": 1}
    story.end(job, 3.01, "requested")
    assert found(judge(story)) == {}


@pytest.mark.parametrize("change, expected", [
    ({}, 0), ({"overwrite": True}, 1), ({"data": "other"}, 1), ({"dueTime": "1h"}, 1),
])  # fmt: skip
def test_asked_again_for_what_is_there(story, judge, change, expected):
    request = {"dueTime": "2030-01-01T00:00:00Z", "data": "first"}
    story.schedule("report", 1, **request)
    story.schedule("report", 2, logged=False, **(request | change))
    assert len(judge(story).log) == expected


def test_asked_again_with_a_time_from_now_on(story, judge):
    """That means another instant each time."""
    request = {"dueTime": "1h", "data": "first"}
    story.schedule("report", 1, **request)
    story.schedule("report", 2, logged=False, **request)
    assert found(judge(story)) == {"log": 1}


# Edits and deletes


def test_a_delete_of_nothing_ends_nothing_that_comes_later(story, judge):
    story.delete("report", 1)
    job = story.schedule("report", 2, dueTime="1s", data="first")
    story.run(job, 1, 3.1)
    story.end(job, 4)
    assert found(judge(story)) == {}


@pytest.mark.parametrize("slow_first", [True, False])
def test_a_slow_delete_and_a_quick_one(story, judge, slow_first):
    """The quick one can only be the first record."""
    first = story.schedule("report", 1, dueTime="1h", data="first")
    story.call("delete", "report", 2)
    story.call("delete", "report", 2.1)
    story.calls[1 if slow_first else 2]["end"] = story.at(6)
    story.calls[2 if slow_first else 1]["end"] = story.at(2.5)
    story.end(first, 2.2, "requested")
    second = story.schedule("report", 3, dueTime="1h", data="second")
    story.end(second, 5, "requested")
    assert found(judge(story)) == {}


def test_replaced_before_it_was_due(story, judge):
    story.schedule("report", 1, dueTime="2s", data="first")
    job = story.schedule("report", 2, kind="updated", dueTime="2s", data="second")
    story.run(job, 1, 4.1)
    story.end(job, 5)
    story.close(60)
    assert found(judge(story)) == {}


def test_the_version_that_was_replaced_comes(story, judge):
    first = story.schedule("report", 1, dueTime="2s", data="first")
    story.schedule("report", 2, kind="updated", dueTime="1h", data="second")
    story.run(first, 1, 3.1)
    assert found(judge(story)) == {"foreign": 1}


def test_in_flight_when_it_was_deleted(story, judge):
    """Decided before the record of the delete, seen by the app after its answer."""
    job = story.schedule("report", 1, dueTime="1s", data="first")
    line = story.run(job, 1, 2.05, outcome="open")
    story.delete("report", 2.055, job)
    line["time"] = line["replied"] = story.at(2.3)
    story.close(60)
    assert found(judge(story)) == {}


def test_deleted_while_it_was_late(story, judge):
    """Nobody can say that it would not have come within the grace."""
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.delete("report", 3.5, job)
    story.close(60)
    assert found(judge(story)) == {}


def test_deleted_when_it_should_long_have_come(story, judge):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.delete("report", 6, job)
    story.close(60)
    story.misses.append((job, 1))
    assert found(judge(story)) == {"missed": 1}


def test_deleted_and_made_again(story, judge):
    first = story.schedule("report", 1, dueTime="1s", data="first")
    story.delete("report", 1.5, first)
    second = story.schedule("report", 2, dueTime="1s", data="first")
    story.run(second, 1, 3.1)
    story.end(second, 4)
    story.close(60)
    assert found(judge(story)) == {}


def test_two_deletes_at_once(story, judge):
    job = story.schedule("report", 1, dueTime="1h", data="first")
    story.delete("report", 2, job)
    story.call("delete", "report", 2.005)
    assert found(judge(story)) == {}
