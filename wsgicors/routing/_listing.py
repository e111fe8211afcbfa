"""What an app with a router shows for people: its routes, and what is decorated in vain.

The log, the check of an adapter and the audit use it.
"""

import gc
import logging
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar, NamedTuple
from weakref import WeakValueDictionary

from .._core.headers import quote
from .._decorator import Mark, all_marked, has_unread_marks
from .._introspection import Stray, is_installed_code, place_of
from .._marks import code_of, hidden_marks, marks_above_routes, read_marks, unreached_marks
from .._registry import TABLES, PolicyRegistry
from .._resolver import Resolver

logger = logging.getLogger("wsgicors")

FRAMEWORKS = frozenset({"bottle", "django", "falcon", "flask", "pyramid", "werkzeug"})
"""Packages whose own views, such as those of static files, need no policy."""

MAX_NAMED = 5
"""The most views without a policy that the log names."""


class Target(NamedTuple):
    """A view, as a router finds it."""

    endpoint: Any
    """Its key in the table ``endpoints``, the same in every request: a name, or a pattern."""
    view: object
    """What carries the decorator's mark."""
    rule: str = ""
    """The URL as the router's rule has it."""
    redirect: object = None
    """Where the router itself redirects to, if it does: a URL, or the code that returns it."""
    registry: PolicyRegistry | None = None
    """The policies of the app that the view belongs to, if that is another app with CORS."""
    condition: str = ""
    """What decides, beside the URL and the method, whether this view or the next answers."""


RouteTarget = tuple[str, Iterable[str], Target]
"""A route: its URL, its methods and its view."""


class ListingResolver(Resolver):
    """A resolver that can list the routes of its app, and their views."""

    has_debug_mode: ClassVar[bool] = True
    """Whether the framework has a debug mode.

    Without one, the log always warns of decorators above routes.
    """

    framework: ClassVar[str] = ""
    """The name of the package of the framework, as one installs it."""

    own_policy: ClassVar[str] = "give the view its own policy: @cors(allow_origins=[...])"

    tables: ClassVar[Mapping[str, str]] = TABLES
    """How users of the framework spell the names of the tables, for messages."""

    has_looked_for_strays: ClassVar[bool] = False
    """Whether the log names the decorated views that no route reaches."""

    def __init__(self) -> None:
        _resolvers[id(self)] = self

    @abstractmethod
    def routes(self) -> Iterable[RouteTarget]:
        """Yield every route: its URL, its methods and its view; the first of two alike counts."""

    def views(self) -> Iterable[tuple[Any, object]]:
        """Yield every view with its endpoint."""
        for _, _, target in self.routes():
            yield target.endpoint, target.view

    def packages(self) -> set[str]:
        """Return the packages that belong to this app, even if they are installed."""
        return set()

    def name(self) -> str:
        """Return the name of this app, if it has one."""
        return ""

    def configuration(self) -> Mapping[str, str]:
        """Return what says how this app is configured: settings by name."""
        return {}

    def other_layers(self) -> Iterable[str]:
        """Return what else writes CORS headers in this app: libraries, by name."""
        return ()

    def strays(self, routes: Iterable[RouteTarget]) -> Iterator[Stray]:
        """Yield what is decorated, and reached by no route of any app.

        In installed packages, only those count that are of this app or that it routes to.
        """
        served = [(target.view, methods) for _, methods, target in routes]
        modules = (str(getattr(view, "__module__", "")) for view, _ in served)
        packages = self.packages() | {module.partition(".")[0] for module in modules}
        for other in _all_resolvers():
            if other is not self:
                served += _served_by(other)
        views = [view for _, view in self.views()]
        above_routes = [*marks_above_routes(views)]
        wrappers = {id(view): wrapper for wrapper, view in hidden_marks(views)}
        for view in unreached_marks(served, packages):
            name = getattr(view, "__qualname__", repr(view))
            is_above_route = any(view is other for other in above_routes)
            wrapper = wrappers.get(id(view))
            hidden_by = "" if wrapper is None else getattr(wrapper, "__qualname__", repr(wrapper))
            yield Stray(name, place_of(code_of(view, "")), is_above_route, hidden_by)

    def warn_of_strays(self) -> None:
        """Log the decorated views that no route reaches, once in a process.

        It is done when the first of its apps answers: by then, all of them have been created. Test
        runs may create an app for each test.
        """
        if ListingResolver.has_looked_for_strays or not all_marked():
            return
        ListingResolver.has_looked_for_strays = True
        routes = [*self.routes()]
        strays = [*self.strays(routes)]
        if strays:  # some may belong to discarded apps
            gc.collect()
            strays = [*self.strays(routes)]
        for stray in strays:
            is_logged = stray.is_above_route or stray.hidden_by
            if is_logged and (self.debug or not self.has_debug_mode):
                continue  # warn_of_marks_above_routes says so
            logger.warning(
                "@cors on %s (%s) has no effect, because no route reaches this view; add a route, "
                "put @cors on what the route names, or use %s={...} [%s]",
                stray.name,
                stray.place,
                self.tables["endpoints"],
                "mark-above-route" if stray.is_above_route else "unreached-mark",
            )

    def warn_of_other_layers(self) -> None:
        """Log what else writes CORS headers in this app."""
        for name in self.other_layers():
            logger.warning(
                "%s writes CORS headers beside wsgicors: it may answer preflights, and pages may "
                "read what wsgicors leaves without CORS; remove one of the two [other-cors-layer]",
                name,
            )

    def log_coverage(self, registry: PolicyRegistry) -> None:
        """Log how many views have a policy; in debug mode as a warning, if some have none.

        Views of the framework itself, such as those of static files, do not count, nor those for
        which CORS is off.
        """
        debug = self.debug
        if not logger.isEnabledFor(logging.WARNING if debug else logging.INFO):
            return
        try:
            covered, uncovered = self._coverage(registry)
        except Exception:  # raised by code of the app, which is served all the same
            logger.exception("looking for views without a policy raised an exception")
            return
        with_one, number = len(covered), len(covered) + len(uncovered)
        if debug and uncovered:
            logger.warning(
                "%d of %d views have a CORS policy; without one: %s",
                with_one,
                number,
                _some(uncovered),
            )
        elif number:
            names = f"; without one: {_some(uncovered)}" if uncovered else ""
            logger.info("%d of %d views have a CORS policy%s", with_one, number, names)

    def _coverage(self, registry: PolicyRegistry) -> tuple[set[str], list[str]]:
        """Return the views with a policy for all methods, and the others with what lacks one."""
        covered = set[str]()
        lacking: dict[str, set[str]] = {}
        installed = set[str]()
        for _, methods, target in self.routes():
            name = str(target.endpoint)
            for method in () if target.redirect else methods:
                code = code_of(target.view, method)
                if str(getattr(code, "__module__", "")).partition(".")[0] in FRAMEWORKS:
                    continue
                owner = target.registry or registry
                source = owner.source_of(target.endpoint, target.view, method)
                if source.policy is not None:
                    covered.add(name)
                elif source.kind == "none":
                    lacking.setdefault(name, set()).add(method)
                    if is_installed_code(code):
                        installed.add(name)
        names = sorted(lacking, key=installed.__contains__)  # the app's own views first
        shown = [
            f"{quote(name)} ({', '.join(sorted(lacking[name]))})"
            if name in covered
            else quote(name)
            for name in names
        ]
        return covered.difference(lacking), shown

    def warn_of_marks_above_routes(self) -> None:
        """Log each view whose route has another function than the decorated one."""
        if not Mark.is_in_use:
            return
        views = [view for _, view in self.views()]
        for view in marks_above_routes(views):
            logger.warning(
                "%r: the route decorator is below @cors, so the router never sees @cors; move the "
                "route decorator to the top [mark-above-route]",
                view,
            )
        for wrapper, view in hidden_marks(views):
            log_hidden_mark(view, wrapper)


