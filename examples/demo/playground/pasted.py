"""Values of the form from what people paste: the package reads the text, this carries it over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from wsgicors.explaining.pasted import MODES, Pasted, Unreadable
from wsgicors.explaining.pasted.completing import complete
from wsgicors.explaining.pasted.console import EXPECTED as EXPECTED_MESSAGE
from wsgicors.explaining.pasted.console import read_console
from wsgicors.explaining.pasted.curl import read_curl
from wsgicors.explaining.pasted.fetch import read_fetch
from wsgicors.explaining.redaction import Redactor
from wsgicors.testing.urls import URL

from .links import hide, hide_headers
from .places import Places
from .prediction import COOKIE, Asked
from .proof import Filled, prove_by_message, prove_by_response
from .targets import PATHS, USUAL_PATH

LONGEST_TEXT = 20_000
"""Characters of a text that are read."""

LONGEST_URL = 200
"""Characters of a URL that are shown."""

EXPECTED = (
    "expected a curl command, a fetch() call, a message of a browser's console or the headers of a "
    "response"
)

CHOICES = {
    "credentials": ("same-origin", "include", "omit"),
    "mode": MODES,
    "redirect": ("follow", "error", "manual"),
}
"""The values of the fields that are menus."""

NO_REQUEST = "The text has no request: the request of the form stays as it is."
NO_POLICY = "The text does not show the policy: the policy of the form stays as it is."
NO_BODY = "The body is not sent. CORS does not depend on it."
NO_COOKIES = f"Cookies are left out: the playground has one of its own, {COOKIE}."
NO_XHR = "The request is made with fetch() in place of XMLHttpRequest: CORS is the same for both."
UNKNOWN_CREDENTIALS = (
    "The text does not show whether the page includes credentials; same-origin is the default."
)

_COMMAND = re.compile(r"(?P<curl>\bcurl(?:\.exe)?\b|\bInvoke-|\biwr\b|\birm\b)|\bfetch\s*\(")
_RESPONSE = re.compile(
    r"^[< \t]*(?:HTTP/[\d.]+ \d{3}|access-control-(?:allow|expose|max)[\w-]*[ \t]*:)",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER = re.compile(
    r"^[< \t]*(access-control-(?:allow|expose|max)[\w-]*)[ \t]*:\s*(\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
"""A line of a response; some developer tools copy the value on a line of its own."""
_TALK = re.compile(r"\n[*<>{}] ")
"""The beginning of a line that curl prints about its connection."""
_ABSOLUTE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_OPTION = re.compile(r"(?:^|\s)(?:--?[a-zA-Z]|METHOD\b)")
"""An option of ``wsgicors explain``, or its argument."""


class Text(NamedTuple):
    """What a text has."""

    requests: list[Pasted]
    response: list[tuple[str, str]] | None = None
    """The CORS headers of the response; ``None`` if the text has no response."""


def fill(text: str, places: Places) -> Filled:
    """Return the values of the form that a text names; secrets are replaced.

    :raises Unreadable: if the text cannot be read; ``str()`` says what was expected.
    """
    if len(text) > LONGEST_TEXT:
        raise Unreadable(
            f"expected at most {LONGEST_TEXT:,} characters, got {len(text):,}; copy one request"
        )
    found = read(text)
    if not found.requests:
        redactor = Redactor()
        policy = prove_by_response(found.response or [], None, places.page)
        proven = redactor.make(lambda: hide_proven(policy, redactor))
        return Filled(proven.values, [NO_REQUEST, *proven.notes])
    cookies = [("Cookie", "=".join(cookie)) for cookie in found.requests[0].cookies]
    redactor = Redactor(cookies)
    return redactor.make(lambda: carry_over(found, redactor, places))


def read(text: str) -> Text:
    """Read a text of any kind; a command may be followed by the response that curl prints."""
    try:
        return Text(read_console(text))
    except Unreadable as error:
        complaint = str(error)
    response = _RESPONSE.search(text)
    begun = text[: response.start()] if response else text
    command = _COMMAND.search(begun)
    requests: list[Pasted] = []
    if command:
        reader = read_curl if command["curl"] else read_fetch
        requests = [reader(_TALK.split(begun)[0])]
    if response:
        lines = _HEADER.findall(text, response.start())
        return Text(requests, [(name, value.strip()) for name, value in lines])
    if not requests:
        about = complaint.removeprefix(EXPECTED_MESSAGE) or "; copy one of these"
        raise Unreadable(complaint if complaint == about else f"{EXPECTED}{about}")
    return Text(requests)


def carry_over(found: Text, redactor: Redactor, places: Places) -> Filled:
    """Return what the form gets of the first request of a text, and of its response."""
    first = found.requests[0]
    pasted = complete(first)
    origin, about_origin = places.nearest(pasted.origin, find_url(pasted))
    asked = ask(pasted, origin)
    if found.response is not None:
        proven = prove_by_response(found.response, pasted.origin, origin)
    elif pasted.profile is not None:
        proven = prove_by_message(first, asked, places)
    else:
        proven = Filled({}, [NO_POLICY])
    proven = hide_proven(proven, redactor)
    values = {"path": USUAL_PATH, **form_values(asked, redactor), **proven.values}
    path: str = values["path"]
    if len(found.requests) > 1:
        about_origin += f" The text has {len(found.requests)} requests; this is the first."
    about_url = (
        f"{clip(redactor.text(pasted.url))} becomes {places.api}{path} ({dict(PATHS)[path]})."
    )
    said = redactor.texts(describe(pasted))
    hidden = about_secrets(asked.headers, redactor)
    return Filled(values, [about_origin, about_url, *said, *hidden, *proven.notes])


def find_url(pasted: Pasted) -> URL | None:
    """Return the URL of a request; ``None`` if it is relative, so of the page's own origin."""
    if not _ABSOLUTE.match(pasted.url):
        return None
    try:
        return URL.parse(pasted.url, URL.parse("https://api.example/"))
    except ValueError as error:
        raise Unreadable(str(error)) from error


