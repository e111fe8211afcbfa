"""What happened, in sentences: the request, each exchange, and the result."""

from collections.abc import Iterable, Iterator, Sequence

from .._core.headers import (
    FORBIDDEN_RESPONSE_HEADERS,
    NORMALISED_METHODS,
    SAFELISTED_METHODS,
    Header,
)
from ..testing.exceptions import NetworkError
from ..testing.log import Exchange
from ..testing.requests import HeadersInit, Request, pairs
from ..testing.responses import FIRST_ERROR, Response
from ..testing.safelist import MAX_TOTAL_SIZE, MAX_VALUE_SIZE, is_safelisted
from .evidence.caches import describe_cache
from .evidence.spelling import find_misspelt
from .words import join

ALWAYS_SENT = frozenset({"host", "accept", "sec-fetch-mode", "user-agent"})
"""Request headers that are not shown, because every request has them."""

SHOWN = ("access-control-", "location")
"""Prefixes of the response headers that are shown."""

VALUE_MATTERS = frozenset(
    {"accept", "accept-language", "content-language", "content-type", "range"}
)
"""Request headers that need a preflight only with certain values."""

MAX_EXCHANGES = 6
"""The most exchanges that are all described; of more, the first ones and the last one are."""

BEFORE_HIDDEN = 2
"""How many exchanges are described before those that are left out."""

USELESS = {
    *FORBIDDEN_RESPONSE_HEADERS,
    "connection",
    "date",
    "keep-alive",
    "server",
    "transfer-encoding",
    "vary",
}
"""Response headers that no page wants to read."""


def describe_request(request: Request, given: HeadersInit | None) -> Iterator[str]:
    """Say which page makes which request, and whether it needs a preflight.

    :param given: the headers that the page tried to set.
    """
    credentials = " with credentials" if request.with_credentials else ""
    yield f"A page of {request.origin} requests {request.method} {request.url}{credentials}."
    if request.method != request.method.upper():
        converted = join(sorted(NORMALISED_METHODS))
        yield (
            f"The method stays {request.method!r}: browsers convert only {converted} to upper case."
        )
    if dropped := _dropped(request, given):
        yield f"The browser drops headers that JavaScript cannot set here: {join(dropped)}."
    if replaced := _replaced_type(request, given):
        yield (
            f"The browser sends Content-Type: {request.header('Content-Type')} instead of "
            f"{replaced}, because mode 'no-cors' allows only the types of forms and of plain text."
        )
    if request.is_same_origin:
        yield "The URL is at the page's own origin, so CORS does not apply unless it redirects."
    elif request.mode == "no-cors":
        yield "Mode 'no-cors' needs no preflight, and JavaScript cannot see the response."
    elif request.mode == "cors":
        if reasons := [*_preflight_reasons(request)]:
            yield f"The browser first sends a preflight because {join(reasons)}."
        else:
            yield f"No preflight is needed: any page may send this {request.method} request."


def _preflight_reasons(request: Request) -> Iterator[str]:
    """Return why a request needs a preflight, a clause each."""
    if request.method not in SAFELISTED_METHODS:
        yield f"the method is {request.method}"
    custom: list[str] = []
    together: list[str] = []
    for name in request.unsafe_names:
        value = request.header(name) or ""
        if is_safelisted(name, value, request.profile):
            together.append(name)
        elif name not in VALUE_MATTERS:
            custom.append(name)
        elif len(value) > MAX_VALUE_SIZE:
            yield f"the value of {name} is longer than {MAX_VALUE_SIZE} bytes"
        else:
            yield f"{name} is {value!r}"
    if request.use_preflight:
        yield "an upload has a listener, or the server is in a private network"
    if custom:
        yield f"the page sets {join(custom)}"
    if together:
        yield f"the values of {join(together)} together are longer than {MAX_TOTAL_SIZE} bytes"


