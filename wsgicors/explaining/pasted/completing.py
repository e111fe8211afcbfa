"""What a copied request leaves open: its method, and why it needs a preflight."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ..._core.headers import SAFELISTED_METHODS, split_list
from ..._wrappers import enter
from ...testing.profiles import PROFILES
from ...testing.safelist import unsafe_names
from ...testing.transports import make_environ, to_app
from ...testing.urls import URL
from ..words import ASIDE, how_to_repeat, join
from . import JSON, Pasted

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

UNSERVED = "WSGICORS"
"""A method that no URL serves: for it, a router lists the methods that are served."""

ASKED = "To find the method, wsgicors sent the app an OPTIONS request."

ABOUT_PREFLIGHT = (
    "The message is about a preflight, but does not say why there was one: explain uses "
    "Content-Type: application/json. Use METHOD or -H for what the page sends."
)

MAYBE_PREFLIGHT = (
    "Without a preflight the request passes. The browser has blocked it, so explain assumes that "
    "there is one, because of Content-Type: application/json. Use METHOD or -H for what the page "
    "sends."
)

MAYBE_METHOD = (
    "With {} the request passes. The browser has blocked it, so explain assumes the method {}. If "
    "the page uses another one, repeat: wsgicors explain METHOD --console …"
)

MAYBE_CREDENTIALS = (
    "Without credentials the request passes. The browser has blocked it, so explain assumes that "
    "it includes credentials. Use --no-credentials if it does not."
)

DOUBT = (
    "If you have just changed the server, this block is removed. According to the message the "
    "browser blocked such a request, but this one passes. If the server has not changed since, the "
    "request had a method, headers or credentials that the message does not name: use METHOD, -H "
    "or --credentials. Or another URL redirected to this one."
)
"""A note for requests that are allowed, although a browser has complained."""

DOUBT_PREFLIGHT = DOUBT.replace("such a request", "such a preflight").replace("passes", "succeeds")
"""A note for requests whose preflight succeeds, although a browser has complained about it."""


class Served(NamedTuple):
    """The methods that an app serves at a URL, as far as its router or ``Allow`` says."""

    methods: Sequence[str] = ()
    is_asked: bool = False
    """Whether the app got a request."""


def complete(pasted: Pasted, app: "WSGIApplication | None" = None) -> Pasted:
    """Return a request with a method, and with what makes it need a preflight if it needed one.

    ``notes`` says what is a guess. An app is asked which methods it serves.
    """
    if pasted.method is None:
        served = Served() if app is None else find_methods(app, pasted.url)
        pasted = _add_method(pasted, served)
    return with_preflight(pasted, ABOUT_PREFLIGHT) if pasted.had_preflight else pasted


def with_preflight(pasted: Pasted, note: str) -> Pasted:
    """Return a request that needs a preflight, with a note if it did not need one before."""
    if pasted.method not in SAFELISTED_METHODS or not _is_simple(pasted):
        return pasted
    headers = (*pasted.headers, ("Content-Type", JSON))
    return replace(pasted, headers=headers, notes=(*pasted.notes, note))


def _is_simple(pasted: Pasted) -> bool:
    """Return whether nothing but the method of a request can need a preflight."""
    names = unsafe_names(pasted.headers, PROFILES[pasted.profile or "fetch"])
    return pasted.mode == "cors" and not names


def _add_method(pasted: Pasted, served: Served) -> Pasted:
    """Return a request with the method that its text does not name, and a note about that."""
    possible = [name for name in served.methods if name not in ASIDE]
    default, why = "GET" if pasted.body is None else "POST", ""
    usual = "POST", "PUT"
    if pasted.preflight == "method":  # safelisted methods need not be allowed
        possible = [name for name in possible if name not in SAFELISTED_METHODS]
        default = next(iter(possible), "PUT")
        usual = "PUT", "DELETE"
    elif pasted.had_preflight and _is_simple(pasted):
        default, why = _likeliest(possible), ", because a GET without headers needs no preflight"
    others: list[str] = []
    again = ""
    if len(possible) == 1:
        (method,) = possible
        note = f"{method} is the only one that fits the URL."
    else:
        method = default
        others = [name for name in possible if name != method]
        also = f" The URL also serves {join(others)}." if others else ""
        others = others or [name for name in usual if name != method]
        note = f"{method} is a guess{why}.{also}"
        again = f" {how_to_repeat(others[0])}"
    asked = f" {ASKED}" if served.is_asked else ""
    return replace(
        pasted,
        method=method,
        notes=(*pasted.notes, f"The text does not name the method; {note}{asked}{again}"),
        is_guessed=len(possible) != 1 and pasted.had_preflight,
        others=tuple(others),
    )


def _likeliest(served: Sequence[str]) -> str:
    """Return which of these methods a request with a preflight probably has.

    :param served: the methods of the URL; empty if they are not known.
    """
    if "POST" in served or not served:
        return "POST"  # with JSON
    return next((name for name in served if name not in SAFELISTED_METHODS), "GET")


def find_methods(app: "WSGIApplication", url: str) -> Served:
    """Ask the router of an app which methods it serves; without a router, ask the app."""
    try:
        target = URL.parse(url)
    except ValueError:
        return Served()
    if not target.is_http:
        return Served()
    entered = enter(app, make_environ(UNSERVED, target, [], None))
    if entered is not None:
        resolver, environ = entered
        route = resolver.route_of(environ, UNSERVED)
        if route.kind in {"404", "405"}:
            return Served([*(route.methods or ())])
    response = to_app(app)("OPTIONS", target, [("Host", target.authority)], None)
    response.dismiss()
    return Served(split_list(response.get("Allow") or ""), is_asked=True)
