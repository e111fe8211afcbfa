"""CORS for apps with a Werkzeug ``Map``: each endpoint has the policy of its view.

::

    app = CORS(app, url_map, {"items": items})      # views decorated with @cors

The map itself finds the view that a request would reach, so preflights, redirects and errors
follow the rules that serve the requests. Routing runs the map's converters.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, Never, Unpack, cast
from urllib.parse import unquote, urlsplit

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, MapAdapter, RequestRedirect, Rule

from ._core.places import Place
from ._core.policy import Policy, Settings
from ._decorator import cors
from ._introspection import quote_path
from ._middleware import CORSMiddleware
from ._registry import Assigned, with_default
from .routing import NOT_FOUND, USUAL_METHODS, RouteMatch, RouterResolver, Target

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from ._reporting.events import Observer

__all__ = ["CORS", "MapResolver", "cors"]

logger = logging.getLogger("wsgicors")

MAX_REDIRECTS = 20
"""Redirects that are followed within a map: as many as a browser follows."""


class CORS(CORSMiddleware):
    """A WSGI app whose views, found through a ``Map``, have policies of their own.

    :param app: the WSGI app that dispatches by ``url_map``.
    :param url_map: its map.
    :param views: the decorated views, by endpoint.
    :param policy: the default policy, for views without one of their own and for unknown URLs.
    :param policies: policies by name, for ``@cors("name")``.
    :param endpoints: policies, by endpoint, for views that cannot be decorated.
    :param server_name: as for :meth:`werkzeug.routing.Map.bind_to_environ`.
    :param observer: is called with a :class:`wsgicors.Event` for each request from another origin.
    :param settings: the default policy as keyword arguments, instead of ``policy``:
        ``allow_origins``, ``allow_methods``, ``allow_headers``, ``expose_headers``,
        ``allow_credentials``, ``max_age`` and ``accept_risks``; see :class:`wsgicors.Policy`.
    :raises PolicyError: if a decorator or a table cannot work.
    :raises TypeError: if the arguments are invalid.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        url_map: Map,
        views: Mapping[Any, object],
        policy: Policy | None = None,
        *misplaced: Never,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[Any, Assigned] | None = None,
        server_name: str | None = None,
        observer: "Observer | None" = None,
        **settings: Unpack[Settings],
    ) -> None:
        if not isinstance(cast("object", url_map), Map):
            use = "CORS(app, url_map, views, policy)"
            raise TypeError(f"{url_map!r:.80} is not a werkzeug.routing.Map; use {use}")
        if not isinstance(cast("object", views), Mapping):
            use = "CORS(app, url_map, views, policy), with the views by endpoint"
            raise TypeError(f"{views!r:.80} is not a mapping; use {use}")
        also = ("policy", "policies", "endpoints", "server_name", "observer")
        named = with_default(policies, policy, settings, also, misplaced)
        resolver = MapResolver(url_map, views, named, endpoints, server_name=server_name)
        resolver.read_registry()  # a check of the views that are known already
        super().__init__(app, resolve=resolver, observer=observer)


