"""Plain WSGI apps: with ``by_path``, and with a function as the resolver."""

from typing import Any

from tests.properties.adversarial.apps.served import Served, policies_of
from tests.properties.adversarial.sites import UNMARKED, Handler, Route, Shape, run
from wsgicors import CORSMiddleware, Endpoint
from wsgicors.paths import by_path

REASONS = {200: "OK", 302: "Found", 401: "Unauthorized", 404: "Not Found", 405: "Not Allowed"}


def respond(start_response: Any, status: int, headers: Any, body: Any) -> Any:
    start_response(f"{status} {REASONS[status]}", headers)
    return body


def mounted_app(handler: Handler) -> Any:
    """Make an app to mount in another one."""
    return lambda environ, start_response: respond(start_response, *run(handler, environ))


class FunctionSite(Served):
    """An app that serves exact paths, and a resolver that knows them."""

    shape = Shape(classes=False)
    changes = ("add", "replace", "late_mark", "new_policies")

    def build(self) -> None:
        self.views: dict[str, dict[str, Handler]] = {}
        for route in self.site.routes:
            self.add(route)
        self.bare = self._dispatch
        self.app = CORSMiddleware(self._dispatch, resolve=self._resolve)

    def add(self, route: Route) -> None:
        for url in route.urls:
            self.views[url] = {**route.handlers, **self.views.get(url, {})}

    def replace(self, route: Route) -> None:
        for at_url in self.views.values():
            for method, handler in at_url.items():
                if handler.name.rstrip("'") == route.name:
                    at_url[method] = route.handlers[method]

    late_mark = replace

    def new_policies(self, _: Route) -> None:
        self.policies = policies_of(self.site)

    def _dispatch(self, environ: Any, start_response: Any) -> Any:
        at_url = self.views.get(environ["PATH_INFO"], {})
        handler = at_url.get(environ["REQUEST_METHOD"])
        if handler is None:
            return respond(start_response, 405 if at_url else 404, [], [b"no"])
        return respond(start_response, *run(handler, environ))

    def _resolve(self, environ: Any, method: str) -> Any:
        at_url = {
            name: self.policies.get(self.site.policy_of(handler.name))
            for name, handler in self.views.get(environ["PATH_INFO"], {}).items()
        }
        if not at_url:
            return self.policies.get("default")
        policies = [*at_url.values()]
        unanimous = policies[0] if all(p == policies[0] for p in policies) else None
        policy = at_url.get(method, unanimous)
        return policy and Endpoint(policy, [name for name in at_url if at_url[name] == policy])


class PrefixSite(Served):
    """An app whose sections decide for themselves what is below their URLs."""

    shape = Shape(classes=False, tables=False, by_prefix=True)
    changes = ()

    def build(self) -> None:
        self.sections: dict[tuple[str, ...], Handler] = {}
        table = {"/": self.policies.get("default")} if self.site.default else {}
        for route in self.site.routes:
            url, handler = route.urls[0], next(iter(route.handlers.values()))
            if handler.mark != UNMARKED and url.rstrip("/") == url and "{" not in url:
                self.sections[tuple(url.split("/")[1:])] = handler
                table[url] = self.policies.get(handler.mark)
        self.bare = self._dispatch
        self.app = CORSMiddleware(self._dispatch, resolve=by_path(table))

    def _dispatch(self, environ: Any, start_response: Any) -> Any:
        start, *segments = environ["PATH_INFO"].split("/")
        for length in range(len(segments), 0, -1):
            handler = self.sections.get(tuple(segments[:length]))
            if handler is not None and not start:
                return respond(start_response, *run(handler, environ))
        return respond(start_response, 404, [], [b"no"])
