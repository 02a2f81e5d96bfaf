"""For every verdict on when ticks came a smallest guilty run and a smallest innocent one."""

import pytest

from story import all_three, found, three_seconds


def test_a_sound_run(story, judge):
    all_three(story, three_seconds(story))
    story.close(60)
    verdict = judge(story)
    assert found(verdict) == {}
    assert (verdict.calls, verdict.acknowledged, verdict.receipts, verdict.expected) == (1, 1, 3, 3)
    assert verdict.document()["verdict"] == "ok"


def test_nothing_at_all(story, judge):
    assert found(judge(story)) == {}


# Missed


def test_a_tick_that_never_came(story, judge):
    three_seconds(story)
    story.close(10)
    story.misses.append((3, 1))
    verdict = judge(story)
    assert found(verdict) == {"missed": 1}
    assert "Tick 1 of default/shop/report" in verdict.missed[0]


def test_a_tick_that_was_passed_over(story, judge):
    job = three_seconds(story)
    story.run(job, 1, 2.05)
    story.run(job, 3, 4.05)
    story.end(job, 4.2)
    story.close(60)
    story.misses.append((job, 2))
    assert found(judge(story)) == {"missed": 1}


def test_what_was_not_due_long_enough_is_not_missed(story, judge):
    three_seconds(story)
    story.close(3.9)
    assert found(judge(story)) == {}


def test_a_tick_that_fell_due_in_an_outage_that_lasted_to_the_end(story, judge):
    three_seconds(story)
    story.fault("app-down", 1.5, 60)
    story.close(60)
    assert found(judge(story)) == {}


def test_the_log_says_that_the_app_answered_and_it_was_never_called(story, judge):
    job = three_seconds(story)
    all_three(story, job)
    story.close(60)
    story.receipts.pop(1)
    verdict = judge(story)
    assert found(verdict) == {"missed": 1, "log": 1, "disagreements": 1}
    assert "the app never saw it" in verdict.log[0]
    assert "the audit does not call it missed" in verdict.disagreements[0]


# Late, early


@pytest.mark.parametrize("seconds, expected", [(3.9, {}), (4.2, {"late": 1})])
def test_later_than_the_grace(story, judge, seconds, expected):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.run(job, 1, seconds)
    story.end(job, 5)
    assert found(judge(story)) == expected


@pytest.mark.parametrize("fault", ["app-down", "disk-full", "pause", "a fault not yet known"])
def test_late_because_of_a_fault(story, judge, fault):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.fault(fault, 1.5, 8)
    story.run(job, 1, 10)
    story.end(job, 11)
    assert found(judge(story)) == {}


@pytest.mark.parametrize("fault", ["two-servers", "clock"])
def test_faults_that_explain_no_lateness(story, judge, fault):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.fault(fault, 1.5, 8, by=0)
    story.run(job, 1, 10)
    story.end(job, 11)
    assert found(judge(story)) == {"late": 1}


@pytest.mark.parametrize("back, expected", [(8, {}), (3, {"late": 1})])
def test_late_because_of_a_kill(story, judge, back, expected):
    """The time until the next process is there is explained, and a moment for it to begin."""
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.kill(1.5, back)
    story.run(job, 1, 10)
    story.end(job, 11)
    assert found(judge(story)) == expected


@pytest.mark.parametrize("answered, expected", [(9.9, {}), (1.02, {"late": 1})])
def test_late_when_the_client_had_to_wait_too(story, judge, answered, expected):
    job = story.schedule("report", 0.5, dueTime="1s", data="first")
    story.schedule("other", 1, dueTime="1h", data="other")
    story.calls[1]["end"] = story.at(answered)
    story.run(job, 1, 10)
    story.end(job, 11)
    assert found(judge(story)) == expected


def test_late_in_spite_of_a_fault_that_was_long_over(story, judge):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.fault("app-down", 1.5, 4)
    story.run(job, 1, 10)
    story.end(job, 11)
    assert found(judge(story)) == {"late": 1}


def test_a_fault_of_another_app_explains_nothing(story, judge):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.fault("app-down", 1.5, 8, app="billing")
    story.run(job, 1, 10)
    story.end(job, 11)
    assert found(judge(story)) == {"late": 1}


def test_a_slow_predecessor(story, judge):
    job = three_seconds(story)
    story.run(job, 1, 2.05, slow=7)
    for tick in (2, 3):
        story.run(job, tick, 8 + tick)
    story.end(job, 12)
    assert found(judge(story)) == {}


def test_a_window_that_is_full(story, judge):
    story.events[1]["window"] = 1
    first = story.schedule("slow", 1, dueTime="1s", data="slow")
    second = story.schedule("report", 1.1, dueTime="1s", data="first")
    story.run(first, 1, 2.05, slow=7)
    story.end(first, 9.2)
    story.run(second, 1, 9.3)
    story.end(second, 9.5)
    assert found(judge(story)) == {}
    story.events[1]["window"] = 2
    assert found(judge(story)) == {"late": 1}


