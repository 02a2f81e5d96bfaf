"""What all groups of rows use: where the programs are, logs to measure with, and where rows go."""

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import machine
from rows import Row, table

SUITE = Path(__file__).resolve().parent
# A file system in memory.
MEMORY = Path("/dev/shm")
# Around the table in RESULTS.md.
MARKS = ("<!-- measured -->", "<!-- end -->")


@dataclass
class Bench:
    binaries: Path
    work: Path
    out: Path
    rounds: int
    # Small sizes: to try the bench, not Daybook.
    quick: bool
    # The program of Tests/Peers.
    peer: Path
    # Where the programs of an older version are, to compare with.
    before: Path | None = None
    # All the jobs of row 13.
    is_long: bool = False
    rows: list[Row] = field(default_factory=list)
    # What is no row: texts of several lines, by their titles.
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def versions(self) -> list[Path]:
        return [self.binaries] + ([self.before] if self.before else [])

    def size(self, whole: int, quick: int) -> int:
        return quick if self.quick else whole

    # Results

    def prepare(self) -> None:
        """Before a row: how quiet the disk and the machine are now."""
        self.control, self.load = machine.raw_sync(self.work), machine.load()

    def add(self, row: Row) -> None:
        """Takes a row, and shows and keeps all that there are: a run may end early."""
        row.control, row.load = self.control, self.load
        self.rows = [old for old in self.rows if old.key != row.key] + [row]
        print(" | ".join(cell for cell in row.cells if cell), flush=True)
        self.write()

    def read(self) -> None:
        """What an earlier run found: rows that are measured again take the place of theirs."""
        if (self.out / "results.json").exists():
            document = json.loads((self.out / "results.json").read_text())
            self.rows = [Row.of(row) for row in document["rows"]]
            self.texts = document["texts"]

    def write(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        document = {
            "machine": machine.describe(self.work),
            "rows": [row.document() for row in self.rows],
            "texts": self.texts,
        }
        (self.out / "results.json").write_text(json.dumps(document, indent=1) + "\n")
        facts = "; ".join(f"{name}: {value}" for name, value in document["machine"].items())
        texts = "".join(f"\n{title}:\n\n```\n{text}```\n" for title, text in self.texts.items())
        (self.out / "table.md").write_text(f"{facts}\n\n{table(self.rows)}{texts}")

    def publish(self) -> None:
        """Puts the table into RESULTS.md, between what people have written there."""
        path = SUITE.parent / "RESULTS.md"
        before, mark, rest = path.read_text().partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
        found = (self.out / "table.md").read_text()
        path.write_text(f"{before}{mark}\n\n{found}\n{MARKS[1]}{after}")

    # Programs

    def run(self, *arguments) -> dict:
        """A command of daybook-bench, and its figures."""
        return json.loads(self.text("daybook-bench", *arguments))

    def text(self, program: str, *arguments, codes=(0,)) -> str:
        command = [self.binaries / program, *map(str, arguments)]
        result = subprocess.run(command, check=False, capture_output=True, text=True)
        if result.returncode not in codes:
            raise SystemExit(f"{command} ended with {result.returncode}:\n{result.stderr}")
        return result.stdout

    def start(self, *arguments, **options) -> subprocess.Popen:
        """A command of daybook-bench that serves."""
        return subprocess.Popen([self.binaries / "daybook-bench", *map(str, arguments)], **options)

    @staticmethod
    def said(*command) -> str:
        """What any program says that ends well."""
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def compiled(self, name: str) -> Path:
        """A program in C that stands beside this file, for what must cost as little as can be."""
        program = self.work / f"{name}.out"
        source = SUITE / f"{name}.c"
        subprocess.run(
            ["cc", "-O2", "-Wall", "-Wextra", "-Werror", source, "-llmdb", "-o", program],
            check=True,
        )
        return program

    # Directories

    def directory(self, name: str) -> Path:
        """An empty one."""
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def history(
        self, jobs: int, events: int = 0, payload: int = 200, turn: int = 500, period: int = 86_400,
    ) -> Path:  # fmt: skip
        """A log of so many jobs, each triggered and answered until there are `events`. It is made
        once, and what is measured with it may add to it."""
        path = self.work / f"history-{jobs}-{events}-{payload}-{turn}-{period}"
        if not (path / "made").exists():
            shutil.rmtree(path, ignore_errors=True)
            # Commits without number are made where they cost little, and moved.
            in_memory = turn <= 64 and MEMORY.is_dir()
            place = Path(tempfile.mkdtemp(dir=MEMORY)) if in_memory else path
            self.run(
                "history", "--data-dir", place, "--jobs", jobs, "--events", events,
                "--payload", payload, "--turn", turn, "--period", period)  # fmt: skip
            if in_memory:
                shutil.move(place, path)
            (path / "made").touch()
        return path
