"""Werkzeug: an app that dispatches by a map."""

from typing import Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from tests.properties.adversarial.apps.flask import rule_of
from tests.properties.adversarial.apps.served import Served
from tests.properties.adversarial.sites import Handler, Route, Shape, run
from wsgicors.werkzeug import CORS


class WerkzeugSite(Served):
    shape = Shape(classes=False, second_urls=True, names_all=False)
    threads_may_add = False  # werkzeug.routing.Map.update iterates over what they change

    def build(self) -> None:
        old = Rule("/old/<n>", redirect_to="/a/<n>", endpoint="old", methods=["GET", "PUT"])
        self.map = Map([old])
        self.views: dict[str, Any] = {}
        for route in self.site.routes:
            self.add(route)
        self.bare = self._dispatch
        self.app = CORS(
            self._dispatch,
            self.map,
            self.views,
            policies=self.policies,
            endpoints=self.table(),
        )

    def _dispatch(self, environ: Any, start_response: Any) -> Any:
        urls = self.map.bind_to_environ(environ)
        try:
            endpoint, _ = urls.match()
            response = self.views[endpoint](environ)
        except HTTPException as error:
            response = error.get_response(environ)
        return response(environ, start_response)

    def add(self, route: Route) -> None:
        self.replace(route)
        for url in route.urls:
            defaults = {"n": "7"} if url == "/d/" else None
            methods = None if route.serves_all else [*route.handlers]
            self.map.add(
                Rule(rule_of(url), endpoint=route.name, methods=methods, defaults=defaults)
            )

    def replace(self, route: Route) -> None:
        self.views[route.name] = self.function(route, view_of)


def view_of(handler: Handler) -> Any:
    def view(environ: Any) -> Response:
        status, headers, body = run(handler, environ)
        if handler.ending == "abort":
            raise NotFound
        return Response(iter(body) if handler.ending == "stream" else body, status, headers)

    return view
