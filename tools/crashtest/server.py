"""The server under fault. The directory of its run keeps what it says, what is done to it, and what
its log says in the end."""

import json
from pathlib import Path

from Harness import replay, server
from Harness.ledger import Ledger


class Server(server.Server):
    # A long log takes its time.
    replay_seconds = 600

    def __init__(
        self, run: Ledger, app_port: int | None = None, *, directory: Path | None = None,
        **options,
    ):  # fmt: skip
        super().__init__(directory or run.data, None, app_port, output=run.log, **options)
        self.run = self.ledger = run

    def live_in(self, directory: Path) -> None:
        """Instead of the directory of the run."""
        self.command[self.command.index(str(self.directory))] = str(directory)
        self.directory = directory

    def audit(self) -> tuple[int, dict]:
        """Judges the log as it is and keeps the report in the run: exit code and report."""
        code, report = super().audit()
        self.run.audit.write_text(json.dumps(report))
        return code, report

    def export(self, *flags: str) -> None:
        """Keeps every event of the log in the run."""
        result = self.replay("export", "-o", "jsonl", *flags)
        assert result.returncode == replay.FINE, f"export {result.returncode}: {result.stderr}"
        self.run.export.write_text(result.stdout)
