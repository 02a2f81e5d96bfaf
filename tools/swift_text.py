"""Reads Swift as text, without a compiler: what is code, which functions and types it declares, and
what its switches name. For the checks of the house and for tools/figures."""

import re
from dataclasses import dataclass

PART_OF_CODE = re.compile(r'//|/\*|#*(?:"""|")')
PART_OF_INTERPOLATION = re.compile(r'//|/\*|#*(?:"""|")|[()]')
VISIBLE = re.compile(r"[^\n]")
# A type, a function, or a computed property: what can own the next brace.
TOKEN = re.compile(
    r"(?P<bracket>[{}()\[\]])"
    r"|(?<![\w.`])(?P<type>struct|enum|class|actor|protocol|extension|typealias)\s+"
    r"(?!func\b|var\b|let\b)(?P<name>`?\w+)"
    r"|(?<![\w.`])func\s+(?P<function>`[^`]+`|[^\s(<]+)"
    r"|(?<![\w.`])(?P<special>init|deinit|subscript)\b(?=\s*[?!<({])"
    r"|(?<![\w.`])var\s+(?P<computed>\w+)\s*:[^={}\n]*\n?\s*(?=\{)"
)
HIDDEN = re.compile(r"\b(?:file)?private\b(?!\()")
# Before a `case` that is a condition, not a label.
INSIDE = re.compile(r"(?:\b(?:if|guard|while|for)\s|,\s)\s*\Z")


@dataclass(frozen=True)
class Declaration:
    """A type or function; `line` and `last` count from 1."""

    kind: str
    name: str
    line: int
    last: int
    # Stands at file scope and other files of its target see it.
    is_shared: bool

    @property
    def lines(self) -> int:
        return self.last - self.line + 1


@dataclass(frozen=True)
class Label:
    """`case a, b:` of a switch: the names with a dot that it lists, and the code it leads to."""

    names: frozenset[str]
    body: str


def code_of(text: str, keeps_literals: bool = False) -> str:
    """`text` with comments and the contents of string literals blanked; lines and columns stay.
    What stands in an interpolation stays: it is code."""
    pieces: list[str] = []
    # What closes an open literal, or how many parentheses are open in an interpolation.
    stack: list[str | int] = []
    start = 0
    while start < len(text):
        if stack and isinstance(stack[-1], str):
            end, is_code = part_of_literal(text, start, stack)
            is_kept = is_code or keeps_literals
        else:
            end, is_kept = part_of_code(text, start, stack)
        piece = text[start:end]
        pieces.append(piece if is_kept else VISIBLE.sub(" ", piece))
        start = end
    return "".join(pieces)


def part_of_code(text: str, start: int, stack: list) -> tuple[int, bool]:
    """Where the part of code or comment that begins at `start` ends, and whether it is code."""
    match = (PART_OF_INTERPOLATION if stack else PART_OF_CODE).search(text, start)
    if match is None or match.start() > start:
        return (match.start() if match else len(text)), True
    if match[0] == "//":
        end = text.find("\n", start)
        return (end if end >= 0 else len(text)), False
    if match[0] == "/*":
        depth = 0
        for bound in re.compile(r"/\*|\*/").finditer(text, start):
            depth += 1 if bound[0] == "/*" else -1
            if depth == 0:
                return bound.end(), False
        return len(text), False
    if match[0] in ("(", ")"):
        stack[-1] += 1 if match[0] == "(" else -1
        if stack[-1] == 0:
            stack.pop()
    else:
        stack.append(match[0].lstrip("#") + "#" * match[0].count("#"))
    return match.end(), True


def part_of_literal(text: str, start: int, stack: list) -> tuple[int, bool]:
    """Where the part of a literal that begins at `start` ends; its closing quotes are code."""
    closing = stack[-1]
    escape = "\\" + "#" * closing.count("#")
    bounds = f"{re.escape(closing)}|{re.escape(escape)}" + ("" if '"""' in closing else "|\n")
    match = re.compile(bounds).search(text, start)
    if match is None or match.start() > start:
        return (match.start() if match else len(text)), False
    if match[0] != escape:
        stack.pop()
        return match.end(), True
    if text.startswith("(", match.end()):
        stack.append(0)
        return match.end(), False
    return match.end() + 1, False


def declarations(code: str) -> list[Declaration]:
    """The types and functions that `code`, a result of `code_of`, declares. A requirement of a
    protocol is none."""
    found: list[Declaration] = []
    # For every open bracket: what it closes with, and what it belongs to.
    blocks: list[tuple[str, tuple | None]] = []
    head: tuple | None = None
    for match in TOKEN.finditer(code):
        bracket = match["bracket"]
        if bracket and bracket in "{([":
            blocks.append((bracket, head))
            head = None
        elif bracket:
            if not blocks:
                continue
            opened, owner = blocks.pop()
            if opened != "{":
                # Parameters lie between a head and its brace.
                head = owner
            elif owner:
                found.append(closed(owner, code, match.end()))
        else:
            line = code[code.rfind("\n", 0, match.start()) + 1 : match.start()]
            is_shared = not blocks and not HIDDEN.search(line)
            kind = match["type"] or ("var" if match["computed"] else "func")
            name = match["name"] or match["function"] or match["special"] or match["computed"]
            head = (kind, name, match.start(), is_shared)
            in_protocol = blocks and blocks[-1][1] and blocks[-1][1][0] == "protocol"
            if kind == "typealias":
                found.append(closed(head, code, match.end()))
            if kind == "typealias" or in_protocol:
                head = None
    return sorted(found, key=lambda declaration: declaration.line)


def closed(head: tuple, code: str, end: int) -> Declaration:
    kind, name, start, is_shared = head
    line = code.count("\n", 0, start) + 1
    return Declaration(kind, name, line, line + code.count("\n", start, end), is_shared)


def switches(code: str) -> list[list[Label]]:
    """Every `switch` of `code` with its labels."""
    found = []
    for match in re.finditer(r"(?<![\w.`])switch\b", code):
        start = next_open(code, match.end())
        if start is not None:
            found.append(labels(code[start + 1 : end_of(code, start)]))
    return found


def labels(block: str) -> list[Label]:
    """The labels at the top level of a switch's block."""
    starts = []
    depth = 0
    for match in re.finditer(r"[{}()\[\]]|(?<![\w.`])(?:case|default)\b", block):
        if match[0] in "{([":
            depth += 1
        elif match[0] in "})]":
            depth -= 1
        elif depth == 0 and not INSIDE.search(block[: match.start()]):
            starts.append(match.start())
    result = []
    for start, end in zip(starts, [*starts[1:], len(block)]):
        colon = colon_of(block, start, end)
        names = re.findall(r"(?<![\w)\]?!])\.(\w+)", block[start:colon])
        result.append(Label(frozenset(names), block[colon + 1 : end].strip()))
    return result


def colon_of(block: str, start: int, end: int) -> int:
    depth = 0
    for index in range(start, end):
        if block[index] in "([{":
            depth += 1
        elif block[index] in ")]}":
            depth -= 1
        elif block[index] == ":" and depth == 0:
            return index
    return end


def next_open(code: str, start: int) -> int | None:
    """The brace that opens the block of the `switch` before `start`."""
    depth = 0
    for index in range(start, len(code)):
        if code[index] in "([":
            depth += 1
        elif code[index] in ")]":
            depth -= 1
            if depth < 0:
                return None
        elif code[index] == "{" and depth == 0:
            return index
    return None


def end_of(code: str, start: int) -> int:
    """Where the brace at `start` closes."""
    depth = 0
    for index in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[index], 0)
        if depth == 0:
            return index
    return len(code)