def test_a_window_that_is_full_of_calls_not_read_yet(story, judge):
    """A stream is read one after another."""
    story.events[1]["window"] = 1
    first = story.schedule("slow", 1, dueTime="1s", data="slow")
    second = story.schedule("report", 1.1, dueTime="1s", data="first")
    line = story.run(first, 1, 2.05, slow=7)
    line["time"] = story.at(3.9)
    story.end(first, 9.2)
    story.run(second, 1, 9.3)
    story.end(second, 9.5)
    assert found(judge(story)) == {}


@pytest.mark.parametrize("attempt, decided", [(1, 1.9), (2, 2.5)])
def test_decided_too_early_and_read_in_time(story, judge, attempt, decided):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    if attempt == 2:
        story.run(job, 1, 2.05, status=500)
    line = story.run(job, 1, decided, attempt=attempt)
    line["time"] = line["replied"] = story.at(3.5)
    story.events[-1]["time"] = "2026-03-01T00:00:03.6Z"
    story.end(job, 5)
    assert found(judge(story)) == {"early": 1}


def test_decided_before_the_tick_before_it_was_over(story, judge):
    job = story.schedule("report", 1, schedule="@every 1s", repeats=2, data="first")
    story.run(job, 1, 2.05, slow=3, outcome="open")
    line = story.run(job, 2, 3.1)
    line["time"] = line["replied"] = story.at(5.5)
    story.end(job, 6)
    verdict = judge(story)
    assert "before the tick before it was over" in verdict.early[0]


def test_before_it_was_due(story, judge):
    job = story.schedule("report", 1, dueTime="2s", data="first")
    story.run(job, 1, 2)
    story.end(job, 5)
    assert found(judge(story)) == {"early": 1}


def test_a_retry_before_its_time(story, judge):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.run(job, 1, 2.05, status=500)
    story.run(job, 1, 2.5, attempt=2, cause="retry")
    story.end(job, 5)
    assert found(judge(story)) == {"early": 1}


def test_before_it_was_asked_for(story, judge):
    job = story.schedule("report", 1, dueTime="-1s", data="first")
    story.run(job, 1, 1.05)
    story.end(job, 3)
    assert found(judge(story)) == {}
    story.calls[0] |= {"start": story.at(5), "end": story.at(6)}
    verdict = judge(story)
    assert len(verdict.early) == 1 and verdict.log != []
    assert "before the job was asked for" in verdict.early[0]


def test_due_at_once_and_there_before_the_client_has_its_answer(story, judge):
    job = story.schedule("report", 1, dueTime="-1s", data="first")
    story.calls[0]["end"] = story.at(1.5)
    story.run(job, 1, 1.05)
    story.end(job, 3)
    assert found(judge(story)) == {}


def test_a_retry_of_a_late_tick_counts_from_when_that_came(story, judge):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.run(job, 1, 3.5, status=500)
    story.run(job, 1, 4.2, attempt=2, cause="retry")
    story.end(job, 5)
    assert found(judge(story)) == {"early": 1}


def test_a_late_retry(story, judge):
    job = story.schedule("report", 1, dueTime="1s", data="first")
    story.run(job, 1, 2.05, status=500)
    story.run(job, 1, 6, attempt=2, cause="retry")
    story.end(job, 7)
    assert found(judge(story)) == {"late": 1}


def test_a_tick_behind_one_that_timed_out(story, judge):
    """The app still works at the one before."""
    job = story.schedule(
        "report", 1, schedule="@every 1s", repeats=2, data="first", failurePolicy={"drop": {}}
    )
    line = story.run(job, 1, 2.05, outcome="timedOut")
    line["replied"] = story.at(9)
    story.run(job, 2, 3.1)
    story.end(job, 5)
    assert found(judge(story)) == {}


def test_a_tick_behind_one_whose_answer_a_kill_cost(story, judge):
    """The app works on at a call that was given up, and answers another at once."""
    job = three_seconds(story)
    line = story.run(job, 1, 2.05, outcome="open")
    line["replied"] = story.at(9)
    story.kill(2.2, 3, [line])
    story.run(job, 1, 3.1, cause="redelivery")
    for tick in (2, 3):
        story.run(job, tick, 1.5 + tick)
    story.end(job, 5)
    assert found(judge(story)) == {}


def test_two_ticks_at_once(story, judge):
    job = three_seconds(story)
    story.run(job, 1, 2.05, slow=3, outcome="open")
    story.run(job, 2, 3.1)
    story.run(job, 3, 4.1)
    verdict = judge(story)
    assert found(verdict) == {"early": 1}
    assert "before the tick before it was over" in verdict.early[0]


def test_before_its_record(story, judge):
    job = story.schedule("report", 1, dueTime="-1s", data="first")
    receipt = story.run(job, 1, 2.05)
    story.end(job, 3)
    receipt["time"] = receipt["replied"] = story.at(1.5)
    assert found(judge(story)) == {"early": 1}
