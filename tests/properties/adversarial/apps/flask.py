"""Flask: functions and classes, blueprints, defaults, and maps that are replaced."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, request
from flask.views import MethodView
from werkzeug.routing import Map, Rule

from tests.properties.adversarial.apps.served import Served
from tests.properties.adversarial.sites import UNMARKED, Handler, Route, Shape, run
from wsgicors.flask import CORS


def rule_of(url: str) -> str:
    return url.replace("{n}", "<n>").replace("{rest}", "<path:rest>")


class FlaskSite(Served):
    shape = Shape(second_urls=True, groups=True)
    threads_may_add = False  # Map.update of Werkzeug iterates over what they change

    def build(self) -> None:
        app = self.app = Flask(__name__, static_folder=None)
        app.logger.disabled = True
        self.bare = app.wsgi_app
        group = {} if self.site.group == UNMARKED else {"group": self.policies.get(self.site.group)}
        endpoints = self.table(
            lambda route: f"group.{route.name}" if route.in_group else route.name
        )
        CORS(app, policies=self.policies, endpoints=endpoints, blueprints=group)
        blueprint = Blueprint("group", __name__)
        for route in self.site.routes:
            self._route(blueprint if route.in_group else app, route)
        app.register_blueprint(blueprint)

    def _route(self, app: Any, route: Route) -> None:
        view = self._view(route)
        for url in route.urls:
            options: dict[str, Any] = {"defaults": {"n": "7"}} if url == "/d/" else {}
            if not route.is_class:
                options["methods"] = [*route.handlers]
            app.add_url_rule(rule_of(url), route.name, view, **options)

    def _view(self, route: Route) -> Any:
        if not route.is_class:
            return self.function(route, view_of)
        methods = {
            method.lower(): self.decorate(handler.mark, view_of(handler, is_method=True))
            for method, handler in route.handlers.items()
        }
        if self.site.by_name and route.mark != UNMARKED:  # the other way to decorate a class
            methods["decorators"] = [lambda view: self.decorate(route.mark, view)]
            return type("View", (MethodView,), methods).as_view(route.name)
        return self.decorate(route.mark, type("View", (MethodView,), methods)).as_view(route.name)

    def add(self, route: Route) -> None:
        """Add a rule to the map, because ``add_url_rule`` refuses to after the first request."""
        self.app.view_functions[route.name] = self._view(route)
        for url in route.urls:
            defaults = {"n": "7"} if url == "/d/" else None
            methods = [*route.handlers]
            self.app.url_map.add(
                Rule(rule_of(url), endpoint=route.name, methods=methods, defaults=defaults)
            )

    def replace(self, route: Route) -> None:
        name = f"group.{route.name}" if route.in_group else route.name
        self.app.view_functions[name] = self._view(route)
        rules = [copy_of(rule) for rule in self.app.url_map.iter_rules()]
        self.app.url_map = Map(rules)


def copy_of(rule: Any) -> Any:
    copy = rule.empty()
    copy.provide_automatic_options = getattr(rule, "provide_automatic_options", False)
    return copy


def view_of(handler: Handler, is_method: bool = False) -> Any:
    def answer() -> Any:
        status, headers, body = run(handler, request.environ)
        if handler.ending == "abort":
            abort(404)
        return Response(iter(body) if handler.ending == "stream" else body, status, headers)

    return (lambda self, **_: answer()) if is_method else (lambda **_: answer())
