"""What a power cut leaves of a directory, built from a trace of what was written below it.

A disk keeps what was synced: every write that had ended when a sync began that has ended since. Of
what was written after that, each sector holds its old content or any it has had since, and the file
has its old length or any since. A page may be torn: its first sectors new, the others old. Names
are like that too: a directory holds the names it had when it was last synced, or had at any time
since.

The file system is one that keeps the names of one directory in order and, as the kernel does,
writes whole sectors of 512 bytes. `lock.mdb` is written through a mapping, which no trace shows;
LMDB makes it anew with every first opening, so it may hold anything.
"""

import os
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# As interpose.c writes it: bytes behind, kind, flags, call, file, at, result.
HEADER = struct.Struct("<IBBHQQqq")
CREATED, SYNCHRONOUS, TRUNCATED = 1, 2, 4
# A line of whoever watches, among the records.
MARK = "a"
SECTOR, PAGE = 512, 4096


@dataclass(frozen=True)
class Record:
    kind: str
    flags: int
    call: int
    file: int
    at: int
    result: int
    data: bytes


def records(path: Path) -> Iterator[Record]:
    """The records of a trace, in the order in which they were made."""
    with path.open("rb") as file:
        while header := file.read(HEADER.size):
            size, kind, flags, _, call, number, at, result = HEADER.unpack(header)
            yield Record(chr(kind), flags, call, number, at, result, file.read(size))


class Trace:
    """A trace being made. Marks say what was seen from outside by then."""

    def __init__(self, path: Path):
        self.path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def mark(self, text: str) -> None:
        data = text.encode()
        header = HEADER.pack(len(data), ord(MARK), 0, 0, 0, 0, 0, 0)
        os.write(self._descriptor, header + data)

    def close(self) -> None:
        os.close(self._descriptor)


@dataclass
class Write:
    """What one call has changed: bytes at a place, or only the length if there are none."""

    at: int
    data: bytes
    # The length the call asks for; a write asks for what it reaches.
    length: int
    is_cut: bool = False
    has_ended: bool = False

    @property
    def end(self) -> int:
        return self.at + len(self.data)

    def overlaps(self, other: "Write") -> bool:
        return self.at < other.end and other.at < self.end

    def length_after(self, length: int) -> int:
        return self.length if self.is_cut else max(length, self.length)


