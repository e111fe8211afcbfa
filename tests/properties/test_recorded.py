"""Each HAR file, hostile ones too, is judged or rejected with a reason."""

import io
import json
import random
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.explaining.recorded.archives import archive, empty, entry, preflight
from wsgicors.explaining import CannotAsk
from wsgicors.explaining.explanation import SERIOUS
from wsgicors.explaining.pasted import Unreadable
from wsgicors.explaining.recorded.judging import Judge
from wsgicors.explaining.recorded.reading import READ, read_har

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            *("GET", "PUT", "OPTIONS", "fetch", "null", "*", "true", "/", "\x1b[31m", "\ud800"),
            *("https://api.example/items", "https://app.example", "http://[", "data:,", "//x"),
            *("net::ERR_FAILED", "net::ERR_CONNECTION_REFUSED", "2026-11-30T10:00:00Z", "base64"),
            *("Origin", "Cookie", "Location", "Host", "Access-Control-Allow-Origin", ":path"),
            *("Access-Control-Request-Method", "Access-Control-Request-Headers", "sec-fetch-mode"),
        ]
    ),
)
NAMES = st.one_of(st.sampled_from(sorted(READ)), TEXTS)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=6)),
    max_leaves=20,
)
"""Any JSON, in which the names of a HAR occur often."""

LINES = st.lists(st.fixed_dictionaries({"name": TEXTS, "value": TEXTS}), max_size=5)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "method": st.one_of(TEXTS, VALUES),
        "url": st.one_of(TEXTS, VALUES),
        "headers": st.one_of(LINES, VALUES),
        "cookies": st.one_of(LINES, VALUES),
        "status": st.one_of(st.sampled_from([-1, 0, 200, 204, 302, 304, 404, 1e400]), VALUES),
        "redirectURL": TEXTS,
        "content": VALUES,
        "_error": st.one_of(st.none(), TEXTS),
    },
)
ENTRIES = st.fixed_dictionaries(
    {"request": MESSAGES, "response": MESSAGES},
    optional={"startedDateTime": TEXTS, "time": VALUES, "_resourceType": TEXTS},
)


def check(content):
    """Judge a file, and each of its entries."""
    try:
        recording = read_har(io.BytesIO(content))
    except Unreadable:
        return
    judged = [one.summarise(show_secrets=False) for one in Judge().judge_all(recording)]
    indexes = [index for row in judged for index in row.indexes]
    assert sorted(indexes) == [*range(len(recording.entries))]  # each entry is judged once
    for row in judged:
        assert row.verdict in SERIOUS
        assert row.aside or row.reason or row.verdict == "allowed"
    for index in indexes:
        with suppress(CannotAsk):
            explained = Judge(origin="https://app.example").judge_entry(recording, index)
            assert explained.redact().verdicts <= {*SERIOUS}


@given(VALUES)
def test_any_json_is_judged_or_refused(document):
    check(json.dumps(document).encode())
    check(json.dumps({"log": {"entries": document}}).encode())


@given(st.lists(ENTRIES, max_size=6))
def test_any_entries_are_judged(entries):
    check(archive(*entries))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content):
    check(content)
    check(b'{"log": {"entries": [' + content)


WHOLE = archive(
    preflight(start=0),
    empty(start=0.1),
    preflight(start=1),
    entry(method="PUT", sent={"X-A": "1", "Cookie": "a=1"}, start=1.1),
    entry(status=302, received={"Location": "/b", "Access-Control-Allow-Origin": "*"}, start=2),
    entry("https://api.example/b", start=2.1),
)


@given(st.randoms(use_true_random=False), st.integers(1, 8))
def test_a_damaged_file_is_judged_or_refused(chance: random.Random, times):
    content = bytearray(WHOLE)
    for _ in range(times):
        begin = chance.randrange(len(content))
        end = begin + chance.choice([0, 1, 5, 50])
        content[begin:end] = chance.choice([b"", b"\xff", b'"', b"0", b"null", b"{}", b"\\u0000"])
    check(bytes(content))
