"""Resolvers: which endpoint a request reaches, and which policy that endpoint has.

A resolver is a function that takes the environ and a method and returns an :class:`Endpoint`, a
policy or ``None``. A resolver for a framework derives from :class:`Resolver`, so that it can read
which endpoint the framework itself has matched.
"""

import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import unquote

from ._core.headers import SAFELISTED_METHODS, is_token, name_of_code, split_list
from ._core.places import calling_place
from ._core.policy import Policy, Settings, check_names
from ._core.protocol import Decision, actual, decisions, with_vary
from ._introspection import Label, Route, Row, Survey, format_place, quote_path

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

logger = logging.getLogger("wsgicors")

EXTENSION_KEY = "wsgicors"
"""The key of an app's resolver in Flask's ``app.extensions`` and in Pyramid's registry."""

NOTE_KEY = "wsgicors.note"
"""The key in the environ for what lies outside a wrapper while it answers a preflight."""

EVERYTHING = "*"
"""The URL and the method in a row of the audit where one policy covers all of them."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a resolver found: the policy of an endpoint, and the methods that it serves.

    >>> from wsgicors import Policy
    >>> api = Policy(allow_origins=["https://app.example"])
    >>> Endpoint(api, ["GET", "HEAD", "PUT"]).methods
    ['GET', 'HEAD', 'PUT']

    :param policy: the policy, or ``None`` for no CORS.
    :param methods: the methods at this URL that have this very policy, as a list or one
        comma-separated string; ``None`` if no router knows them.
    :param vary: the request headers that the resolver reads to find the policy, such as
        ``["Cookie"]``, as a list or one comma-separated string. All responses of the endpoint name
        them in ``Vary``.
    :raises TypeError: if one of them has another type.
    :raises ValueError: if ``"*"`` is among the methods, or an entry of ``vary`` is not a header
        name.
    """

    policy: Policy | None
    methods: Sequence[str] | None = None
    vary: Sequence[str] = ()

    def __post_init__(self) -> None:
        policy, methods = cast("object", self.policy), cast("object", self.methods)
        if policy is not None and not isinstance(policy, Policy):
            raise TypeError(f"{policy!r} is not a Policy; use Endpoint(Policy(...), methods)")
        if methods is not None:
            names = _read_names(methods, "a list of methods", "Endpoint(policy, ['GET'])")
            object.__setattr__(self, "methods", names)
            if "*" in names:
                raise ValueError(
                    "'*' is not a method that a URL serves; list its methods, or use "
                    "Endpoint(policy) if the policy is the same for all methods"
                )
        if self.vary != ():
            names = _read_names(self.vary, "a list of header names", "vary=['Cookie']")
            object.__setattr__(self, "vary", names)
            for name in names:
                if not is_token(name) or "*" in name:
                    raise ValueError(f"{name!r} is not the name of a header; use vary=['Cookie']")


def _read_names(given: object, kind: str, use: str) -> Sequence[str]:
    """Return the names that a resolver gave in a list or one string."""
    names = split_list(given) if isinstance(given, str) else given
    if isinstance(names, Sequence):
        items = cast("Sequence[object]", names)
        if all(isinstance(name, str) for name in items):
            return cast("Sequence[str]", names)
    raise TypeError(f"{given!r} is not {kind}; use {use}")


Found = Endpoint | Policy | None
"""What a resolver returns."""

ResolverFunction = Callable[["WSGIEnvironment", str], Found]