class File:
    def __init__(self, content: bytes = b""):
        # What is durable, and the length that is; content ends where nothing but zeros follow.
        self.content = bytearray(content)
        self.length = len(content)
        self.pending: list[Write] = []

    def sync(self, writes: list[Write]) -> None:
        """Makes these durable, and what they lie over."""
        kept = []
        for number, write in enumerate(self.pending):
            later = self.pending[number:]
            if any(one in later and (one is write or one.overlaps(write)) for one in writes):
                put(self.content, write)
                self.length = write.length_after(self.length)
                del self.content[self.length :]
            else:
                kept.append(write)
        self.pending = kept

    def cut(self, draw: random.Random, sector: int, odds: float) -> tuple[bytes, int]:
        """Content and length as a power cut may leave them. `odds`: of a sector to be new."""
        lengths = [self.length]
        now = bytearray(self.content)
        versions: dict[int, list[bytes]] = {}
        for write in self.pending:
            lengths.append(write.length_after(lengths[-1]))
            touched = range(write.at // sector, -(-write.end // sector)) if write.data else ()
            for number in touched:
                old = bytes(now[number * sector : (number + 1) * sector])
                versions.setdefault(number, [old])
            put(now, write)
            for number in touched:
                versions[number].append(bytes(now[number * sector : (number + 1) * sector]))
        content = bytearray(self.content)
        for number, contents in sorted(versions.items()):
            chosen = choose(draw, contents, odds)
            if sector > SECTOR and draw.random() < 0.25:
                chosen = tear(draw, contents)
            put(content, Write(number * sector, chosen, 0))
        length = choose(draw, lengths, odds)
        return bytes(content[:length]), length


@dataclass(eq=False)
class Directory:
    """What it holds: as it was last synced, and after every change since."""

    versions: list[dict] = field(default_factory=lambda: [{}])

    @property
    def now(self) -> dict:
        return self.versions[-1]

    def change(self, **entries) -> None:
        """Gives names new meanings; None takes one away."""
        merged = self.now | entries
        self.versions.append({name: node for name, node in merged.items() if node is not None})


def put(content: bytearray, write: Write) -> None:
    if len(content) < write.end and write.data:
        content.extend(bytes(write.end - len(content)))
    content[write.at : write.end] = write.data


def choose(draw: random.Random, versions: list, odds: float):
    """The newest with these odds, else any."""
    return versions[-1] if draw.random() < odds else draw.choice(versions)


def tear(draw: random.Random, versions: list[bytes]) -> bytes:
    """The first sectors of a version, the others of one before."""
    newer = draw.randrange(1, len(versions))
    older = versions[draw.randrange(newer)].ljust(PAGE, b"\0")
    place = draw.randrange(1, PAGE // SECTOR) * SECTOR
    return versions[newer].ljust(PAGE, b"\0")[:place] + older[place:]


class Disk:
    """The directory `root` as the records given so far have left it."""

    def __init__(self, root: Path):
        """From what is there, if anything: that is durable."""
        self.root = root
        self.tree = load(root) if root.exists() else Directory()
        self._nodes: dict[int, File | Directory] = {}
        self._calls: dict[int, tuple] = {}

    def apply(self, record: Record) -> None:
        match record.kind:
            case "o":
                self._opened(record)
            case "w":
                data, flags = record.data, record.flags
                self._begin(record, Write(record.at, data, record.at + len(data)), flags)
            case "t" | "l":
                self._begin(record, Write(0, b"", record.at, is_cut=record.kind == "t"))
            case "s":
                node = self._nodes[record.file]
                if isinstance(node, File):
                    until = [write for write in node.pending if write.has_ended]
                else:
                    until = node.now
                self._calls[record.call] = node, until, None
            case "e":
                self._ended(record)
            case "d":
                self._name(record.data, lambda: Directory())
            case "u":
                self._name(record.data, lambda: None)
            case "n":
                self._rename(*record.data.rstrip(b"\0").split(b"\0"))

    def read(self, path: Path) -> bytes:
        """What a file holds for everybody who asks while there is power."""
        directory, name = self._place(os.fsencode(path))
        file = directory.now[name]
        content, length = file.cut(random.Random(0), SECTOR, 1)
        return content.ljust(length, b"\0")

    def build(self, target: Path, draw: random.Random) -> str:
        """Makes `target`, as a power cut now could leave the directory; returns how, in words."""
        sector = draw.choice([SECTOR, PAGE])
        odds = draw.choice([0, 0.3, 0.7, 0.95, 1])
        self._build(self.tree, target, draw, sector, odds)
        return f"sectors of {sector}, odds {odds}"

    def _build(self, node, path: Path, draw, sector: int, odds: float) -> None:
        if isinstance(node, Directory):
            path.mkdir(mode=0o700)
            for name, entry in choose(draw, node.versions, odds).items():
                self._build(entry, path / name, draw, sector, odds)
            return
        content, length = node.cut(draw, sector, odds)
        if path.name == "lock.mdb" and draw.random() < 0.5:
            content = draw.randbytes(length)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(content)
            file.truncate(length)

    # Records

    def _opened(self, record: Record) -> None:
        directory, name = self._place(record.data)
        if record.flags & CREATED:
            directory.change(**{name: File()})
        node = directory.now[name] if name else directory
        self._nodes[record.file] = node
        if record.flags & TRUNCATED and isinstance(node, File):
            node.pending.append(Write(0, b"", 0, is_cut=True, has_ended=True))

    def _begin(self, record: Record, write: Write, flags: int = 0) -> None:
        file = self._nodes[record.file]
        file.pending.append(write)
        self._calls[record.call] = file, write, flags & SYNCHRONOUS

    def _ended(self, record: Record) -> None:
        node, what, is_synchronous = self._calls.pop(record.call)
        if isinstance(what, Write):
            what.has_ended = True
            if record.result < 0:
                node.pending = [write for write in node.pending if write is not what]
            elif what.data:
                what.data = what.data[: record.result]
                what.length = what.end
            if is_synchronous and record.result > 0:
                node.sync([what])
        elif record.result == 0 and isinstance(node, File):
            node.sync(what)
        elif record.result == 0:
            numbers = [at for at, version in enumerate(node.versions) if version is what]
            # Another sync may have made it durable, and what came after, in the meantime.
            node.versions = node.versions[numbers[0] if numbers else 0 :]

    # Names

    def _place(self, path: bytes) -> tuple[Directory, str]:
        """The directory a path leads to, and the name in it; no name for the root."""
        *parents, name = Path(os.fsdecode(path.rstrip(b"\0"))).relative_to(self.root).parts or [""]
        directory = self.tree
        for parent in parents:
            directory = directory.now[parent]
        return directory, name

    def _name(self, path: bytes, make) -> None:
        directory, name = self._place(path)
        if name:
            directory.change(**{name: make()})

    def _rename(self, old: bytes, new: bytes) -> None:
        (source, old_name), (target, new_name) = self._place(old), self._place(new)
        node = source.now[old_name]
        if source is target:
            source.change(**{old_name: None, new_name: node})
        else:
            source.change(**{old_name: None})
            target.change(**{new_name: node})


def load(path: Path) -> File | Directory:
    """What is there, all of it durable."""
    if path.is_dir():
        entries = [entry for entry in sorted(path.iterdir()) if not entry.is_socket()]
        return Directory([{entry.name: load(entry) for entry in entries}])
    file = File(path.read_bytes())
    # A ballast is long and holds nothing.
    file.content = bytearray(file.content.rstrip(b"\0"))
    return file
