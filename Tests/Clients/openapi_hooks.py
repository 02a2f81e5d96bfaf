"""What Schemathesis needs to know beside the OpenAPI document; it imports this by name.

Values for the formats that the document only describes, each one that the server must accept; that
a cursor is nobody's to make up; that a history outlives its job; and when a body is a bad one."""

import json

import jsonschema_rs
import schemathesis
from hypothesis import strategies as st

# Whatever a name may hold. White space at its ends is trimmed by POST, so there is none.
LETTERS = st.characters(codec="utf-8", exclude_characters="/\\#?", exclude_categories=["Cc"])
NAMES = st.text(LETTERS, min_size=1, max_size=128).filter(
    lambda name: name == name.strip() and name not in (".", "..")
)
NUMBERS = st.integers(1, 59)
COUNTS = st.integers(1, 2**32 - 1).map(str)
SCHEDULES = st.one_of(
    st.sampled_from(["@yearly", "@monthly", "@weekly", "@daily", "@hourly"]),
    st.builds("@every {}{}".format, NUMBERS, st.sampled_from(["h", "h30m", "m", "h0.5s"])),
    st.builds(
        "{}{} {} {} {}".format,
        st.sampled_from(["", "TZ=UTC ", "CRON_TZ=Europe/Berlin ", "TZ=America/New_York "]),
        NUMBERS,
        st.sampled_from(["*", "*/5", "0-10/3", "1,2,59"]),
        st.integers(0, 23),
        st.sampled_from(["* * *", "1 1 *", "* JAN-MAR MON", "31 * ?", "*/2 12 0"]),
    ),
)
# Due after a time in which no test ends, so that there is something to look at.
TIMES = st.one_of(
    st.builds("{}h{}m".format, NUMBERS, NUMBERS),
    st.builds("PT{}H".format, NUMBERS),
    st.builds("2050-{:02}-{:02}T06:30:00Z".format, st.integers(1, 12), st.integers(1, 28)),
)
# Later than any of these.
EXPIRIES = st.one_of(
    st.builds("{}h".format, NUMBERS),
    st.builds("{}-01-01T00:00:00Z".format, st.integers(2060, 2200)),
)

for name, values in {
    "job-name": NAMES,
    "schedule": SCHEDULES,
    "point-in-time": TIMES,
    "expiry": EXPIRIES,
    "repeats": COUNTS,
    "retries": COUNTS,
    "interval": st.builds("{}.{:03}s".format, NUMBERS, NUMBERS),
}.items():
    schemathesis.openapi.format(name, values)

# Cursors the server has given out, and the prefix of their lists.
given: dict[str, str] = {}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Where a request should be accepted a cursor that nobody gave out is left out, and a real one
    goes with its prefix."""
    if "cursor" not in (case.query or {}) or case.meta is None:
        return
    if case.meta.generation.mode.is_positive:
        prefix = given.get(case.query["cursor"])
        if prefix is None:
            del case.query["cursor"]
        else:
            case.query["prefix"] = prefix


@schemathesis.hook
def after_call(context, case, response):
    if case.operation.method == "get" and case.operation.path.endswith("/jobs"):
        if response.status_code == 200 and (cursor := response.json().get("nextCursor")):
            given[cursor] = (case.query or {}).get("prefix", "")


@schemathesis.hook
def filter_failure(context, failure, case, response) -> bool:
    """A history outlives its job. And a body that keeps to its schema is not a bad one, though
    something was to be broken in it: a format of ours, say, in a part that was then left out."""
    if type(failure).__name__ == "UseAfterFree" and case.operation.path.endswith("/history"):
        return False
    negated = {
        location.name
        for location, component in case.meta.components.items()
        if component.mode.is_negative
    }
    if type(failure).__name__ != "AcceptedNegativeData" or negated != {"BODY"}:
        return True
    document = case.operation.schema.raw_schema
    schema = {
        "$ref": "#/components/schemas/JobRequest", "components": document["components"],
    }  # fmt: skip
    return not jsonschema_rs.is_valid(schema, json.loads(response.request.body))
