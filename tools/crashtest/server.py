"""The server under fault. The directory of its run keeps what it says, what is done to it, and what
its log says in the end."""

import json
from pathlib import Path

from Harness import replay, server
from records import RunDirectory, now


class Server(server.Server):
    # A long log takes its time.
    replay_seconds = 600

    def __init__(
        self, run: RunDirectory, app_port: int | None = None, *, directory: Path | None = None,
        **options,
    ):  # fmt: skip
        super().__init__(directory or run.data, None, app_port, output=run.log, **options)
        self.run = run
        # What ended the last life: fault, when, detail. Noted when the next one has begun.
        self._death: tuple[str, int, dict] | None = None

    def live_in(self, directory: Path) -> None:
        """Instead of the directory of the run."""
        self.command[self.command.index(str(self.directory))] = str(directory)
        self.directory = directory

    def launch(self, environment: dict[str, str] | None = None) -> None:
        super().launch(environment)
        self.note_death()

    def died(self, fault: str, began: int, **detail) -> None:
        """Something has killed it. What it had sent may arrive for a moment yet: so the fault lasts
        until the next start."""
        self._death = fault, began, detail

    def note_death(self) -> None:
        if self._death:
            fault, began, detail = self._death
            self.run.fault(fault, began, now(), **detail)
            self._death = None

    def audit(self) -> tuple[int, dict]:
        """Judges the log as it is and keeps the report in the run: exit code and report."""
        code, report = super().audit()
        self.run.audit.write_text(json.dumps(report))
        return code, report

    def export(self) -> None:
        """Keeps every event of the log in the run."""
        result = self.replay("export", "-o", "jsonl")
        assert result.returncode == replay.FINE, f"export {result.returncode}: {result.stderr}"
        self.run.export.write_text(result.stdout)
