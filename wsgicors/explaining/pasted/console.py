"""Reads requests from what browsers print in their consoles."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...testing import checks, fetch, messages
from ...testing.profiles import CHROMIUM, FIREFOX, WEBKIT
from ...testing.urls import URL
from . import ONE_HEADER, Pasted, Preflight, Received, Unreadable, assumed_value, note_value
from .localised import find_localised
from .others import what_else
from .patterns import AGAIN, DENIED, NOT_CORS, Message, find, tidy

MAX_CHARACTERS = 100_000
"""The longest text that is read."""

MAX_REQUESTS = 20

EXPECTED = "expected a message such as 'Access to fetch at …' or 'Cross-Origin Request Blocked: …'"

WITH_CREDENTIALS = frozenset({messages.WILDCARD, checks.NO_CREDENTIALS})
"""Complaints about requests with credentials only."""

OF_PREFLIGHTS = frozenset(
    {
        checks.BAD_STATUS,
        messages.PREFLIGHT_REDIRECTED,
        messages.PREFLIGHT_SENT_AWAY,
        messages.BAD_LIST,
        checks.METHOD_NOT_ALLOWED,
        checks.AUTHORIZATION_NOT_LISTED,
        checks.HEADERS_NOT_ALLOWED,
    }
)
"""Complaints about preflights only."""

OF_HEADERS = frozenset({checks.AUTHORIZATION_NOT_LISTED, checks.HEADERS_NOT_ALLOWED})
"""Complaints about request headers, after the preflight response passed the CORS check."""

MODES = {
    "same-origin": frozenset({fetch.OTHER_ORIGIN, messages.REDIRECTED_OUTSIDE}),
    "no-cors": frozenset({fetch.REDIRECTS_IN_NO_CORS, messages.NO_CORS_OUTSIDE}),
}
"""Complaints about requests of one mode only."""

WITHOUT_REDIRECTS = frozenset({fetch.REDIRECT_FORBIDDEN, fetch.REDIRECTS_IN_NO_CORS})
"""Complaints about requests with ``redirect: "error"`` only."""

OF_VALUES = frozenset({checks.ORIGIN_MISMATCH, messages.INVALID, messages.PREFLIGHT_SENT_AWAY})
"""Complaints about a value of Access-Control-Allow-Origin, if a message names one."""

OF_SCHEMES = frozenset(
    {
        fetch.NOT_HTTP_LOCATION,
        fetch.NOT_HTTP,
        messages.TO_FTP,
        messages.TO_ABOUT,
        messages.FTP,
        messages.OTHER_SCHEME,
    }
)
"""Complaints about the scheme of a URL."""

NOT_REACHED = (
    "Firefox's 'CORS request did not succeed' is not about a CORS header: the browser could not "
    "reach the server. It was down, its TLS certificate was not trusted, the page at https: "
    "requested an http: URL (mixed content), or an extension blocked the request. If the console "
    "has another line about this URL, paste that too."
)
"""A note for requests that pass."""

NOT_HTTP = (
    "The message is not about a CORS header: the page or a redirect used a URL of another scheme "
    "than http: and https:, such as file:. This request did not, so the page requested another "
    "URL, or the redirect has changed since."
)
"""A note for requests that pass."""

READING = frozenset(
    {"font", "image", "script", "CSS stylesheet", "video", "resource", "EventSource"}
)
"""What requests with GET only, in the words of the engines."""

ALONE = frozenset({"only the line that names the method"})

VAGUE = (ALONE, frozenset({DENIED}))
"""The causes of messages that do not name the cause."""

HIDES_ORIGIN = (
    "WebKit names the origin null also if a redirect hides the page's origin. If the page has an "
    "origin, do not allow null: use --origin, and the URL that redirects."
)

EXTENSION = re.compile(r"[a-z][a-z0-9+.-]*://[^/]+")

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
QUOTATION = re.compile(r"^(?:[ \t]*> ?)+")
"""How the lines of a mail or of Markdown begin."""

SENT = re.compile(
    r"\b(?P<method>[A-Z]{3,20}|patch) (?P<url>https?://\S+) net::(?P<error>ERR_\w+)"
    r'|(?:Fetch|XHR) failed loading: (?P<method_2>[A-Z]{3,20}|patch) "(?P<url_2>\S+)"'
)
"""Lines of Chromium's console that name the method."""

