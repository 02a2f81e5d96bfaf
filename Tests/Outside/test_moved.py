"""Jobs that were moved in from another scheduler: what ran there counts and does not come again."""

from story import ask, came, close, log, missed, over, stories

# Three ticks ran there; three are left, due 5, 15 and 25 seconds after the story begins.
STANDING = {"anchor": "2026-02-28T23:59:25Z", "ticks": 3, "lastDue": "2026-02-28T23:59:55Z"}
moved = ask(schedule="@every 10s", repeats=6, standing=STANDING)
overdue = ask(
    schedule="@every 10s", repeats=5,
    standing=STANDING | {"anchor": "2026-02-28T23:58:25Z", "lastDue": "2026-02-28T23:58:55Z"},
)  # fmt: skip
fresh = ask(
    schedule="@every 10s", ttl="1h",
    standing={"anchor": "2026-02-28T23:59:55Z", "expiry": "2026-03-01T00:00:16Z"},
)  # fmt: skip
REST = [came(15.05, tick=5), came(25.05, tick=6), over(25.2)]

test_jobs_that_were_moved_in = stories(
    ("go on where they stood", {}, moved, came(5.05, tick=4), *REST, close(60)),
    ("what came due before comes at once", {}, overdue, came(1.1, tick=4), came(1.2, tick=5),
     over(1.3), close(60)),
    ("a first tick that comes too early", {"early": 1}, moved, came(4.5, tick=4), *REST),
    ("a first tick that never comes", {"missed": 1}, moved, *REST, missed(4)),
    ("a last tick that never comes", {"missed": 1}, moved, came(5.05, tick=4),
     came(15.05, tick=5), over(15.2), close(60), missed(6)),
    ("one that begins with its schedule there, and ends where its ttl did", {}, fresh,
     came(5.05), came(15.05, tick=2), over(15.2, "expired"), close(60)),
    ("counted otherwise in the log than there", {"log": 2}, moved, log(ticksElsewhere=2)),
    ("with another anchor in the log", {"log": 1}, moved, log(anchor="2026-03-01T00:00:01Z"),
     came(5.05, tick=4), *REST),
)  # fmt: skip
