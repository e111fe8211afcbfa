"""``CORSMiddleware`` and ``wrap``: CORS for any WSGI app, as PEP 3333 requires.

This is the only module that calls ``start_response``. It asks a resolver which endpoint a request
reaches, lets :mod:`._core.protocol` decide, and writes the headers::

    app = CORSMiddleware(app, Policy(allow_origins=["https://app.example"]))
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, Unpack, cast, get_args

from ._core.headers import MERGED_HEADERS, UNRELATED_HEADERS, Header, add_vary, merge
from ._core.own_headers import allows_response
from ._core.policy import Policy, Settings
from ._core.protocol import Preflight, Reason, preflight, refusal_body, with_vary
from ._frameworks import framework_of
from ._introspection import own_origin
from ._reporting.log import RefusalLog
from ._reporting.observers import check_observer
from ._reporting.requests import ReportedRequest
from ._resolver import (
    NOTE_KEY,
    Resolver,
    ResolverFunction,
    SinglePolicy,
    as_resolver,
    choose_policy,
)

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from ._reporting.events import Observer
    from ._reporting.watching import ExcInfo, Outside

OUTER_KEY: Final = "wsgicors.outer"
"""The key in the environ that wrappers leave for those further in: how to ask the outer ones."""

REQUESTED_METHOD: Final = "HTTP_ACCESS_CONTROL_REQUEST_METHOD"
"""The key in the environ for the method that a preflight asks for."""

MAX_METHOD_READ: Final = 1_000
"""The most characters of a requested method that are read; no real method is as long."""

_REFUSED = {reason: refusal_body(reason) for reason in get_args(Reason)}


class Wrapping:
    """What answers with CORS for an app inside: a wrapper, or a Flask app for its own method.

    The names begin with ``wsgicors``, because the object may be an app that has names of its own.
    """

    wsgicors_inner: WSGIApplication
    wsgicors_resolver: Resolver
    wsgicors_log: RefusalLog


def serve(
    wrapper: Wrapping, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer a preflight, or call the app and add headers to its response."""
    origin: str | None = environ.get("HTTP_ORIGIN")
    # A preflight has all three (Fetch, "CORS-preflight request").
    if (
        origin is not None
        and REQUESTED_METHOD in environ
        and environ["REQUEST_METHOD"] == "OPTIONS"
    ):
        return _answer_preflight(wrapper, environ, origin, start_response)

    response = _Response()  # has no __init__, because calling it would take too long
    response.environ = environ
    response.respond = start_response
    response.origin = origin
    response.log = log = wrapper.wsgicors_log
    response.started = False
    response.resolver = resolver = wrapper.wsgicors_resolver
    response.entered = resolver.enter(environ)
    response.outer = outer = environ.get(OUTER_KEY)
    environ[OUTER_KEY] = response
    try:
        body = wrapper.wsgicors_inner(environ, response.start)
    except Exception:
        response.app_raised()
        raise
    finally:
        environ[OUTER_KEY] = outer
    has_run = response.started and resolver.runs_views_first
    is_unreported = log.reporter is not None and not response.started
    if (
        origin is None
        or has_run
        or hasattr(body, "__len__")
        or not (is_unreported or log.is_enabled())
    ):
        return body
    from ._reporting.watching import WatchedBody  # most apps are not watched

    return WatchedBody(body, response.app_raised)