EXPLAINED = re.compile("ERR_(?:FAILED|.*REDIRECTS?|UNKNOWN_URL_SCHEME)")
"""Errors that may have a cause that ``explain`` sees."""


def read_console(text: str) -> list[Pasted]:
    """Read the messages of a browser's console, in any of the three engines.

    :returns: one request for each that the messages are about, in their order.
    :raises Unreadable: if there is none, or too much to read.
    """
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(f"expected at most {MAX_CHARACTERS:,} characters; copy fewer messages")
    lines = [QUOTATION.sub("", line) for line in ANSI.sub("", text).splitlines()]
    # Some terminals break words where a line ends.
    forms = [tidy(separator.join(lines)) for separator in (" ", "")]
    found, form = max(((find(form), form) for form in forms), key=lambda one: len(one[0]))
    joined = _add_sent(_join(found), form) or _join(find_localised(lines))
    requests = _without_repeated(_share_origin([*map(_to_request, joined)]))
    if len(requests) > MAX_REQUESTS:
        raise Unreadable(
            f"expected at most {MAX_REQUESTS} requests, got {len(requests)}; copy fewer messages"
        )
    if not requests:
        about = what_else(forms[0])
        raise Unreadable(f"{EXPECTED}; {about}" if about else EXPECTED)
    return [one for one in requests if not _is_named_by(one, requests)]


def _without_repeated(found: Iterable[Pasted]) -> list[Pasted]:
    """Return each request once, if possible with what the browser received."""
    kept: dict[Pasted, Pasted] = {}
    for one in found:
        if one not in kept or kept[one].received is None:
            kept[one] = one
    return [*kept.values()]


def _is_named_by(one: Pasted, others: Iterable[Pasted]) -> bool:
    """Return whether another message names the method of the same request."""
    return one.method is None and any(
        other.method is not None and replace(one, method=other.method) == other for other in others
    )


def _join(lines: Iterable[Message]) -> list[Message]:
    """Join the lines that are about one request."""
    joined: list[Message] = []
    reasons: list[Message] = []
    for line in lines:
        if AGAIN in line.causes:
            _add_again(line, joined)
        elif line.engine != WEBKIT:
            joined.append(line)
        elif line.causes & {DENIED, fetch.OTHER_ORIGIN}:
            if reasons:
                reason = reasons.pop(0)
                line.causes, line.parts = reason.causes, reason.parts | line.parts
            joined.append(line)
        else:
            reasons.append(line)
    joined += [reason for reason in reasons if "url" in reason.parts]
    named = {message.parts["url"] for message in joined if AGAIN not in message.causes}
    return [
        one
        for one in joined
        if NOT_CORS not in one.causes and (AGAIN not in one.causes or one.parts["url"] not in named)
    ]


def _add_again(line: Message, joined: list[Message]) -> None:
    """Count the second line of Firefox's last message about the same URL."""
    for message in reversed(joined):
        if message.engine == FIREFOX and message.parts["url"] == line.parts["url"]:
            message.again += 1
            return
    last = joined[-1] if joined else line
    if last.engine == FIREFOX and not last.parts["url"].startswith("http"):
        last.parts["url"] = line.parts["url"]  # the other one is where it redirects to
    else:
        joined.append(line)


def _add_sent(joined: list[Message], text: str) -> list[Message]:
    """Add the methods that other lines of Chromium name."""
    for match in SENT.finditer(text):
        method = str(match["method"] or match["method_2"])
        url = str(match["url"] or match["url_2"])
        same = [one for one in joined if one.engine == CHROMIUM and url in one.urls]
        before = [one for one in same if one.start < match.start() and not one.is_sent]
        if before:
            before[-1].is_sent = True
            before[-1].parts.setdefault("method", method)
        elif not same and EXPLAINED.fullmatch(match["error"] or "ERR_FAILED"):
            parts = {"method": method, "url": url}
            joined.append(Message(CHROMIUM, *match.span(), ALONE, parts, is_sent=True))
    return joined


