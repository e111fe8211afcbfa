"""Why a request was blocked, in one sentence, and what to change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ..._advice import Fix, Wanted
from ..._advice.corrections import MAX_REPEATED_NAMES
from ...testing import checks, fetch
from ...testing.exceptions import CORSBlocked
from ...testing.log import Exchange
from ...testing.requests import Request
from ...testing.responses import REDIRECT_STATUSES
from ..evidence import caches, senders
from ..evidence.spelling import explain_own_lines
from ..tracing import Trace
from ..words import ASIDE, join, sentence_of
from . import failures, layers, lines, redirects
from .policies import advise_at
from .uncovered import find_ineffective, offer_wsgicors

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

AGAIN = "Explain the request again after that: the policy of the view decides then."
"""Is added if the policies of an app have no effect."""


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


class Found(NamedTuple):
    """What to change, and what else to know."""

    fix: Fix
    notes: Sequence[str] = ()
    served: Sequence[str] = ()
    """The methods that the URL serves, if the one of the request is not among them."""


def find_change(
    request: Request, error: CORSBlocked, apps: Mapping[str, object], trace: Trace
) -> Found:
    """Find what to change: the page, a redirect, a layer, a policy, or the server's headers.

    :param apps: the apps by origin; other values are ignored.
    :param trace: knows which requests have reached wrappers of wsgicors.
    """
    if error.step == fetch.OTHER_ORIGIN:
        redirected = redirects.change_of_redirect(request, error, apps, error.log)
        return Found(redirected or Fix("Have the page use mode 'cors'.", "page"))
    exchange = error.log[-1]
    own = layers.find_own(request, exchange, apps.get(request.url.origin), trace)
    if own is not None and (before := _find_before(request, exchange, own)):
        return Found(before)
    outside = None if own is None else partial(layers.name_layers, own)
    redirected = redirects.change_of_redirect(request, error, apps, error.log, outside)
    if redirected is not None:
        return Found(redirected)
    if tls := failures.find_tls(exchange.url, exchange.response):
        return Found(tls)
    if own is not None:
        fix, served = _ask_policy(request, exchange, own)
        has_policy = layers.expect(request, exchange, own) is not None
        layer = layers.find_interference(request, exchange, own)
        if layer is not None:
            return Found(layer, [f"Needed as well: {fix.sentence}"] if fix else [])
        if fix is not None:
            gets_policy = fix.settings and not has_policy
            unwanted = explain_own_lines(exchange.response) if gets_policy else ()
            return Found(replace(fix, sentence=" ".join([fix.sentence, *unwanted])), (), served)
    elif framework := find_ineffective(apps.get(request.url.origin)):
        sentence = sentence_of(f"{framework.advice}: without it, @cors has no effect")
        return Found(Fix(sentence), [AGAIN])
    by_hand = lines.missing_headers(request, exchange)
    if in_front := senders.find_layer(request, error.log):
        return Found(in_front, _behind(exchange, by_hand))
    if cache := caches.find_cache(request, exchange.response):
        return Found(cache, [f"If the header is missing after that: {by_hand.sentence}"])
    offer = offer_wsgicors(request, exchange, apps.get(request.url.origin))
    return Found(by_hand, [*offer, *lines.find_notes(request, exchange)])


def _find_before(request: Request, exchange: Exchange, own: layers.Own) -> Fix | None:
    """Return the change of a layer, if that has to come before the change of a redirect.

    Such a layer changed the request or the headers of the redirect, or stored it for others.
    """
    if changed := layers.find_changed_request(request, exchange, own):
        return changed
    if own.seen is not None:
        is_redirect = exchange.response.status in REDIRECT_STATUSES
        return layers.find_interference(request, exchange, own) if is_redirect else None
    if exchange.kind == "preflight":
        return None
    expected = layers.expect(request, exchange, own)
    allows = expected is not None and checks.ORIGIN in dict(expected.headers)
    return caches.find_cache(request, exchange.response) if allows else None


def _behind(exchange: Exchange, by_hand: Fix) -> Sequence[str]:
    """Say what else a server may lack, if a layer has answered a preflight in its place."""
    if exchange.kind == "request":
        return ()
    return [f"If preflights are answered without CORS headers after that: {by_hand.sentence}"]


def name_other_methods(request: Request, found: Found) -> Sequence[str]:
    """Say which methods the page may send instead of one that the user has chosen."""
    served = [name for name in found.served if name not in ASIDE][:MAX_REPEATED_NAMES]
    if not served:
        return ()
    return [
        f"The change is for pages that send {request.method}. If the page sends "
        f"{join(served, 'or')} instead, explain that request."
    ]


def _ask_policy(
    request: Request, exchange: Exchange, own: layers.Own
) -> tuple[Fix | None, Sequence[str]]:
    """Return which setting to change, and which methods the URL serves if not that of the request.

    There is no setting if no policy of wsgicors decides.
    """
    method = request.method
    if own.seen is not None and exchange.kind == "request":
        method = own.seen.method  # which a layer may have replaced
    wanted = Wanted(
        request.sent_origin,
        method,
        request.unsafe_names,
        request.with_credentials,
        exchange.kind == "preflight",
    )
    environ = {**own.environ, "REQUEST_METHOD": method}
    route = own.resolver.route_of(environ, method)
    decided = own.seen.policy if own.seen and own.seen.origin == wanted.origin else None
    served = (route.methods or ()) if route.kind == "405" else ()
    return advise_at(own.resolver, route, wanted, decided), served
