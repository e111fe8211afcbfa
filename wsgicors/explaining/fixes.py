"""Why a request was blocked, in one sentence, and what to change."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from .._advice import Fix, Wanted, advise
from .._core.headers import Header
from .._resolver import Resolver
from .._wrappers import apps_at
from ..testing import checks, fetch
from ..testing.exceptions import CheckFailed, CORSBlocked, FailedCheck
from ..testing.log import Exchange
from ..testing.requests import Request
from ..testing.responses import RawResponse
from ..testing.transports import make_environ
from . import failures, redirects
from .narrative import join

ON_EVERY_RESPONSE = frozenset({checks.ORIGIN, checks.CREDENTIALS})
"""Headers that are needed on preflights and on all other responses."""

REASONS = {
    checks.NO_ORIGIN: f"The {{kind}} has no {checks.ORIGIN} header.",
    checks.ORIGIN_MISMATCH: "{received!r} does not match the request's origin {origin!r}.",
    checks.NO_CREDENTIALS: "The {kind} does not allow credentials.",
    checks.BAD_STATUS: "The {kind} has the status {received}.",
    checks.BAD_LIST.format(checks.METHODS): "{received!r} is not a list of methods.",
    checks.BAD_LIST.format(checks.HEADERS): "{received!r} is not a list of header names.",
    checks.METHOD_NOT_ALLOWED: "The {kind} does not allow the method {method}.",
    checks.AUTHORIZATION_NOT_LISTED: "The {kind} does not list Authorization by its name.",
    checks.HEADERS_NOT_ALLOWED: "The {kind} does not allow the request headers {missing}.",
    fetch.USERINFO: "The {kind} redirects to a URL with a user name or password.",
    fetch.OTHER_ORIGIN: "The URL is at another origin, but the request has mode 'same-origin'.",
}
"""Why a request was blocked, by the step that failed."""


def reason_for(request: Request, error: CORSBlocked) -> str:
    """Return why the browser blocked the request, in one sentence."""
    if error.received == f"{checks.ORIGIN}: *":
        return f"{error.received!r} is not accepted for requests with credentials."
    is_preflight = bool(error.log) and error.log[-1].kind == "preflight"
    return REASONS[error.step].format(
        kind="preflight response" if is_preflight else "response",
        received=error.received,
        origin=request.sent_origin,
        method=request.method,
        missing=error.needed.partition(": ")[2],
    )


def find(request: Request, error: CORSBlocked, apps: Mapping[str, object]) -> Fix:
    """Find what to change: the page, a redirect, a policy, or the server's headers.

    :param apps: the apps by origin; other values are ignored.
    """
    redirected = redirects.find(request, error, apps, error.log)
    if redirected is not None:
        return redirected
    if error.step == fetch.OTHER_ORIGIN:
        return Fix("Have the page use mode 'cors'.", "page")
    exchange = error.log[-1]
    if tls := failures.find_tls(exchange.url, exchange.response):
        return tls
    if fix := _ask_app(request, exchange, apps.get(request.url.origin)):
        return fix
    if request.method.upper() == "PATCH" != request.method:
        return Fix("Use 'PATCH' in the page: methods are case-sensitive.", "page")
    return _fix_headers(exchange, failed_checks(request, exchange))


def _ask_app(request: Request, exchange: Exchange, app: object) -> Fix | None:
    """Return which setting to change; ``None`` if no policy of wsgicors decides."""
    environ = make_environ(request.method, request.url, exchange.request_headers, request.body)
    apps = apps_at(app, environ["PATH_INFO"])
    if len(apps) != 1:
        return None
    _, mount, resolver = apps[0]
    environ |= {"SCRIPT_NAME": mount, "PATH_INFO": environ["PATH_INFO"].removeprefix(mount)}
    route = cast("Resolver", resolver).route_of(environ, request.method)
    wanted = Wanted(
        request.sent_origin,
        request.method,
        request.unsafe_names,
        request.with_credentials,
        exchange.kind == "preflight",
    )
    fix = advise(route, wanted)
    return fix and replace(fix, sentence=f"{fix.sentence[0].upper()}{fix.sentence[1:]}.")


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
        listed = [item for item in response.names(name) or () if item != "*"]
        value = ", ".join([*listed, value])
    others = [line for line in response.headers if line[0].lower() != name.lower()]
    return replace(response, headers=[*others, (name, value)])


def _fix_headers(exchange: Exchange, failed: list[FailedCheck]) -> Fix:
    """Return which header lines the server has to send, and with which status."""
    response = exchange.response
    for check in failed:
        response = _corrected(response, check)
    names = dict.fromkeys(check.line[0] for check in failed if check.line)
    lines = [(name, response.get(name) or "") for name in names]
    status = None if all(check.line for check in failed) else 204
    sentence = " ".join(_sentences(exchange, lines, status is not None))
    return Fix(sentence, headers=lines, status=status)


def _sentences(exchange: Exchange, lines: list[Header], has_bad_status: bool) -> Iterator[str]:
    path = exchange.url.path
    if has_bad_status:
        yield f"{_about_status(exchange)} with a 2xx status such as 204."
    if everywhere := [line for line in lines if line[0] in ON_EVERY_RESPONSE]:
        is_sent = any(exchange.response.get(name) is not None for name, _ in everywhere)
        verb, where = ("Send", "once with") if is_sent else ("Add", "to")
        shown = [*_conditional(everywhere)]
        what = "these headers" if shown[1:] else "this header"
        every = f"every response of {path}, including preflights"
        yield f"{verb} {what} {where} {every}: {join(shown)}."
    if listed := [_quoted(line) for line in lines if line[0] not in ON_EVERY_RESPONSE]:
        yield f"Answer preflights for {path} with {join(listed)}."


def _conditional(lines: list[Header]) -> Iterator[str]:
    """Quote header lines; a line that names an origin depends on the request."""
    for line in lines:
        condition = " (only if that is the request's Origin)" if line[0] == checks.ORIGIN else ""
        yield _quoted(line) + condition
    if checks.ORIGIN in dict(lines):
        yield "'Vary: Origin'"


def _about_status(exchange: Exchange) -> str:
    """Return how to answer preflights, as far as the status shows what is wrong."""
    status, path = exchange.response.status, exchange.url.path
    if exchange.response.body == checks.METHOD_REFUSED:
        return f"Add the method to the server's allow_methods, to answer preflights for {path}"
    if status in (401, 403):
        return f"Answer preflights for {path} before the login check (they carry no cookies),"
    if status in (404, 405, 501):
        return f"Serve OPTIONS at {path}"
    return f"Look up in the server's log why OPTIONS {path} fails, and answer it"


def _quoted(line: Header) -> str:
    return f"'{': '.join(line)}'"