class Resolver(ABC):
    """Finds the endpoint of a request, before the app is called and when it answers."""

    runs_views_first: ClassVar[bool] = False
    """Whether the app calls ``start_response`` only after the view has run, as frameworks do."""

    own_policy: ClassVar[str] = "give its path its own policy: resolve=by_path({...})"
    """How to give one of several endpoints another policy, for messages."""

    @property
    def debug(self) -> bool:
        """Whether the app is in debug mode: refusals are then logged as warnings."""
        return False

    @abstractmethod
    def __call__(self, environ: "WSGIEnvironment", method: str) -> Found:
        """Find the endpoint that a request with this method would reach."""

    def app_context(self) -> AbstractContextManager[object]:
        """Return the context in which origin callables run for preflights."""
        return nullcontext()

    @abstractmethod
    def enter(self, environ: "WSGIEnvironment") -> object:
        """Return what :meth:`decide` has to know of the environ before the app can change it."""

    @abstractmethod
    def decide(
        self,
        environ: "WSGIEnvironment",
        entered: Any,
        origin: str | None,
    ) -> Decision | None:
        """Decide by the policy of the endpoint that answers, when the app starts its response.

        :param environ: the environ as the app has left it.
        :param entered: what :meth:`enter` returned for this request.
        :returns: ``None`` if the endpoint has no policy.
        """

    def endpoint_of(self, environ: "WSGIEnvironment") -> object:
        """Return the name of the endpoint that has answered; ``None`` if it is not known."""
        return None

    def label_of(self, environ: "WSGIEnvironment", method: str) -> Label:
        """Name the endpoint that such a request would reach, and its policy."""
        return Label()

    def label_answering(self, environ: "WSGIEnvironment", entered: Any) -> Label:
        """Name the endpoint that answers, and its policy.

        :param environ: the environ as the app has left it.
        :param entered: what :meth:`enter` returned for this request.
        """
        return Label()

    def place_of(self, entered: Any) -> Mapping[str, str]:
        """Return SCRIPT_NAME and PATH_INFO on entry, because apps further in may change them.

        :param entered: what :meth:`enter` returned.
        :returns: nothing if the resolver does not keep them.
        """
        return {}

    def vary_of(self, entered: Any) -> Sequence[str]:
        """Return the request headers to name in ``Vary`` where there is no policy."""
        return ()

    def find_for_preflight(self, environ: "WSGIEnvironment", method: str) -> Endpoint:
        """Find the endpoint of a preflight, with what holds for both ways to read its path.

        Cheroot decodes the path of every request but ``OPTIONS``, so the request that follows may
        reach another endpoint than the path of the preflight names.

        :param method: the method that the preflight asks for.
        """
        endpoint = as_endpoint(self(environ, method))
        path: str = environ.get("PATH_INFO", "")
        if "%" not in path:
            return endpoint
        decoded = {**environ, "PATH_INFO": _decode(path)}
        other = as_endpoint(self(decoded, method))
        vary = [*endpoint.vary, *other.vary]
        if other.policy != endpoint.policy:
            return Endpoint(None, vary=vary)
        methods = endpoint.methods
        if methods is None or other.methods is None:
            methods = methods or other.methods
        else:
            methods = [name for name in methods if name in other.methods]
        return Endpoint(endpoint.policy, methods, vary)

    def route_of(self, environ: "WSGIEnvironment", method: str) -> Route:
        """Describe where the policy of such a request comes from, for people."""
        endpoint = as_endpoint(self(environ, method))
        return Route(endpoint.policy, "resolver", methods=endpoint.methods)

    def route_answering(self, environ: "WSGIEnvironment", entered: Any) -> Route:
        """Describe where the policy of the request that is being answered comes from, for people.

        :param environ: the environ as the app has left it.
        :param entered: what :meth:`enter` returned for this request.
        """
        return self.route_of({**environ, **self.place_of(entered)}, environ["REQUEST_METHOD"])

    def survey(self) -> Survey | None:
        """List every route with its policy; ``None`` if the resolver cannot."""
        return None


def _decode(path: str) -> str:
    """Decode a path as Cheroot does, which keeps slashes encoded."""
    return "%2F".join(unquote(part, "latin-1") for part in re.split("%2f", path, flags=re.I))


