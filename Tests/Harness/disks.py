"""A small disk of one's own, where the system lets one mount it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(path: Path, mebibytes: int) -> Iterator[bool]:
    """A tmpfs of that size at `path` while the body runs; False if this process may not mount."""
    path.mkdir(exist_ok=True)
    options = f"size={mebibytes}m,mode=700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "daybook-test", str(path)]
    is_mounted = subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield is_mounted
    finally:
        if is_mounted:
            # Lazily: what failed may still have files open there.
            subprocess.run(["umount", "--lazy", str(path)], check=True)


def fill(path: Path, name: str, left: int) -> Path:
    """Makes a file `name` on the disk of `path` that leaves `left` bytes free; returns it."""
    status = os.statvfs(path)
    filler = path / name
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, status.f_bavail * status.f_frsize - left)
    return filler
