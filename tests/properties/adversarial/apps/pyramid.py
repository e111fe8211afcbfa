"""Pyramid: functions and classes for the methods of routes, and another app that is mounted."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound, HTTPPermanentRedirect
from pyramid.response import Response
from pyramid.router import default_execution_policy
from pyramid.wsgi import wsgiapp2

from tests.properties.adversarial.apps.plain import mounted_app
from tests.properties.adversarial.apps.served import Served
from tests.properties.adversarial.sites import Handler, Route, Shape, run
from wsgicors.pyramid import CORS


class PyramidSite(Served):
    shape = Shape(mount="app", knows_405=False)
    threads_may_add = False  # zope.interface iterates over what they change

    def build(self) -> None:
        self.config = Configurator()
        CORS(self.config, policies=self.policies, endpoints=self.table())
        if self.site.appends_slashes:
            self.config.add_notfound_view(append_slash=HTTPPermanentRedirect)
        for route in self.site.routes:
            self.add(route)
        if self.site.mounted:
            self.config.add_route("mount", "/m/*subpath")
            self.config.add_view(wsgiapp2(mounted_app(self.site.mounted)), route_name="mount")
        self.app = self.config.make_wsgi_app()
        self.bare = lambda environ, start: default_execution_policy(environ, self.app)(
            environ, start
        )

    def add(self, route: Route) -> None:
        pattern = route.urls[0].replace("{rest}", "*rest")
        methods = (*route.handlers,) if route.name.endswith("3") else None
        self.config.add_route(route.name, pattern, request_method=methods)
        self.replace(route)

    def replace(self, route: Route) -> None:
        if route.is_class:
            methods = {
                method.lower(): self.decorate(handler.mark, view_of(handler, is_method=True))
                for method, handler in route.handlers.items()
            }
            methods["__init__"] = lambda self, request: vars(self).update(request=request)
            view = self.decorate(route.mark, type("View", (), methods))
            for method in route.handlers:
                self._view(route, view, request_method=method, attr=method.lower())
        else:
            methods = None if route.serves_all else (*route.handlers,)
            self._view(route, self.function(route, view_of), request_method=methods)
        self.config.commit()

    def _view(self, route: Route, view: Any, **predicates: Any) -> None:
        self.config.add_view(view, route_name=route.name, **predicates)


def view_of(handler: Handler, is_method: bool = False) -> Any:
    def answer(request: Any) -> Response:
        status, headers, body = run(handler, request.environ)
        if handler.ending == "abort":
            raise HTTPNotFound
        return Response(app_iter=iter(body), status=status, headerlist=headers)

    return (lambda self: answer(self.request)) if is_method else (lambda request: answer(request))
