"""Pages of documentation as tests read them: their fenced blocks and tables, and whether a command
prints in substance what a page shows."""

import re
from typing import NamedTuple

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CELL = re.compile(r"`([^`]+)`")
# What differs from run to run, as it is shown and as it may come. Numbers of three digits are codes.
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
NUMBER = r"(?<![\w.])\d\d?(?![\w.])"
PARTS = re.compile(rf"(…)|({INSTANT})|({NUMBER})|( +)|([^ ])")
FORMS = (".*", INSTANT, r"\d+", r"\s+")


class Fence(NamedTuple):
    language: str
    text: str


def fences(page: str) -> list[Fence]:
    return [Fence(*match.groups()) for match in FENCE.finditer(page)]


def commands(fence: Fence) -> list[tuple[str, list[str]]]:
    """The commands of a block of a console, each with the lines it is shown to print."""
    _, *parts = re.split(r"^\$ ", fence.text, flags=re.MULTILINE)
    return [(lines[0], lines[1:]) for lines in (part.splitlines() for part in parts)]


def table(page: str, header: str) -> list[list[str]]:
    """The rows below the one that begins with `header`."""
    lines = page[page.index(f"\n{header}") + 1 :].split("\n\n", 1)[0].splitlines()
    assert set(lines[1]) <= set("|- "), lines[1]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def code(cell: str) -> list[str]:
    """What stands in backquotes in a cell."""
    return CELL.findall(cell)


def is_printed(shown: list[str], printed: str) -> bool:
    """Whether the lines that are shown are among those printed, in their order. An instant stands
    for any instant, a small number for any number, … for anything, white space for any; a list in
    parentheses at the end of a line may have more in it."""
    rest = iter(printed.splitlines())
    return all(any(pattern(line).fullmatch(one.strip()) for one in rest) for line in shown)


def pattern(shown: str) -> re.Pattern:
    line = shown.strip()
    parts = [
        re.escape(part[0]) if part[5] else FORMS[part.lastindex - 1]
        for part in PARTS.finditer(line.removesuffix(")"))
    ]
    return re.compile("".join(parts) + (r"(?:, [^)]*)?\)" if line.endswith(")") else ""))
