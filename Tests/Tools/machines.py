"""Machines as a script sees them: all programs of this one but those that build and install."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Whatever looks for these finds only what a test puts there.
ABSENT = {"apt-get", "c++", "cc", "dnf", "dpkg-query", "git", "sudo", "swift"}


def link_the_others(directory: Path) -> None:
    for source in (Path("/usr/bin"), Path("/bin")):
        for program in source.iterdir():
            link = directory / program.name
            if program.name not in ABSENT and not link.is_symlink():
                link.symlink_to(program)


@dataclass
class Machine:
    # Stand first in the PATH.
    programs: Path
    others: Path

    def __post_init__(self):
        self.programs.mkdir()

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"PATH": f"{self.programs}:{self.others}"}

    @property
    def log(self) -> Path:
        return self.programs.with_suffix(".log")

    def has(self, name: str, script: str = "") -> None:
        """A program that notes how it is called and then does what `script` says."""
        program = self.programs / name
        program.unlink(missing_ok=True)
        program.write_text(f'#!/bin/bash\necho "{name} $*" >>"{self.log}"\n{script}\n')
        program.chmod(0o755)

    def run(self, *command: str | Path) -> subprocess.CompletedProcess:
        return subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60,
        )  # fmt: skip

    def called(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []
