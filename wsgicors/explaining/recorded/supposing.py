"""What the policy of an app would send in answer to a recorded request; the app is not called."""

from typing import TYPE_CHECKING

from ..._core.policy import Policy, settle
from ..._core.protocol import Decision, Preflight, actual, preflight
from ..._middleware import REQUESTED_METHOD
from ..._resolver import Resolver, as_endpoint
from ..._wrappers import enter
from ..changes.layers import GRANTED, REFUSED
from ..changes.policies import context_of
from ..tracing import Seen, Trace

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

ASKED_HEADERS = "HTTP_ACCESS_CONTROL_REQUEST_HEADERS"


class Supposed(Trace):
    """A trace that supposes that requests have reached the policy of an app.

    :param app: the app as it is served.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        super().__init__()
        self._app = app

    def find(self, environ: "WSGIEnvironment") -> Seen | None:
        """Return what the wrapper of the app would see; ``None`` if it is not exactly one."""
        entered = enter(self._app, environ)
        if entered is None:
            return None
        resolver, inside = entered
        method = environ.get(REQUESTED_METHOD)
        if environ["REQUEST_METHOD"] == "OPTIONS" and method is not None:
            asked = Preflight(environ["HTTP_ORIGIN"], method, environ.get(ASKED_HEADERS, ""))
            return _see_preflight(resolver, inside, asked)
        return _see_request(resolver, inside, environ.get("HTTP_ORIGIN"))


def _see_preflight(resolver: Resolver, environ: "WSGIEnvironment", asked: Preflight) -> Seen:
    endpoint = resolver.find_for_preflight(environ, asked.method)
    policy = endpoint.policy
    if policy is None:
        return Seen(resolver, "OPTIONS", {}, None, asked.origin, None, asked)
    with context_of(resolver, policy):
        decision = preflight(policy, asked, endpoint.methods)
    status = GRANTED if decision.refusal is None else REFUSED
    settled = _settle(decision, asked.origin)
    return Seen(resolver, "OPTIONS", {}, decision.headers, asked.origin, settled, asked, status)


def _see_request(resolver: Resolver, environ: "WSGIEnvironment", origin: str | None) -> Seen:
    method = environ["REQUEST_METHOD"]
    policy = as_endpoint(resolver(environ, method)).policy
    if policy is None:
        return Seen(resolver, method, {}, None, origin, None)
    with context_of(resolver, policy):
        decision = actual(policy, origin)
    settled = _settle(decision, origin or "")
    return Seen(resolver, method, {}, decision.headers, origin, settled)


def _settle(decision: Decision, origin: str) -> Policy:
    """Return the policy of a decision, whose callables are not to be asked again."""
    return settle(decision.policy, origin, decision.refusal != "origin-not-allowed")
