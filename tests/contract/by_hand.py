"""The routes of the suite for apps without an adapter, and the resolver that such an app writes."""

from wsgicors import Endpoint

from .policies import ROUTES, UNMARKED


def find_routes():
    """Return, by path, the route of every method."""
    urls = {}
    for route in ROUTES:
        for method in route.methods:
            urls.setdefault(route.path, {})[method] = route
        if "GET" in route.methods:
            urls[route.path]["HEAD"] = route
    return urls


def make_resolver(urls, default=None):
    """Make a function that says which policy a request meets, and which methods share it."""

    def resolve(environ, method):
        path = environ["PATH_INFO"]
        routes = urls.get(path) or urls.get(path + "/")
        if routes is None:
            return Endpoint(default, [method]) if default else None
        policies = {
            served: default if route.policy is UNMARKED else route.policy
            for served, route in routes.items()
        }
        asked = policies[method] if method in policies else shared(policies.values())
        if asked is None:
            return None
        return Endpoint(asked, [served for served in policies if policies[served] is asked])

    return resolve


def shared(policies):
    """Return the policy of all the views of one URL, for a method that none of them serves."""
    first, *others = policies
    return first if all(other is first for other in others) else None


NOT_APPLICABLE = {
    "MethodViews": "without an adapter nothing reads marks: the app's own resolver decides",
    "RouterRedirects": "its redirects are its own; the resolver can say what it likes of them",
}
