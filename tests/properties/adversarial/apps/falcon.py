"""Falcon: a resource for each URL, with a responder for each method, and a sink."""

from typing import Any

import falcon

from tests.properties.adversarial.apps.served import Served
from tests.properties.adversarial.sites import Handler, Route, Shape, run
from wsgicors.falcon import CORS


def template_of(url: str) -> str:
    return url.replace("{rest}", "{rest:path}")


class FalconSite(Served):
    shape = Shape(functions=False, routes_on_one_url=False, mount="sink")

    def build(self) -> None:
        self.bare = falcon.App()
        self.bare.req_options.strip_url_path_trailing_slash = self.site.appends_slashes
        for route in self.site.routes:
            self.add(route)
        if self.site.mounted:
            sink = responder_of(self.site.mounted)
            self.bare.add_sink(
                self.decorate(self.site.mounted.mark, lambda *a, **_: sink(None, *a)), "/m"
            )
        table = self.table(lambda route: template_of(route.urls[0]))
        self.app = CORS(self.bare, policies=self.policies, endpoints=table)

    def add(self, route: Route) -> None:
        responders = {
            f"on_{method.lower()}": self.decorate(handler.mark, responder_of(handler))
            for method, handler in route.handlers.items()
        }
        resource = self.decorate(route.mark, type("Resource", (), responders))
        self.bare.add_route(template_of(route.urls[0]), resource())

    replace = add


def responder_of(handler: Handler) -> Any:
    def respond(self: Any, req: Any, resp: Any, **_: str) -> None:
        status, headers, body = run(handler, req.env)
        if handler.ending == "abort":
            raise falcon.HTTPNotFound
        resp.status = falcon.code_to_http_status(status)
        for name, value in headers:
            resp.append_header(name, value)
        if handler.ending == "stream":
            resp.stream = iter(body)
        else:
            resp.data = b"".join(body)

    return respond
