"""Which request a page has made, as far as a recording shows, and where CORS has no part in it."""

from dataclasses import replace
from typing import Literal, NamedTuple

from ..._core.headers import Header, is_token, split_list
from ...testing.profiles import PROFILES
from ...testing.safelist import is_safelisted
from ..pasted import MODES, UNKNOWN, Pasted, assumed_value
from ..pasted.browsers import find_origin, read_headers
from . import REQUESTED_HEADERS, Chain, Entry, Hop

Aside = Literal[
    "", "navigation", "no-cors", "not-http", "not-page", "same-origin", "service-worker"
]
"""Why CORS has no part in a request."""

CORS_KINDS = frozenset({"", "eventsource", "fetch", "font", "other", "preflight", "xhr"})
"""What requests with CORS are for, if their headers do not say more."""

BEACONS = frozenset({"beacon", "csp_report", "cspviolationreport", "csp-violation-report", "ping"})
"""What requests are for that browsers send without CORS, also with Origin."""

ON_THE_WIRE = frozenset({"host", ":authority"})
"""Headers that every request has once it is sent."""


class Read(NamedTuple):
    """What a recording shows of a page's request."""

    request: Pasted
    aside: Aside = ""
    """Why CORS has no part in it; empty if it has."""
    fault: str = ""
    """Why it cannot be judged; empty if it can."""


def read(chain: Chain, origin: str | None, profile: str | None) -> Read:
    """Return the request of a page.

    :param origin: the origin of pages for which the recording does not show one.
    :param profile: the engine that has made the request.
    """
    first = chain.hops[0]
    entry, method = first.entry, first.entry.requested_method or first.entry.method
    request = Pasted(entry.address, method, profile=profile)
    if entry.url is None or not method:
        what = "a valid URL" if method else "a method"
        return Read(request, fault=f"The entry has no request with {what}.")
    mode = _find_mode(first)
    if not entry.url.is_http or method == "CONNECT" or _is_websocket(entry, mode):
        return Read(request, "not-http")
    if entry.is_by_test:
        return Read(request, "not-page")
    if mode not in MODES:
        return Read(request, "navigation")
    found, about = _find_page(chain, origin)
    request = replace(
        request,
        origin=found,
        about_origin=about,
        mode=mode,
        xhr=entry.kind == "xhr" and mode == "cors",
        headers=tuple(_find_headers(first, profile)),
    )
    request = replace(request, credentials=_find_credentials(chain, request))
    if mode == "no-cors":
        return Read(request, "no-cors")
    if entry.is_by_worker:
        return Read(request, "service-worker")
    if found is None:
        fault = (
            "The file does not show the page's origin: the entry has neither Origin nor Referer; "
            "use --origin."
        )
        return Read(request, fault=fault)
    if all(hop.entry.url and hop.entry.url.origin == found for hop in chain.hops):
        return Read(replace(request, credentials="same-origin"), "same-origin")
    return Read(request)


def _is_websocket(entry: Entry, mode: str) -> bool:
    return mode == "websocket" or (entry.header("upgrade") or "").lower() == "websocket"


def _find_mode(hop: Hop) -> str:
    """Return the mode of a request, as far as the recording shows it."""
    entry = hop.entry
    given = entry.header("sec-fetch-mode")
    if hop.preflight is not None or given:
        return given or "cors"
    if entry.kind in BEACONS:
        return "no-cors"
    if entry.header("origin") is not None:
        accepts = entry.header("accept") or ""
        is_form = entry.method == "POST" and accepts.startswith("text/html")
        return "navigate" if is_form or entry.kind == "document" else "cors"
    if entry.kind == "document":
        return "navigate"
    # Only requests with CORS that were not sent, or to the page's own origin, have no Origin.
    is_sent = any(name.lower() in ON_THE_WIRE for name, _ in entry.lines)
    is_plain = is_sent and not _is_own(entry)
    return "no-cors" if is_plain or entry.kind not in CORS_KINDS else "cors"


def _is_own(entry: Entry) -> bool:
    """Return whether a request without ``Origin`` is to the origin of its page."""
    origin, _ = find_origin(None, entry.header("referer"))
    return entry.url is not None and origin == entry.url.origin


def _find_page(chain: Chain, given: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Return the origin of the page, and a note if only the referrer shows it."""
    first = chain.hops[0]
    origins = [one.header("origin") for one in (first.preflight, first.entry) if one is not None]
    # A request to the page's own origin has none; one that it redirects elsewhere has.
    origins += [hop.entry.header("origin") for hop in chain.hops[1:]]
    found = next((origin for origin in origins if origin), None)
    if found is None and first.entry.url and first.entry.header("sec-fetch-site") == "same-origin":
        found = first.entry.url.origin
    return find_origin(found or given, first.entry.header("referer"))


def _find_headers(hop: Hop, profile: str | None) -> list[Header]:
    """Return the headers that the page has set, as far as CORS depends on them."""
    lines = [line for line in hop.entry.lines if is_token(line[0])]
    kept = [(name, _as_sent(value)) for name, value in read_headers(lines).headers]
    if hop.preflight is None:
        return kept
    engine = PROFILES[profile or "fetch"]
    values = {name.lower(): _as_sent(value) for name, value in lines}
    asked = split_list(hop.preflight.header(REQUESTED_HEADERS) or "")
    unsafe = {name: values.get(name.lower(), assumed_value(name)) for name in asked}
    names = {name.lower() for name in asked}
    return [
        *(one for one in kept if is_safelisted(*one, engine) and one[0].lower() not in names),
        *(
            (name, UNKNOWN if is_safelisted(name, value, engine) else value)
            for name, value in unsafe.items()
        ),
    ]


def _as_sent(value: str) -> str:
    """Return the value of a header if a browser can send it."""
    return UNKNOWN if any(c in "\0\r\n" or ord(c) > 0xFF for c in value) else value


def _find_credentials(chain: Chain, request: Pasted) -> str | None:
    """Return the credentials mode of a request, if the recording proves one."""
    if request.mode != "cors":
        return "same-origin"
    elsewhere = (
        hop.request.lines
        for hop in chain.hops
        if hop.request and hop.request.url and hop.request.url.origin != request.origin
    )
    return "include" if any(read_headers(one).with_credentials for one in elsewhere) else None
