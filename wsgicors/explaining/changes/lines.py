"""Which header lines a server without a policy of wsgicors has to send."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus

from ..._advice import Fix, Side, Wanted
from ..._advice.corrections import correct
from ..._core.headers import Header, is_token
from ..._core.problems import Problems
from ..._core.protocol import VARY_BY_ORIGIN
from ..._core.validation import read_methods, read_request_headers
from ...testing import checks
from ...testing.exceptions import CheckFailed, FailedCheck
from ...testing.log import Exchange
from ...testing.requests import Request
from ...testing.responses import RawResponse
from ..evidence.senders import LOGIN_STATUSES, explain_error, find_refusal
from ..evidence.spelling import explain_names, explain_values
from ..words import join, sentence_of
from .refusals import (
    ON_EVERY_RESPONSE,
    explain_refusal,
    explain_settings,
    find_hidden,
    varies_by_origin,
)

LISTS = frozenset({checks.METHODS, checks.HEADERS})
"""Headers that list names."""


def missing_headers(request: Request, exchange: Exchange) -> Fix:
    """Return which header lines the server has to send, and what the page has to change first."""
    changes, corrected = _correct(request, exchange.response)
    failed = failed_checks(corrected, exchange)
    side: Side = "page" if changes else "server"
    if find_refusal(exchange.response):
        why = [explain_refusal(corrected, exchange, failed)] if corrected.origin else []
        return Fix(" ".join([*changes, *why]), side)
    response = exchange.response
    for check in failed:
        response = _corrected(response, check)
    names = dict.fromkeys(check.line[0] for check in failed if check.line)
    if not corrected.origin:
        names = {name: None for name in names if name not in ON_EVERY_RESPONSE}
    lines = [(name, response.get(name) or "") for name in names]
    status = None if all(check.line for check in failed) else 204
    sentences = [
        *changes,
        *explain_names(exchange.response, names),
        *explain_values(corrected, exchange.response, names),
        *_sentences(corrected, exchange, lines, status is not None),
        *(explain_settings(corrected, exchange, failed) if corrected.origin else ()),
    ]
    return Fix(" ".join(sentences), side, headers=tuple(_with_vary(lines)), status=status)


def _with_vary(lines: Iterable[Header]) -> Iterator[Header]:
    """Add ``Vary`` after a line that names an origin, which depends on the request."""
    for line in lines:
        yield line
        if line[0] == checks.ORIGIN:
            yield VARY_BY_ORIGIN


def _correct(request: Request, response: RawResponse) -> tuple[list[str], Request]:
    """Return what the page has to change because no server should allow it, and the request then.

    The origin is empty if the page has to get another one.
    """
    wanted = Wanted(
        request.sent_origin, request.method, request.unsafe_names, request.with_credentials
    )
    try:
        listed = response.names(checks.METHODS) or ()
    except ValueError:
        listed = ()
    correction = correct(wanted, served=listed)
    assert correction is not None, "browsers send such requests"
    kept = {name.lower() for name in correction.wanted.headers}
    headers = [
        line
        for line in request.headers
        if line[0].lower() in kept or line[0].lower() not in request.unsafe_names
    ]
    corrected = replace(
        request,
        origin=correction.wanted.origin,
        method=correction.wanted.method or "GET",
        headers=headers,
        first_unsafe_names=tuple(correction.wanted.headers),
    )
    return [*map(sentence_of, correction.changes)], corrected


def find_notes(request: Request, exchange: Exchange) -> Iterator[str]:
    """Say what else the response shows."""
    if find_refusal(exchange.response):
        corrected = _correct(request, exchange.response)[1]
        yield from find_hidden(corrected, exchange, failed_checks(corrected, exchange))
    elif _is_bare_error(exchange):
        yield "Other responses may have these headers: many servers omit them in errors."
    if request.sent_origin == "null" and not request.with_credentials:
        yield f"If every page may read the response, send '{checks.ORIGIN}: *' instead."


def failed_checks(request: Request, exchange: Exchange) -> list[FailedCheck]:
    """List every check that a response does not pass, in the order of the standard."""
    response = exchange.response
    failed: list[FailedCheck] = []
    while True:
        try:
            if exchange.kind == "preflight":
                checks.check_preflight(request, response, request.unsafe_names)
            else:
                checks.check_cors(request, response)
        except CheckFailed as error:
            failed.append(error.failed_check)
            response = _corrected(response, error.failed_check)
        else:
            return failed


def _corrected(response: RawResponse, failed: FailedCheck) -> RawResponse:
    """Return the response with what it needs to pass a check."""
    if failed.line is None:
        return replace(response, status=204, reason="No Content")
    name, value = failed.line
    if failed.step in (
        checks.METHOD_NOT_ALLOWED,
        checks.AUTHORIZATION_NOT_LISTED,
        checks.HEADERS_NOT_ALLOWED,
    ):
        without = ("*", value.lower())  # the name itself in lower case, where case matters
        listed = _usable(name, [item for item in response.names(name) or () if item not in without])
        value = ", ".join([*listed, value])
    elif name in LISTS:  # the names may have other separators
        words = re.split(r"[\s,;]+", response.get(name) or "")
        value = ", ".join(_usable(name, [word for word in words if is_token(word)]))
    others = [line for line in response.headers if line[0].lower() != name.lower()]
    return replace(response, headers=[*others, (name, value)])


def _usable(name: str, listed: list[str]) -> list[str]:
    """Return the names of a list that have an effect, as a policy of wsgicors would take them."""
    problems = Problems()
    read = read_methods if name == checks.METHODS else read_request_headers
    read(listed, problems)
    faults = {problem.value for problem in problems.found if problem.severity == "error"}
    return [item for item in listed if item not in faults]


def _sentences(
    request: Request, exchange: Exchange, lines: list[Header], has_bad_status: bool
) -> Iterator[str]:
    path, with_errors = exchange.url.path, ""
    if _is_bare_error(exchange):
        with_errors = " and errors"
        yield explain_error(exchange.response)
    elif exchange.kind == "preflight" and exchange.response.status == HTTPStatus.NOT_FOUND:
        yield f"Check the URL: the server answered OPTIONS {path} with 404."
    if has_bad_status:
        yield f"{_about_status(request, exchange)} with a 2xx status such as 204."
    if everywhere := [line for line in lines if line[0] in ON_EVERY_RESPONSE]:
        is_sent = any(exchange.response.get(name) is not None for name, _ in everywhere)
        verb, where = ("Send", "once with") if is_sent else ("Add", "to")
        shown = [*_conditional(everywhere, exchange.response)]
        what = "these headers" if shown[1:] else "this header"
        every = f"every response of {path}, including preflights{with_errors}"
        yield f"{verb} {what} {where} {every}: {join(shown)}."
    of_preflights = [line for line in lines if line[0] not in ON_EVERY_RESPONSE]
    if listed := [_quoted(line) for line in of_preflights if line[1]]:
        yield f"Answer preflights for {path} with {join(listed)}."
    for name in [name for name, value in of_preflights if not value]:
        yield f"Leave {name} empty, or leave it out: no name in it has an effect."


def _is_bare_error(exchange: Exchange) -> bool:
    """Return whether the response to a request is an error that lets no page read it."""
    response = exchange.response
    is_error = exchange.kind == "request" and response.status >= HTTPStatus.BAD_REQUEST
    return is_error and response.get(checks.ORIGIN) is None


def _conditional(lines: list[Header], response: RawResponse) -> Iterator[str]:
    """Quote header lines; a line that names an origin depends on the request."""
    for line in lines:
        condition = " (only if that is the request's Origin)" if line[0] == checks.ORIGIN else ""
        yield _quoted(line) + condition
    if checks.ORIGIN in dict(lines) and not varies_by_origin(response):
        yield "'Vary: Origin'"


def _about_status(request: Request, exchange: Exchange) -> str:
    """Return how to answer preflights, as far as the status shows what is wrong."""
    response, path = exchange.response, exchange.url.path
    if response.status in LOGIN_STATUSES:
        other = ", unless it is a refusal of the origin," if response.status == 403 else ","
        return f"Answer preflights for {path} before the login check (they carry no cookies){other}"
    if response.status in (404, 405, 501):
        return f"Serve OPTIONS at {path}"
    return f"Look up in the server's log why OPTIONS {path} fails, and answer it"


def _quoted(line: Header) -> str:
    return f"'{': '.join(line)}'"
