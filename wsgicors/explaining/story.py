"""What happened, in sentences: before the first request, with each, and at the end."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from ..core.headers import FORBIDDEN_RESPONSE_HEADERS, SAFELISTED_METHODS, Header
from ..testing.log import Exchange
from ..testing.profiles import Profile
from ..testing.requests import HeadersInit, Request
from ..testing.responses import Response
from ..testing.safelist import MAX_VALUE_SIZE, is_safelisted, unsafe_names

ALWAYS_SENT = frozenset({"host", "accept", "sec-fetch-mode", "user-agent"})
"""Request headers that say nothing about CORS unless a page has set them."""

TELLING = ("access-control-", "location")
"""Beginnings of the response headers that matter to the browser here."""

FIRST_ERROR = 400
"""Statuses from here on are errors (RFC 9110, 15): people may take them for CORS's doing."""


def tell_beginning(request: Request, given: HeadersInit | None, profile: Profile) -> Iterator[str]:
    """Say who asks for what, and whether the browser has to ask first."""
    included = ", with credentials" if request.with_credentials else ""
    yield f"A page of {request.origin} makes a {request.method} to {request.url}{included}."
    if dropped := _dropped(request, given):
        yield f"The browser leaves out {_and(dropped)}, which script cannot set here."
    if request.is_same_origin:
        yield "The URL is at the page's own origin, so CORS has no say, unless it redirects."
    elif request.mode == "no-cors":
        yield "In mode 'no-cors' nothing is asked first, and script will not see the response."
    elif request.mode == "cors":
        if reasons := preflight_reasons(request, profile):
            yield f"First the browser asks, with a preflight, because of {_and(reasons)}."
        else:
            yield (
                f"No preflight is needed: {request.method} and its headers are such as any page "
                f"may send."
            )


def preflight_reasons(request: Request, profile: Profile) -> list[str]:
    """List what a request has to be asked for."""
    reasons: list[str] = []
    if request.method not in SAFELISTED_METHODS:
        reasons.append(f"the method {request.method}")
    for name in unsafe_names(request.headers, profile):
        reasons.append(_why_unsafe(name, request.header(name) or "", profile))
    return reasons


def _why_unsafe(name: str, value: str, profile: Profile) -> str:
    if is_safelisted(name, value, profile):
        return f"the header {name}, since the values are long together"
    if len(value) > MAX_VALUE_SIZE:
        return f"the header {name}, whose value is longer than {MAX_VALUE_SIZE} bytes"
    if name in {"accept", "accept-language", "content-language", "content-type", "range"}:
        return f"the header {name}, whose value is {value!r}"
    return f"the header {name}"


def tell_exchanges(log: Sequence[Exchange], verdict: str) -> Iterator[str]:
    """Say of each request what was sent and what came back."""
    for number, exchange in enumerate(log):
        is_last = number == len(log) - 1
        yield _tell_sent(exchange)
        response = exchange.response
        lines = [line for line in response.headers if line[0].lower().startswith(TELLING)]
        got = f"{response.status} {response.reason}".rstrip()
        told = (
            f"It gets {got} with {_lines(lines)}" if lines else f"It gets {got} and no CORS header"
        )
        if exchange.kind == "preflight" and not (is_last and verdict == "blocked"):
            told += ": the request may be sent"
        yield f"{told}."
        if not is_last and exchange.kind == "request":
            yield _tell_redirect(exchange, log[number + 1])


def _tell_sent(exchange: Exchange) -> str:
    lines = [
        (name, value) for name, value in exchange.request_headers if name.lower() not in ALWAYS_SENT
    ]
    return f"It sends {exchange.method} {exchange.url}{f' with {_lines(lines)}' if lines else ''}."


def _tell_redirect(exchange: Exchange, following: Exchange) -> str:
    told = f"It follows the redirect to {following.url}"
    if following.request_header("Origin") == "null" != exchange.request_header("Origin"):
        told += ", and from here on calls the page's origin null, since it was sent on by another"
    return f"{told}."


def tell_end(response: Response, log: Sequence[Exchange]) -> Iterator[str]:
    """Say what the page may do with the response."""
    if response.type in ("opaque", "opaqueredirect"):
        yield "Allowed, but script sees neither status nor headers nor body (mode or redirect)."
        return
    if response.status >= FIRST_ERROR:
        yield f"CORS is fine here: the status {response.status} is the server's own answer."
    readable = _and(sorted(response.headers)) or "no header"
    sent = [name.lower() for exchange in log[-1:] for name, _ in exchange.response.headers]
    if hidden := sorted({name for name in sent if _is_news(name)} - set(response.headers)):
        yield (
            f"Script cannot read {_and(hidden)}: Access-Control-Expose-Headers (the setting "
            f"expose_headers) would have to list it."
        )
    yield f"Allowed: script reads status {response.status}, the body, and {readable}."


def _is_news(name: str) -> bool:
    """Tell whether script could have a use for a header, by its name in lower case."""
    ours = name.startswith("access-control-")
    return not ours and name not in {*FORBIDDEN_RESPONSE_HEADERS, "vary", "date", "server"}


def _dropped(request: Request, given: HeadersInit | None) -> list[str]:
    if isinstance(given, Mapping):
        given = cast("Mapping[str, str]", given).items()
    return [name for name, _ in given or () if request.header(name) is None]


def _lines(lines: Iterable[Header]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in lines)


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
