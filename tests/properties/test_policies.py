"""What a policy answers, however its settings are written; and what deriving may change."""

from collections.abc import Callable
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.helpers import Response, environ, hello
from tests.properties.oracle import elements
from tests.properties.strategies import (
    EXPOSED_NAMES,
    admitted,
    entries_of,
    environs,
    origins,
    settings,
)
from wsgicors import CORSMiddleware, Policy, PolicyError
from wsgicors.testing import Browser, NetworkError

LISTS = ["allow_origins", "allow_methods", "allow_headers", "expose_headers", "allow_credentials"]
HEADER_LISTS = ["allow_headers", "expose_headers"]
TRIED_METHODS = ["PUT", "Egg"]
TRIED_NAMES = ["X-A", "Authorization", "Content-Type"]
METHOD_LISTS = {"Access-Control-Allow-Methods"}
"""Headers whose elements are case-sensitive."""

settings_and_request = settings().flatmap(
    lambda given: st.tuples(st.just(given), environs(entries_of(given)))
)


def answer(given: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """Return a policy's answer, with every header as the set of its elements."""
    response = Response(CORSMiddleware(hello, Policy(**given)), request.copy())
    sets = {
        name: {one if name in METHOD_LISTS else one.lower() for one in elements([value])}
        for name, value in response.lines
    }
    return {"status": response.status, "body": response.body, "count": len(response.lines), **sets}


@given(settings_and_request, st.data())
def test_order_and_repetition_of_settings_change_no_answer(
    case: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    written, request = case
    rewritten = dict(written)
    for name in LISTS:
        if written[name] and written[name] is not True:
            repeated = written[name] + data.draw(st.lists(st.sampled_from(written[name])))
            rewritten[name] = data.draw(st.permutations(repeated))
    assert answer(rewritten, request) == answer(written, request)


@given(settings_and_request, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_the_case_of_header_names_changes_no_answer(
    case: tuple[dict[str, Any], dict[str, Any]], respell: Any
) -> None:
    written, request = case
    rewritten = written | {name: [respell(one) for one in written[name]] for name in HEADER_LISTS}
    assert answer(rewritten, request) == answer(written, request)


changes = settings().flatmap(
    lambda given: st.sets(st.sampled_from(sorted(given))).map(
        lambda named: {name: given[name] for name in named}
    )
)


def outcome(make: Callable[[], Policy]) -> Policy | list[str]:
    """Return the policy, or what is wrong with it."""
    try:
        return make()
    except PolicyError as error:
        return [problem.code for problem in error.problems]


@given(settings(), changes)
def test_deriving_is_writing_the_whole_policy_out(
    written: dict[str, Any], named: dict[str, Any]
) -> None:
    policy = Policy(**written)
    whole = outcome(lambda: Policy(**{**written, **named}))
    assert outcome(lambda: policy.derive(**named)) == whole


def powers(policy: Policy, origin: str) -> dict[str, set[Any]]:
    """Return what a page may do under each setting, by trying it.

    Without credentials, so that what those change is told apart from all other settings.
    """

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [(name, "1") for name in EXPOSED_NAMES])
        return [b""]

    page = Browser(CORSMiddleware(app, policy)).page(origin)

    def may(**request: Any) -> Any:
        try:
            return page.fetch("https://api.example/", **request)
        except NetworkError:
            return None

    response = may()
    preflight = environ("OPTIONS", origin=origin, access_control_request_method="GET")
    kept = Response(CORSMiddleware(app, policy), preflight)["Access-Control-Max-Age"]
    return {
        "allow_origins": {origin} if response else set(),
        "allow_methods": {method for method in TRIED_METHODS if may(method=method)},
        "allow_headers": {name for name in TRIED_NAMES if may(headers={name: "text/x"})},
        "expose_headers": {name for name in EXPOSED_NAMES if response and name in response.headers},
        "allow_credentials": {"include"} if may(credentials="include") else set(),
        "max_age": {kept} - {None},
    }


@given(settings(), changes, st.data())
def test_derive_never_widens_what_was_not_named(
    written: dict[str, Any], named: dict[str, Any], data: st.DataObject
) -> None:
    policy = Policy(**written)
    refined = outcome(lambda: policy.derive(**named))
    assume(isinstance(refined, Policy))
    for name in set(written) - set(named):
        assert getattr(refined, name) == getattr(policy, name)
    origin = data.draw(admitted(entries_of(written)) | origins())
    before, after = powers(policy, origin), powers(refined, origin)
    # Where the policy lets a page do nothing at all, whoever names its origin names all it may do.
    unnamed = set(written) - set(named) if policy.allows(origin) else {"allow_origins"} - set(named)
    for name in unnamed & set(before):
        assert after[name] <= before[name]
