"""Calls as the log itself tells of them, for runs whose clients kept no ledger: then what was asked
is taken from the log, and all that follows from it is judged as ever.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import count, takewhile

from callers import asking_op
from reading import event as read_event
from schedules import VALUE_TYPE


def told(export: list[dict], has_dues=False) -> list[dict]:
    """Lines of `calls.jsonl`: what each record rests on that only a call can have caused. `export`
    is one with payloads. With `has_dues` due times are taken from it too: where the rules of zones
    change meanwhile nobody else knows them."""
    found, dues = [], defaultdict(dict)
    events = [read_event(line) for line in export]
    for event in events:
        if event.kind == "triggered":
            dues[event.number("generation")][event.number("tick")] = event.instant("due")
    for event in events:
        if op := asking_op(event):
            namespace, app, name = event.job or event.prefix
            asked = request(event.cells)
            if has_dues:
                asked["dues"] = list(in_a_row(dues[event.sequence]))
            found.append({
                "id": event.sequence, "op": op, "namespace": namespace, "app": app, "name": name,
                "request": asked, "outcome": "ok", "status": None, "start": event.time,
                "end": event.time,
            })  # fmt: skip
    return found


def in_a_row(dues: dict[int, int]) -> Iterator[int]:
    """From the first tick on, up to one that is not known."""
    return takewhile(lambda due: due is not None, map(dues.get, count(1)))


def request(cells: dict) -> dict:
    """What asks for the same job. `stored` is what is kept of its data, `body` what an app gets."""
    texts = ("schedule", "dueTime", "ttl", "repeats")
    found = {name: cells[name] for name in texts if name in cells}
    if cells.get("failurePolicy") == "constant":
        constant = {"interval": f"{cells.get('retryIntervalNanoseconds', 0)}ns"}
        found["failurePolicy"] = {"constant": constant | {"maxRetries": cells.get("retriesMax")}}
    else:
        found["failurePolicy"] = {"drop": {}}
    if "payloadBytes" in cells:
        found["stored"] = cells["payloadBytes"], cells["payloadSHA256"]
        found["body"] = text(cells["payloadType"], base64.b64decode(cells["payload"]))
    return found


def text(kind: str, content: bytes) -> str:
    """What an app is sent of data of this type: JSON where it can be, else the bytes."""
    if kind.rpartition("/")[2] == VALUE_TYPE.decode().rpartition("/")[2]:
        from google.protobuf import json_format, message, struct_pb2

        try:
            value = struct_pb2.Value.FromString(content)
            return json.dumps(json_format.MessageToDict(value), allow_nan=False)
        except (message.DecodeError, json_format.Error, ValueError):
            pass
    return content.decode(errors="replace").strip()
