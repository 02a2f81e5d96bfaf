"""What must follow an answer: another attempt, the next tick, or nothing."""

import pytest

from story import found

TWICE = {"constant": {"interval": "1s", "maxRetries": 1}}


def one(story, policy):
    return story.schedule("report", 1, dueTime="1s", data="first", failurePolicy=policy)


def test_given_up_after_all_attempts(story, judge):
    job = one(story, TWICE)
    story.run(job, 1, 2.05, status=500)
    story.run(job, 1, 3.1, attempt=2, cause="retry", status=500)
    story.end(job, 3.5, "givenUp")
    story.close(60)
    assert found(judge(story)) == {}


def test_given_up_too_early(story, judge):
    job = one(story, TWICE)
    story.run(job, 1, 2.05, status=500)
    story.end(job, 3.5, "givenUp")
    story.close(60)
    verdict = judge(story)
    assert found(verdict) == {"missed": 1}
    assert "attempt 2 never came" in verdict.missed[0]


def test_given_up_too_early_before_another_tick(story, judge):
    job = story.schedule("report", 1, schedule="@every 5s", repeats=2, failurePolicy=TWICE)
    story.run(job, 1, 6.05, status=503)
    story.run(job, 2, 11.05)
    story.end(job, 12)
    assert found(judge(story)) == {"missed": 1}


def test_more_attempts_than_the_policy_has(story, judge):
    job = one(story, {"drop": {}})
    story.run(job, 1, 2.05, status=500)
    story.run(job, 1, 3.1, attempt=2, cause="retry")
    story.end(job, 3.5)
    assert found(judge(story)) == {"forbidden": 1}


def test_the_standard_policy_has_four(story, judge):
    job = one(story, None)
    for attempt in (1, 2, 3, 4):
        story.run(job, 1, 1 + 1.05 * attempt, attempt=attempt, status=500)
    story.end(job, 6, "givenUp")
    story.close(60)
    assert found(judge(story)) == {}


def test_without_a_number_there_is_no_end(story, judge):
    job = one(story, {"constant": {"interval": "0s"}})
    for attempt in range(1, 10):
        story.run(job, 1, 2 + 0.05 * attempt, attempt=attempt, status=500)
    assert found(judge(story)) == {}
    story.close(60)
    assert found(judge(story)) == {"missed": 1}


def test_from_the_eleventh_attempt_on_they_are_a_second_apart(story, judge):
    job = one(story, {"constant": {}})
    for attempt in range(1, 11):
        story.run(job, 1, 2 + 0.05 * attempt, attempt=attempt, status=500)
    story.run(job, 1, 2.6, attempt=11)
    story.end(job, 4)
    assert found(judge(story)) == {"early": 1}


@pytest.mark.parametrize("status", [200, 204, 404])
def test_these_answers_end_a_tick(story, judge, status):
    job = one(story, TWICE)
    story.run(job, 1, 2.05, status=status)
    story.end(job, 3.5)
    story.close(60)
    assert found(judge(story)) == {}


def test_a_word_in_the_answer_asks_for_another_attempt(story, judge):
    job = one(story, TWICE)
    line = story.run(job, 1, 2.05, status=200)
    story.run(job, 1, 3.1, attempt=2)
    story.end(job, 3.5)
    assert found(judge(story)) == {"forbidden": 1}
    line["word"] = "RETRY"
    story.events[3 + 1]["outcome"] = "failed"
    assert found(judge(story)) == {}


def test_the_same_attempt_again_after_a_failure(story, judge):
    job = one(story, TWICE)
    story.run(job, 1, 2.05, status=500)
    story.run(job, 1, 3.1, attempt=1)
    story.end(job, 3.5)
    assert found(judge(story)) == {"forbidden": 1}


def test_attempts_that_the_app_did_not_live_to_see(story, judge):
    job = one(story, TWICE)
    story.fault("app-down", 2, 4)
    story.run(job, 1, 2.05, heard=False, outcome="failed")
    story.run(job, 1, 3.1, attempt=2, heard=False, outcome="failed")
    story.end(job, 3.5, "givenUp")
    story.close(60)
    assert found(judge(story)) == {}
    story.faults.clear()
    story.misses.append((job, 1))
    assert found(judge(story)) == {"missed": 1, "log": 2}


