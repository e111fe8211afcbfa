"""CORS written by hand for one policy of exact origins: as fast as Python allows.

All headers are built in advance, and nothing is validated, explained or logged.
"""

from collections.abc import Callable, Iterable
from typing import Any

Header = tuple[str, str]
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

VARY = ("Vary", "Origin")
REFUSED = [("Vary", "Origin, Access-Control-Request-Method"), ("Content-Type", "text/plain")]
REASON = b"CORS preflight refused: origin-not-allowed\n"


def by_hand(app: App, *, allow_credentials: bool = False, **settings: Any) -> App:
    """Add CORS to an app, and merge ``Origin`` into the ``Vary`` that the app may send."""
    credentials = [("Access-Control-Allow-Credentials", "true")] if allow_credentials else []
    preflights: dict[str, list[Header]] = {}
    allowed: dict[str, list[Header]] = {}
    for origin in settings["allow_origins"]:
        lines = [("Access-Control-Allow-Origin", origin), *credentials]
        allowed[origin] = [*lines, VARY]
        preflights[origin] = [
            *lines,
            ("Access-Control-Max-Age", str(settings["max_age"])),
            ("Access-Control-Allow-Methods", ", ".join(settings["allow_methods"])),
            ("Access-Control-Allow-Headers", ", ".join(settings["allow_headers"])),
            ("Vary", "Origin, Access-Control-Request-Method"),
        ]
    others = [VARY]

    def cors(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "HTTP_ORIGIN" not in environ:
            added = others
        elif (
            environ["REQUEST_METHOD"] == "OPTIONS"
            and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        ):
            lines = preflights.get(environ["HTTP_ORIGIN"])
            if lines is None:
                start_response("403 Forbidden", REFUSED.copy())
                return [REASON]
            start_response("204 No Content", lines.copy())
            return []
        else:
            added = allowed.get(environ["HTTP_ORIGIN"], others)

        # Without annotations, because Python evaluates them at each request.
        def start(status, headers, exc_info=None):
            for name, _ in headers:
                if len(name) == 4 and name.lower() == "vary":
                    return start_response(status, _merge(headers, added), exc_info)
            return start_response(status, headers + added, exc_info)

        return app(environ, start)

    return cors


def _merge(headers: list[Header], added: list[Header]) -> list[Header]:
    """Return the lines with a single ``Vary``, which names ``Origin`` too."""
    kept = [line for line in headers if line[0].lower() != "vary"]
    values = [value for name, value in headers if name.lower() == "vary"]
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    if "*" in names:
        names = ["*"]
    elif "origin" not in (name.lower() for name in names):
        names.append("Origin")
    return [*kept, *(line for line in added if line is not VARY), ("Vary", ", ".join(names))]
