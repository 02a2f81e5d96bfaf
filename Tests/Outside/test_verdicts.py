"""For every verdict on when ticks came a smallest guilty run and a smallest innocent one."""

import pytest

from story import (
    ALL_THREE, answered_at, ask, asked_at, came, close, fault, found, kill, missed, over, read_at,
    stories, thrice,
)  # fmt: skip

once = ask()


def test_a_sound_run(story, judge):
    for step in (*ALL_THREE, close(60)):
        step(story)
    verdict = judge(story)
    assert found(verdict) == {}
    assert (verdict.calls, verdict.acknowledged, verdict.receipts, verdict.expected) == (1, 1, 3, 3)
    assert verdict.document()["verdict"] == "ok"


test_missed = stories(
    ("nothing at all", {}),
    ("a tick that never came", {"missed": "Tick 1 of default/shop/report"}, thrice, close(10),
     missed()),
    ("a tick that was passed over", {"missed": 1}, thrice, came(2.05), came(4.05, tick=3),
     over(4.2), close(60), missed(2)),
    ("what was not due long enough", {}, thrice, close(3.9)),
    ("a tick that fell due in an outage that lasted to the end", {}, thrice,
     fault("app-down", 1.5, 60), close(60)),
    ("the log says that the app answered, and it was never called",
     {"missed": 1, "log": "the app never saw it", "disagreements": "does not call it missed"},
     thrice, came(2.05), came(3.05, tick=2, heard=False, outcome="succeeded", code=200),
     came(4.05, tick=3), over(4.2), close(60)),
)  # fmt: skip


def late(seconds=10):
    return came(seconds), over(seconds + 1)


test_late = stories(
    ("within the grace", {}, once, *late(3.9)),
    ("beyond the grace", {"late": 1}, once, *late(4.2)),
    *((f"because of {name}", {}, once, fault(name, 1.5, 8), *late())
      for name in ("app-down", "disk-full", "pause", "a fault not yet known")),
    *((f"in spite of {name}", {"late": 1}, once, fault(name, 1.5, 8, by=0), *late())
      for name in ("two-servers", "clock")),
    # The time until the next process is there is explained, and a moment for it to begin.
    ("because of a kill", {}, once, kill(1.5, 8), *late()),
    ("in spite of a kill", {"late": 1}, once, kill(1.5, 3), *late()),
    ("when the client had to wait too", {}, ask(0.5), *late(9.5),
     ask(1, "other", dueTime="1h"), asked_at(9.9)),
    ("in spite of a fault that was long over", {"late": 1}, once, fault("app-down", 1.5, 4),
     *late()),
    ("in spite of a fault of another app", {"late": 1}, once,
     fault("app-down", 1.5, 8, app="billing"), *late()),
    ("behind a slow predecessor", {}, thrice, came(2.05, slow=7), came(10, tick=2),
     came(11, tick=3), over(12)),
    ("a retry", {"late": 1}, once, came(2.05, 500), came(6, attempt=2), over(7)),
)  # fmt: skip


@pytest.mark.parametrize("window, expected", [(1, {}), (2, {"late": 1})])
@pytest.mark.parametrize("read", [2.06, 3.9])
def test_late_behind_a_full_window(story, judge, window, expected, read):
    """Full from when the first was sent, not from when it was read."""
    story.events[1]["window"] = window
    first = story.schedule("slow", 1, dueTime="1s", data="slow")
    second = story.schedule("report", 1.1, dueTime="1s", data="first")
    line = story.run(first, 1, 2.05, slow=7)
    line["time"] = story.at(read)
    story.end(first, 9.2)
    story.run(second, 1, 9.3)
    story.end(second, 9.5)
    assert found(judge(story)) == expected


OVER = "before the tick before it was over"
test_early = stories(
    ("before it was due", {"early": 1}, ask(dueTime="2s"), came(2), over(5)),
    ("a retry before its time", {"early": 1}, once, came(2.05, 500), came(2.5, attempt=2), over(5)),
    ("decided before it was due, and read later", {"early": 1}, once, came(1.9, slow=1.6),
     read_at(3.5), over(5)),
    ("a retry decided before its time, and read later", {"early": 1}, once, came(2.05, 500),
     came(2.5, attempt=2, slow=1), read_at(3.5), over(5)),
    ("due before it was asked for", {}, ask(dueTime="-1s"), came(1.05), over(3)),
    ("due at once, and there before the client has its answer", {}, ask(dueTime="-1s"),
     asked_at(1.5), came(1.05), over(3)),
    ("a retry counts from when a late tick came", {"early": 1}, once, came(3.5, 500),
     came(4.2, attempt=2), over(5)),
    # The app still works at the one before.
    ("behind one that timed out", {},
     ask(schedule="@every 1s", repeats=2, failurePolicy={"drop": {}}),
     came(2.05, outcome="timedOut"), answered_at(9), came(3.1, tick=2), over(5)),
    # The app works on at a call that was given up, and answers another at once.
    ("behind one whose answer a kill cost", {}, thrice, came(2.05, outcome="open"),
     answered_at(9), kill(2.2, 3), came(3.1), came(3.5, tick=2), came(4.5, tick=3), over(5)),
    ("two ticks at once", {"early": OVER}, thrice, came(2.05, slow=3, outcome="open"),
     came(3.1, tick=2), came(4.1, tick=3)),
    ("decided before the one before it was over, and read later", {"early": OVER}, thrice,
     came(2.05, slow=3, outcome="open"), came(3.1, tick=2, slow=2.4), read_at(5.5)),
    ("before its record", {"early": 1}, ask(dueTime="-1s"), came(2.05), read_at(1.5), over(3)),
)  # fmt: skip


def test_before_it_was_asked_for(story, judge):
    for step in (ask(dueTime="-1s"), came(1.05), over(3)):
        step(story)
    story.calls[0] |= {"start": story.at(5), "end": story.at(6)}
    verdict = judge(story)
    assert len(verdict.early) == 1 and verdict.log != []
    assert "before the job was asked for" in verdict.early[0]