def _answer_preflight(
    wrapper: Wrapping, environ: WSGIEnvironment, origin: str, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer a preflight by the policy of its endpoint; without one, the app answers."""
    resolver = wrapper.wsgicors_resolver
    method = environ[REQUESTED_METHOD][:MAX_METHOD_READ]
    endpoint = resolver.find_for_preflight(environ, method)
    asked = Preflight(origin, method, environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", ""))
    policy = endpoint.policy
    outside: Outside | None = environ.get(NOTE_KEY)
    if policy is None:
        if outside is not None:
            outside.note_preflight(resolver, environ, asked, None)
        environ.setdefault(OUTER_KEY, None)
        log, start = wrapper.wsgicors_log, _with_vary(start_response, endpoint.vary)
        if log.reporter is None and not log.is_enabled():
            return wrapper.wsgicors_inner(environ, start)
        from ._reporting.watching import PassedOn  # most apps are not watched

        passed_on = PassedOn(log, environ.copy(), asked, start, outside)
        return passed_on.answer(environ, wrapper.wsgicors_inner)
    trial = policy.trial
    if policy.origins.asks_app or (trial is not None and trial.origins.asks_app):
        with resolver.app_context():
            decision = preflight(policy, asked, endpoint.methods)
            wrapper.wsgicors_log.preflight(environ, decision, asked, endpoint.methods)
    else:
        decision = preflight(policy, asked, endpoint.methods)
        wrapper.wsgicors_log.preflight(environ, decision, asked, endpoint.methods)
    if endpoint.vary:
        decision = with_vary(decision, endpoint.vary)
    status, headers = "204 No Content", [*decision.headers]
    body: list[bytes] = []
    if decision.refusal is not None:
        if origin == own_origin(environ):
            # A request of the app's own pages is not cross-origin, so it is not refused. The
            # response allows nothing either: behind a proxy this origin can be a wrong guess.
            headers = [line for line in headers if line[0] == "Vary"]
        else:
            status, body = "403 Forbidden", [_REFUSED[decision.refusal]]
            headers += [("Content-Type", "text/plain")]
    if outside is not None:
        outside.note_preflight(resolver, environ, asked, decision, status, headers)
    start_response(status, headers)
    return body


class CORSMiddleware(Wrapping):
    """A WSGI app with CORS: it answers preflights and adds headers to all other responses.

    >>> def hello(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"hello"]
    >>> app = CORSMiddleware(hello, allow_origins=["https://app.example"])
    >>> app.policy = app.policy.derive(max_age=60)

    :param app: any WSGI app; for a Flask app use ``wsgicors.flask.CORS``.
    :param policy: the one policy of the app.
    :param resolve: a resolver, instead of one policy.
    :param observer: is called with an :class:`Event` for each request from another origin.
    :param settings: the policy as keyword arguments, instead of ``policy``: ``allow_origins``,
        ``allow_methods``, ``allow_headers``, ``expose_headers``, ``allow_credentials``, ``max_age``
        and ``accept_risks``. :class:`Policy` describes them.
    :raises TypeError: if the arguments are invalid.
    :raises PolicyError: if the settings cannot work.
    """

    def __init__(
        self,
        app: WSGIApplication,
        policy: Policy | None = None,
        *,
        resolve: ResolverFunction | None = None,
        observer: Observer | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        check_unwrapped(app)
        _check_app(app)
        check_observer(observer)
        policy = choose_policy(type(self).__name__, policy, resolve, settings)
        self.wsgicors_inner = app
        if resolve is None:
            self.wsgicors_resolver = SinglePolicy(cast("Policy", policy))
        else:
            self.wsgicors_resolver = as_resolver(resolve)
        self.wsgicors_log = RefusalLog(self.wsgicors_resolver, observer)

    @property
    def policy(self) -> Policy | None:
        """The one policy, which may be replaced while serving; ``None`` with a resolver.

        A request finishes under the policy that it began with.
        """
        resolver = self.wsgicors_resolver
        return resolver.policy if isinstance(resolver, SinglePolicy) else None

    @policy.setter
    def policy(self, policy: Policy) -> None:
        if not isinstance(self.wsgicors_resolver, SinglePolicy):
            raise TypeError("this wrapper has a resolver; change what the resolver returns instead")
        if not isinstance(policy, Policy):
            raise TypeError(f"{policy!r} is not a Policy; use app.policy = Policy(...)")
        self.wsgicors_resolver.policy = policy

    @property
    def resolver(self) -> Resolver:
        """The resolver that finds the policy of each request."""
        return self.wsgicors_resolver

    __call__ = serve


class _Response:
    """The response to an actual request, to which headers are added when it starts."""

    __slots__ = ("entered", "environ", "log", "origin", "outer", "resolver", "respond", "started")

    environ: WSGIEnvironment
    respond: StartResponse
    """The server's ``start_response``."""
    origin: str | None
    log: RefusalLog
    started: bool
    """Whether the app has called ``start_response``: a second call logs and reports nothing."""
    resolver: Resolver
    entered: object
    """What the resolver knows of the environ on entry."""
    outer: _Response | None
    """The same response in the next wrapper further out, if there is one."""

    def start(
        self, status: str, headers: list[Header], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """Start the response, with CORS headers if no wrapper further out adds them."""
        origin, outer = self.origin, self.outer
        log = None if self.started else self.log
        # Without an origin, so that no callable of an outer policy is called.
        is_inner = outer is not None and outer.has_policy(self)
        asked = None if is_inner else origin
        decision = self.resolver.decide(self.environ, self.entered, asked)
        if is_inner:
            if decision is not None and log is not None:
                log.ignored()
        elif decision is not None:
            if outer is not None:
                outer.leave_to_inner()
            own = [*headers]  # PEP 3333 requires a list, but some servers do not
            for name, _ in own:  # here, because most responses save a call of merge()
                if name not in UNRELATED_HEADERS and name.lower() in MERGED_HEADERS:
                    replaced: list[Header] = []
                    headers = merge(own, decision.headers, replaced)
                    if replaced and log is not None:
                        log.replaced(self.environ, replaced, decision)
                    break
            else:
                headers = [*own, *decision.headers]
            if log is not None and origin is not None:
                if decision.refusal is not None:
                    log.refused_origin(self.environ, self.entered, origin, decision.policy)
                is_tried = decision.policy.trial is not None and decision.refusal is None
                if log.reporter is not None or is_tried:
                    request = self.reported(origin)
                    if log.reporter is not None:
                        log.reporter.report(request, decision.refusal)
                    if is_tried:
                        log.trials.response(request, decision, status, own)
        else:
            headers = [*headers]
            if vary := self.resolver.vary_of(self.entered):
                headers = add_vary(headers, vary)
            if log is not None and origin is not None:
                reason = None if allows_response(origin, headers) else "no-policy"
                if reason is not None:
                    log.no_policy(self.environ, self.entered, origin)
                if log.reporter is not None:
                    log.reporter.report(self.reported(origin), reason)
                    if outer is not None:
                        outer.leave_to_inner()
        self.started = True
        if exc_info is None:
            return self.respond(status, headers)
        return self.respond(status, headers, exc_info)

    def reported(self, origin: str) -> ReportedRequest:
        """Return the request, for the observer and the log of trials."""
        return ReportedRequest(self.resolver, self.environ, self.entered, origin)

    def has_policy(self, inner: _Response) -> bool:
        """Return whether this wrapper, or one further out, has a policy for the request.

        :param inner: the response that asks.
        """
        decision = self.resolver.decide(self.environ, self.entered, None)
        return decision is not None or (self.outer is not None and self.outer.has_policy(inner))

    def leave_to_inner(self) -> None:
        """Log and report nothing, because a wrapper further in does."""
        self.started = True
        if self.outer is not None:
            self.outer.leave_to_inner()

    def app_raised(self) -> None:
        """Log that the app raised, and report it if the response has not started."""
        if self.origin is None:
            return
        self.log.app_raised(self.environ)
        is_inner = self.outer is not None and self.outer.has_policy(self)
        if self.log.reporter is not None and not self.started and not is_inner:
            self.log.reporter.report(self.reported(self.origin), "app-raised")
            self.leave_to_inner()


def _with_vary(start_response: StartResponse, names: Sequence[str]) -> StartResponse:
    """Return a ``start_response`` that adds names to ``Vary``."""
    if not names:
        return start_response

    def start(
        status: str, headers: list[Header], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        headers = add_vary(headers, names)
        if exc_info is None:
            return start_response(status, headers)
        return start_response(status, headers, exc_info)

    return start


def wrap(
    policy: Policy | None = None,
    *,
    resolve: ResolverFunction | None = None,
    observer: Observer | None = None,
    **settings: Unpack[Settings],
) -> Callable[[WSGIApplication], CORSMiddleware]:
    """Wrap a raw WSGI callable: :class:`CORSMiddleware` as a decorator.

    >>> @wrap(allow_origins=["https://app.example"])
    ... def app(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"hello"]

    :param policy: the one policy of the app.
    :param resolve: a resolver, instead of one policy.
    :param observer: is called with an :class:`Event` for each request from another origin.
    :param settings: the policy as keyword arguments, instead of ``policy``: ``allow_origins``,
        ``allow_methods``, ``allow_headers``, ``expose_headers``, ``allow_credentials``, ``max_age``
        and ``accept_risks``. :class:`Policy` describes them.
    :raises TypeError: without a policy, or on a view.
    :raises PolicyError: if the settings cannot work.
    """
    check_observer(observer)
    policy = choose_policy("wrap", policy, resolve, settings)

    def wrap_app(app: WSGIApplication) -> CORSMiddleware:
        try:
            inspect.signature(app).bind({}, None)
        except ValueError:
            pass  # some built-in and compiled callables have no signature
        except TypeError:
            raise TypeError(
                f"{app!r} does not take (environ, start_response), so it is not a WSGI app; "
                f"for a view, use @cors(policy)"
            ) from None
        return CORSMiddleware(app, policy, resolve=resolve, observer=observer)

    return wrap_app


def check_unwrapped(app: object) -> None:
    """Reject an app that answers with CORS already.

    :raises TypeError: if it does.
    """
    if isinstance(getattr(app, "__self__", app), Wrapping):
        raise TypeError(
            "this app already has a CORS wrapper; wrap it once, with one policy or one resolver"
        )


def _check_app(app: object) -> None:
    """Reject an app that has an adapter of its own, and what is not an app."""
    if (framework := framework_of(app)) is not None:
        use = framework.instead
        raise TypeError(f"{app!r} is an app of a framework that has an adapter; use {use}")
    if not callable(app):
        raise TypeError(f"{app!r:.80} is not a WSGI app; pass the app first, then the policy")
