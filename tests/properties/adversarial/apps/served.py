"""What the apps of all frameworks have in common."""

from collections.abc import Callable
from typing import Any, ClassVar

from tests.properties.adversarial.sites import UNMARKED, Route, Shape, Site
from wsgicors import Policy
from wsgicors._core.problems import RISKS
from wsgicors.routing import cors

App = Callable[..., Any]


def policies_of(site: Site) -> dict[str | None, Policy]:
    risks = sorted(RISKS)
    return {name: Policy(**given, accept_risks=risks) for name, given in site.settings.items()}


class Served:
    """A site that is served."""

    shape: ClassVar[Shape]
    changes: ClassVar[tuple[str, ...]] = ("add", "replace", "late_mark")
    """What can be changed while the app serves."""
    threads_may_add: ClassVar[bool] = True
    """Whether the framework can add a route while other threads serve."""
    app: App
    """The app with CORS, as a server calls it."""
    bare: App
    """The same app without CORS."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.policies = policies_of(site)
        self.functions: dict[str, Any] = {}
        """The views that are functions, by the name of their route."""
        self.build()

    def build(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Leave nothing behind in the process."""

    def decorate(self, mark: str | None, view: Any) -> Any:
        """Decorate a view, if it has a mark."""
        if mark == UNMARKED:
            return view
        return cors(mark if mark is None or self.site.by_name else self.policies[mark])(view)

    def function(self, route: Route, make: Callable[[Any], Any]) -> Any:
        """Make the view of a route that is a function."""
        handler = next(iter(route.handlers.values()))
        view = self.functions[route.name] = self.decorate(handler.mark, make(handler))
        return view

    def table(self, key: Callable[[Route], Any] = lambda route: route.name) -> dict[Any, Any]:
        """Return the table of endpoints, with the keys that the framework has for routes."""
        keys = {route.name: key(route) for route in self.site.routes}
        return {
            keys[name]: named and self.policies[named]
            for name, named in self.site.endpoints.items()
        }

    # Changes while the app serves

    def add(self, route: Route) -> None:
        raise NotImplementedError

    def replace(self, route: Route) -> None:
        raise NotImplementedError

    def late_mark(self, route: Route) -> None:
        """Decorate a view that is served already."""
        mark = next(iter(route.handlers.values())).mark
        self.decorate(mark, self.functions[route.name])
