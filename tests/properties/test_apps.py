"""Apps of every kind: what they do stays theirs, and whoever answers decides about CORS."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.helpers import environ
from tests.properties.exchange import Exchange, call
from tests.properties.oracle import decided, expected, undecided
from tests.properties.strategies import (
    PATHS,
    admitted,
    asking,
    lists_of,
    name_lists,
    settings,
    tokens,
)
from wsgicors import CORSMiddleware, Policy
from wsgicors.paths import by_path

PREFIXES = ["/", "/a", "/a/b", "/b"]
STATUSES = ["200 OK", "304 Not Modified", "302 Found", "404 Not Found", "500 Oh"]
LATE = ["generator", "raise early"]
"""Ways to call ``start_response`` only when the server asks for the body."""

WAYS = [*LATE, "plain", "write", "restart", "raise first", "raise late"]

own_lines = st.lists(
    st.tuples(
        st.sampled_from(["Vary", "vary", "Access-Control-Expose-Headers"]),
        name_lists | st.just("*") | lists_of(["Accept", "Origin", "ETag"]).map(",".join),
    )
    | st.sampled_from(
        [
            ("Access-Control-Allow-Origin", "*"),
            ("access-control-allow-origin", "https://app.example"),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Max-Age", "60"),
            ("Content-Type", "text/plain"),
        ]
    )
    | st.tuples(tokens.map("X-{}".format), tokens),
    max_size=6,
)


@dataclass
class App:
    """Answers in one of the ways that PEP 3333 leaves to an app."""

    way: str
    status: str
    lines: list[tuple[str, str]]
    closed: int = field(default=0, compare=False)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self.way == "raise first":
            raise ValueError(self.way)
        chunks = self._chunks(start_response)
        if self.way not in LATE:
            chunks = chain([next(chunks)], chunks)
        return Closing(self, chunks)

    def _chunks(self, start_response: Any) -> Iterator[bytes]:
        if self.way == "raise early":
            raise ValueError(self.way)
        write = start_response(self.status, list(self.lines))
        if self.way == "write":
            write(b"written, ")
        if self.way == "restart":
            error = ValueError("too late")
            start_response("500 Oh", list(self.lines), (ValueError, error, None))
        yield b"first"
        if self.way == "raise late":
            raise ValueError(self.way)
        yield b", second"


@dataclass
class Closing:
    """An iterable that counts how often it is closed."""

    app: App
    chunks: Iterator[bytes]

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks

    def close(self) -> None:
        self.app.closed += 1


apps = st.builds(App, st.sampled_from(WAYS), st.sampled_from(STATUSES), own_lines)
tables = st.dictionaries(st.sampled_from(PREFIXES), st.none() | settings(), min_size=1)


@st.composite
def requests(draw: Any, table: dict[str, Any]) -> dict[str, Any]:
    """Make a request that is no preflight."""
    listed = [entry for given in table.values() if given for entry in given["allow_origins"]]
    request = environ(
        draw(st.sampled_from(["GET", "HEAD", "PUT", "OPTIONS"])), draw(st.sampled_from(PATHS))
    )
    if draw(st.sampled_from([True, True, False])):
        listed = listed or ["https://app.example"]
        request["HTTP_ORIGIN"] = draw(admitted(listed) | asking(listed))
    return request


ANYBODY = {"allow_origins": ["*"], "expose_headers": [], "allow_credentials": False}

cases = tables.flatmap(lambda table: st.tuples(apps, st.just(table), requests(table)))


def owner(table: dict[str, Any], path: str) -> dict[str, Any] | None:
    """Return the settings of the longest prefix of whole segments.

    Nobody owns a path that an app might resolve to another one.
    """
    if {".", ".."} & set(path.split("/")):
        return None
    for prefix in sorted(table, key=len, reverse=True):
        if prefix == "/" or path == prefix or path.startswith(f"{prefix}/"):
            return table[prefix]
    return None


def wrapped(app: App, table: dict[str, Any]) -> CORSMiddleware:
    policies = {prefix: given and Policy(**given) for prefix, given in table.items()}
    return CORSMiddleware(app, resolve=by_path(policies))


@given(cases)
@example((App("plain", "200 OK", []), {"/a": ANYBODY}, environ(path="x/a")))
def test_the_headers_are_those_of_the_prefix_that_the_path_is_below(case: Any) -> None:
    app, table, request = case
    bare, seen = call(app, request), call(wrapped(app, table), request)
    given, origin = owner(table, request["PATH_INFO"]), request.get("HTTP_ORIGIN")
    for (_, own, _), (_, lines, _) in zip(bare.starts, seen.starts, strict=True):
        assert decided(lines) == expected(given, origin, own)
        assert given or lines == own


@given(cases)
def test_nothing_else_about_a_response_is_changed(case: Any) -> None:
    app, table, request = case
    bare = call(app, request)
    closed = app.closed
    seen = call(wrapped(app, table), request)
    assert without_cors(seen) == without_cors(bare)
    assert app.closed == 2 * closed


def without_cors(seen: Exchange) -> tuple[Any, ...]:
    starts = [(status, undecided(lines), again) for status, lines, again in seen.starts]
    return starts, seen.body, seen.error
