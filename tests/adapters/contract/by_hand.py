"""Routes and a resolver for the apps of the suite that have no adapter."""

from tests.adapters.contract.policies import ROUTES, UNDECORATED
from wsgicors import Endpoint


def find_routes():
    """Return the route of every method, by path."""
    urls = {}
    for route in ROUTES:
        for method in route.methods:
            urls.setdefault(route.path, {})[method] = route
        if "GET" in route.methods:
            urls[route.path]["HEAD"] = route
    return urls


def make_resolver(urls, default=None):
    """Return a resolver: a function that finds the policy and the methods that have it."""

    def resolve(environ, method):
        path = environ["PATH_INFO"]
        routes = urls.get(path) or urls.get(path + "/")
        if routes is None:
            return Endpoint(default, [method]) if default else None
        policies = {
            served: default if route.policy is UNDECORATED else route.policy
            for served, route in routes.items()
        }
        asked = policies[method] if method in policies else shared(policies.values())
        if asked is None:
            return None
        return Endpoint(asked, [served for served in policies if policies[served] is asked])

    return resolve


def shared(policies):
    """Return the common policy of all views of a URL, for a method that no view serves."""
    first, *others = policies
    return first if all(other is first for other in others) else None


NOT_APPLICABLE = {
    "NamedEndpoints": "without an adapter nothing knows the names of endpoints and policies",
    "MethodViews": "without an adapter nothing reads @cors; the app's own resolver decides",
    "RouterRedirects": "the app redirects by itself, and its resolver decides their policy",
}
