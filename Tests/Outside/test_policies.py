"""What must follow an answer: another attempt, the next tick, or nothing."""

from story import (
    answered_at, ask, came, close, fault, log, missed, over, read_at, stories, told,
)  # fmt: skip

once = ask(failurePolicy={"drop": {}})
TWICE = {"constant": {"interval": "1s", "maxRetries": 1}}
twice = ask(failurePolicy=TWICE)
for_ever = [ask(failurePolicy={"constant": {"interval": "0s"}}),
            *(came(2 + 0.05 * number, 500, attempt=number) for number in range(1, 10))]  # fmt: skip
not_seen = {"heard": False, "outcome": "failed"}

test_what_follows = stories(
    ("given up after all attempts", {}, twice, came(2.05, 500), came(3.1, 500, attempt=2),
     over(3.5, "givenUp"), close(60)),
    ("given up too early", {"missed": "attempt 2 never came"}, twice, came(2.05, 500),
     over(3.5, "givenUp"), close(60)),
    ("given up too early before another tick", {"missed": 1},
     ask(schedule="@every 5s", repeats=2, failurePolicy=TWICE), came(6.05, 503),
     came(11.05, tick=2), over(12)),
    ("more attempts than the policy has", {"forbidden": 1}, once, came(2.05, 500),
     came(3.1, attempt=2), over(3.5)),
    ("the standard policy has four", {}, ask(failurePolicy=None),
     *(came(1 + 1.05 * number, 500, attempt=number) for number in (1, 2, 3, 4)),
     over(6, "givenUp"), close(60)),
    ("without a number there is no end", {}, *for_ever),
    ("without a number it goes on", {"missed": 1}, *for_ever, close(60)),
    ("from the eleventh attempt on they are a second apart", {"early": 1}, *for_ever,
     came(2.5, 500, attempt=10), came(2.6, attempt=11), over(4)),
    *((f"{status} ends a tick", {}, twice, came(2.05, status), over(3.5), close(60))
      for status in (200, 204, 404)),
    ("a success is followed by no attempt", {"forbidden": 1}, twice, came(2.05),
     came(3.1, attempt=2), over(3.5)),
    ("unless a word in the answer asks for it", {}, twice, came(2.05), told(word="RETRY"),
     log(outcome="failed"), came(3.1, attempt=2), over(3.5)),
    ("the same attempt again after a failure", {"forbidden": 1}, twice, came(2.05, 500), came(3.1),
     over(3.5)),
    ("a first attempt that never was", {"missed": 1}, twice, came(2.05, attempt=2), over(3.5)),
    ("a call that timed out, but was answered before", {"forbidden": 1}, twice,
     came(2.05, outcome="timedOut"), came(3.1, attempt=2), over(3.5)),
    ("a call that timed out, answered when nobody waits any more", {}, twice,
     came(2.05, outcome="timedOut"), answered_at(6.06), came(3.1, attempt=2), over(3.5)),
)  # fmt: skip

test_attempts_that_the_app_did_not_live_to_see = stories(
    ("all", {}, twice, fault("app-down", 2, 4), came(2.05, **not_seen),
     came(3.1, attempt=2, **not_seen), over(3.5, "givenUp"), close(60)),
    ("all, and nothing tells why", {"missed": 1, "log": 2}, twice, came(2.05, **not_seen),
     came(3.1, attempt=2, **not_seen), over(3.5, "givenUp"), close(60), missed()),
    ("the last", {}, twice, came(2.05, 500), fault("app-down", 3, 4),
     came(3.1, attempt=2, **not_seen), over(3.5, "givenUp"), close(60)),
    ("the first, and there is another", {"missed": 1}, twice, fault("app-down", 2, 2.5),
     came(2.05, **not_seen), log(nextTick=1), close(60), missed()),
)  # fmt: skip

test_what_the_log_says_of_an_answer = stories(
    ("one that the app never gave; it was down, all the more", {"log": "the app never saw it."},
     twice, fault("app-down", 2, 4), came(2.05, heard=False, outcome="succeeded", code=200),
     over(3.5)),
    ("a broken connection", {}, once, came(2.05, None), over(3.5)),
    ("a broken connection before the call came", {"log": 1}, once, came(2.05, None), read_at(3),
     over(3.5)),
    ("another outcome", {"log": "calls that failed"}, once, came(2.05), log(outcome="failed"),
     over(3.5)),
    ("another status", {"log": "record 5 says 503"}, once, came(2.05, 503), told(status=500),
     over(3.5)),
    ("before it was given", {"log": 1}, twice, came(2.05), answered_at(3.06), over(3.5)),
    ("broken off", {"log": 1}, once, came(2.05, outcome="failed"), over(3.5)),
    ("broken off because the app was down", {}, once, came(2.05, outcome="failed"), over(3.5),
     fault("app-down", 2, 4)),
    ("broken off in a time that was over before the call was read", {}, once,
     came(2.05, outcome="failed"), over(3, "givenUp"), fault("app-down", 2.055, 2.06), read_at(2.2),
     close(60)),
    ("another cause", {"log": "told cause retry"}, once, came(2.05), told(cause="retry"),
     over(3.5)),
    ("another attempt", {"missed": 1, "log": "told attempt 2"}, twice, came(2.05),
     told(attempt=2), over(3.5)),
    ("another trigger", {"foreign": 1, "log": 2}, once, came(2.05), told(trigger=99), over(3.5)),
)  # fmt: skip
