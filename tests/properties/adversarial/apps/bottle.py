"""Bottle: functions, and another app that is mounted."""

from typing import Any

import bottle

from tests.properties.adversarial.apps.plain import mounted_app
from tests.properties.adversarial.apps.served import Served
from tests.properties.adversarial.sites import Handler, Route, Shape, run
from wsgicors.bottle import CORS


class BottleSite(Served):
    shape = Shape(classes=False, mount="app")

    def build(self) -> None:
        self.app = bottle.Bottle()
        self.bare = self._call_bare
        default = self.policies.get("default")
        named = {name: policy for name, policy in self.policies.items() if name != "default"}
        self.app.install(CORS(default, policies=named, endpoints=self.table()))
        for route in self.site.routes:
            self.add(route)
        if self.site.mounted:
            self.app.mount("/m", mounted_app(self.site.mounted))

    def _call_bare(self, environ: Any, start_response: Any) -> Any:
        environ["wsgicors.outer"] = None  # else the plugin complains that the app is served without
        return bottle.Bottle.wsgi(self.app, environ, start_response)

    def add(self, route: Route) -> None:
        view, methods = self.function(route, view_of), [*route.handlers]
        methods = ["ANY"] if route.serves_all else methods
        for url in route.urls:
            rule = url.replace("{n}", "<n>").replace("{rest}", "<rest:path>")
            self.app.route(rule, methods, view, name=route.name)

    replace = add


def view_of(handler: Handler) -> Any:
    def view(**_: str) -> Any:
        status, headers, body = run(handler, bottle.request.environ)
        if handler.ending == "abort":
            bottle.abort(404)
        content = iter(body) if handler.ending == "stream" else b"".join(body)
        response = bottle.HTTPResponse(content, status)
        for name, value in headers:
            response.add_header(name, value)
        return response

    return view