def clip(text: str) -> str:
    """Return a text that fits a few lines."""
    return text if len(text) <= LONGEST_URL else f"{text[: LONGEST_URL - 1]}…"


def ask(pasted: Pasted, origin: str) -> Asked:
    """Return the request that a page of this origin would make."""
    chosen = {field: choose(field, getattr(pasted, field)) for field in CHOICES}
    # Each header is one line of the form.
    headers = [(one_line(name), one_line(value)) for name, value in pasted.headers]
    return Asked(origin, pasted.method or "GET", headers, **chosen)


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.splitlines())


def choose(field: str, value: str | None) -> str:
    """Return the value of a menu.

    :raises Unreadable: if the menu does not have it, as ``fetch()`` would not accept it.
    """
    known = CHOICES[field]
    if value is None:
        return known[0]
    if value not in known:
        raise Unreadable(f"{value!r} is not a value of {field}; use {', '.join(known)}")
    return value


def form_values(asked: Asked, redactor: Redactor) -> dict[str, Any]:
    """Return the values of the fields of the request."""
    headers = [f"{name}: {value}" for name, value in hide_headers(asked.headers, redactor)]
    chosen = {field: getattr(asked, field) for field in CHOICES}
    method = hide(asked.method, redactor)
    return {"origin": asked.page, "method": method, "headers": "\n".join(headers), **chosen}


def hide_proven(proven: Filled, redactor: Redactor) -> Filled:
    """Return a policy, and what is said about it, without secrets."""
    values = {
        field: hide(value, redactor) if isinstance(value, str) else value
        for field, value in proven.values.items()
    }
    return Filled(values, [hide(note, redactor) for note in proven.notes])


def describe(pasted: Pasted) -> Iterator[str]:
    """Say what the form does not get of a request, and what is a guess."""
    for note in (*pasted.about_origin, *pasted.notes):
        # Advice about the command does not help here.
        kept = [part for part in re.split(r"(?<=[.;])\s+", note) if not _OPTION.search(part)]
        if kept:
            yield f"{' '.join(kept).rstrip(';.')}.".replace("explain uses", "the form has")
    if pasted.meaning:
        yield pasted.meaning
    if pasted.credentials is None:
        yield UNKNOWN_CREDENTIALS
    if pasted.body is not None:
        yield NO_BODY
    if pasted.cookies:
        yield NO_COOKIES
    if pasted.xhr:
        yield NO_XHR


def about_secrets(headers: list[tuple[str, str]], redactor: Redactor) -> Iterator[str]:
    """Name the headers whose values are replaced."""
    shown = hide_headers(headers, redactor)
    names = [name for (name, value), (_, kept) in zip(headers, shown, strict=True) if value != kept]
    if names:
        yield f"Secrets are left out of the form and its link: {', '.join(names)}."
