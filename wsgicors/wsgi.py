"""``CORSMiddleware`` and ``wrap``: CORS for any WSGI app, to the letter of PEP 3333.

This is the only room that touches ``start_response``. It asks a resolver which endpoint a request
reaches, lets the core decide, and writes the headers::

    app = CORSMiddleware(app, Policy(allow_origins=["https://app.example"]))
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from logging import DEBUG
from typing import TYPE_CHECKING, Unpack

from . import preflights
from .arguments import check_app, one_policy
from .core import protocol
from .core.headers import SAFELISTED_METHODS, Header
from .core.merging import MERGED, UNRELATED, merge
from .core.policy import Policy
from .core.settings import Settings
from .late import Watched
from .preflights import ASKS
from .resolving import CLAIM, Claim, Found, Resolver, as_resolver, claimed
from .telling import Teller, logger, root

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from .surveying import Route

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


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
        app: WSGIApplication,
        policy: Policy | None = None,
        *,
        resolve: Callable[[WSGIEnvironment, str], Found] | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        if isinstance(app, CORSMiddleware):
            raise TypeError(
                "this app is wrapped already; wrap it once, with one policy or resolver"
            )
        check_app(app)
        self._app = app
        self._policy = one_policy(type(self).__name__, policy, resolve, settings)
        self._resolver = as_resolver(resolve or self._find_policy)
        self._tell = Teller(self._resolver)

    @property
    def policy(self) -> Policy | None:
        """The policy, which may be replaced while serving; ``None`` under a resolver.

        Requests under way finish under the policy that they began with.
        """
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        if self._policy is None:
            raise TypeError("this wrapper asks a resolver; replace what that one returns")
        if not isinstance(policy, Policy):
            raise TypeError(f"{policy!r} is no Policy; write app.policy = Policy(...)")
        self._policy = policy

    def route_of(self, environ: WSGIEnvironment, method: str) -> Route:
        """Tell where the policy of such a request comes from."""
        from .surveying import Route

        return Route(self._policy) if self._policy else self._resolver.route_of(environ, method)

    @property
    def resolver(self) -> Resolver | None:
        """The resolver that is asked; ``None`` under one policy."""
        return self._resolver if self._policy is None else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a preflight, or let the app answer and add the headers."""
        policy = self._policy
        if policy is None:
            return self._ask(environ, start_response)
        # Under one policy, and while nobody listens, no call is made that can be spared.
        origin: str | None = None
        if "HTTP_ORIGIN" in environ:
            asking: str = environ["HTTP_ORIGIN"]
            origin = asking
            is_heard = (logger.level or root.level) <= DEBUG
            # A preflight has all three, or it is none (Fetch, "CORS-preflight request").
            if ASKS in environ and environ["REQUEST_METHOD"] == "OPTIONS":
                known = policy.decided_preflights.get(asking)
                if known is None and policy.has_static_preflights:
                    known = protocol.decide_preflight(policy, asking)
                has_named = policy.allow_methods is not None or environ[ASKS] in SAFELISTED_METHODS
                if known is None or is_heard or not has_named:
                    return self._preflight(environ, policy, None, start_response)
                if known.refusal is not None:
                    return preflights.answer(environ, known, start_response)
                start_response("204 No Content", [*known.headers])
                return []
            if is_heard:
                return self._ask(environ, start_response)
        if CLAIM in environ and environ[CLAIM] is not None:
            return self._ask(environ, start_response)
        lines = (policy.decided.get(origin) or protocol.decide(policy, origin)).headers

        def start(
            status: str, headers: list[Header], exc_info: ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            try:
                sent = headers + lines
            except TypeError:  # no list: PEP 3333 wants one, but some servers do not mind
                headers = [*headers]
                sent = headers + lines
            for name, _ in headers:
                if name not in UNRELATED and name.lower() in MERGED:
                    sent = merge(headers, lines)
                    break
            if exc_info is None:
                return start_response(status, sent)
            return start_response(status, sent, exc_info)

        environ[CLAIM] = policy
        try:
            return self._app(environ, start)
        finally:
            environ[CLAIM] = None  # what is called next with this environ lies beside this app

    def _ask(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Do the same by asking which endpoint answers, and whether another wrapper decides."""
        origin: str | None = environ.get("HTTP_ORIGIN")
        if origin is not None and ASKS in environ and environ["REQUEST_METHOD"] == "OPTIONS":
            return self._preflight_endpoint(environ, origin, start_response)
        resolver, tell = self._resolver, self._tell
        outer: Claim = environ.get(CLAIM)
        if resolver.looks_first or "SCRIPT_NAME" not in environ or "PATH_INFO" not in environ:
            entry = resolver.entry(environ)
        else:  # the same without a call
            entry = environ["REQUEST_METHOD"], environ["SCRIPT_NAME"], environ["PATH_INFO"]
        claim = environ[CLAIM] = outer, resolver, entry
        started = False

        def start(
            status: str, headers: list[Header], exc_info: ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            nonlocal started
            outer, resolver, entry = claim
            policy = resolver.answered_by(environ, entry)
            sent = headers
            if outer is not None and claimed(outer, environ) is not None:
                if policy is not None:
                    tell.stacked()
            elif policy is not None:
                decision = policy.decided.get(origin) or protocol.decide(policy, origin)
                if decision.refusal and origin is not None and not started and tell.is_heard():
                    tell.refused_origin(environ, origin, policy)
                try:
                    sent = headers + decision.headers
                except TypeError:  # no list, as above
                    headers = [*headers]
                    sent = headers + decision.headers
                for name, _ in headers:
                    if name not in UNRELATED and name.lower() in MERGED:
                        sent = merge(headers, decision.headers)
                        break
            elif origin is not None and not started and tell.is_heard():
                sent = [*headers]  # no list, perhaps
                tell.no_policy(environ, origin, sent)
            started = True
            if exc_info is None:
                return start_response(status, sent)
            return start_response(status, sent, exc_info)

        try:
            body = self._app(environ, start)
        except Exception:
            tell.escaped(environ, origin)
            raise
        finally:
            environ[CLAIM] = outer
        # A framework that has started has run its view; under one policy the app may be anything.
        if origin is None or (started and self._policy is None) or hasattr(body, "__len__"):
            return body
        return Watched(body, partial(tell.escaped, environ, origin))

    def _find_policy(self, environ: WSGIEnvironment, method: str) -> Policy | None:
        return self._policy

    def _preflight_endpoint(
        self, environ: WSGIEnvironment, origin: str, start_response: StartResponse
    ) -> Iterable[bytes]:
        policy, served = preflights.find_endpoint(self._resolver, environ)
        if policy is None:
            environ.setdefault(CLAIM, None)  # a wrapper was here, which adapters look for
            return self._app(environ, self._tell.listening(environ, origin, start_response))
        return self._preflight(environ, policy, served, start_response)

    def _preflight(
        self,
        environ: WSGIEnvironment,
        policy: Policy,
        served: Sequence[str] | None,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        asked = preflights.read(environ)
        decision = protocol.preflight(policy, asked, served)
        self._tell.objection(environ, policy, asked, served)
        return preflights.answer(environ, decision, start_response)


class RoutedMiddleware(CORSMiddleware):
    """A wrapper that always asks a resolver, and so need not look whether it has one policy.

    For adapters: inside a framework one call less is a good part of what CORS costs.
    """

    __call__ = CORSMiddleware._ask


def wrap(
    policy: Policy | None = None,
    *,
    resolve: Callable[[WSGIEnvironment, str], Found] | None = None,
    **settings: Unpack[Settings],
) -> Callable[[WSGIApplication], CORSMiddleware]:
    """Wrap a raw WSGI callable: :class:`CORSMiddleware` as a decorator.

    >>> @wrap(allow_origins=["https://app.example"])
    ... def app(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"hello"]

    :raises TypeError: if it could not act: called without a policy, or on a view.
    """
    policy = one_policy("wrap", policy, resolve, settings)

    def wrap_app(app: WSGIApplication) -> CORSMiddleware:
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
