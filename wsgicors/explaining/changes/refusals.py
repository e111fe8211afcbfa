"""What to change in the settings of a server's CORS, as far as its response shows them."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from ..._core.headers import Header, quote, split_list
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


def explain_refusal(request: Request, exchange: Exchange, failed: Sequence[FailedCheck]) -> str:
    """Say which settings to change, if the response gives CORS as the reason for an error.

    :param failed: the checks that the response does not pass.
    """
    response, path = exchange.response, exchange.url.path
    what = "preflight" if exchange.kind == "preflight" else "request"
    why = f"the server refused the {what} with {quote(find_refusal(response))}."
    known = [line for line in _wanted(failed) if _is_shown(line, response)]
    reason = read_refusal(response.body)
    if reason == "too-large":
        return f"List the page's headers in allow_headers in the policy of {path}: {why}"
    if reason == "method-not-allowed":  # which browsers let pass whatever the header lists
        known.append((checks.METHODS, request.method))
    if reason and known:
        change = join([_in_wsgicors(line, request) for line in known])
        return f"{change[0].upper()}{change[1:]} in the policy of {path}: {why}"
    allow = join([*map(_in_words, known)]) or f"this {what}"
    return f"Change the CORS settings of the server so that they allow {allow}: {why}"


def find_hidden(exchange: Exchange, failed: Sequence[FailedCheck]) -> Iterator[str]:
    """Say what the response to a refused preflight hides, if the page needs that too."""
    hidden = [line for line in _wanted(failed) if not _is_shown(line, exchange.response)]
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
    wanted = sorted(_wanted(failed), key=lambda line: line[0] == checks.METHODS)
    if parts := [_in_wsgicors(line, request) for line in wanted]:
        is_of_method = wanted[-1][0] == checks.METHODS
        view = " or, if that is not set, a view for it with the same policy" if is_of_method else ""
        yield f"With wsgicors, {join(parts)}{view}."


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


def _is_shown(line: Header, response: RawResponse) -> bool:
    """Return whether a response shows that the server does not allow something."""
    shows_origin = response.get(checks.ORIGIN) is not None
    if line[0] == checks.CREDENTIALS:  # a server that refuses an origin says nothing about them
        return shows_origin
    return line[0] == checks.ORIGIN or response.get(line[0]) is not None


def _in_words(line: Header) -> str:
    """Say what a server has to allow."""
    name, value = line
    if name == checks.CREDENTIALS:
        return "credentials"
    if name == checks.METHODS:
        return f"the method {value}"
    return f"the request headers {value}" if name == checks.HEADERS else value


def _in_wsgicors(line: Header, request: Request) -> str:
    """Say how to change a setting of wsgicors."""
    name, value = line
    if name == checks.CREDENTIALS:  # not True, which would give them to all allowed origins
        return f"list {request.sent_origin!r} in allow_credentials"
    if name == checks.METHODS:
        return f"add {value!r} to allow_methods"
    names = join([repr(one) for one in split_list(value)])
    return f"add {names} to {'allow_headers' if name == checks.HEADERS else 'allow_origins'}"
