"""An adapter for a router that wsgicors does not know, http-router, and an app that uses it.

``docs/write-an-adapter.md`` explains it.
"""

from http_router import Router

from wsgicors import CORSMiddleware
from wsgicors.routing import NOT_FOUND, USUAL_METHODS, RouteMatch, RouterResolver, Target, cors


class RouteResolver(RouterResolver):
    """Asks a router of http-router; routers that are mounted in it are not listed."""

    def __init__(self, router, policies, endpoints=None):
        super().__init__(policies, endpoints)
        self.router = router

    def match(self, environ, method, *, lists=True):
        """Return the view that serves the method, and those for the other methods of the URL."""
        path = environ["PATH_INFO"]
        match = find(self.router, path, method)
        if not match.path:
            return NOT_FOUND
        asked = ((name, find(self.router, path, name)) for name in (*USUAL_METHODS, "OPTIONS"))
        served = {name: target_of(other.target) for name, other in asked if other}
        return RouteMatch(target_of(match.target) if match else "method-not-allowed", served)

    def routes(self):
        """Yield the URL, the methods and the view of every route."""
        for route in self.router.routes():
            yield route.path, route.methods or USUAL_METHODS, target_of(route.target)


def find(router, path, method):
    """Match as the app does: it answers HEAD with the view for GET."""
    return router.match(path, method) or router.match(path, "GET" if method == "HEAD" else method)


def target_of(bound):
    """Return the view, which has the policy, rather than the partial made of it for options."""
    view = getattr(bound, "func", bound)
    return Target(f"{view.__module__}.{view.__qualname__}", view)


def CORS(  # noqa: N802 (it is written as in adapters)
    app, router, policies, endpoints=None, *, observer=None
):
    """Give every view of the router its own policy; ``policies`` has them by name."""
    resolver = RouteResolver(router, policies, endpoints)
    return CORSMiddleware(app, resolve=resolver, observer=observer)


# The app

router = Router(unquote_params=False)  # PATH_INFO is decoded already


@router.get("/items")
@cors("readers")
def items():
    return b"tea, milk, honey"


@router.put("/items/{item_id:int}")
@cors("readers", allow_origins=["https://office.example"])
def replace(item_id):
    return b"replaced %d" % item_id


def serve(environ, start_response):
    match = find(router, environ["PATH_INFO"], environ["REQUEST_METHOD"])
    status = "200 OK" if match else "405 Method Not Allowed" if match.path else "404 Not Found"
    start_response(status, [("Content-Type", "text/plain")])
    body = match.target(**match.params or {}) if match else status.encode()
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


app = CORS(serve, router, {"readers": {"allow_origins": ["https://app.example"]}})
