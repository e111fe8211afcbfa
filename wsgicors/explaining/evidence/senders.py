"""What a response shows about who sent it: a layer in front, or the CORS of another library."""

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from ..._advice import Fix
from ..._core.headers import CORS_RESPONSE_HEADERS, Header, quote
from ...testing import checks
from ...testing.log import Exchange
from ...testing.requests import Request
from ...testing.responses import REDIRECT_STATUSES, RawResponse
from ..words import MAX_EXCERPT, in_brackets, join, shown_lines

SENDERS = ("Server", "Via", "Location")
"""Headers that name who has sent or passed on a response, or where it leads."""

GATEWAY_STATUSES = {
    407: "log in to the proxy",
    413: "raise the limit for the size of bodies there",
    414: "shorten the URL, or raise the limit there",
    429: "have the page send fewer requests, or raise the limit there",
    431: "have the page send fewer or shorter headers (cookies count), or raise the limit there",
    502: "find out why it got no valid response from the app behind it",
    503: "find out why the app behind it is unavailable",
    504: "find out why the app behind it did not answer in time",
}
"""Statuses of layers in front of an app, each with what to do."""

OTHER_STATUSES = {
    400: "find out what is wrong with the request",
    401: "find out which login it asks for, and have the page send it",
    403: "find out why it refuses the request",
    404: "check the URL, and whether the server has a route for the method",
    405: "add a route for the method",
}
"""Other statuses of errors, each with what to do."""

SHOWING_MORE = {401: "WWW-Authenticate", 405: "Allow"}
"""Headers that say more about a status."""

LOGIN_STATUSES = frozenset({401, 403})
"""Statuses of a response that may ask for a login."""

_NOT_ALLOWED = (
    r"(?:not (?:an? |in (?:the )?)?(?:accepted|allow(?:ed)?|authori[sz]ed|list(?:ed)?|permitted"
    r"|trusted|valid|whitelist(?:ed)?)|disallowed|forbidden|invalid|unauthori[sz]ed|untrusted)\b"
)

REFUSAL_WORDS = re.compile(
    r"\bcors\b|\baccess-control-(?:allow|request)-|\bpreflight (?:request|response)\b"
    rf"|\b{_NOT_ALLOWED}\W+(?:request\W+)?origin\b"
    rf"|\borigin\b(?! server)(?:\W+\S+)?\W+(?:(?:is|was)\W+)?{_NOT_ALLOWED}",
    re.IGNORECASE,
)
"""What the reason contains if the CORS of a server refuses a request."""


def find_layer(request: Request, log: Sequence[Exchange]) -> Fix | None:
    """Return what to change if a layer in front of the server has sent the last response.

    :param log: the exchanges of this request.
    """
    exchange = log[-1]
    response = exchange.response
    if any(name.lower() in CORS_RESPONSE_HEADERS for name, _ in response.headers):
        return None
    status = response.status
    if find_refusal(response):
        return None
    if exchange.kind == "preflight" and status == HTTPStatus.UNAUTHORIZED:
        return Fix(_about_login(exchange), "layer")
    is_granted = exchange.kind == "request" and _follows_preflight(log)
    if status not in GATEWAY_STATUSES and not (
        is_granted and status >= HTTPStatus.MULTIPLE_CHOICES
    ):
        return None
    return Fix(" ".join(_about_layer(request, exchange, is_granted=is_granted)), "layer")


def _about_login(exchange: Exchange) -> str:
    response = exchange.response
    return (
        f"Let OPTIONS requests with Access-Control-Request-Method for {exchange.url.path} pass the "
        f"login check{in_brackets(shown_lines(response, SENDERS))}: it answered {response.status} "
        f"{response.reason}, but preflights carry no cookies and no Authorization."
    )


def _follows_preflight(log: Sequence[Exchange]) -> bool:
    """Return whether the last exchange follows a preflight for the same URL."""
    before = log[-2] if log[1:] else None
    return before is not None and before.kind == "preflight" and before.url == log[-1].url


def _about_layer(request: Request, exchange: Exchange, *, is_granted: bool) -> Iterator[str]:
    response = exchange.response
    status = response.status
    do = GATEWAY_STATUSES.get(status) or _what_to_do(response)
    if status in REDIRECT_STATUSES:
        do = "have the page request the right URL, or have it answer 401 if a login is missing"
    who = "Another layer" if status in GATEWAY_STATUSES else "Another part of the server"
    answered = f"{status} {response.reason}".rstrip()
    sentence = f"{who}{in_brackets(shown_lines(response, SENDERS))} answered {answered}"
    granted = " after the preflight had been granted" if is_granted else ""
    yield f"{sentence} without CORS headers{granted}: {do}.{_quoted_reason(response)}"
    lines: list[Header] = [(checks.ORIGIN, request.sent_origin), ("Vary", "Origin")]
    if request.with_credentials:
        lines.insert(1, (checks.CREDENTIALS, "true"))
    added = join([f"'{': '.join(line)}'" for line in lines])
    is_nginx = (response.get("Server") or "").lower().startswith("nginx")
    how = " (in nginx: add_header with 'always')" if is_nginx else ""
    yield f"To let pages read its responses, have it add {added}{how}."


def explain_error(response: RawResponse) -> str:
    """Say what the server has answered, why as far as it shows, and what to do."""
    who = f"The server{in_brackets(shown_lines(response, SENDERS))}"
    answered = f"{response.status} {response.reason}".rstrip()
    return f"{who} answered {answered}: {_what_to_do(response)}.{_quoted_reason(response)}"


def _what_to_do(response: RawResponse) -> str:
    """Return what to do about the status of an error."""
    more = shown_lines(response, [SHOWING_MORE.get(response.status, "")])
    do = OTHER_STATUSES.get(response.status, "look up in its log why")
    return f"{do}{in_brackets(more)}"


def _quoted_reason(response: RawResponse) -> str:
    reason = find_reason(response)
    return f" It says {quote(reason)}." if reason else ""


def find_reason(response: RawResponse) -> str:
    """Return the first line of the body of an error; empty if it is HTML or long."""
    if response.status < HTTPStatus.BAD_REQUEST:
        return ""
    lines = response.body[: MAX_EXCERPT * 4].decode("utf-8", "replace").strip().splitlines()
    first = lines[0].strip() if lines else ""
    return "" if first.startswith("<") or len(first) > MAX_EXCERPT else first


def find_refusal(response: RawResponse) -> str:
    """Return the reason that an error gives if CORS is why; empty otherwise."""
    if response.status in (HTTPStatus.NOT_FOUND, *GATEWAY_STATUSES):
        return ""
    reason = find_reason(response)
    is_of_cors = REFUSAL_WORDS.search(reason) and "csrf" not in reason.lower()
    return reason if is_of_cors else ""
