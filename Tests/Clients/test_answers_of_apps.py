"""Whatever an app answers is an outcome: it ends its own tick and nothing else."""

import pytest

from Harness.odd_answers import ANSWERS, RawApp
from Harness.waiting import wait_until


@pytest.fixture
def raw_app(ports):
    app = RawApp(ports.free())
    yield app
    app.close()


@pytest.mark.audited_only("its app notes nothing")
@pytest.mark.parametrize("part", range(4))
def test_any_answer_is_an_outcome(serve, raw_app, part):
    """In parts, as each connection that breaks keeps the app away for seconds."""
    server = serve(raw_app)
    names = list(ANSWERS)[part::4]
    # Without it the app would answer nothing well in the end, and be left alone for longer and longer.
    server.schedule("well", schedule="@every 1s")
    for name in names:
        server.schedule(name, dueTime="0s", failurePolicy={"drop": {}})
    server.wait_until_gone(*names, deadline=300)
    assert raw_app.called == {*names, "well"}
    raw_app.called.clear()
    wait_until(lambda: "well" in raw_app.called, "it goes on")
    assert server.process.poll() is None
