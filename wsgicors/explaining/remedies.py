"""What the console says about a block, and what to change."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from ..advice import Change, Wants, advise
from ..core.headers import Header
from ..finding import find_resolver
from ..surveying import Route
from ..testing import checks, fetching, redirects
from ..testing.blocked import CORSBlocked, Fault, FaultFound
from ..testing.log import Exchange
from ..testing.network import make_environ
from ..testing.profiles import Profile
from ..testing.requests import Request
from ..testing.responses import REDIRECT_STATUSES, RawResponse
from ..testing.safelist import unsafe_names

ON_EVERY_RESPONSE = frozenset({checks.ORIGIN, checks.CREDENTIALS})

COMPLAINTS = {
    checks.ORIGIN_NAMED: "does not say that any origin may read it",
    checks.ORIGIN_MATCHES: "is for others to read, by its {received!r}",
    checks.CREDENTIALS_ALLOWED: "does not allow credentials with 'true' ({received})",
    checks.STATUS_OK: "has the status {received}, and only 200 to 299 will do",
    checks.LIST_READABLE.format(checks.METHODS): "holds a list that cannot be read, {received!r}",
    checks.LIST_READABLE.format(checks.HEADERS): "holds a list that cannot be read, {received!r}",
    checks.METHOD_ALLOWED: "does not allow the method {request.method}",
    checks.AUTHORIZATION_LISTED: "does not list Authorization, which '*' does not cover",
    checks.HEADERS_ALLOWED: "does not allow all headers that were asked for ({needed} is missing)",
    redirects.NO_USERINFO: "redirects to an address with a user and a password",
    fetching.STAYS_AT_ORIGIN: "is at another origin, which the mode 'same-origin' rules out",
}
"""What is wrong with a response, by the step that it did not pass."""


def console_of(request: Request, error: CORSBlocked) -> str:
    """Say what the console would, in our own words."""
    is_preflight = bool(error.log) and error.log[-1].kind == "preflight"
    complaint = COMPLAINTS[error.step].format(
        received=error.received, needed=error.needed, request=request
    )
    what = "the answer to the preflight" if is_preflight else "the response"
    return f"CORS keeps {request.url} from a page of {request.origin}: {what} {complaint}."


def find(
    request: Request, error: CORSBlocked, servers: Mapping[str, object], profile: Profile
) -> Change:
    """Find what to change: the page or the redirect, a policy of ours, or the server's headers."""
    if error.step == fetching.STAYS_AT_ORIGIN:
        return Change("let the page use the mode 'cors'")
    if error.step == redirects.NO_USERINFO:
        return Change(f"leave user and password out of the Location of {request.url}")
    if request.is_tainted:
        return Change(f"let the page ask for {request.url} at once: redirects hide its origin")
    exchange = error.log[-1]
    change = _ask_the_app(request, exchange, servers.get(request.url.origin), profile)
    return change or _change_headers(exchange, faults_of(request, exchange, profile))


def _ask_the_app(
    request: Request, exchange: Exchange, app: object, profile: Profile
) -> Change | None:
    """Return what an app of ours has to change; ``None`` if it is not ours."""
    route_of = getattr(find_resolver(app) or app, "route_of", None)
    if route_of is None:
        return None
    environ = make_environ(request.method, request.url, exchange.request_headers, request.body)
    route = cast("Route", route_of(environ, request.method))
    names = unsafe_names(request.headers, profile)
    wants = Wants(request.sent_origin, request.method, names, request.with_credentials)
    return advise(route, wants)


def faults_of(request: Request, exchange: Exchange, profile: Profile) -> list[Fault]:
    """List all faults of a response, in the order of the standard, as if each were repaired."""
    unsafe = unsafe_names(request.headers, profile)
    response = exchange.response
    faults: list[Fault] = []
    while True:
        try:
            if exchange.kind == "preflight":
                checks.check_preflight(request, response, unsafe, profile)
            else:
                checks.check_cors(request, response)
        except FaultFound as found:
            faults.append(found.fault)
            response = _repaired(response, found.fault)
        else:
            return faults


def _repaired(response: RawResponse, fault: Fault) -> RawResponse:
    if fault.line is None:
        return replace(response, status=204, reason="No Content")
    name, value = fault.line
    if fault.step in (checks.METHOD_ALLOWED, checks.AUTHORIZATION_LISTED, checks.HEADERS_ALLOWED):
        listed = [item for item in response.names(name) or () if item != "*"]
        value = ", ".join([*listed, value])
    others = [line for line in response.headers if line[0].lower() != name.lower()]
    return replace(response, headers=[*others, (name, value)])


def _change_headers(exchange: Exchange, faults: list[Fault]) -> Change:
    """Say which header lines the server has to send, and with which status."""
    response = exchange.response
    for fault in faults:
        response = _repaired(response, fault)
    names = dict.fromkeys(fault.line[0] for fault in faults if fault.line)
    lines = [(name, response.get(name) or "") for name in names]
    everywhere = [line for line in lines if line[0] in ON_EVERY_RESPONSE]
    answer = [line for line in lines if line[0] not in ON_EVERY_RESPONSE]
    status = None if all(fault.line for fault in faults) else 204
    parts = [*_sentences(exchange, everywhere, answer, status is not None)]
    return Change("; ".join(parts), headers=lines, status=status)


def _sentences(
    exchange: Exchange, everywhere: list[Header], answer: list[Header], has_bad_status: bool
) -> Iterator[str]:
    path = exchange.url.path
    if has_bad_status:
        yield f"{_about_status(exchange)}, with a status such as 204"
    if everywhere:
        once = ", once" if "," in (exchange.response.get(checks.ORIGIN) or "") else ""
        sent = f"send {_quoted(everywhere)}{once} on every response of {path}, preflights too"
        yield f"{sent}{_for_others(exchange, everywhere)}"
    if answer:
        yield f"answer the preflights of {path} with {_quoted(answer)}"


def _for_others(exchange: Exchange, lines: list[Header]) -> str:
    """Say that other origins get an answer of their own, where this one's is named."""
    named = dict(lines).get(checks.ORIGIN, "*")
    if named == "*":
        return ""
    return f", to pages of {named} (to others what they get today), and 'Vary: Origin' to all"


def _about_status(exchange: Exchange) -> str:
    """Say what keeps a server from answering preflights well, as far as the status tells."""
    status, path = exchange.response.status, exchange.url.path
    if status in REDIRECT_STATUSES:
        to = exchange.response.get("Location")
        return f"let the page ask for {to} at once, or answer the preflights of {path} there"
    if status in (401, 403):
        return f"answer the preflights of {path} before anybody has to log in: they have no cookies"
    if status in (404, 405, 501):
        return f"serve OPTIONS at {path}"
    return f"look into the server's log for why it fails at OPTIONS {path}, and answer it"


def _quoted(lines: list[Header]) -> str:
    return " and ".join(f"'{name}: {value}'" for name, value in lines)
