"""The same routes in several kinds of apps, and a page that reads them.

Each app answers with the route that was reached.
"""

import posixpath

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from wsgicors import CORSMiddleware
from wsgicors.flask import CORS, cors
from wsgicors.paths import by_path
from wsgicors.testing import Browser, CORSBlocked
from wsgicors.werkzeug import CORS as WerkzeugCORS  # noqa: N811 - both adapters call it so

API = "https://api.example"
EVIL = "https://evil.example"


def read(app, path="/", origin=EVIL, **request):
    """Return the text that a page can read, or None if CORS blocks it."""
    try:
        return Browser(app, at=API).page(origin).fetch(API + path, **request).text
    except CORSBlocked:
        return None


def flask_app(policies):
    app = Flask("advisories", static_folder=None)
    CORS(app)
    for rule, policy in policies.items():
        app.add_url_rule(rule, rule, cors(policy)(lambda rule=rule, **_: rule))
    return app


def werkzeug_app(policies):
    rules = Map([Rule(rule, endpoint=rule) for rule in policies])
    views = {rule: cors(policy)(lambda rule=rule, **_: rule) for rule, policy in policies.items()}

    def app(environ, start_response):
        try:
            endpoint, arguments = rules.bind_to_environ(environ).match()
        except HTTPException as error:
            return error(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [views[endpoint](**arguments).encode()]

    return WerkzeugCORS(app, rules, views)


def raw_app(policies):
    """Make an app without a router, which resolves dots in paths itself."""

    def app(environ, start_response):
        path = posixpath.normpath(environ["PATH_INFO"])
        start_response("200 OK" if path in policies else "404 Not Found", [])
        return [path.encode()]

    prefixes = {path: policy for path, policy in policies.items() if "<" not in path}
    return CORSMiddleware(app, resolve=by_path(prefixes))
