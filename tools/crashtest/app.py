"""The app: notes every callback before it answers, and answers by a seed: 200, 500, slowly, or not
at all. It can go down and come back."""

import asyncio
import hashlib
from dataclasses import dataclass

from Harness import app
from Harness.app import Answer, Call
from Harness.ledger import Ledger


@dataclass(frozen=True)
class Manners:
    """How often, of 1,000 calls, the app does not simply answer 200 at once."""

    failing: int = 0
    dropping: int = 0
    slow: int = 0
    # Seconds that a slow answer takes at most.
    slow_max: float = 0.3


CALM = Manners()
MOODY = Manners(failing=80, dropping=40, slow=80)
# For a stream: it cannot say with what code something failed, and drops all at once.
FICKLE = Manners(dropping=20, slow=40)


class App(app.App):
    app_id = "shop"

    def __init__(self, run: Ledger, seed: int, manners: Manners = MOODY):
        super().__init__()
        self.run = run
        self.manners = manners
        self._seed = seed
        # How many callbacks were noted.
        self.count = 0
        self._seen: dict[str, int] = {}

    def calm(self) -> None:
        """From now on answers everything with 200, at once."""
        self.manners = CALM

    def wait_for(self, count: int, seconds: float = 30) -> bool:
        """Waits until `count` callbacks have been noted since the start; False if that takes longer
        than `seconds`."""
        with self.changed:
            return self.changed.wait_for(lambda: self.count >= count, seconds)

    async def reply(self, call: Call, connection: asyncio.StreamWriter) -> Answer | None:
        status, pause = self.decide(call.key)
        await asyncio.sleep(pause)
        if connection.is_closing():
            status = None
        self.receive(call, status)
        if status is None:
            return None
        return Answer(status, {"error": "not today"} if status >= 400 else None)

    def decide(self, key: str) -> tuple[int | None, float]:
        """Status and seconds before it, the same for the same seed, key and number of the call."""
        number = self._seen[key] = self._seen.get(key, 0) + 1
        digest = hashlib.blake2s(f"{self._seed} {key} {number}".encode(), digest_size=8).digest()
        draw = int.from_bytes(digest[:4], "little") % 1000
        manners = self.manners
        if draw < manners.failing:
            return 500, 0
        if draw < manners.failing + manners.dropping:
            return None, 0
        if draw < manners.failing + manners.dropping + manners.slow:
            return 200, manners.slow_max * int.from_bytes(digest[4:6], "little") / 65536
        return 200, 0

    def receive(self, call: Call, status: int | None) -> None:
        """Notes the call, and what it is about to be answered."""
        if status is not None:
            call.reply(Answer(status))
        self.run.receipts.add(**call.receipt(self.app_id))
        with self.changed:
            self.count += 1
            self.changed.notify_all()
