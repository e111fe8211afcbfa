"""CORS for one policy of exact origins, written by hand: as fast as Python lets it be.

Whatever can be worked out beforehand is, and nothing is checked, explained or logged. What a
library takes beyond these is the price of being one. ``tests/test_benchmarks.py`` holds them to the
headers of ``CORSMiddleware``.

The order of the checks is tuned for all requests together. Those without ``Origin``, which no page
of another origin has made, are told apart first: that saves them time and costs no other any.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Header = tuple[str, str]
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

VARY = ("Vary", "Origin")
REFUSED = [("Vary", "Origin, Access-Control-Request-Method"), ("Content-Type", "text/plain")]
REASON = b"CORS preflight refused: origin-not-allowed\n"


def plain(app: App, **settings: Any) -> App:
    """Add the lines as they are: an app that varies by something has two ``Vary`` lines then."""
    preflights, granted, others = _work_out(**settings)

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
            added = granted.get(environ["HTTP_ORIGIN"], others)

        # Annotations would be worked out anew at each request.
        def start(status, headers, exc_info=None):
            return start_response(status, headers + added, exc_info)

        return app(environ, start)

    return cors


def merged(app: App, **settings: Any) -> App:
    """Add the lines, with ``Origin`` inside the ``Vary`` that the app may have sent itself."""
    preflights, granted, others = _work_out(**settings)

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
            added = granted.get(environ["HTTP_ORIGIN"], others)

        # Annotations would be worked out anew at each request.
        def start(status, headers, exc_info=None):
            for name, _ in headers:
                if len(name) == 4 and name.lower() == "vary":
                    return start_response(status, _merge(headers, added), exc_info)
            return start_response(status, headers + added, exc_info)

        return app(environ, start)

    return cors


def _work_out(
    *,
    allow_origins: Sequence[str],
    allow_methods: Sequence[str],
    allow_headers: Sequence[str],
    allow_credentials: bool = False,
    max_age: int,
) -> tuple[dict[str, list[Header]], dict[str, list[Header]], list[Header]]:
    """Return the lines for preflights and for actual requests by origin, and for all others."""
    credentials = [("Access-Control-Allow-Credentials", "true")] if allow_credentials else []
    preflights: dict[str, list[Header]] = {}
    granted: dict[str, list[Header]] = {}
    for origin in allow_origins:
        lines = [("Access-Control-Allow-Origin", origin), *credentials]
        granted[origin] = [*lines, VARY]
        preflights[origin] = [
            *lines,
            ("Access-Control-Max-Age", str(max_age)),
            ("Access-Control-Allow-Methods", ", ".join(allow_methods)),
            ("Access-Control-Allow-Headers", ", ".join(allow_headers)),
            ("Vary", "Origin, Access-Control-Request-Method"),
        ]
    return preflights, granted, [VARY]


def _merge(headers: list[Header], added: list[Header]) -> list[Header]:
    """Put ``Origin`` into one ``Vary`` line that names all that the app's own lines name."""
    kept = [line for line in headers if line[0].lower() != "vary"]
    values = [value for name, value in headers if name.lower() == "vary"]
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    if "*" in names:
        names = ["*"]
    elif "origin" not in (name.lower() for name in names):
        names.append("Origin")
    return [*kept, *(line for line in added if line is not VARY), ("Vary", ", ".join(names))]
