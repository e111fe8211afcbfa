"""Reads HTTP Archives (HAR 1.1 and 1.2), as browsers and proxies write them.

Anything in a file may be missing or of another type. What cannot be read of an entry counts as not
recorded.
"""

import json
import math
import re
from base64 import b64decode
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, Any, cast

from ..._core.headers import Header, quote
from ...testing.profiles import CHROMIUM, ENGINES, FIREFOX, WEBKIT
from ...testing.responses import EXCERPT, FIRST_ERROR, REDIRECT_STATUSES, RawResponse
from ...testing.urls import URL
from ..pasted import Unreadable
from . import Entry, Recording

MAX_BYTES = 256 * 2**20
"""The largest file that is read."""

MAX_ENTRIES = 50_000
"""The most entries of a file."""

EXPORT = "use a file that a browser's developer tools or a proxy has exported as HAR"

CREATORS = {
    "firefox": FIREFOX,
    "webinspector": CHROMIUM,  # of Chromium's DevTools
    "webkit web inspector": WEBKIT,
    "google chrome": CHROMIUM,
    **{name: name for name in ENGINES},  # of Playwright
}
"""The engines by the name, in lower case, of the program that has written the file."""

READ = frozenset(
    {
        *("log", "entries", "creator", "browser", "name", "value"),
        *("startedDateTime", "time", "request", "response", "_resourceType", "_fromCache"),
        *("method", "url", "headers", "cookies", "status", "statusText", "redirectURL"),
        *("content", "text", "encoding", "_error", "_failureText", "_fetchedViaServiceWorker"),
        *("_fetchType", "_apiRequest"),
    }
)
"""The names of a file that are read. Others are dropped at once, which saves most of the memory."""

LONGEST_CONTENT = 2 * EXCERPT.bytes
"""Characters of a body that are kept: enough for the excerpt, also as Base64."""

NOT_MODIFIED = 304

_NOT_A_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""What Unicode cannot encode, apart from bytes that have not been decoded."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_har(file: IO[bytes]) -> Recording:
    """Read a file.

    :raises Unreadable: if it is not a HAR.
    """
    log = _find_log(_parse(_read_text(file)))
    found = log.get("entries")
    if not isinstance(found, list):
        raise Unreadable(f"expected a HAR, got JSON without a list 'entries' in 'log'; {EXPORT}")
    entries = cast("list[object]", found)
    if len(entries) > MAX_ENTRIES:
        raise Unreadable(
            f"the file has {len(entries):,} entries, more than {MAX_ENTRIES:,}; use one with "
            "fewer requests"
        )
    return Recording(
        tuple(_read_entry(number, _as_object(one)) for number, one in enumerate(entries)),
        _find_profile(log),
    )


def _read_text(file: IO[bytes]) -> str:
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Unreadable(
            f"the file is larger than {MAX_BYTES:,} bytes; use one without the bodies of "
            "responses, or with fewer requests"
        )
    # With one character of four bytes, all characters of a string of Python have four bytes. So
    # other bytes than those of ASCII stay as they are, until _text() decodes a single string.
    return content.removeprefix(BOM_UTF8).decode("ascii", "surrogateescape")


def _parse(text: str) -> object:
    try:
        return json.loads(text, object_hook=_keep_read)
    except RecursionError:
        raise Unreadable(f"expected a HAR, got JSON that is nested too deeply; {EXPORT}") from None
    except json.JSONDecodeError as error:
        raise Unreadable(_describe_fault(error)) from None
    except ValueError:  # a number with thousands of digits
        raise Unreadable(f"expected a HAR, got JSON with a number out of range; {EXPORT}") from None


def _describe_fault(error: json.JSONDecodeError) -> str:
    """Say what is wrong with a file that is not JSON."""
    whole, before = error.doc.strip(), error.doc[: error.pos].strip()
    begin = quote(_text(whole[:20]))
    if not whole:
        return f"expected a HAR, got an empty file; {EXPORT}"
    if not before:
        return f"expected a HAR, which is JSON, got {begin}; {EXPORT}"
    if before == whole or error.msg.startswith("Unterminated"):
        return "the file ends in the middle; save it again"
    return f"expected a HAR, got JSON with an error in line {error.lineno:,}; {EXPORT}"


def _keep_read(found: dict[str, Any]) -> dict[str, Any]:
    """Return what is read of an object."""
    kept = {name: found[name] for name in READ.intersection(found)}
    if isinstance(kept.get("text"), str):
        kept["text"] = kept["text"][:LONGEST_CONTENT]
    return kept


