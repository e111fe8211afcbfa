"""What to change in the settings of a server's CORS, as far as its response shows them."""

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from ..._core.headers import Header, quote, split_list
from ..._core.origins import Pattern
from ..._core.problems import CODES
from ..._core.protocol import read_refusal
from ...testing import checks
from ...testing.exceptions import FailedCheck
from ...testing.log import Exchange
from ...testing.requests import Request
from ...testing.responses import RawResponse
from ..evidence.senders import find_refusal
from ..words import join

WANTS = frozenset(
    {
        checks.NO_ORIGIN,
        checks.ORIGIN_MISMATCH,
        checks.NO_CREDENTIALS,
        checks.METHOD_NOT_ALLOWED,
        checks.AUTHORIZATION_NOT_LISTED,
        checks.HEADERS_NOT_ALLOWED,
    }
)
"""Failed checks whose header line has what a setting has to allow."""

NAMED = {
    checks.ORIGIN: re.compile(r"\borigin\b|\btoo-large\b", re.IGNORECASE),
    checks.CREDENTIALS: re.compile(r"\bcredentials\b", re.IGNORECASE),
    checks.METHODS: re.compile(r"\bmethod\b", re.IGNORECASE),
    checks.HEADERS: re.compile(r"\bheaders?\b|\btoo-large\b", re.IGNORECASE),
}
"""How the reason for a refusal names what the server does not allow."""

ON_EVERY_RESPONSE = frozenset({checks.ORIGIN, checks.CREDENTIALS})
"""Headers that are needed on preflights and on all other responses."""

UNENCRYPTED = "plain-http-origin"
"""The risk of giving credentials to an origin with http."""


def explain_refusal(request: Request, exchange: Exchange, failed: Sequence[FailedCheck]) -> str:
    """Say which settings to change, if the response gives CORS as the reason for an error.

    :param failed: the checks that the response does not pass.
    """
    response, path = exchange.response, exchange.url.path
    what = "preflight" if exchange.kind == "preflight" else "request"
    why = f"the server refused the {what} with {quote(find_refusal(response))}."
    reason = read_refusal(response.body)
    if reason == "too-large":
        change = "List the page's headers in allow_headers instead of '*'"
        return f"{change} in the policy of {path}: {why}"
    refused, _ = _divide(request, response, failed)
    if reason and (parts := [*_in_wsgicors(refused, request, response)]):
        change = join(parts)
        return f"{change[0].upper()}{change[1:]} in the policy of {path}: {why}"
    allow = join([*map(_in_words, refused)]) or f"this {what}"
    return f"Change the CORS settings of the server so that they allow {allow}: {why}"


def find_hidden(
    request: Request, exchange: Exchange, failed: Sequence[FailedCheck]
) -> Iterator[str]:
    """Say what the response to a refused preflight hides, if the page needs that too."""
    _, hidden = _divide(request, exchange.response, failed)
    if hidden:
        yield (
            f"The refusal does not show whether the server allows {join([*map(_in_words, hidden)])}"
            ". Explain the request again after the change."
        )


def explain_settings(
    request: Request, exchange: Exchange, failed: Sequence[FailedCheck]
) -> Iterator[str]:
    """Say which settings of wsgicors to change, if the response may be one of wsgicors."""
    if not _may_be_of_wsgicors(request, exchange):
        return
    wanted = _wanted(failed)
    if parts := [*_in_wsgicors(wanted, request, exchange.response)]:
        yield f"If the server uses wsgicors, {join(parts)}."
    if checks.METHODS in dict(wanted):
        yield (
            f"If allow_methods is not set, add a view for {request.method} with the same policy "
            "or, without a router, list all methods there."
        )


def _may_be_of_wsgicors(request: Request, exchange: Exchange) -> bool:
    """Return whether a response is such as a policy of wsgicors that lists origins sends."""
    response = exchange.response
    if exchange.kind == "preflight" and response.status != HTTPStatus.NO_CONTENT:
        return False
    names_origin = response.get(checks.ORIGIN) in (None, request.sent_origin)
    return names_origin and varies_by_origin(response)


def varies_by_origin(response: RawResponse) -> bool:
    """Return whether a response says that it depends on the origin of the page."""
    return "origin" in map(str.lower, split_list(response.get("Vary") or ""))


def _wanted(failed: Sequence[FailedCheck]) -> list[Header]:
    """Return what a server has to allow: for each header, what is missing in it."""
    wanted: dict[str, str] = {}
    for one in failed:
        if one.step in WANTS and one.line is not None:
            name, value = one.line
            wanted[name] = f"{wanted[name]}, {value}" if name in wanted else value
    return [*wanted.items()]


def _divide(
    request: Request, response: RawResponse, failed: Sequence[FailedCheck]
) -> tuple[Sequence[Header], Sequence[Header]]:
    """Return what a server has refused, and what else the page needs but the response hides.

    A reason such as "Invalid CORS request" may be about everything that the page needs.
    """
    wanted = _wanted(failed)
    if read_refusal(response.body) == "method-not-allowed":
        # Browsers let these methods pass, so no check has failed.
        wanted.append((checks.METHODS, request.method))
    reason = find_refusal(response)
    named = [line for line in wanted if NAMED[line[0]].search(reason)]
    if not named:
        return wanted, ()
    refused = [line for line in wanted if line in named or _is_shown(line, response)]
    return refused, [line for line in wanted if line not in refused]


def _is_shown(line: Header, response: RawResponse) -> bool:
    """Return whether the header lines of a response show that the server does not allow this."""
    name = checks.ORIGIN if line[0] == checks.CREDENTIALS else line[0]
    return response.get(name) is not None


def _in_words(line: Header) -> str:
    """Say what a server has to allow."""
    name, value = line
    if name == checks.CREDENTIALS:
        return "credentials"
    if name == checks.METHODS:
        return f"the method {value}"
    return f"the request headers {value}" if name == checks.HEADERS else value


def _in_wsgicors(lines: Sequence[Header], request: Request, response: RawResponse) -> Iterator[str]:
    """Say how to change the settings of wsgicors."""
    origin, given = quote(request.sent_origin), {name for name, _ in lines}
    for line in lines:
        name, value = line
        names = join([*map(quote, split_list(value))])
        if name == checks.CREDENTIALS:  # not True, which would give them to all allowed origins
            unless = "" if _is_shown(line, response) else " (unless that is True)"
            yield f"list {origin} in allow_credentials{unless}"
        elif name == checks.METHODS:
            yield f"add {names} to allow_methods"
        elif name == checks.HEADERS:
            yield f"add {names} to allow_headers"
        elif response.get(name) != "*":  # which allows the origin, but no credentials
            yield f"add {names} to allow_origins"
    if _is_unencrypted(request.sent_origin) and not given.isdisjoint(ON_EVERY_RESPONSE):
        condition = "" if checks.CREDENTIALS in given else " if allow_credentials is True"
        risk = f"(this accepts a risk: {CODES[UNENCRYPTED].meaning})"
        yield f"list {quote(UNENCRYPTED)} in accept_risks{condition} {risk}"


def _is_unencrypted(origin: str) -> bool:
    """Return whether a policy gives an origin credentials only if the risk is accepted."""
    pattern = Pattern.parse(origin)
    return pattern is not None and pattern.scheme == "http" and not pattern.is_loopback
