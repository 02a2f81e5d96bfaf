"""What tools/crashtest takes a power cut to leave: what was synced, and of the rest anything."""

import importlib.util
import random
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "tools/crashtest/images.py"
ROOT = Path("/store")
OLD, NEW = b"o" * 8192, b"n" * 8192
IMAGES = 150


@pytest.fixture(scope="module")
def images():
    # By its path: crashtest has an app and a server of its own beside it.
    specification = importlib.util.spec_from_file_location("crashtest_images", PATH)
    module = importlib.util.module_from_spec(specification)
    sys.modules["crashtest_images"] = module
    specification.loader.exec_module(module)
    return module


class Recorder:
    """Makes the records interpose.c would, and gives them to a disk."""

    def __init__(self, images, tmp_path):
        self.images = images
        self.disk = images.Disk(ROOT)
        self.calls = 0
        self.tmp_path = tmp_path
        self.made = 0

    def record(self, kind, flags=0, call=0, file=0, at=0, result=0, data=b""):
        self.disk.apply(self.images.Record(kind, flags, call, file, at, result, data))

    def open(self, name: str, number: int, created=True) -> None:
        flags = self.images.CREATED if created else 0
        self.record("o", flags, file=number, data=str(ROOT / name).encode() + b"\0")

    def write(self, number: int, at: int, data: bytes, ends=True, is_synchronous=False) -> None:
        self.calls += 1
        flags = self.images.SYNCHRONOUS if is_synchronous else 0
        self.record("w", flags, self.calls, number, at, data=data)
        if ends:
            self.record("e", call=self.calls, result=len(data))

    def sync(self, number: int, ends=True, result=0) -> None:
        self.calls += 1
        self.record("s", call=self.calls, file=number)
        if ends:
            self.record("e", call=self.calls, result=result)

    def rename(self, old: str, new: str) -> None:
        self.record("n", data=f"{ROOT / old}\0{ROOT / new}\0".encode())

    def cuts(self) -> list[dict[str, bytes]]:
        """Many images of the disk as it is: name and content of every file."""
        found = []
        for _ in range(IMAGES):
            self.made += 1
            target = self.tmp_path / f"image {self.made}"
            self.disk.build(target, random.Random(self.made))
            found.append({path.name: path.read_bytes() for path in target.iterdir()})
        return found


@pytest.fixture
def recorder(images, tmp_path):
    """A disk with a root, and a file `f` of number 1 on it, both durable."""
    recorder = Recorder(images, tmp_path)
    recorder.open("", 9, created=False)
    recorder.open("f", 1)
    recorder.write(1, 0, OLD)
    recorder.sync(1)
    recorder.sync(9)
    return recorder


def test_what_was_synced_is_in_every_image(recorder):
    assert all(image == {"f": OLD} for image in recorder.cuts())


def test_what_was_not_synced_is_lost_kept_or_torn_by_whole_sectors(recorder):
    recorder.write(1, 0, NEW)
    contents = {image["f"] for image in recorder.cuts()}
    assert {OLD, NEW} <= contents
    sectors = [content[at : at + 512] for content in contents for at in range(0, 8192, 512)]
    assert set(sectors) == {OLD[:512], NEW[:512]}
    # Sectors are lost one by one, pages whole, or torn: their first sectors new, the others old.
    assert any(content[:4096] == NEW[:512] + OLD[512:4096] for content in contents)
    assert any(content[:4096] == OLD[:512] + NEW[512:4096] for content in contents)


def test_a_sync_that_has_failed_makes_nothing_durable(recorder):
    recorder.write(1, 0, NEW)
    recorder.sync(1, result=-5)
    assert OLD in {image["f"] for image in recorder.cuts()}


def test_a_sync_does_not_cover_what_was_written_after_it_began(recorder):
    recorder.sync(1, ends=False)
    recorder.write(1, 0, NEW)
    recorder.record("e", call=recorder.calls - 1)
    assert OLD in {image["f"] for image in recorder.cuts()}


def test_a_write_that_syncs_is_durable_when_it_has_ended(recorder):
    recorder.write(1, 0, NEW[:120], ends=False, is_synchronous=True)
    assert OLD in {image["f"] for image in recorder.cuts()}
    recorder.record("e", call=recorder.calls, result=120)
    assert {image["f"] for image in recorder.cuts()} == {NEW[:120] + OLD[120:]}


def test_a_file_that_has_grown_is_short_long_or_has_a_hole(recorder):
    recorder.write(1, 8192, NEW)
    contents = {image["f"] for image in recorder.cuts()}
    assert {OLD, OLD + NEW, OLD + bytes(8192)} <= contents


def test_names_come_and_go_in_order_and_stay_when_the_directory_is_synced(recorder):
    recorder.open("f.new", 2)
    recorder.write(2, 0, NEW)
    recorder.sync(2)
    recorder.rename("f.new", "f")
    states = [{"f": OLD}, {"f": OLD, "f.new": NEW}, {"f": NEW}]
    images = recorder.cuts()
    assert all(image in states for image in images) and all(state in images for state in states)
    recorder.sync(9)
    assert all(image == {"f": NEW} for image in recorder.cuts())
