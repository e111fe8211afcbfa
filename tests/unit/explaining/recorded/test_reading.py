"""HAR files are read also if they have something else than the format says."""

import json
from base64 import b64encode

import pytest

from tests.unit.explaining.recorded.archives import ITEMS, archive, entry, lines, load
from wsgicors.explaining.pasted import Unreadable
from wsgicors.explaining.recorded import reading


def read(one, **log):
    (found,) = load(archive(one, **log)).entries
    return found


def test_an_entry_has_the_request_and_the_response():
    found = read(entry(method="PUT", sent={"X-A": "1"}, status=404, received={"ETag": '"1"'}))
    assert (found.index, found.method, str(found.url)) == (0, "PUT", ITEMS)
    assert (found.header("x-a"), found.header("x-b")) == ("1", None)
    assert (found.response.status, found.response.get("etag")) == (404, '"1"')
    assert found.missing == found.error == found.kind == ""
    assert (found.is_cached, found.is_by_worker, found.has_passed) == (False, False, False)


def test_a_file_may_begin_with_a_byte_order_mark_and_have_invalid_utf_8():
    content = archive(entry(sent={"X-A": "BYTES"}))
    content = content.replace(b"BYTES", "é\\u00e9漢\\ud83d\\ude00\\udc41".encode() + b"\xff\\udcff")
    (found,) = load(b"\xef\xbb\xbf" + content).entries
    assert found.header("x-a") == "éé漢😀?��"


def test_a_log_may_have_nothing_around_it():
    log = json.loads(archive(entry()))["log"]
    assert len(load(json.dumps(log).encode()).entries) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "got an empty file"),
        (b"  \n", "got an empty file"),
        (b"curl 'https://api.example/'", r"""is JSON, got "curl 'https://api.ex"; use a file"""),
        (b"\x1f\x8b\x08\x00", "is JSON, got "),
        (b'{"log": nothing}', "got JSON with an error in line 1"),
        (b'{"log":\n{"entries": [1 2]}}', "got JSON with an error in line 2"),
        (b"[1]", "got JSON that is a list; use a file that a browser"),
        (b'"text"', "got JSON that is a single value"),
        (b"{}", "got JSON without 'log'"),
        (b'{"log": 1}', "got JSON without a list 'entries' in 'log'"),
        (b'{"log": {"entries": {}}}', "got JSON without a list 'entries' in 'log'"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"log": ' + b"9" * 5000 + b"}", "a number out of range"),
    ],
)
def test_what_is_not_a_har_is_an_error(content, message):
    with pytest.raises(Unreadable, match=message):
        load(content)


@pytest.mark.parametrize("part", [0.3, 0.5, 0.7, 0.99])
def test_a_truncated_file_is_an_error_that_says_so(part):
    content = archive(entry(), entry())
    cut = content[: int(len(content) * part)]
    with pytest.raises(Unreadable, match="the file ends in the middle; save it again"):
        load(cut)


def test_a_file_that_is_too_large_is_an_error(monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 1_000)
    with pytest.raises(Unreadable, match="larger than 1,000 bytes; use one without the bodies"):
        load(b" " * 1_001)
    monkeypatch.undo()
    monkeypatch.setattr(reading, "MAX_ENTRIES", 1)
    with pytest.raises(Unreadable, match="has 2 entries, more than 1; use one with fewer"):
        load(archive(entry(), entry()))


@pytest.mark.parametrize("one", [None, 1, "x", [], {}, {"request": 1}, {"request": {"url": []}}])
def test_an_entry_may_be_anything(one):
    found = read(one)
    assert (found.method, found.text, found.url, found.lines) == ("", "", None, ())
    assert (found.response, found.missing, found.started) == (None, "no status", None)


def test_what_is_not_a_header_line_is_left_out():
    given = [*lines({"A": "1", "": "2", "B": None}), {"name": 1}, None, {"value": "3"}, "C: 4"]
    assert read(entry(request={"headers": given})).lines == (("A", "1"), ("B", ""))
    assert read(entry(request={"headers": {"A": "1"}})).lines == ()


def test_a_value_with_line_breaks_is_several_lines():
    found = read(entry(received={"Access-Control-Allow-Origin": "*\n*"}))
    assert found.response.get("access-control-allow-origin") == "*, *"


def test_cookies_count_as_a_header_if_there_is_none():
    cookies = {"cookies": lines({"a": "1", "b": "2"})}
    assert read(entry(request=cookies)).header("cookie") == "a=1; b=2"
    with_both = entry(request={**cookies, "headers": lines({"cookie": "c=3"})})
    assert read(with_both).lines == (("cookie", "c=3"),)


