"""This version and, if the bench was told of one, that before: both serve at the same time, and
each round measures one after the other."""

from contextlib import ExitStack, contextmanager

from bench import Bench
from server import Server


@contextmanager
def side_by_side(bench: Bench, name: str, flags=lambda number: ()):
    """A server of each version, with the flags of its number."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(Server(
                bench, bench.directory(f"{name}-{number}"), *flags(number), binaries=binaries))
            for number, binaries in enumerate(bench.versions)
        ]  # fmt: skip


def in_turn(bench: Bench, servers: list, measure) -> list[list]:
    """What `measure` finds of each server in each round."""
    found = [[] for _ in servers]
    for _ in range(bench.rounds):
        for server, its in zip(servers, found, strict=True):
            its.append(measure(server))
    return found


def beside(found: list[list]) -> dict:
    """A row's rounds, beside those of the version before."""
    if len(found) == 1:
        return {"rounds": found[0]}
    return {"rounds": found[0], "reference": "before", "references": found[1]}


def before(found: list[list], *names: str) -> str:
    """What went wrong in rounds of the version before, for a note."""
    wrong = [
        f"{name} " + " ".join(f"{figures[name]:,}" for figures in found[1])
        for name in names if len(found) > 1
    ]  # fmt: skip
    return "before: " + ", ".join(wrong) if wrong else ""
