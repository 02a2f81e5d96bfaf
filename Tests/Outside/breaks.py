"""Calls without an answer because their connection broke: two in a row of a tick use no attempt."""

from evidence import Evidence
from reading import Receipt

FREE = 2


def is_free(receipts: list[Receipt], evidence: Evidence) -> bool:
    """Whether the last of them is to come again as the same attempt."""
    last = receipts[-1]
    if last.replied is not None or not is_break(last, evidence):
        return False
    row = unanswered(receipts)
    # A fault may have hidden some of them from the server.
    return len(row) <= FREE or evidence.fault_between(row[0], last) is not None


def is_break(receipt: Receipt, evidence: Evidence) -> bool:
    """Whether that is what the log has of it."""
    answer = evidence.answers.get(receipt.trigger)
    return (
        answer is not None
        and answer.cells.get("connectionBroke", False)
        and answer.cells["outcome"] == "abandoned"
    )


def unanswered(receipts: list[Receipt]) -> list[Receipt]:
    """Those in a row with which the calls end."""
    row: list[Receipt] = []
    for receipt in reversed(receipts):
        if receipt.replied is not None:
            break
        row.insert(0, receipt)
    return row