def _find_log(document: object) -> Mapping[str, object]:
    """Return the log, which Firefox's tools also hand over by itself."""
    if not isinstance(document, dict):
        what = "a list" if isinstance(document, list) else "a single value"
        raise Unreadable(f"expected a HAR, got JSON that is {what}; {EXPORT}")
    outer = cast("dict[str, object]", document)
    if "log" not in outer and "entries" not in outer:
        raise Unreadable(f"expected a HAR, got JSON without 'log'; {EXPORT}")
    return _as_object(outer.get("log", outer))


def _find_profile(log: Mapping[str, object]) -> str | None:
    """Return the engine that has made the requests, if the file names one."""
    names = (_text(_as_object(log.get(who)).get("name")).lower() for who in ("browser", "creator"))
    return next((CREATORS[name] for name in names if name in CREATORS), None)


def _read_entry(index: int, entry: Mapping[str, object]) -> Entry:
    request, response = (_as_object(entry.get(name)) for name in ("request", "response"))
    text = _text(request.get("url")).strip()
    url = None
    with suppress(ValueError):
        url = URL.parse(text)
    lines = [*_read_lines(request.get("headers"))]
    if not any(name.lower() == "cookie" for name, _ in lines):
        cookies = [f"{name}={value}" for name, value in _read_lines(request.get("cookies"))]
        lines += [("Cookie", "; ".join(cookies))] if cookies else []
    errors = (_text(response.get(name)) for name in ("_error", "_failureText"))
    received, missing = _read_response(response)
    fetched = _text(entry.get("_fetchType"))  # of WebKit
    return Entry(
        index,
        _text(request.get("method")).strip(),
        text,
        url,
        tuple(lines),
        received,
        missing,
        next(filter(None, errors), ""),
        received is not None and response.get("_error", "") is None,
        _text(entry.get("_resourceType")).lower(),
        entry.get("_apiRequest") is True,
        _read_time(entry.get("startedDateTime")),
        max(_number(entry.get("time")), 0) / 1000,
        bool(entry.get("_fromCache")) or fetched in ("Disk Cache", "Memory Cache"),
        response.get("_fetchedViaServiceWorker") is True or fetched == "Service Worker",
    )


def _read_response(response: Mapping[str, object]) -> tuple[RawResponse | None, str]:
    """Return a response; if there is none, what the file has instead."""
    status = int(_number(response.get("status")))
    lines = [line for line in _read_lines(response.get("headers")) if line[0][0] != ":"]
    if not 100 <= status <= 599:
        return None, "no status"
    if not lines:
        return None, f"the status {status} without headers"
    names = {name.lower() for name, _ in lines}
    if status == NOT_MODIFIED and "access-control-allow-origin" not in names:
        return None, "a 304, without the CORS headers of the response in the browser's cache"
    location = _text(response.get("redirectURL"))
    if status in REDIRECT_STATUSES and location and "location" not in names:
        lines.append(("Location", location))
    body = _read_body(_as_object(response.get("content"))) if status >= FIRST_ERROR else b""
    return RawResponse(status, _text(response.get("statusText")), lines, body), ""


def _read_body(content: Mapping[str, object]) -> bytes:
    """Return the beginning of a body, which may say what is wrong."""
    text = _text(content.get("text"))
    if content.get("encoding") != "base64":
        return text.encode()[: EXCERPT.bytes]
    digits = re.sub(r"[^0-9A-Za-z+/]", "", text)
    rest = len(digits) % 4  # a single digit is less than a byte
    whole = digits[:-1] if rest == 1 else f"{digits}{'=' * (-rest % 4)}"
    return b64decode(whole)[: EXCERPT.bytes]


def _read_lines(given: object) -> Iterator[Header]:
    """Yield names and values. Chromium joins the values of repeated headers by line breaks."""
    for one in cast("Sequence[object]", given) if isinstance(given, list) else ():
        line = _as_object(one)
        name = _text(line.get("name")).strip()
        for value in _text(line.get("value")).split("\n"):
            if name:
                yield name, value.strip(" \t\r")  # not what browsers keep, as a no-break space


def _read_time(given: object) -> float | None:
    try:
        time = datetime.fromisoformat(_text(given))
    except ValueError:
        return None
    return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def _as_object(given: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", given) if isinstance(given, dict) else {}


def _text(given: object) -> str:
    """Return a string, of which each byte that is not UTF-8 is replaced."""
    if not isinstance(given, str):
        return ""
    if given.isascii():
        return given
    return _NOT_A_BYTE.sub("?", given).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _number(given: object) -> float:
    """Return a number; 0 for what is not one."""
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        with suppress(OverflowError):  # of an integer with hundreds of digits
            return number if math.isfinite(number := float(given)) else 0
    return 0