def describe_exchanges(log: Sequence[Exchange], verdict: str) -> Iterator[str]:
    """Say of each exchange what was sent and what came back."""
    last = len(log) - 1
    hidden = range(BEFORE_HIDDEN, last if last >= MAX_EXCHANGES else 0)
    for number, exchange in enumerate(log):
        if number in hidden:
            if number == hidden[0]:
                count = sum(log[one].kind == "request" for one in hidden)
                yield f"... and {count} more redirects."
            continue
        is_last = number == last
        yield _describe_sent(exchange)
        response = exchange.response
        misspelt = [line for line, _ in find_misspelt(response.headers)]
        lines = [
            line
            for line in response.headers
            if line[0].lower().startswith(SHOWN) or line in misspelt
        ]
        status = f"{response.status} {response.reason}".rstrip()
        headers = f" with {_lines(lines)}" if lines else " without CORS headers"
        if stored := describe_cache(response):
            headers += f", from a cache ({stored})"
        if exchange.kind == "preflight":
            passed = "" if is_last and verdict == "blocked" else " The preflight succeeds."
            yield f"The preflight response is {status}{headers}.{passed}"
        else:
            yield f"The response is {status}{headers}."
            if not is_last:
                yield _describe_redirect(exchange, log[number + 1])


def _describe_sent(exchange: Exchange) -> str:
    lines = [
        (name, value) for name, value in exchange.request_headers if name.lower() not in ALWAYS_SENT
    ]
    headers = f" with {_lines(lines)}" if lines else ""
    return f"The browser sends {exchange.method} {exchange.url}{headers}."


def _describe_redirect(exchange: Exchange, following: Exchange) -> str:
    hides = following.request_header("Origin") == "null" != exchange.request_header("Origin")
    hidden = (
        ". From here on it sends 'Origin: null', because another origin redirected the request "
        "to a different origin"
    )
    method = following.request_header("Access-Control-Request-Method") or following.method
    changed = f", with {method} and without the body"
    return (
        f"The browser follows the redirect to {following.url}"
        f"{changed if method != exchange.method else ''}{hidden if hides else ''}."
    )


def describe_response(response: Response, log: Sequence[Exchange]) -> Iterator[str]:
    """Say what the page may do with the response."""
    if response.type in ("opaque", "opaqueredirect"):
        yield "Allowed, but the response is opaque: JavaScript sees no status, headers or body."
        return
    if response.status >= FIRST_ERROR:
        yield f"CORS is not the problem: the server itself responded with {response.status}."
    sent = [name.lower() for exchange in log[-1:] for name, _ in exchange.response.headers]
    if hidden := sorted({name for name in sent if _is_useful(name)} - set(response.headers)):
        yield (
            f"JavaScript cannot read {join(hidden)}: not listed in Access-Control-Expose-Headers "
            f"(the setting expose_headers)."
        )
    readable = join([f"the status ({response.status})", "the body", *sorted(response.headers)])
    yield f"Allowed: JavaScript can read {readable}."


def _is_useful(name: str) -> bool:
    """Return whether a page may want to read a header, by its name in lower case."""
    return not name.startswith("access-control-") and name not in USELESS


def describe_failure(error: NetworkError) -> str:
    """Say why a request failed without a check of CORS."""
    return f"Failed: {error}. The browser's console may blame CORS, but no header of CORS can help."


def find_notes(request: Request) -> Iterator[str]:
    """Say what the modes of the request keep from the page, and how to read it."""
    if request.tainting == "opaque":
        yield (
            "Mode 'no-cors' never lets JavaScript read the response. Leave out mode: 'no-cors' in "
            "the page, and have the server allow the page with CORS."
        )


def _dropped(request: Request, given: HeadersInit | None) -> list[str]:
    return [name for name, _ in pairs(given) if request.header(name) is None]


def _replaced_type(request: Request, given: HeadersInit | None) -> str:
    """Return the Content-Type that the page sets, if the browser sends another one."""
    sent = request.header("Content-Type")
    types = [value.strip() for name, value in pairs(given) if name.lower() == "content-type"]
    is_replaced = request.mode == "no-cors" and sent is not None and sent not in types
    return types[-1] if types and is_replaced else ""


def _lines(lines: Iterable[Header]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in lines)
