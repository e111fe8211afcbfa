"""The programs in ``examples/guests/``: where their policies go, and which URLs pages ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Asked = Mapping[str, Sequence[str]]
"""Methods by URL."""

READ = {"/public": ["GET"]}
CLOSED = {"/closed": ["GET"]}


@dataclass(frozen=True)
class Guest:
    """A program, and what pages ask it."""

    name: str
    """The name of its module."""
    distribution: str
    switch: str
    """How CORS is switched on."""
    policies: str
    """Where policies go."""
    office: Asked
    """What only pages of the office may use."""
    public: Asked = field(default_factory=lambda: READ)
    """What all pages may use."""
    closed: Asked = field(default_factory=lambda: CLOSED)
    """What no page may use."""
    urls: Mapping[str, str] = field(default_factory=dict)
    """URLs for the rules of routes that :func:`lab.guests.trial.fill` cannot fill."""
    is_tested: bool = True
    """Whether `make test` tries it, rather than `make guests` alone."""


def _office(*names: str) -> Asked:
    return {f"/office/{name}": ["GET", "PUT"] for name in names}


GUESTS = [
    Guest(
        "apiflask",
        "APIFlask",
        "`CORS(app)`",
        "`@cors` below `@app.get`, above a class or a method; `blueprints=`",
        _office("function", "below", "class", "method", "blueprint"),
    ),
    Guest(
        "cornice",
        "cornice",
        "`CORS(config)`",
        "`@cors` below `@service.get()`, above a resource's class or method",
        _office("function", "method", "class", "service"),
    ),
    Guest(
        "django_allauth",
        "django-allauth",
        "`MIDDLEWARE`",
        "`CORS_ENDPOINTS`",
        {
            "/_allauth/app/v1/auth/session": ["GET", "DELETE"],
            "/_allauth/app/v1/auth/login": ["POST"],
        },
        {"/_allauth/app/v1/config": ["GET"]},
        {"/_allauth/app/v1/auth/signup": ["POST"]},
    ),
    Guest(
        "django_ninja",
        "django-ninja",
        "`MIDDLEWARE`",
        "`@cors` below or above `@api.get`",
        _office("operation", "above", "router/1"),
    ),
    Guest(
        "django_rest_framework",
        "djangorestframework",
        "`MIDDLEWARE`",
        "`@cors` below or above `@api_view`, above a class, a view set, a method or an action",
        {
            **_office("function", "below", "class", "method"),
            **_office("actions/raise_all", "actions/1/raise_one"),
            "/office/set": ["GET"],
            "/office/set/1": ["PUT"],
            "/office/actions": ["GET"],
        },
    ),
    Guest(
        "flask_admin",
        "Flask-Admin",
        "`CORS(app)`",
        "`@cors` above a class or a method; `blueprints=`",
        _office("class/", "method/", "table/"),
        {"/public/": ["GET"]},
        {"/closed/": ["GET"]},
    ),
    Guest(
        "flask_restful",
        "Flask-RESTful",
        "`CORS(app)`",
        "`@cors` above a resource or a method; `decorators`",
        _office("class", "method", "decorators", "inherited"),
    ),
    Guest(
        "flask_restx",
        "flask-restx",
        "`CORS(app)`",
        "`@cors` above a resource or a method; `decorators` of a namespace",
        _office("class", "above", "method/1", "namespace/any"),
    ),
    Guest(
        "flask_smorest",
        "flask-smorest",
        "`CORS(app)`",
        "`@cors` below `@blueprint.route`, above a class or a method",
        _office("function", "below", "class", "method"),
    ),
    Guest(
        "flask_socketio",
        "Flask-SocketIO",
        "`CORS(app)` before `SocketIO(app)`",
        "`@cors` above views; for its own URL `cors_allowed_origins` of `SocketIO`",
        {**_office("function"), "/socket.io/?EIO=4&transport=polling": ["GET"]},
    ),
    Guest(
        "wsgidav",
        "WsgiDAV",
        "`CORSMiddleware(app, policy)`",
        "one policy",
        {"/": ["GET", "PUT", "PROPFIND", "MKCOL", "OPTIONS"]},
        {},
        {},
    ),
    Guest(
        "connexion",
        "connexion",
        "`CORS(connexion_app.app)`",
        "`@cors` above the function or class that an operation names",
        _office("salaries", "offers"),
        is_tested=False,
    ),
    Guest(
        "dash",
        "dash",
        "`CORS(dash_app.server)`",
        "`endpoints=`",
        {"/_dash-layout": ["GET"], "/_dash-update-component": ["POST"]},
        {"/": ["GET"]},
        {"/_dash-dependencies": ["GET"]},
        is_tested=False,
    ),
    Guest(
        "flask_classful",
        "Flask-Classful",
        "`CORS(app)`",
        "`@cors` above a class or a method; `decorators`",
        {
            "/office/class": ["GET"],
            "/office/class/1": ["PUT"],
            "/office/method": ["GET"],
            "/office/method/1": ["PUT"],
            "/office/method/more": ["GET", "PUT"],
        },
        is_tested=False,
    ),
    Guest(
        "httpbin",
        "httpbin",
        "`CORS(app, policy)`",
        "one policy; `endpoints=`",
        {"/get": ["GET"], "/put": ["PUT"], "/status/500": ["GET"]},
        {},
        {},
        is_tested=False,
    ),
    Guest(
        "kinto",
        "kinto",
        "`CORS(app, policy)`",
        "one policy; `endpoints=`",
        {"/v1/": ["GET"], "/v1/buckets/a": ["GET", "PUT"], "/v1/nowhere": ["GET"]},
        {},
        {},
        is_tested=False,
    ),
    Guest(
        "moto",
        "moto",
        "`CORSMiddleware(app, policy)`",
        "one policy",
        {"/moto-api/data.json": ["GET"], "/bucket": ["GET", "PUT"]},
        {},
        {},
        is_tested=False,
    ),
    Guest(
        "pypiserver",
        "pypiserver",
        "`CORSMiddleware(app, policy)`",
        "one policy",
        {"/": ["GET", "POST"], "/simple/": ["GET"]},
        {},
        {},
        is_tested=False,
    ),
    Guest(
        "radicale",
        "Radicale",
        "`CORSMiddleware(app, policy)`",
        "one policy",
        {"/": ["GET", "PROPFIND"], "/a/": ["MKCOL", "REPORT"]},
        {},
        {},
        is_tested=False,
    ),
    Guest(
        "wagtail",
        "wagtail",
        "`MIDDLEWARE`",
        "`@cors` above a view set or a method of its API; `CORS_ENDPOINTS`",
        {
            "/api/pages/": ["GET"],
            "/api/images/": ["GET"],
            "/": ["GET"],
            "/admin/login/": ["GET"],
        },
        {"/api/public/": ["GET"]},
        {"/admin/": ["GET"]},
        {r"/((?:[\w\-]+/)*)$": "/"},
        is_tested=False,
    ),
]
