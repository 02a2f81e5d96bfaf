"""Connections that break: what the app did not answer comes again, without an attempt, twice in a
row."""

from story import ask, came, close, kill, over, read_at, stories

once = ask(failurePolicy={"drop": {}})
twice = ask(failurePolicy={"constant": {"interval": "0s", "maxRetries": 1}})


def broke(seconds, status=None, outcome="abandoned", **more):
    return came(seconds, status, outcome=outcome, broke=True, **more)


test_breaks = stories(
    ("two in a row use no attempt", {}, once, broke(2.05), broke(2.1), came(2.15), over(3)),
    ("the third is an attempt", {}, once, broke(2.05), broke(2.1), broke(2.15, outcome="failed"),
     over(3, "givenUp"), close(60)),
    ("a third that came again as the same attempt", {"forbidden": 1}, once, broke(2.05), broke(2.1),
     broke(2.15), came(2.2), over(3)),
    ("an answer ends the row", {}, twice, broke(2.05), broke(2.1), came(2.15, 500),
     broke(2.2, attempt=2), broke(2.25, attempt=2), came(2.3, attempt=2), over(3)),
    ("a first break that ended its job", {"missed": "attempt 1 never came again"}, once,
     broke(2.05), over(3, "givenUp"), close(60)),
    ("a break of a call that was answered",
     {"forbidden": 1, "log": "says that no answer came, and no fault tells why"}, once,
     broke(2.05, 200), came(2.1), over(3)),
    # The server died before it could note the first, and so has seen two.
    ("a row that a kill has cut before its first was read", {}, once,
     came(2.05, None, outcome="open"), kill(2.1, 2.2), read_at(2.25), broke(2.3), broke(2.4),
     came(2.5), over(3)),
)  # fmt: skip
