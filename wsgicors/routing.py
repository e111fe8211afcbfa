"""Endpoints by a framework's own router: what all adapters have in common.

An adapter says how to ask its framework's router (:meth:`RouterResolver.land`), which routes there
are (:meth:`RouterResolver.routes`), and, if it can be seen, which one the framework has matched
(:meth:`RouterResolver.matched`). Which policy that means, which methods a preflight lists, and what
there is to say of it to people, is the same for all of them and is here.

This room is public, for adapters of your own, with what such an adapter needs from others.
"""

import logging
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from weakref import WeakSet

from .core.headers import SAFELISTED_METHODS, quote
from .core.policy import Policy, Settings
from .marks import MethodOf, code_of, cors, place_of, stray_marks, unreached_marks
from .resolving import Endpoint, Found, Resolver, as_entered
from .surveying import Route, Row, Stray, Survey
from .tables import Assigned, Tables

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = [
    "NOWHERE",
    "USUAL_METHODS",
    "Landing",
    "MethodOf",
    "RouterResolver",
    "Target",
    "cors",
]

logger = logging.getLogger("wsgicors")

USUAL_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
"""The methods that a view is taken to serve where nothing says which."""

REPORTS = "wsgicors.endpoints"
"""The key in the environ under which hooks of frameworks report what was matched, by resolver."""


class Target(NamedTuple):
    """A view, as a router finds it."""

    endpoint: Any
    """What the tables know it by, the same in every request: a name, or the URL's pattern."""
    view: object
    """What the mark is looked for on."""
    rule: str = ""
    """The URL as the router's rule has it."""
    redirect: object = None
    """Where the router itself sends requests on, if it does: a URL, or what works it out."""
    tables: Tables | None = None
    """The policies of the app that the view belongs to, where that is another one with CORS."""


class Landing(NamedTuple):
    """Where a router leads a method at a URL."""

    end: Target | Literal["unserved", "unknown"]
    """The view that serves it; or a URL that serves other methods (405), or none at all (404)."""
    served: Mapping[str, Target]
    """Every method that a view at this URL declares, with its view."""
    redirected: bool = False
    """Whether the router has redirected to where it ends."""

    @property
    def targets(self) -> Sequence[Target]:
        """Every view at this URL, once."""
        ends = [self.end] if isinstance(self.end, Target) else []
        return [*{t.endpoint: t for t in [*self.served.values(), *ends]}.values()]


NOWHERE: Final = Landing("unknown", {})
"""Where a URL leads that the router does not know."""


