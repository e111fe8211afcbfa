"""``CORSMiddleware`` and ``wrap``: CORS for any WSGI app, to the letter of PEP 3333.

This is the only room that touches ``start_response``. It asks a resolver which endpoint a request
reaches, lets the core decide, and writes the headers::

    app = CORSMiddleware(app, Policy(allow_origins=["https://app.example"]))
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Unpack

from .core import protocol
from .core.headers import Header
from .core.merging import merge
from .core.policy import Policy, Settings, check_names
from .core.protocol import Preflight
from .late import LateStart
from .resolving import Claim, DeferredClaim, Endpoint, Found, Resolver, as_endpoint
from .telling import Teller, own_origin

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

__all__ = ["CORSMiddleware", "is_preflight", "one_policy", "wrap"]

FRAMEWORKS = {"flask.app.Flask": "wsgicors.flask.CORS(app, policy)"}
"""Apps that have an adapter of their own, by the name of their class."""


class CORSMiddleware:
    """A WSGI app with CORS: preflights are answered here, all other responses get headers.

    >>> def hello(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"hello"]
    >>> app = CORSMiddleware(hello, allow_origins=["https://app.example"])
    >>> app.policy = app.policy.derive(max_age=60)

    :param app: any WSGI app; a Flask app has its own ``wsgicors.flask.CORS``.
    :param policy: the one policy of the app, or its settings as keywords.
    :param resolve: a resolver, in place of one policy.
    :raises TypeError: if the wrapper could not act as it is called.
    :raises PolicyError: if the settings cannot work.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        policy: Policy | None = None,
        *,
        resolve: Callable[["WSGIEnvironment", str], Found] | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        _check_app(app)
        self._app = app
        self._policy = one_policy(type(self).__name__, policy, resolve, settings)
        self._resolve = resolve
        self._tell = Teller(lambda: isinstance(resolve, Resolver) and resolve.debug)

    @property
    def policy(self) -> Policy | None:
        """The policy, which may be replaced while serving; ``None`` under a resolver.

        Requests under way finish under the policy that they began with.
        """
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        if self._resolve is not None:
            raise TypeError("this wrapper asks a resolver; replace what that one returns")
        if not isinstance(policy, Policy):
            raise TypeError(f"{policy!r} is no Policy; write app.policy = Policy(...)")
        self._policy = policy

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a preflight, or let the app answer and add the headers."""
        if is_preflight(environ):
            return self._preflight(environ, start_response)
        outer: Claim | None = environ.get(Claim.KEY)
        claim = environ[Claim.KEY] = self._claim(environ, outer)

        started = False

        def start(
            status: str, headers: list[Header], exc_info: "ExcInfo | None" = None, /
        ) -> Callable[[bytes], object]:
            nonlocal started
            is_first, started = not started, True
            policy = claim.own(environ)
            if outer is not None and outer.policy(environ) is not None:
                if policy is not None:
                    self._tell.stacked()
            elif policy is not None:
                decision = protocol.actual(policy, environ.get("HTTP_ORIGIN"))
                headers = merge(headers, decision.headers, policy.allow_credentials)
                if decision.refusal is not None and is_first:
                    self._tell.refused_origin(environ, policy)
            elif is_first:
                self._tell.no_policy(environ, headers)
            if exc_info is None:
                return start_response(status, headers)
            return start_response(status, headers, exc_info)

        try:
            iterable = self._app(environ, start)
        except Exception:
            self._tell.escaped(environ)
            raise
        finally:
            # Whatever is called next with this environ lies beside this app, not inside.
            if outer is None:
                environ.pop(Claim.KEY, None)
            else:
                environ[Claim.KEY] = outer
        if started:
            return iterable

        def raised() -> None:
            if not started:
                self._tell.escaped(environ)

        return LateStart(iterable, raised)

    def _claim(self, environ: "WSGIEnvironment", outer: Claim | None) -> Claim:
        resolve = self._resolve
        if resolve is None:
            return Claim(outer, self._policy)
        if isinstance(resolve, Resolver):
            return DeferredClaim(outer, resolve, resolve.entry(environ))
        return Claim(outer, self._find(environ, environ["REQUEST_METHOD"]).policy)

    def _find(self, environ: "WSGIEnvironment", method: str) -> Endpoint:
        """Find the endpoint of a request, or none where a resolver has a bug."""
        resolve = self._resolve
        if resolve is None:
            return Endpoint(self._policy)
        if isinstance(resolve, Resolver):
            return as_endpoint(resolve(environ, method))
        try:
            return as_endpoint(resolve(environ, method))
        except Exception:
            self._tell.failed_resolver(environ, resolve)
            return Endpoint(None)

    def _preflight(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        asked = Preflight(
            environ["HTTP_ORIGIN"],
            environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"],
            environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", ""),
        )
        endpoint = self._find(environ, asked.method)
        policy, served = endpoint.policy, endpoint.methods
        if policy is None:
            return self._app(environ, self._tell.listening(environ, start_response))
        decision = protocol.preflight(policy, asked, served)
        self._tell.objection(environ, policy, asked, served)
        # The app's own pages are not refused: to them these are no cross-origin requests at all.
        if decision.refusal is None or asked.origin == own_origin(environ):
            start_response("204 No Content", decision.headers)
            return []
        start_response("403 Forbidden", [*decision.headers, ("Content-Type", "text/plain")])
        return [f"CORS preflight refused: {decision.refusal}\n".encode()]


def wrap(
    policy: Policy | None = None,
    *,
    resolve: Callable[["WSGIEnvironment", str], Found] | None = None,
    **settings: Unpack[Settings],
) -> Callable[["WSGIApplication"], CORSMiddleware]:
    """Wrap a raw WSGI callable: :class:`CORSMiddleware` as a decorator.

    >>> @wrap(allow_origins=["https://app.example"])
    ... def app(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"hello"]

    :raises TypeError: if it could not act: called without a policy, or on a view.
    """
    policy = one_policy("wrap", policy, resolve, settings)

    def wrap_app(app: "WSGIApplication") -> CORSMiddleware:
        try:
            inspect.signature(app).bind({}, None)
        except ValueError:
            pass  # a built-in or compiled callable that does not say what it takes
        except TypeError:
            raise TypeError(
                f"{app!r} does not take (environ, start_response), so it is no WSGI app; "
                f"for a view, write @cors(policy)"
            ) from None
        return CORSMiddleware(app, policy, resolve=resolve)

    return wrap_app


def is_preflight(environ: "WSGIEnvironment") -> bool:
    """Tell whether a request is a preflight: all three, or it is none (Fetch, "CORS request")."""
    return (
        environ["REQUEST_METHOD"] == "OPTIONS"
        and "HTTP_ORIGIN" in environ
        and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
    )


def _check_app(app: object) -> None:
    """Refuse apps that this wrapper would not serve as their owner thinks."""
    for base in type(app).__mro__:
        if write := FRAMEWORKS.get(f"{base.__module__}.{base.__qualname__}"):
            raise TypeError(f"{app!r} has views with policies of their own; write {write}")
    if isinstance(app, CORSMiddleware):
        raise TypeError("this app is wrapped already; wrap it once, with one policy or resolver")
    if not callable(app):
        raise TypeError(f"the app comes first, and {app!r:.80} is none; write (app, policy)")


def one_policy(
    what: str,
    policy: object,
    resolve: object,
    settings: Settings,
    also: Sequence[str] = ("policy", "resolve"),
) -> Policy | None:
    """Return the policy that exactly one of the three ways gives; a resolver gives none."""
    check_names(what, settings, also=also)
    if sum((policy is not None, resolve is not None, bool(settings))) != 1:
        ways = ", or resolve=..." if "resolve" in also else ""
        raise TypeError(
            f"{what}() takes one of: a policy, settings such as "
            f'allow_origins=["https://app.example"]{ways}'
        )
    if resolve is not None and not callable(resolve):
        raise TypeError(f"{resolve!r} is no resolver; write a function (environ, method) -> Policy")
    if settings:
        return Policy(**settings)
    if policy is not None and not isinstance(policy, Policy):
        write = f"allow_origins={policy!r}" if isinstance(policy, str | list) else "Policy(...)"
        raise TypeError(f"{policy!r} is no Policy; write {write}")
    return policy
