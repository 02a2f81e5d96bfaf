"""Connections that break: what the app did not answer comes again, without an attempt, twice in a
row."""

from story import found

NEVER_AGAIN = {"drop": {}}


def one(story, policy=NEVER_AGAIN):
    return story.schedule("report", 1, dueTime="1s", data="first", failurePolicy=policy)


def broken(story, job, seconds, cause="redelivery", outcome="abandoned", **more):
    story.run(job, 1, seconds, cause=cause, status=None, outcome=outcome, broke=True, **more)


def test_two_in_a_row_use_no_attempt(story, judge):
    job = one(story)
    broken(story, job, 2.05, "schedule")
    broken(story, job, 2.1)
    story.run(job, 1, 2.15, cause="redelivery")
    story.end(job, 3)
    assert found(judge(story)) == {}


def test_the_third_is_an_attempt(story, judge):
    job = one(story)
    broken(story, job, 2.05, "schedule")
    broken(story, job, 2.1)
    broken(story, job, 2.15, outcome="failed")
    story.end(job, 3, "givenUp")
    story.close(60)
    assert found(judge(story)) == {}


def test_a_third_that_came_again_as_the_same_attempt(story, judge):
    job = one(story)
    broken(story, job, 2.05, "schedule")
    for number in range(2):
        broken(story, job, 2.1 + number / 20)
    story.run(job, 1, 2.2, cause="redelivery")
    story.end(job, 3)
    assert found(judge(story)) == {"forbidden": 1}


def test_an_answer_ends_the_row(story, judge):
    job = one(story, {"constant": {"interval": "0s", "maxRetries": 1}})
    broken(story, job, 2.05, "schedule")
    broken(story, job, 2.1)
    story.run(job, 1, 2.15, cause="redelivery", status=500)
    broken(story, job, 2.2, "retry", attempt=2)
    broken(story, job, 2.25, attempt=2)
    story.run(job, 1, 2.3, cause="redelivery", attempt=2)
    story.end(job, 3)
    assert found(judge(story)) == {}


def test_a_first_break_that_ended_its_job(story, judge):
    job = one(story)
    broken(story, job, 2.05, "schedule")
    story.end(job, 3, "givenUp")
    story.close(60)
    verdict = judge(story)
    assert found(verdict) == {"missed": 1}
    assert "attempt 1 never came again" in verdict.missed[0]


def test_a_break_of_a_call_that_was_answered(story, judge):
    job = one(story)
    story.run(job, 1, 2.05, outcome="abandoned", broke=True)
    story.run(job, 1, 2.1, cause="redelivery")
    story.end(job, 3)
    verdict = judge(story)
    assert found(verdict) == {"forbidden": 1, "log": 1}
    assert "says that no answer came, and no fault tells why" in verdict.log[0]


def test_a_row_that_a_kill_has_cut_before_its_first_was_read(story, judge):
    """The server died before it could note that break, and so has seen two in a row."""
    job = one(story)
    story.run(job, 1, 2.05, status=None, outcome="open")
    line = story.receipts[0]
    story.kill(2.1, 2.2, [line])
    line["time"] = story.at(2.25)
    broken(story, job, 2.3)
    broken(story, job, 2.4)
    story.run(job, 1, 2.5, cause="redelivery")
    story.end(job, 3)
    assert found(judge(story)) == {}


def test_a_fault_over_before_a_call_was_read(story, judge):
    """It has cost the answer to what was under way."""
    job = one(story)
    line = story.run(job, 1, 2.05, outcome="failed")
    story.end(job, 3, "givenUp")
    story.fault("app-down", 2.055, 2.06)
    line["time"] = line["replied"] = story.at(2.2)
    story.close(60)
    assert found(judge(story)) == {}