class RouterResolver(Resolver):
    """Decides by what a framework's router says.

    An adapter derives from it and writes :meth:`land` and :meth:`routes`.

    :param policies: policies by name, or their settings; ``default`` is for views without a mark
        and for unknown URLs.
    :param endpoints: policies, by endpoint, for views that cannot carry a mark.
    """

    looks_first = True

    def __init__(
        self,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[Any, Assigned] | None = None,
    ) -> None:
        self._policies = policies
        self._endpoints = endpoints or {}
        self._tables: Tables | None = None
        _resolvers.add(self)

    # What an adapter says

    @abstractmethod
    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Ask the router where a method at the URL leads.

        ``None`` leads out of this app, where none of its policies holds; :data:`NOWHERE` is a URL
        of this app that it does not know. It may raise: then it leads nowhere, and that is logged.

        :param lists: whether the methods of the URL are wanted where it serves this one.
        """

    @abstractmethod
    def routes(self) -> Iterable[tuple[str, Iterable[str], Target]]:
        """Yield every route: its URL, its methods and its view; of two alike the first counts."""

    def views(self) -> Iterable[tuple[Any, object]]:
        """Return every view with its endpoint."""
        return [(target.endpoint, target.view) for _, _, target in self.routes()]

    def matched(self, environ: "WSGIEnvironment") -> Target | None:
        """Return what the framework has matched, if it says so, or a hook of it has reported it."""
        reports: dict[RouterResolver, Target] = environ.get(REPORTS, {})
        return reports.get(self)

    def report(self, environ: "WSGIEnvironment", target: Target) -> None:
        """Report, from a hook of the framework, what it has matched.

        The first report counts: views of errors come later.
        """
        environ.setdefault(REPORTS, {}).setdefault(self, target)

    # What a wrapper asks

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Found:
        """Find the endpoint of a preflight, with the methods at its URL that have its policy."""
        tables = self.begin()
        landing = self._land(environ, method)
        policy = _policy(tables, landing, method)
        if policy is None or landing is None:
            return None
        if landing.end == "unknown":
            return Endpoint(policy, [method] if policy.allow_methods is None else None)
        served = [
            name
            for name, target in landing.served.items()
            if (other := _policy_of(tables, target, name)) is policy or other == policy
        ]
        return Endpoint(policy, served)

    def entry(self, environ: "WSGIEnvironment") -> Any:
        """Read the policies, so that a fault in them is raised before a view has run.

        What was reported when this environ was last served counts no more.
        """
        self.begin()
        environ.get(REPORTS, {}).pop(self, None)
        return super().entry(environ)

    def answered_by(self, environ: "WSGIEnvironment", entry: Any) -> Policy | None:
        """Return the policy of what has been matched, or route the request anew."""
        tables = self.begin()
        target = self.matched(environ)
        if target is not None:
            return _policy_of(tables, target, environ["REQUEST_METHOD"])
        asked = as_entered(environ, entry)
        method = asked["REQUEST_METHOD"]
        return _policy(tables, self._land(asked, method, lists=False), method)

    def route_of(self, environ: "WSGIEnvironment", method: str) -> Route:
        """Tell which view serves such a request, and where its policy comes from."""
        tables, landing = self.begin(), self._land(environ, method)
        if landing is None:
            return Route(None, "none-here")
        end = landing.end
        if isinstance(end, Target):
            kind, name, policy = (end.tables or tables).source_of(end.endpoint, end.view, method)
            found = self(environ, method)
            methods = found.methods if isinstance(found, Endpoint) else None
            code = code_of(end.view, method)
            return Route(policy, kind, name, methods, end.endpoint, end.rule, code)
        policy = _policy(tables, landing, method)
        if end == "unserved":
            return Route(policy, "405", methods=sorted(landing.served))
        return Route(policy, "404")

    # Reading the policies

    def begin(self) -> Tables:
        """Read the policies when the app first answers: all views are there by then.

        :raises PolicyError: with all that is wrong with them.
        """
        if self._tables is None:
            self._tables = self.read_tables()
        return self._tables

    def read_tables(self) -> Tables:
        """Read the policies as they are now, for a check or a survey."""
        return Tables(self._policies, self.views(), self._endpoints, {})

    def survey(self) -> Survey:
        """List every method of every route, and say whether the app is being developed."""
        tables = self.read_tables()
        rows: dict[tuple[str, str], Row] = {}
        views: list[object] = []
        for url, methods, target in self.routes():
            views.append(target.view)
            for method in sorted(methods, key=_reading_first):
                rows.setdefault((url, method), self.row(tables, url, method, target))
        return Survey([*rows.values()], [*self._strays(views)], self.debug)

    def row(self, tables: Tables, url: str, method: str, target: Target) -> Row:
        """Tell one method of a route."""
        if target.redirect is not None:
            name, place = target.redirect, ""
            if not isinstance(name, str):
                name, place = "", place_of(name)
            return Row(url, method, str(target.endpoint), None, "redirect", name, place)
        source = (target.tables or tables).source_of(target.endpoint, target.view, method)
        kind, name, policy = source
        place = place_of(code_of(target.view, method))
        return Row(url, method, str(target.endpoint), policy, kind, name, place)

    def packages(self) -> set[str]:
        """Return the packages whose marks are this app's, beside those of its views."""
        return set()

    def _strays(self, mine: Collection[object]) -> Iterator[Stray]:
        """Yield the marks that reach no route, neither here nor in another app of the process."""
        others = [v for other in _resolvers if other is not self for _, v in other.views()]
        packages = {str(getattr(view, "__module__", "")).partition(".")[0] for view in mine}
        above = [*stray_marks([view for _, view in self.views()])]
        for marked in unreached_marks([*mine, *others], packages | self.packages()):
            name = getattr(marked, "__qualname__", repr(marked))
            yield Stray(name, place_of(code_of(marked, "")), any(marked is one for one in above))

    def _land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        try:
            return self.land(environ, method, lists=lists)
        except Exception:  # of a converter or a predicate, say, which are the app's code
            path = quote(environ.get("PATH_INFO", ""))
            logger.warning("%s: routing raised", path, exc_info=True)
            return None


_resolvers: "WeakSet[RouterResolver]" = WeakSet()
"""All there are: a mark that another app's router reaches is not in vain."""


def _policy(tables: Tables, landing: Landing | None, method: str) -> Policy | None:
    """Return the policy of what a request ends in: a view, a 405, a 404 or a redirect out."""
    if landing is None:
        return None
    if isinstance(landing.end, Target):
        return _policy_of(tables, landing.end, method)
    if landing.end == "unknown":
        return tables.default
    policies = [_policy_of(tables, target, name) for name, target in landing.served.items()]
    first, *others = policies or [None]
    return first if all(other == first for other in others) else None


def _policy_of(tables: Tables, target: Target, method: str) -> Policy | None:
    return (target.tables or tables).policy_of(target.endpoint, target.view, method)


def _reading_first(method: str) -> tuple[bool, str]:
    return method not in SAFELISTED_METHODS, method
