"""The apps that gunicorn serves, all with the same view."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask

from wsgicors import Policy
from wsgicors.flask import CORS, cors

APP = "https://app.example"
PARTNER = "https://partner.example"

POLICY = Policy(
    allow_origins=[APP, "https://admin.example"],
    allow_methods=["GET", "PUT"],
    allow_headers=["Content-Type", "X-Request-Id"],
    max_age=600,
)

WORKER = "X-Worker"
"""The response header that names the process."""

ORIGINS = "SCALING_ORIGINS"
"""The environment variable that names the file with the origins of :func:`named`."""

ANY = Policy(allow_origins="*", allow_methods=["PUT"])
"""For Chromium: each path below ``/max-age`` has a ``max_age`` of its own."""

PUBLIC = Policy(allow_origins="*")
LISTED = Policy(allow_origins=["https://*.app.example"])

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def make_app(policy: Policy | None = None) -> Flask:
    """Make an app, under CORS if there is a policy for its view."""
    app = Flask(__name__)

    def items() -> dict[str, int]:
        return {"tea": 3, "milk": 1, "honey": 2}

    view = items if policy is None else cors(policy)(items)
    app.add_url_rule("/items", "items", view, methods=["GET", "PUT"])
    if policy is not None:
        CORS(app)
    return app


def plain() -> Flask:
    """Make the app without CORS."""
    return make_app()


def with_cors() -> Flask:
    """Make the app with CORS."""
    return make_app(POLICY)


def named() -> App:
    """Make the app with CORS, for origins in a file, whose responses name the worker."""
    origins = Path(os.environ[ORIGINS]).read_text("utf-8").split()
    app = make_app(POLICY.derive(allow_origins=origins))

    def naming(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, (WORKER, str(os.getpid()))], exc_info)

        return app(environ, start)

    return naming


def kept() -> Flask:
    """Make an app for caches: shared ones, and the browser's preflight cache."""
    app = Flask(__name__)
    policies = {"/public": PUBLIC, "/listed": LISTED, "/default": ANY}
    policies |= {f"/{seconds}": ANY.derive(max_age=seconds) for seconds in (0, 600)}
    for path, policy in policies.items():

        def view(number: int) -> tuple[str, dict[str, str]]:
            return "ok", {"Cache-Control": "public, max-age=3600"}

        rule = f"{path}/<int:number>"
        app.add_url_rule(rule, path.strip("/"), cors(policy)(view), methods=["GET", "PUT"])
    CORS(app)
    return app