def log_hidden_mark(view: object, wrapper: object) -> None:
    """Log a decorated view that the router cannot see, and what hides it."""
    logger.warning(
        "%r: the router has %r instead, made by a decorator that does not use "
        "functools.wraps, so it never sees @cors; use functools.wraps in the decorator, or "
        "move @cors above it [unreached-mark]",
        view,
        wrapper,
    )


def _some(names: Sequence[str]) -> str:
    """List the first names, and count the others."""
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _served_by(resolver: ListingResolver) -> Iterable[tuple[object, Iterable[str]]]:
    """Return all views of an app with the methods of their routes; none if it cannot list them."""
    try:
        routed = [(target.view, methods) for _, methods, target in resolver.routes()]
        return [*routed, *((view, ()) for _, view in resolver.views())]
    except Exception:
        logger.warning(
            "the routes of another app cannot be listed, so its decorated views count as unreached",
            exc_info=True,
        )
        return ()


def are_all_marks_read() -> bool:
    """Return whether every decorated view of this process belongs to an app with CORS."""
    if has_unread_marks():
        for resolver in _all_resolvers():
            with suppress(Exception):  # an app whose views cannot be listed yet
                for _, view in resolver.views():
                    read_marks(view)
    return not has_unread_marks()


def _all_resolvers() -> list[ListingResolver]:
    """Return the resolvers of this process, while other threads create and free apps."""
    found = (reference() for reference in _resolvers.valuerefs())
    return [resolver for resolver in found if resolver is not None]


_resolvers: "WeakValueDictionary[int, ListingResolver]" = WeakValueDictionary()
"""Every resolver of an app with a router, by its id."""
