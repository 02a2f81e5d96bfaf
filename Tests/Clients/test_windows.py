"""What an app holds unanswered: how much that may be, and when it is worth a warning."""

import asyncio

import pytest

from Harness.app import App
from Harness.waiting import wait_until

WINDOW = 4
FULL = "the app has too many unanswered triggers"
ROOM = "has room for triggers again"
AWAY = "the app does not answer"


class StuckApp(App):
    """Can close its port and open it again while calls hang."""

    def __init__(self, port: int):
        super().__init__(port)
        # Connections that it took, whether a call came or not.
        self.visits = 0
        # Those with a call that is not answered.
        self._busy = set()

    def names(self) -> list[str]:
        return [call.name for call in self.calls]

    async def _serve(self, *ends) -> None:
        self.visits += 1
        await super()._serve(*ends)

    async def reply(self, call, connection):
        self._busy.add(connection)
        try:
            return await super().reply(call, connection)
        finally:
            self._busy.discard(connection)

    def open(self) -> None:
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(20)

    def close(self) -> None:
        """Takes no connections any more, and drops those that are idle, by which a trigger would
        still come."""

        async def close():
            self._listener.close()
            for connection in self._connections - self._busy:
                connection.transport.abort()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(20)


@pytest.fixture
def stuck(ports):
    app = StuckApp(ports.free())
    app.hold("stuck")
    app.start()
    yield app
    app.stop()


@pytest.fixture
def server(stuck, serve):
    return serve(stuck, flags=["--max-in-flight", str(WINDOW)])


def hold(server, app, *names: str) -> None:
    for name in names:
        server.schedule(name, dueTime="0s")
    wait_until(lambda: set(names) <= set(app.names()), "they are held")


def test_all_handlers_but_one_hang_and_that_is_one_warning(server, stuck):
    hold(server, stuck, *[f"stuck {number}" for number in range(WINDOW - 1)])
    # The last place is taken and free again, all the time.
    server.schedule("often", schedule="@every 10ms")
    wait_until(lambda: FULL in server.log(), "the warning")
    seen = stuck.names().count("often")
    wait_until(lambda: stuck.names().count("often") > seen + 10, "the last place is in use")
    stuck.release()
    wait_until(lambda: ROOM in server.log(), "the end of it")
    server.delete("often")
    assert server.log().count(FULL) == server.log().count(ROOM) == 1


def test_an_app_that_comes_back_is_given_one_more_window_and_no_more(server, stuck):
    hold(server, stuck, "stuck 1", "stuck 2", "stuck 3")
    lose(server, stuck, "first")
    stuck.open()
    hold(server, stuck, "first", "stuck 4", "stuck 5", "stuck 6")
    lose(server, stuck, "second")
    stuck.open()
    # There is room for two windows; of those it has taken, six triggers are not answered.
    visits = stuck.visits
    wait_until(lambda: stuck.visits >= visits + 3, "it is visited again and again")
    assert "second" not in stuck.names()
    stuck.release()
    server.wait_until_gone("first", "second", *[f"stuck {number}" for number in range(1, 7)])
    # All was awaited: nothing came twice.
    assert len(stuck.names()) == len(set(stuck.names())) == 8


def lose(server, app, name: str) -> None:
    """The app goes, which the trigger of a job finds out."""
    losses = server.log().count(AWAY)
    app.close()
    server.schedule(name, dueTime="0s")
    wait_until(lambda: server.log().count(AWAY) > losses, "the app is found to be away")
