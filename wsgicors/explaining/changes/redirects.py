"""Redirects: to a login, to another URL of the same app, to another origin, in a loop."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from itertools import pairwise
from typing import cast

from ..._advice import Fix, locate
from ..._core.headers import Header
from ..._core.protocol import VARY_BY_ORIGIN, method_after_redirect
from ..._introspection import Route
from ...testing import checks, fetch
from ...testing.exceptions import CheckFailed, NetworkError
from ...testing.log import Exchange
from ...testing.requests import Request
from ...testing.urls import URL
from ..mixed import is_mixed
from ..words import join
from .hops import Hop, find_login, hops_of, is_moved, is_same_host, is_signed, starts_login
from .loops import NO_END, TRUST_PROXY, end_loop
from .policies import ask_policy, find_route

BY_PREFLIGHT = "browsers do not follow a redirect of a preflight"
NEVER_VISITED = frozenset(
    {"about", "blob", "file", "filesystem", "javascript", "vbscript", "view-source"}
)
"""Schemes of URLs that a page must not or cannot go to; ``javascript:`` would run as its code."""

HIDDEN = "after a redirect to another origin, the browser sends 'Origin: null'"
MOVED = "the redirect leads to the same resource"

OF_CORS_CHECK = frozenset({checks.NO_ORIGIN, checks.ORIGIN_MISMATCH, checks.NO_CREDENTIALS})
"""The steps that a response does not pass if it does not allow the page."""


def change_of_redirect(
    request: Request,
    error: NetworkError,
    apps: Mapping[str, object],
    log: Sequence[Exchange],
    outside: Callable[[], str] | None = None,
) -> Fix | None:
    """Return what to change if a redirect is why a request fails; ``None`` if it is not.

    :param apps: the apps by origin; other values are ignored.
    :param outside: names the layer around the policy, if it can be found.
    """
    hops = hops_of(log, apps)
    login = find_login(hops)
    if error.step == fetch.TOO_MANY_REDIRECTS:
        if login is None:
            return end_loop(request.urls)
        fix = answer_401(request, login, apps)
        return replace(fix, sentence=f"{fix.sentence} {NO_END}")
    if login is not None and login.is_preflight:
        is_for_policy = _is_for_policy(request, login, apps)
        name = outside() if outside else ""
        layer = f"{name or 'the login check'}, which redirects them to {login.location}"
        return None if is_for_policy else _let_preflights_pass(login, layer)
    if login is not None:
        lacks_cors = error.step in OF_CORS_CHECK and login.exchange is log[-1]
        if lacks_cors and request.is_tainted:
            return _ask_directly(request, login.source, HIDDEN, apps, hops[-2])
        return answer_401(request, login, apps, lacks_cors=lacks_cors, outside=outside)
    if not hops:
        is_forbidden = error.step == fetch.REDIRECT_FORBIDDEN  # also without a Location
        return Fix("Have the page leave out redirect: 'error'.", "page") if is_forbidden else None
    if hops[-1].exchange is log[-1]:
        return _find_at_redirect(request, error, hops[-1], apps)
    return (
        _ask_directly(request, request.url, HIDDEN, apps, hops[-1]) if request.is_tainted else None
    )


def _find_at_redirect(
    request: Request, error: NetworkError, hop: Hop, apps: Mapping[str, object]
) -> Fix | None:
    """Return what to change if the browser does not follow a redirect."""
    target = hop.target
    if target is None or not target.is_http:
        return _correct_location(hop, apps)
    if error.step == fetch.USERINFO:
        sentence = f"Remove the user name and password from the Location of {hop.source}."
        return replace(_of_view(hop, apps), sentence=sentence)
    if error.step == fetch.REDIRECT_FORBIDDEN:
        sentence = f"Have the page leave out redirect: 'error', or request {target} directly."
        return Fix(sentence, "page")
    if error.step == fetch.OTHER_ORIGIN:
        return None
    if str(target) in map(str, request.urls):
        is_test = hop.exchange.response.get("Set-Cookie") is not None  # whether cookies are kept
        return None if is_test else end_loop([*request.urls, target])
    is_same_origin = target.origin == hop.source.origin
    if is_same_origin and not hop.is_preflight and not is_moved(hop.source, target):
        return None
    if is_same_origin and _is_for_policy(request, hop, apps):
        return None
    if is_mixed(request.origin, target):
        return stay_at_https(hop, apps)
    if hop.is_preflight and hop.names_login:
        return _let_preflights_pass(hop, _redirecting(hop))
    reason = MOVED if is_same_origin else HIDDEN
    return _ask_directly(request, target, BY_PREFLIGHT if hop.is_preflight else reason, apps, hop)


def answer_401(
    request: Request,
    hop: Hop,
    apps: Mapping[str, object],
    *,
    lacks_cors: bool = False,
    outside: Callable[[], str] | None = None,
) -> Fix:
    """Return the change for a redirect of a request to a login.

    :param lacks_cors: whether the redirect itself does not allow the page.
    :param outside: names the layer around the policy, if it can be found.
    """
    target, source = cast("URL", hop.target), hop.source
    place = f"{target.origin}{target.path}"
    if hop.exchange.method == "GET" and hop.leaves_site and starts_login(source):
        return Fix(
            f"Have the page go to {source} with location = '{source}' instead of requesting it: "
            "a login needs a navigation.",
            "page",
        )
    route = _route_at(hop, apps)
    policy, lines = _lacking(request, hop, apps) if lacks_cors else (None, ())
    view = _of_view(hop, apps)
    who = f"{view.sentence}, or a login check before it," if view.view else view.sentence
    fix = policy or replace(view, sentence="", headers=lines)
    if lines and _has_policy(route):
        name = outside() if outside else ""
        who = f"Have {name}, outside the policy," if name else "Have the layer outside the policy"
        fix = Fix("", "layer")
    sentence = (
        f"{who} answer 401{_with(lines)} instead of redirecting to the login {place}, unless the "
        "request is a navigation (Sec-Fetch-Mode: navigate); after a 401, have the page go to the "
        f"login with location = '{place}'."
    )
    # A policy that its decorator hides is not the login's fault, and comes first.
    is_hidden = route is not None and route.kind == "hidden"
    parts = (fix.sentence, sentence) if is_hidden else (sentence, fix.sentence)
    return replace(fix, sentence=" ".join(filter(None, parts)))


def _let_preflights_pass(hop: Hop, layer: str) -> Fix:
    """Return the change for a layer that redirects preflights to where no page may follow."""
    sentence = (
        f"Let preflights (OPTIONS {hop.source.path}) pass {layer}: they carry no cookies, and "
        "browsers do not follow their redirects."
    )
    return Fix(sentence, "layer", status=204)


def _redirecting(hop: Hop) -> str:
    return f"what redirects them to {hop.location!r}"


def _ask_directly(
    request: Request, target: URL, reason: str, apps: Mapping[str, object], hop: Hop
) -> Fix:
    """Return the change of a page that has to ask for another URL, with what is missing there."""
    if is_signed(target):
        fix = _of_view(hop, apps)
        policy, lines = _lacking(request, hop, apps) if _lacks_cors(request, hop) else (None, ())
        sentence = (
            f"{fix.sentence} send the signed URL in the body of the response{_with(lines)}, and "
            f"have the page request it directly: {reason}."
        )
        if policy is not None:
            return replace(policy, sentence=f"{sentence} {policy.sentence}")
        return replace(fix, sentence=sentence, headers=lines)
    sentence = f"Have the page request {target} directly: {reason}."
    app = apps.get(target.origin)
    if app is None and is_same_host(hop.source, target):
        app = apps.get(hop.source.origin)
    policy = None if target.origin == request.origin else ask_policy(request, target, app)
    if policy is None:
        return Fix(sentence, "page")
    return replace(policy, side="page", sentence=f"{sentence} {policy.sentence}")


def _correct_location(hop: Hop, apps: Mapping[str, object]) -> Fix:
    """Return the change for a redirect that no browser follows."""
    target, source, fix = hop.target, hop.source, _of_view(hop, apps)
    if hop.is_preflight:
        return _let_preflights_pass(hop, _redirecting(hop))
    if target is None:
        do = f"send a valid URL in the Location of {source}, not {hop.location!r}"
    elif target.scheme == "data":
        do = f"send the content of the data: URL in the response of {source}"
    elif target.scheme in NEVER_VISITED:
        do = f"redirect {source} to an http: or https: URL, not to a {target.scheme}: URL"
    else:
        do = (
            f"redirect {source} to an http: or https: URL; if the {target.scheme}: URL is for "
            "people, send it in the body, and have the page go there with location = '…'"
        )
    return replace(fix, sentence=f"{fix.sentence} {do}.")


def stay_at_https(hop: Hop, apps: Mapping[str, object]) -> Fix:
    """Return the change for a redirect to mixed content."""
    fix = _of_view(hop, apps)
    sentence = (
        f"{fix.sentence} redirect {hop.source} to an https: URL: browsers block {hop.target}, "
        f"because the page is at https: (mixed content). {TRUST_PROXY}"
    )
    return replace(fix, sentence=sentence)


def _route_at(hop: Hop, apps: Mapping[str, object]) -> Route | None:
    """Find which code redirects; ``None`` if no app with a resolver does."""
    exchange = hop.exchange
    method = exchange.request_header("Access-Control-Request-Method") or exchange.method
    return find_route(hop.source, method, exchange.request_headers, apps.get(hop.source.origin))


def _is_for_policy(request: Request, hop: Hop, apps: Mapping[str, object]) -> bool:
    """Return whether a policy that the app of a redirect lacks would allow the page."""
    route = _route_at(hop, apps)
    # A view with a policy never gets a preflight: something outside of it has redirected.
    if hop.is_preflight and _has_policy(route):
        return False
    return ask_policy(request, hop.source, apps.get(hop.source.origin)) is not None


def _has_policy(route: Route | None) -> bool:
    """Return whether CORS applies a policy to a route."""
    return route is not None and route.policy is not None and route.kind != "hidden"


def _of_view(hop: Hop, apps: Mapping[str, object]) -> Fix:
    """Return a change of the view that redirects, as far as it is known; its sentence begins so."""
    route = _route_at(hop, apps)
    if route is None or route.code is None:
        return Fix("Have the server")
    view, (file, line) = str(route.endpoint), locate(route.code)
    name = str(getattr(route.code, "__qualname__", "<none>")).rpartition("<locals>.")[2]
    place = f" ({file}:{line})" if file else ""
    sentence = f"Have the view {(view if '<' in name else name)!r}{place}"
    return Fix(sentence, view=view, file=file, line=line)


def _lines_for(request: Request) -> tuple[Header, ...]:
    """Return the header lines with which a page may read a response."""
    if request.origin == "null":
        return ()  # any page can have that origin
    credentials = [(checks.CREDENTIALS, "true")] if request.with_credentials else []
    return ((checks.ORIGIN, request.origin), *credentials, VARY_BY_ORIGIN)


def _with(lines: Sequence[Header]) -> str:
    return f" with {_quoted(lines)}" if lines else ""


def _quoted(lines: Sequence[Header]) -> str:
    return join([repr(": ".join(line)) for line in lines])


def _lacking(
    request: Request, hop: Hop, apps: Mapping[str, object]
) -> tuple[Fix | None, tuple[Header, ...]]:
    """Return what the policy of a redirect lacks, or the header lines if it is not the policy."""
    policy = ask_policy(request, hop.source, apps.get(hop.source.origin))
    return policy, () if policy else _lines_for(request)


def _lacks_cors(request: Request, hop: Hop) -> bool:
    """Return whether the browser does not follow a redirect because of the CORS check."""
    if hop.is_preflight or request.mode != "cors" or hop.source.origin == request.origin:
        return False
    try:
        checks.check_cors(request, hop.exchange.response)
    except CheckFailed:
        return True
    return False


def find_notes(
    request: Request, verdict: str, log: Sequence[Exchange], apps: Mapping[str, object]
) -> Iterator[str]:
    """Say what redirects have changed, and what to know of where they lead.

    :param request: the request as redirects have left it.
    """
    hops = hops_of(log, apps)
    if request.redirect == "manual" and verdict == "allowed":
        yield from [_about_hidden(request, hop, apps) for hop in hops]
    if request.redirect != "follow":
        return
    yield from map(_about_method, filter(_changes_method, hops))
    yield from _about_authorization(request, hops)
    if not hops:
        return
    login, last = find_login(hops), hops[-1]
    if last.is_preflight and (last.is_login or last.names_login or not _is_followable(last)):
        policy = ask_policy(request, last.source, apps.get(last.source.origin))
        if policy and not _is_for_policy(request, last, apps):
            yield f"Change the policy as well: {policy.sentence}"
        return
    if login is None and last.may_be_login and verdict != "failed":
        yield _if_login(request, last, apps)
    if login is not None and (verdict == "unknown" or (verdict == "allowed" and login.names_login)):
        yield answer_401(request, login, apps).sentence
    is_unseen = last.exchange is log[-1]
    if login is None and is_unseen and verdict == "blocked":
        if last.other and last.leaves_origin and _lacks_cors(request, last):
            yield from _about_lacking(request, last, apps)
    elif login is None and is_unseen and verdict == "unknown" and request.is_tainted:
        yield _ask_directly(request, request.url, HIDDEN, apps, last).sentence


def _is_followable(hop: Hop) -> bool:
    return hop.target is not None and hop.target.is_http


def _about_hidden(request: Request, hop: Hop, apps: Mapping[str, object]) -> str:
    """Say what a page misses that handles redirects itself, and what to change."""
    if hop.is_login:
        do = answer_401(request, hop, apps).sentence
    elif hop.target is not None and is_signed(hop.target):
        do = _ask_directly(request, hop.target, HIDDEN, apps, hop).sentence
    else:
        do = f"Leave it out in the page, or have the page request {hop.location} directly."
        if hop.may_be_login:
            do += f" {_if_login(request, hop, apps)}"
    return f"redirect: 'manual' hides the redirect from JavaScript. {do}"


def _about_lacking(request: Request, hop: Hop, apps: Mapping[str, object]) -> Iterator[str]:
    """Say what a redirect to another origin needs if the page is to follow it."""
    target = cast("URL", hop.target)
    policy, lines = _lacking(request, hop, apps)
    if not is_signed(target) and (policy or lines):
        do = policy.sentence if policy else f"Add {_quoted(lines)} to {hop.source}."
        yield (
            f"To keep the redirect: {do} Then {target.origin} has to allow the origin 'null', "
            "which any page can have."
        )


def _if_login(request: Request, hop: Hop, apps: Mapping[str, object]) -> str:
    """Say what to change if a redirect leads to a login, which is not known."""
    fix = answer_401(request, hop, apps)
    if hop.is_preflight:
        fix = _let_preflights_pass(hop, "the login check")
    return f"If {hop.location} is a login: {fix.sentence}"


def _changes_method(hop: Hop) -> bool:
    exchange = hop.exchange
    changed = method_after_redirect(exchange.response.status, exchange.method)
    return not hop.is_preflight and changed != exchange.method


def _about_method(hop: Hop) -> str:
    method, status = hop.exchange.method, hop.exchange.response.status
    said = f"The {status} of {hop.source} turns {method} into GET and drops the body."
    if hop.is_login:
        return said
    # Browsers cache a 308, as a 301, for good.
    better = 308 if status == HTTPStatus.MOVED_PERMANENTLY else 307
    return (
        f"{said} To keep both, redirect with {better}, or have the page request "
        f"{hop.target or hop.location} directly."
    )


def _about_authorization(request: Request, hops: Sequence[Hop]) -> Iterator[str]:
    """Say which redirect drops the header Authorization, unless it leads to a login."""
    if find_login(hops) or request.remake(request.profile).header("Authorization") is None:
        return
    crossing = [(one, other) for one, other in pairwise(request.urls) if one.origin != other.origin]
    for source, target in crossing[:1]:
        yield (
            f"The redirect from {source} to {target.origin} drops the header Authorization, so a "
            f"server that needs it answers 401. Have the page request {target} directly."
        )