@pytest.mark.parametrize(
    ("status", "received", "missing"),
    [
        (0, {}, "no status"),
        (-1, {}, "no status"),
        (None, {}, "no status"),
        ("200", {}, "no status"),
        (True, {}, "no status"),
        (99, {}, "no status"),
        (1e400, {}, "no status"),
        (304, {}, "a 304, without the CORS headers of the response in the browser's cache"),
    ],
)
def test_a_response_that_was_not_recorded_is_none(status, received, missing):
    found = read(entry(received=received, response={"status": status, "headers": lines(received)}))
    assert found.response is None
    expected = "the status 304 without headers" if status == 304 else missing
    assert found.missing == expected


def test_a_304_has_the_headers_that_count_if_cors_is_among_them():
    assert read(entry(status=304)).missing.startswith("a 304, without the CORS headers")
    found = read(entry(status=304, received={"access-control-allow-origin": "*"}))
    assert found.response.status == 304


def test_a_redirect_url_counts_as_a_location_if_there_is_none():
    moved = {"redirectURL": f"{ITEMS}/1"}
    assert read(entry(status=302, response=moved)).response.get("location") == f"{ITEMS}/1"
    found = read(entry(status=302, received={"Location": "/2"}, response=moved))
    assert found.response.get("location") == "/2"
    assert read(entry(status=200, response=moved)).response.get("location") is None


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"text": "not allowed"}, b"not allowed"),
        ({"text": "x" * 20_000}, b"x" * 4096),
        ({"text": b64encode(b"not allowed").decode(), "encoding": "base64"}, b"not allowed"),
        ({"text": b64encode(b"x" * 20_000).decode(), "encoding": "base64"}, b"x" * 4096),
        ({"text": "bm90\nIGF***sbG93", "encoding": "base64"}, b"not allow"),
        ({"text": "bm90I", "encoding": "base64"}, b"not"),
        ({"text": 1}, b""),
        ({}, b""),
        ("text", b""),
    ],
)
def test_the_begin_of_the_body_of_an_error_is_kept(content, body):
    assert read(entry(status=403, response={"content": content})).response.body == body
    assert read(entry(status=200, response={"content": content})).response.body == b""


def test_texts_that_unicode_cannot_encode_are_readable():
    assert read(entry(url="https://api.example/\ud800")).text == "https://api.example/?"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("1970-01-01T00:00:01Z", 1),
        ("1970-01-01T00:00:01.5000000+00:00", 1.5),
        ("1970-01-01T01:00:01.25+01:00", 1.25),
        ("1970-01-01T00:00:02", 2),
        ("0001-01-01T00:00:00+23:59", -62135683140),
        ("9999-12-31T23:59:59-23:59", 253402387139),
        ("yesterday", None),
        (1, None),
    ],
)
def test_times_are_read_if_they_are_times(given, seconds):
    assert read(entry(start=None, startedDateTime=given)).started == seconds


@pytest.mark.parametrize(("given", "seconds"), [(1500, 1.5), (-1, 0), (None, 0), ("20", 0)])
def test_a_duration_may_be_missing(given, seconds):
    assert read(entry(time=given)).seconds == seconds


@pytest.mark.parametrize(
    ("log", "profile"),
    [
        ({"creator": {"name": "WebInspector"}}, "chromium"),
        ({"creator": {"name": "Firefox"}}, "firefox"),
        ({"creator": {"name": "WebKit Web Inspector"}}, "webkit"),
        ({"creator": {"name": "Playwright"}, "browser": {"name": "webkit"}}, "webkit"),
        ({"creator": {"name": "Charles Proxy"}}, None),
        ({"creator": "Firefox"}, None),
        ({"creator": None}, None),
    ],
)
def test_the_program_that_wrote_a_file_shows_the_engine(log, profile):
    assert load(archive(entry(), **log)).profile == profile


def test_what_chromium_notes_of_an_entry_is_read():
    found = read(
        entry(
            _resourceType="XHR",
            _fromCache="disk",
            error=None,
            response={"_fetchedViaServiceWorker": True},
        )
    )
    assert (found.kind, found.is_cached, found.is_by_worker) == ("xhr", True, True)
    assert found.has_passed
    assert read(entry(error="net::ERR_FAILED")).error == "net::ERR_FAILED"
    assert not read(entry(error="net::ERR_FAILED")).has_passed
    assert not read(entry(status=0, error=None)).has_passed


def test_what_playwright_notes_of_an_entry_is_read():
    found = read(entry(status=-1, response={"_failureText": "net::ERR_CONNECTION_REFUSED"}))
    assert (found.error, found.missing) == ("net::ERR_CONNECTION_REFUSED", "no status")
