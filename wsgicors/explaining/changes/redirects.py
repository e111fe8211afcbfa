"""Redirects: to a login, to another URL of the same app, to another origin, in a loop."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from itertools import pairwise
from typing import cast

from ..._advice import Fix, locate
from ..._core.headers import Header
from ..._core.protocol import VARY_BY_ORIGIN, method_after_redirect
from ..._introspection import Route
from ...testing import checks, fetch
from ...testing.exceptions import NetworkError
from ...testing.log import Exchange
from ...testing.requests import Request
from ...testing.urls import URL
from ..words import join
from .hops import Hop, find_login, hops_of, is_moved, is_same_host, is_signed, starts_login
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


def find(
    request: Request,
    error: NetworkError,
    apps: Mapping[str, object],
    log: Sequence[Exchange],
    outside: str = "",
) -> Fix | None:
    """Return what to change if a redirect is why a request fails; ``None`` if it is not.

    :param apps: the apps by origin; other values are ignored.
    :param outside: the name of the layer around the policy, if it is known.
    """
    hops = hops_of(log)
    if error.step == fetch.TOO_MANY_REDIRECTS:
        return _end_loop(request.urls)
    login = find_login(hops)
    if login is not None and login.is_preflight:
        is_for_policy = _is_for_policy(request, login, apps)
        layer = f"the login check, which redirects them to {login.location}"
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
        return None if is_test else _end_loop([*request.urls, target])
    if not hop.is_preflight and not is_moved(hop.source, target):
        return None
    if target.origin == hop.source.origin and _is_for_policy(request, hop, apps):
        return None
    reason = MOVED if target.origin == hop.source.origin else HIDDEN
    return _ask_directly(request, target, BY_PREFLIGHT if hop.is_preflight else reason, apps, hop)


def answer_401(
    request: Request,
    hop: Hop,
    apps: Mapping[str, object],
    *,
    lacks_cors: bool = False,
    outside: str = "",
) -> Fix:
    """Return the change for a redirect of a request to a login.

    :param lacks_cors: whether the redirect itself does not allow the page.
    :param outside: the name of the layer around the policy, if it is known.
    """
    target, source = cast("URL", hop.target), hop.source
    place = f"{target.origin}{target.path}"
    if hop.exchange.method == "GET" and hop.leaves_site and starts_login(source):
        return Fix(
            f"Have the page go to {source} with location = '{source}' instead of requesting it: "
            "a login needs a navigation.",
            "page",
        )
    route, app = _route_at(hop, apps), apps.get(source.origin)
    policy = ask_policy(request, source, app) if lacks_cors else None
    lines = _lines_for(request) if lacks_cors and policy is None else ()
    view = _of_view(hop, apps)
    who = f"{view.sentence}, or a login check before it," if view.view else view.sentence
    fix = policy or replace(view, sentence="", headers=lines)
    if lines and _has_policy(route):
        who = (
            f"Have {outside}, outside the policy,"
            if outside
            else "Have the layer outside the policy"
        )
        fix = Fix("", "layer")
    headers = f" with {join([repr(': '.join(line)) for line in lines])}" if lines else ""
    sentence = (
        f"{who} answer 401{headers} instead of redirecting to the login {place}, unless the "
        "request is a navigation (Sec-Fetch-Mode: navigate); after a 401, have the page go to the "
        f"login with location = '{place}'."
    )
    return replace(fix, sentence=f"{sentence} {fix.sentence}".rstrip())


def _let_preflights_pass(hop: Hop, layer: str) -> Fix:
    """Return the change for a layer that redirects preflights to where no page may follow."""
    sentence = (
        f"Let preflights (OPTIONS {hop.source.path}) pass {layer}: they carry no cookies, and "
        "browsers do not follow their redirects."
    )
    return Fix(sentence, "layer", status=204)


def _ask_directly(
    request: Request, target: URL, reason: str, apps: Mapping[str, object], hop: Hop
) -> Fix:
    """Return the change of a page that has to ask for another URL, with what is missing there."""
    if is_signed(target):
        fix = _of_view(hop, apps)
        sentence = (
            f"{fix.sentence} send the signed URL in the body of the response, and have the page "
            f"request it directly: {reason}."
        )
        return replace(fix, sentence=sentence)
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
        return _let_preflights_pass(hop, f"what redirects them to {hop.location!r}")
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


def _end_loop(urls: Sequence[URL]) -> Fix:
    """Return the change for a loop of redirects.

    :param urls: where the redirects have led so far.
    """
    texts = [str(url) for url in urls]
    end = next((number for number, text in enumerate(texts) if text in texts[:number]), None)
    if end is None:
        return Fix(
            f"Redirect at most {fetch.MAX_REDIRECTS} times: {texts[0]} led to {texts[-1]} after "
            f"{len(texts) - 1} redirects."
        )
    loop = texts[texts.index(texts[end]) : end + 1]
    if loop[2:]:
        return Fix(f"End the loop of redirects: {' to '.join(loop)}.")
    proxy = (
        " If a proxy ends TLS, have it send X-Forwarded-Proto: https and have the app trust that "
        "header (ProxyFix, in Django SECURE_PROXY_SSL_HEADER)."
    )
    shown = proxy if loop[0].startswith("https:") else ""
    return Fix(f"End the loop of redirects: {loop[0]} redirects to itself.{shown}")


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


def find_notes(
    request: Request, verdict: str, log: Sequence[Exchange], apps: Mapping[str, object]
) -> Iterator[str]:
    """Say what redirects have changed, and what to know of where they lead.

    :param request: the request as redirects have left it.
    """
    hops = hops_of(log) if request.redirect == "follow" else []
    yield from map(_about_method, filter(_changes_method, hops))
    yield from _about_authorization(request, hops)
    if not hops:
        return
    login, last = find_login(hops), hops[-1]
    is_unseen = last.exchange is log[-1]
    if verdict == "blocked":
        if is_unseen and last.is_preflight and (last.is_login or not _is_followable(last)):
            policy = ask_policy(request, last.source, apps.get(last.source.origin))
            if policy and not _is_for_policy(request, last, apps):
                yield f"The policy lacks something too: {policy.sentence}"
        elif login is None and is_unseen and last.may_be_login:
            yield _if_login(request, last, apps)
    elif login is not None and verdict != "failed":
        if verdict == "unknown" or login.speaks_of_login:
            yield answer_401(request, login, apps).sentence
    elif verdict == "unknown" and is_unseen:
        if last.may_be_login:
            yield _if_login(request, last, apps)
        if request.is_tainted:
            yield _ask_directly(request, request.url, HIDDEN, apps, last).sentence


def _is_followable(hop: Hop) -> bool:
    return hop.target is not None and hop.target.is_http


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