class MapResolver(RouterResolver):
    """A resolver that asks a ``Map``.

    :param url_map: the map.
    :param views: the views by endpoint.
    :param policies: policies by name.
    :param endpoints: policies, by endpoint, for views that cannot be decorated.
    :param server_name: as for :meth:`werkzeug.routing.Map.bind_to_environ`.
    :param place: as for :class:`.RouterResolver`.
    """

    has_debug_mode: ClassVar[bool] = False
    framework: ClassVar[str] = "Werkzeug"

    def __init__(
        self,
        url_map: Map,
        views: Mapping[Any, object],
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[Any, Assigned] | None = None,
        *,
        server_name: str | None = None,
        place: Place | None = None,
    ) -> None:
        super().__init__(policies, endpoints, place=place)
        self._url_map = url_map
        self._views = views
        self._server_name = server_name

    @property
    def url_map(self) -> Map:
        """The map."""
        return self._url_map

    def views_by_endpoint(self) -> Mapping[Any, object]:
        """Return the views as they are now."""
        return self._views

    def bind(self, environ: "WSGIEnvironment") -> MapAdapter | None:
        """Bind the map to a request; ``None`` if it does not serve the request's host."""
        return self.url_map.bind_to_environ(environ, server_name=self._server_name)

    def context(self) -> AbstractContextManager[object]:
        """Return the context that converters need."""
        return nullcontext()

    def match(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> RouteMatch | None:
        """Ask the map, and follow its redirects."""
        match = None
        try:
            with self.context():
                match = self.match_map(environ, method, lists)
        except HTTPException as error:  # the router's answer to an untrusted host, for example
            logger.debug("%s: routing raised %r", quote_path(environ), error)
        except Exception:  # a teardown function of the app may raise when the match is known
            path = quote_path(environ)
            logger.warning("%s: routing raised an exception", path, exc_info=True)
        return match

    def match_map(self, environ: "WSGIEnvironment", method: str, lists: bool) -> RouteMatch | None:
        """Ask the map; ``None`` for another host, or a redirect out of the app."""
        urls = self.bind(environ)
        if urls is None:
            return None
        path, outcome = _follow_redirects(urls, method)
        if outcome is None or isinstance(outcome, RouteMatch):
            return outcome
        if not isinstance(outcome, Rule):
            known = {*outcome, *urls.allowed_methods()}
            return RouteMatch("method-not-allowed", self._served(urls, known))
        served: dict[str, Target] = {}
        if lists:
            known = {*urls.allowed_methods(path)}
            if path != urls.path_info:  # other methods may be served at this URL itself
                known.update(urls.allowed_methods())
            # A rule without methods serves them all; the usual ones are listed.
            served = self._served(urls, {*(known or USUAL_METHODS), *(outcome.methods or [method])})
        return RouteMatch(self._target(outcome), served)

    def _served(self, urls: MapAdapter, methods: Iterable[str]) -> dict[str, Target]:
        """Return each method for which this very URL leads to a view, with that view.

        Other methods of the URL to which one method is redirected do not count: a browser would
        send them to this URL without a preflight, where another view may serve them.
        """
        served: dict[str, Target] = {}
        for method in sorted(methods):
            try:
                _, rule = _follow_redirects(urls, method)
            except HTTPException:  # as for a websocket
                continue
            # Flask marks the rules to which it added an OPTIONS that the view does not declare.
            is_added = method == "OPTIONS" and getattr(rule, "provide_automatic_options", False)
            if isinstance(rule, Rule) and not is_added:
                served[method] = self._target(rule)
        return served

    def routes(self) -> Iterator[tuple[str, Collection[str], Target]]:
        """Yield every rule, in the order in which the router tries them."""
        for rule in _rules_in_order(self.url_map):
            if rule.build_only or rule.websocket:
                continue
            methods = set(rule.methods or USUAL_METHODS)
            if getattr(rule, "provide_automatic_options", False):
                methods.discard("OPTIONS")
            yield _url_of(rule), methods, self._target(rule)

    def views(self) -> Iterable[tuple[Any, object]]:
        """Return every view, with a rule or without."""
        return self.views_by_endpoint().items()

    def _target(self, rule: Rule) -> Target:
        view = self.views_by_endpoint().get(rule.endpoint)
        return Target(rule.endpoint, view, rule.rule, rule.redirect_to)


def _rules_in_order(url_map: Map) -> list[Rule]:
    """Return all rules; among rules for the same URLs, the one that is tried first comes first.

    A map lists its rules by endpoint. Only its matcher knows which of two rules was added first.
    """
    rules = [*url_map.iter_rules()]
    position = {id(rule): number for number, rule in enumerate(rules)}
    ordered = rules.copy()
    internals: Any = url_map
    states: list[Any] = [internals._matcher._root]
    for state in states:  # the loop adds to this list
        numbers = sorted(position[id(rule)] for rule in state.rules)
        for number, rule in zip(numbers, state.rules, strict=True):
            ordered[number] = rule
        states += [*state.static.values(), *(following for _, following in state.dynamic)]
    return ordered


def _url_of(rule: Rule) -> str:
    """Return the URL of a rule, with the host or subdomain that the rule requires."""
    if rule.host:
        return f"//{rule.host}{rule.rule}"
    return f"//{rule.subdomain}.*{rule.rule}" if rule.subdomain else rule.rule


_Outcome = Rule | Iterable[str] | RouteMatch | None
"""A rule, the methods of a URL that does not serve the one that was asked, or a match."""


def _follow_redirects(urls: MapAdapter, method: str) -> tuple[str, _Outcome]:
    """Follow the router's redirects within the app to the path that serves the request."""
    path = urls.path_info
    for _ in range(MAX_REDIRECTS):
        try:
            return path, urls.match(path, method, return_rule=True)[0]
        except RequestRedirect as redirect:
            target = _path_within(urls, redirect.new_url)
            if target is None:
                break
            path = target
        except MethodNotAllowed as error:
            return path, error.valid_methods or ()
        except NotFound:
            return path, NOT_FOUND
    return path, None


def _path_within(urls: MapAdapter, url: str) -> str | None:
    """Return the path of a URL in this app; ``None`` if the URL leads to another app."""
    target = urlsplit(url)
    root = urls.script_name  # ends in a slash
    if (target.scheme, target.netloc) != (urls.url_scheme, urls.get_host(None)):
        return None
    if not target.path.startswith(root):
        return None
    return "/" + unquote(target.path[len(root) :])
