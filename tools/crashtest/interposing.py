"""interpose.c and clock.c, compiled, and what the environment of a server says to them."""

import mmap
import struct
import subprocess
import threading
from pathlib import Path

_compiling = threading.Lock()


def library(directory: Path, name: str = "interpose") -> Path:
    """The compiled library; made in `directory` if it is not there."""
    made = directory / f"{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    with _compiling:
        if not made.exists():
            command = ["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"]
            subprocess.run([*command, "-o", str(made), str(source), "-ldl"], check=True)
    return made


def recording(directory: Path, below: Path, trace: Path) -> dict[str, str]:
    """A server that writes all it does to files below a directory into a trace."""
    return {
        "LD_PRELOAD": str(library(directory)),
        "DAYBOOK_IO_BELOW": str(below),
        "DAYBOOK_IO_TRACE": str(trace),
    }


def failing(fault: str, name: str = "data.mdb") -> dict[str, str]:
    """Beside a recording: calls on files of this name fail, as interpose.c describes."""
    return {"DAYBOOK_IO_FAULT": fault, "DAYBOOK_IO_NAME": name}


def mapping(directory: Path, size: int) -> dict[str, str]:
    """A server whose log cannot outgrow so many bytes."""
    return {"LD_PRELOAD": str(library(directory)), "DAYBOOK_MAP_SIZE": str(size)}


class ShiftedClock:
    """The wall clock of a server, which can be moved while it runs. The monotonic one stays."""

    def __init__(self, directory: Path, path: Path):
        self.environment = {
            "LD_PRELOAD": str(library(directory, "clock")), "DAYBOOK_CLOCK_OFFSET": str(path),
        }  # fmt: skip
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)

    @property
    def offset(self) -> int:
        """Nanoseconds added to the clock of the machine."""
        return struct.unpack("<q", self._shared[:])[0]

    def shift(self, nanoseconds: int) -> None:
        self._shared[:] = struct.pack("<q", self.offset + nanoseconds)

    def close(self) -> None:
        self._shared.close()
