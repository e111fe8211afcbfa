"""Whatever a request holds: nothing raises, nothing of it is sent back, nothing forges the log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import Map, Rule

from tests.helpers import hello, preflight
from tests.properties.exchange import call
from tests.properties.oracle import (
    LABEL,
    LONGEST_METHOD,
    admits_any,
    as_seen,
    elements,
    is_token,
    preflight_methods,
    preflight_status,
    values,
)
from tests.properties.strategies import METHODS, admitted, entries_of, environs, hostile, settings
from wsgicors import CORSMiddleware, Endpoint, Policy, flask, werkzeug
from wsgicors.paths import by_path

PREFLIGHT = "Access-Control-Request-"


def with_one_policy(policy: Policy) -> Any:
    return CORSMiddleware(hello, policy)


def with_prefixes(policy: Policy) -> Any:
    return CORSMiddleware(hello, resolve=by_path({"/a": policy, "/a/b": None, "/": policy}))


def with_werkzeug(policy: Policy) -> Any:
    url_map = Map([Rule("/a", endpoint="a"), Rule("/a/<int:n>", endpoint="a", methods=["PUT"])])
    return werkzeug.CORS(hello, url_map, {"a": hello}, policy)


def with_flask(policy: Policy) -> Any:
    app = Flask(__name__, static_folder=None)
    flask.CORS(app, policy)
    app.add_url_rule("/a", view_func=flask.cors(policy)(lambda: "a"), endpoint="a")
    app.add_url_rule("/a/<int:n>", view_func=lambda n: f"{n}", endpoint="n", methods=["PUT"])
    return app


wrappings = st.sampled_from([with_one_policy, with_prefixes, with_werkzeug, with_flask])
cases = settings().flatmap(lambda given: st.tuples(st.just(given), environs(entries_of(given))))


@contextmanager
def listening() -> Iterator[list[str]]:
    """Listen to all that wsgicors logs: refusals are only explained to those who do."""
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("wsgicors")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False  # a report with all that requests held would be long
    try:
        yield told
    finally:
        logger.propagate = True
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


@given(wrappings, cases)
def test_nothing_that_a_request_contains_raises(
    wrapping: Any, case: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    given, request = case
    app = wrapping(Policy(**given))
    with listening():
        seen = call(app, request)
    assert seen.error is None
    assert len(seen.starts) == 1
    assert call(app, request).lines == seen.lines  # nor does it matter whether anybody listens


@given(cases)
def test_nothing_that_a_request_contains_forges_a_line_of_the_log(
    case: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    given, request = case
    with listening() as told:
        call(with_one_policy(Policy(**given)), request)
    assert all(line.isprintable() for line in told)


@given(cases)
def test_a_header_holds_only_what_the_policy_or_a_validated_token_put_there(
    case: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    given, request = case
    for name, value in call(with_one_policy(Policy(**given)), request).lines:
        assert is_token(name)
        assert value.isascii()
        assert value.isprintable()
        assert accounted_for(name, value, given, request), (name, value)


@given(environs(["https://*.app.example:*"]))
def test_a_callable_that_admits_everybody_lets_only_origins_through(
    request: dict[str, Any],
) -> None:
    seen = call(with_one_policy(Policy(lambda origin: True)), request)
    for origin in values(seen.lines, "access-control-allow-origin"):
        assert origin == request["HTTP_ORIGIN"]
        scheme, slashes, rest = origin.partition("://")
        assert (scheme[:1].islower(), slashes, rest != "") == (True, "://", True)
        assert set(scheme) <= LABEL | set("+.")
        assert set(rest) <= LABEL | set(".:[]")


asked_methods = (
    st.sampled_from(METHODS)
    | hostile
    | st.sampled_from(["*", "a, *, b", "x" * LONGEST_METHOD, "x" * (LONGEST_METHOD + 1)])
)


@given(
    settings(),
    asked_methods,
    # Endpoint rejects "*".
    st.none() | st.lists(asked_methods.filter(lambda method: method != "*"), max_size=4),
    st.sampled_from([None, str, str.upper]),
    st.data(),
)
def test_a_preflight_lists_the_methods_that_the_oracle_lists(
    written: dict[str, Any], asked: str, served: list[str] | None, spell: Any, data: st.DataObject
) -> None:
    """A resolver may claim to serve what was asked, as it was sent or in upper case."""
    if served is not None and spell is not None and asked != "*":
        served = [*served, spell(asked)]
    policy = Policy(**written)
    app = CORSMiddleware(hello, resolve=lambda *_: Endpoint(policy, served))
    origin = data.draw(admitted(entries_of(written)))
    seen = call(app, preflight(origin=origin, method=asked))
    assert seen.status == preflight_status(written, origin, asked)
    listed = elements(values(seen.lines, "access-control-allow-methods"))
    is_ok = seen.status == "204 No Content"
    assert listed == (preflight_methods(written, origin, asked, served) if is_ok else set())


def accounted_for(name: str, value: str, given: dict[str, Any], request: dict[str, Any]) -> bool:
    """Tell where each element of a header's value comes from."""
    origin = request.get("HTTP_ORIGIN", "")
    given = {**as_seen(given, request.get("HTTP_ORIGIN"))}
    asked_method = request.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "")
    asked_names = elements([request.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")])
    tokens = {text.lower() for text in asked_names if is_token(text)}
    names = {element.lower() for element in elements([value])}
    match name:
        case "Access-Control-Allow-Origin":
            is_star = value == "*" and "*" in given["allow_origins"]
            return is_star or (value == origin and admits_any(given["allow_origins"], origin))
        case "Access-Control-Allow-Credentials":
            return value == "true" and given["allow_credentials"]
        case "Access-Control-Allow-Methods":
            echoed = {asked_method} if is_token(asked_method) else set()
            return elements([value]) <= {*METHODS, "*"} | echoed
        case "Access-Control-Allow-Headers":
            listed = {element.lower() for element in given["allow_headers"]}
            return names <= (listed | tokens if "*" in listed else listed)
        case "Access-Control-Expose-Headers":
            return names <= {element.lower() for element in given["expose_headers"]}
        case "Access-Control-Max-Age":
            return value == str(given["max_age"])
        case "Vary":
            return elements([value]) <= {"Origin", f"{PREFLIGHT}Method", f"{PREFLIGHT}Headers"}
        case "Content-Type":
            return value == "text/plain"
    return False