def test_a_last_attempt_that_the_app_did_not_live_to_see(story, judge):
    job = one(story, TWICE)
    story.run(job, 1, 2.05, status=500)
    story.fault("app-down", 3, 4)
    story.run(job, 1, 3.1, attempt=2, heard=False, outcome="failed")
    story.end(job, 3.5, "givenUp")
    story.close(60)
    assert found(judge(story)) == {}


def test_an_unseen_attempt_is_not_the_end_if_there_is_another(story, judge):
    job = one(story, TWICE)
    story.fault("app-down", 2, 2.5)
    story.run(job, 1, 2.05, heard=False, outcome="failed")
    story.events[-1]["nextTick"] = 1
    story.close(60)
    story.misses.append((job, 1))
    assert found(judge(story)) == {"missed": 1}


def test_an_answer_that_the_app_never_gave(story, judge):
    """It was down; all the more."""
    job = one(story, TWICE)
    story.fault("app-down", 2, 4)
    story.run(job, 1, 2.05)
    story.end(job, 3.5)
    story.receipts.clear()
    verdict = judge(story)
    assert found(verdict) == {"log": 1}
    assert "the app never saw it." in verdict.log[0]


def test_a_broken_connection_before_the_call_came(story, judge):
    job = one(story, {"drop": {}})
    line = story.run(job, 1, 2.05, status=None)
    story.end(job, 3.5)
    assert found(judge(story)) == {}
    line["time"] = story.at(3)
    assert found(judge(story)) == {"log": 1}


def test_what_the_log_makes_of_an_answer(story, judge):
    job = one(story, {"drop": {}})
    story.run(job, 1, 2.05)
    story.end(job, 3.5)
    story.events[4]["outcome"] = "failed"
    verdict = judge(story)
    assert found(verdict) == {"log": 1}
    assert "calls that failed" in verdict.log[0]


def test_a_first_attempt_that_never_was(story, judge):
    job = one(story, TWICE)
    story.run(job, 1, 2.05, attempt=2)
    story.end(job, 3.5)
    assert found(judge(story)) == {"missed": 1}


@pytest.mark.parametrize("slow, expected", [(0, {"forbidden": 1}), (4, {})])
def test_a_call_that_timed_out(story, judge, slow, expected):
    """The app answers in the end, when nobody waits any more."""
    job = one(story, TWICE)
    line = story.run(job, 1, 2.05, outcome="timedOut")
    line["replied"] += slow * 1_000_000_000
    story.run(job, 1, 3.1, attempt=2, cause="retry")
    story.end(job, 3.5)
    assert found(judge(story)) == expected


def test_what_the_log_says_of_an_answer(story, judge):
    job = one(story, TWICE)
    line = story.run(job, 1, 2.05)
    story.end(job, 3.5)
    line["status"] = 500
    verdict = judge(story)
    assert "record 5 says 200" in verdict.log[0]


def test_an_answer_before_it_was_given(story, judge):
    job = one(story, TWICE)
    line = story.run(job, 1, 2.05)
    story.end(job, 3.5)
    line["replied"] += 1_000_000_000
    assert found(judge(story)) == {"log": 1}


def test_an_answer_that_the_log_calls_broken_off(story, judge):
    job = one(story, {"drop": {}})
    story.run(job, 1, 2.05, outcome="failed")
    story.end(job, 3.5)
    assert found(judge(story)) == {"log": 1}
    story.fault("app-down", 2, 4)
    assert found(judge(story)) == {}


@pytest.mark.parametrize("name, told", [("attempt", 2), ("cause", "retry"), ("trigger", 99)])
def test_what_the_app_was_told(story, judge, name, told):
    job = one(story, TWICE)
    line = story.run(job, 1, 2.05)
    story.end(job, 3.5)
    line[name] = told
    assert judge(story).log