def _to_request(message: Message) -> Pasted:
    """Return what a message says of its request."""
    parts = message.parts
    api, header = parts.get("api"), parts.get("header")
    is_webkit = message.engine == WEBKIT
    modes = [mode for mode, causes in MODES.items() if message.is_about(causes)]
    return Pasted(
        url=parts.get("first", parts["url"]),
        method=parts.get("method") or ("GET" if api in READING else None),
        origin=_origin_of(parts.get("page")),
        headers=((header, assumed_value(header)),) if header else (),
        credentials="include" if message.is_about(WITH_CREDENTIALS) else None,
        mode=modes[0] if modes else "cors",
        redirect="error" if message.is_about(WITHOUT_REDIRECTS) else "follow",
        xhr=api == "XMLHttpRequest",
        profile=message.engine,
        notes=tuple(_notes(message)),
        about_origin=(HIDES_ORIGIN,) if is_webkit and parts.get("page") == "null" else (),
        preflight=_preflight_of(message),
        received=_received_of(message),
        meaning=_meaning_of(message),
        is_message=True,
        is_vague=message.causes in VAGUE,
    )


def _received_of(message: Message) -> Received | None:
    """Return what a message says of the response."""
    parts = message.parts
    header, value = "", None
    if message.is_about(frozenset({messages.WILDCARD})):
        header, value = checks.ORIGIN, "*"
    elif message.is_about(frozenset({messages.MULTIPLE})) or (
        "value" in parts and message.is_about(OF_VALUES)
    ):
        header, value = checks.ORIGIN, parts.get("value")
    elif message.is_about(frozenset({checks.NO_CREDENTIALS})):
        header = checks.CREDENTIALS
        value = parts.get("credentials", "") if message.engine == CHROMIUM else None
    elif message.is_about(frozenset({checks.NO_ORIGIN})):
        header, value = checks.ORIGIN, ""
    status = int(parts["status"]) if "status" in parts else None
    allows_origin = message.is_about(OF_HEADERS)
    if not (header or status or allows_origin):
        return None
    kind = "request" if message.engine == CHROMIUM else ""
    is_of_preflight = "preflight" in parts or message.is_about(OF_PREFLIGHTS)
    kind = "preflight" if is_of_preflight else kind
    return Received(header, value, status, kind, allows_origin)


def _meaning_of(message: Message) -> str:
    """Return what a message means if its request passes, because it is not about CORS headers."""
    if AGAIN in message.causes:
        return NOT_REACHED
    return NOT_HTTP if message.is_about(OF_SCHEMES) else ""


def _preflight_of(message: Message) -> Preflight:
    """Return what a message says of a preflight."""
    if message.is_about(frozenset({checks.METHOD_NOT_ALLOWED})):
        return "method"
    # If a response redirects, Firefox also adds a line where there was no preflight.
    added = message.again > int(message.parts.get("status", "").startswith("3"))
    is_named = "preflight" in message.parts or "preflight" in _unknown_reason(message)
    if is_named or added or message.is_about(OF_PREFLIGHTS):
        return "sent"
    return "none" if message.engine == CHROMIUM and message.causes != ALONE else ""


def _origin_of(page: str | None) -> str | None:
    """Return the origin of a page; a message may have its URL."""
    if page is None or page == "null":
        return page
    try:
        url = URL.parse(page)
    except ValueError:
        return None
    if url.is_http:
        return url.origin
    # Browsers give an origin to the pages of extensions, and none to files.
    return page if EXTENSION.fullmatch(page) else "null"


def _notes(message: Message) -> Iterator[str]:
    """Yield what the text does not say."""
    parts = message.parts
    header = parts.get("header")
    if header is not None:
        yield note_value(header)
        yield ONE_HEADER
    if reason := _unknown_reason(message):
        yield f"explain does not know this reason, and does not judge it: {reason!r}."


def _unknown_reason(message: Message) -> str:
    """Return what Chromium complains of, if its words are not known."""
    is_unknown = message.engine == CHROMIUM and not message.causes
    return message.parts["rest"].partition(". ")[0] if is_unknown else ""


def _share_origin(found: list[Pasted]) -> Iterator[Pasted]:
    """Yield the requests; those without an origin get that of the others."""
    origins = {one.origin for one in found if one.origin}
    for one in found:
        if one.origin is None and len(origins) == 1:
            origin = origins.copy().pop()
            note = f"The message does not name the page; {origin} is from the other messages."
            yield replace(one, origin=origin, about_origin=(note,))
        else:
            yield one
