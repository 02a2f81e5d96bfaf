"""Attacks on a log, from a printed seed: what somebody could do to its file who can write it, from
blind to thorough."""

import random
from dataclasses import dataclass
from pathlib import Path

from forgery import Forgery
from Harness.replay import DATA, PAGE, lay


@dataclass(frozen=True)
class Attack:
    name: str
    # The first record that is not what was written, if the attack is on one.
    place: int | None
    # Every checksum and digest is made to fit: only a head noted before can tell, if events can
    # follow each other so.
    is_consistent: bool


class Tampering:
    """The same attack for the same number."""

    def __init__(self, source: Path, seed: int):
        print(f"seed {seed}")
        self.seed = seed
        self.whole = (source / DATA).read_bytes()

    def attack(self, number: int, directory: Path) -> Attack:
        """Makes the log in `directory` with attack `number` done to it."""
        chance = random.Random(f"{self.seed} {number}")
        kind = chance.choice(KINDS)
        if kind in FILES:
            lay(directory, kind(bytearray(self.whole), chance))
            return Attack(kind.__name__, None, False)
        lay(directory, self.whole)
        level = chance.choice(LEVELS)
        with Forgery(directory, chain=level == "chain", checksums=level != "raw") as forgery:
            place = kind(forgery, chance)
        return Attack(f"{kind.__name__}, {level}", place, level == "chain")


# On the file


def flip_a_bit(content: bytearray, chance) -> bytes:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content


def flip_a_bit_of_a_meta_page(content: bytearray, chance) -> bytes:
    content[chance.randrange(2) * PAGE + chance.randrange(160)] ^= 1 << chance.randrange(8)
    return content


def overwrite_a_stretch(content: bytearray, chance) -> bytes:
    start, length = chance.randrange(len(content)), chance.randrange(1, 100)
    junk = chance.randbytes(length) if chance.randrange(2) else bytes(length)
    content[start : start + length] = junk[: len(content) - start]
    return content


def cut_the_file(content: bytearray, chance) -> bytes:
    return content[: chance.randrange(len(content))]


def copy_a_page_over_another(content: bytearray, chance) -> bytes:
    here, there = (chance.randrange(len(content) // PAGE) * PAGE for _ in range(2))
    content[here : here + PAGE] = content[there : there + PAGE]
    return content


# On rows: what is done to the checksums and digests depends on the level.


def drop_a_record(forgery: Forgery, chance) -> int:
    """Its turn is one shorter, and all records behind it move up."""
    victim = chance.randrange(1, max(forgery.events) + 1)
    move_up(forgery, victim)
    return victim


def swap_two_records(forgery: Forgery, chance) -> int:
    one, other = chance.sample(sorted(forgery.events), 2)
    events = forgery.events
    events[one], events[other] = events[other], events[one]
    return min(one, other) if events[one] != events[other] else 0


def duplicate_a_record(forgery: Forgery, chance) -> int:
    """Over the one behind it."""
    victim = chance.randrange(1, max(forgery.events))
    forgery.events[victim + 1] = forgery.events[victim]
    return victim + 1


def rewrite_a_record(forgery: Forgery, chance) -> int:
    victim = chance.choice(sorted(forgery.events))
    record = bytearray(forgery.events[victim])
    record[chance.randrange(len(record))] ^= 1 << chance.randrange(8)
    forgery.events[victim] = bytes(record)
    return victim


def rewrite_a_payload(forgery: Forgery, chance) -> int:
    victim = chance.choice(sorted(forgery.payloads))
    payload = bytearray(forgery.payloads[victim])
    payload[chance.randrange(len(payload))] ^= 1 << chance.randrange(8)
    forgery.payloads[victim] = bytes(payload)
    return victim


def move_the_end_of_a_turn(forgery: Forgery, chance) -> int:
    """Another instant, by which more or less was decided."""
    end = chance.choice(sorted(forgery.seals))
    seal = bytearray(forgery.seals[end])
    first = int.from_bytes(seal[:8], "little")
    seal[8 + chance.randrange(16)] ^= 1 << chance.randrange(8)
    forgery.seals[end] = bytes(seal)
    return first


def cut_the_tail(forgery: Forgery, chance) -> int:
    """The last turns are gone, with their payloads."""
    ends = sorted(forgery.seals)
    last = chance.choice(ends[:-1])
    for rows in (forgery.events, forgery.payloads, forgery.seals):
        for number in [number for number in rows if number > last]:
            del rows[number]
    return last + 1


def move_up(forgery: Forgery, victim: int) -> None:
    last = max(forgery.events)
    records = [forgery.events.pop(number) for number in range(victim, last + 1)][1:]
    forgery.events |= dict(enumerate(records, victim))
    payloads = {
        number - (number > victim): row
        for number, row in forgery.payloads.items()
        if number != victim
    }
    seals = {}
    for end, seal in forgery.seals.items():
        first = int.from_bytes(seal[:8], "little")
        end, first = end - (end >= victim), first - (first > victim)
        if end >= first:
            seals[end] = first.to_bytes(8, "little") + seal[8:]
    forgery.payloads, forgery.seals = payloads, seals


FILES = [
    flip_a_bit, flip_a_bit_of_a_meta_page, overwrite_a_stretch, cut_the_file,
    copy_a_page_over_another,
]  # fmt: skip
ROWS = [
    drop_a_record, swap_two_records, duplicate_a_record, rewrite_a_record, rewrite_a_payload,
    move_the_end_of_a_turn, cut_the_tail,
]  # fmt: skip
KINDS = FILES + ROWS
# Records keep their old checksums; all rows get checksums that fit; the chain of digests fits too.
LEVELS = ["raw", "checksums", "chain"]