class SinglePolicy(Resolver):
    """One policy for every request."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._place = calling_place()

    @property
    def policy(self) -> Policy:
        """The policy, which may be replaced while serving.

        A request finishes under the policy that it began with.
        """
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._policy = policy
        self._endpoint = Endpoint(policy)
        self._decisions = decisions(policy)

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Policy:
        """Return the policy."""
        return self._policy

    def find_for_preflight(self, environ: "WSGIEnvironment", method: str) -> Endpoint:
        """Return the policy, which does not depend on the path."""
        return self._endpoint

    def route_of(self, environ: "WSGIEnvironment", method: str) -> Route:
        """Return the policy, which belongs to the wrapper."""
        return Route(self._policy)

    def enter(self, environ: "WSGIEnvironment") -> Mapping[str | None, Decision]:
        """Return the decisions of the policy as it is now."""
        return self._decisions

    def decide(
        self,
        environ: "WSGIEnvironment",
        entered: Mapping[str | None, Decision],
        origin: str | None,
    ) -> Decision:
        """Decide by the policy that the request began with."""
        return entered[origin]

    def survey(self) -> Survey:
        """Return one row for the whole app."""
        row = Row(EVERYTHING, EVERYTHING, "", self.policy, "app")
        return Survey([row._replace(source_place=format_place(self._place))])


class FunctionResolver(Resolver):
    """A resolver that is a plain function; if it raises, there is no endpoint."""

    runs_views_first = True

    def __init__(self, resolve: ResolverFunction) -> None:
        self._resolve = resolve

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Endpoint:
        """Call the function.

        A policy that it returns alone may be the policy of this method only. The response to a
        preflight then lists no other method, unless the function has a true attribute
        ``ignores_method``.
        """
        try:
            found = self._resolve(environ, method)
            if isinstance(found, Policy) and not getattr(self._resolve, "ignores_method", False):
                return Endpoint(found, _methods_of(found, method))
            return as_endpoint(found)
        except Exception:
            path, name = quote_path(environ), name_of_code(self._resolve)
            logger.exception("%s: the resolver %s() raised an exception", path, name)
            return Endpoint(None)

    def enter(self, environ: "WSGIEnvironment") -> Endpoint:
        """Call the function at once: later the app may have changed what it reads."""
        return self(environ, environ["REQUEST_METHOD"])

    def decide(
        self, environ: "WSGIEnvironment", entered: Endpoint, origin: str | None
    ) -> Decision | None:
        """Decide by the endpoint that the function has returned."""
        if entered.policy is None:
            return None
        decision = actual(entered.policy, origin)
        return with_vary(decision, entered.vary) if entered.vary else decision

    def route_answering(self, environ: "WSGIEnvironment", entered: Endpoint) -> Route:
        """Describe the endpoint that the function has returned."""
        return Route(entered.policy, "resolver", methods=entered.methods)

    def vary_of(self, entered: Endpoint) -> Sequence[str]:
        """Return the names that the function returned with the endpoint."""
        return entered.vary

    def survey(self) -> Survey | None:
        """Return the function's own survey, if it has one."""
        survey: Callable[[], Survey] | None = getattr(self._resolve, "survey", None)
        return None if survey is None else survey()


def _methods_of(policy: Policy, method: str) -> Sequence[str]:
    """Return the methods that have a policy, if only this method is known to have it."""
    if policy.allow_methods is None and method not in SAFELISTED_METHODS:
        return ()  # without a router, the policy allows the safelisted methods only
    return () if method == "*" else (method,)


def as_endpoint(found: Found) -> Endpoint:
    """Return what a resolver returned as an endpoint."""
    if isinstance(found, Endpoint):
        return found
    if found is None or isinstance(found, Policy):
        return Endpoint(found)
    raise TypeError(f"a resolver returned {found!r}; it must return an Endpoint, a Policy or None")


def as_resolver(resolve: ResolverFunction) -> Resolver:
    """Return a resolver for a function that may already be one."""
    return resolve if isinstance(resolve, Resolver) else FunctionResolver(resolve)


def choose_policy(
    what: str,
    policy: object,
    resolve: object,
    settings: Settings,
    also: Sequence[str] = ("policy", "resolve", "observer"),
) -> Policy | None:
    """Return the policy that the arguments of a callable define, or ``None`` for a resolver.

    :raises TypeError: unless exactly one of ``policy``, ``resolve`` and ``settings`` is given.
    """
    check_names(what, settings, also=also)
    if sum((policy is not None, resolve is not None, bool(settings))) != 1:
        ways = ", or resolve=..." if "resolve" in also else ""
        raise TypeError(
            f"{what}() takes exactly one of: a policy, settings such as "
            f'allow_origins=["https://app.example"]{ways}'
        )
    if resolve is not None and not callable(resolve):
        raise TypeError(
            f"{resolve!r} is not a resolver; use a function (environ, method) -> Policy"
        )
    if settings:
        return Policy(**settings)
    if policy is not None and not isinstance(policy, Policy):
        use = f"allow_origins={policy!r}" if isinstance(policy, str | list) else "Policy(...)"
        raise TypeError(f"{policy!r} is not a Policy; use {use}")
    return policy


def find_resolver(app: object) -> Resolver | None:
    """Return the resolver of a wrapper, or of the app of a framework that has an adapter."""
    return next((found for found in _candidates(app) if isinstance(found, Resolver)), None)


def _candidates(app: Any) -> Iterator[object]:
    served = getattr(app, "__self__", None)  # a Flask app, of its method wsgi_app
    tables = getattr(app, "extensions", None), getattr(app, "registry", None)
    for table in (*tables, getattr(served, "extensions", None)):
        if isinstance(table, Mapping):
            yield cast("Mapping[str, object]", table).get(EXTENSION_KEY)
    # Bottle's wrapper; Django's handler, which has its first middleware's attributes; a wrapper.
    for owner in (getattr(app, "wsgi", None), getattr(app, "_middleware_chain", None), app):
        yield getattr(owner, "resolver", None)
