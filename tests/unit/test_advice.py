"""Which settings of a policy to change so that a request is allowed, and where they are."""

import json
from functools import partial

import pytest

from tests.helpers import APP, OTHER, environ, hello
from wsgicors import CORSMiddleware, Endpoint, Policy
from wsgicors._advice import Wanted, advise, locate
from wsgicors._introspection import Route


def only_https(origin):
    return origin.scheme == "https"


def settings_of(policy, wanted, **route):
    fix = advise(Route(policy, **route), wanted)
    return None if fix is None else fix.settings


@pytest.mark.parametrize(
    ("policy", "wanted", "settings"),
    [
        pytest.param(Policy(OTHER), Wanted(APP), {"allow_origins": [OTHER, APP]}, id="origin"),
        pytest.param(
            Policy("*"),
            Wanted(APP, credentials=True),
            {"allow_origins": [APP], "allow_credentials": True},
            id="star-with-credentials",
        ),
        pytest.param(
            Policy(APP, allow_methods=["PATCH"]),
            Wanted(APP, "PUT"),
            {"allow_methods": ["PATCH", "PUT"]},
            id="method",
        ),
        pytest.param(
            Policy(APP, allow_headers=["X-A"]),
            Wanted(APP, headers=["x-a", "x-b", "authorization"]),
            {"allow_headers": ["X-A", "x-b", "authorization"]},
            id="headers",
        ),
        pytest.param(
            Policy(APP, allow_headers="*"),
            Wanted(APP, headers=["x-a", "authorization"]),
            {"allow_headers": ["*", "authorization"]},
            id="authorization-beside-a-star",
        ),
        pytest.param(
            None,
            Wanted(APP, "PUT", ["x-a"], True),
            {
                "allow_origins": [APP],
                "allow_credentials": True,
                "allow_methods": ["GET", "HEAD", "POST", "PUT"],
                "allow_headers": ["Content-Type", "x-a"],
            },
            id="no-policy",
        ),
        pytest.param(
            None,
            Wanted("http://app.example", credentials=True),
            {
                "allow_origins": ["http://app.example"],
                "allow_credentials": True,
                "accept_risks": ["plain-http-origin"],
            },
            id="risk",
        ),
    ],
)
def test_settings_are_widened_only_by_what_is_missing(policy, wanted, settings):
    assert settings_of(policy, wanted) == settings
    assert settings_of((policy or Policy("*")).derive(**settings), wanted) is None


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(Wanted("https://app.example/path"), id="not-an-origin"),
        pytest.param(Wanted(APP, headers=["cookie"]), id="forbidden-header"),
    ],
)
def test_a_request_that_no_policy_can_allow_gets_no_advice(wanted):
    assert settings_of(Policy(APP), wanted) is None


def test_a_request_that_another_app_answers_gets_no_advice():
    assert advise(Route(None, "none-here"), Wanted(APP)) is None


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([f"x-{number}" for number in range(101)], id="many"),
        pytest.param(["x-" + "a" * 8_192], id="long"),
    ],
)
def test_more_headers_than_a_star_covers_must_be_listed(headers):
    everything = Policy(APP, allow_headers="*")
    fix = advise(Route(everything), Wanted(APP, headers=headers))
    assert fix.sentence.startswith("list the page's headers in allow_headers: '*' does not")
    assert (
        advise(Route(everything.derive(allow_headers=headers)), Wanted(APP, headers=headers))
        is None
    )


def test_methods_are_left_to_the_router_if_there_is_one():
    assert settings_of(Policy(APP), Wanted(APP, "PUT"), kind="view", methods=["PUT"]) is None
    assert settings_of(Policy(APP), Wanted(APP, "PUT"), methods=["GET", "PUT"]) is None


@pytest.mark.parametrize(
    ("route", "sentence"),
    [
        pytest.param(Route(None, "none"), "decorate the view '' with @cors(", id="undecorated"),
        pytest.param(Route(None, "404"), "check the URL: no view serves it", id="404"),
        pytest.param(
            Route(None, "405", methods=["POST"]),
            "add a route for 'GET': this URL serves only POST",
            id="405",
        ),
        pytest.param(
            Route(None, "blueprint", "api", endpoint="api.items"),
            "replace the None in blueprints['api'] with Policy(",
            id="blueprint",
        ),
        pytest.param(Route(None), "have the resolver return Policy(", id="resolver"),
        pytest.param(
            Route(Policy(OTHER), "class", "api", endpoint="items"),
            "in the @cors(\"api\", ...) of the class of the view 'items'",
            id="named",
        ),
    ],
)
def test_advice_says_where_to_change_the_settings(route, sentence):
    assert sentence in advise(route, Wanted(APP)).sentence


@pytest.mark.parametrize(
    ("code", "name"),
    [
        pytest.param(only_https, "only_https", id="function"),
        pytest.param(CORSMiddleware.__call__, "CORSMiddleware.__call__", id="method"),
        pytest.param(lambda: None, "home", id="lambda"),
        pytest.param(partial(only_https), "home", id="no-name"),
    ],
)
def test_a_view_is_named_after_its_code_if_the_code_has_a_name(code, name):
    route = Route(Policy(OTHER), "view", endpoint="home", code=code)
    fix = advise(route, Wanted(APP))
    assert f"the view {name!r}" in fix.sentence
    assert fix.view == "home"


def test_a_callable_is_shown_by_its_name():
    fix = advise(Route(Policy(only_https)), Wanted("http://localhost:3000"))
    assert 'allow_origins=[only_https, "http://localhost:3000"]' in fix.sentence


def test_text_from_a_page_cannot_break_the_line():
    fix = advise(Route(Policy(APP)), Wanted(APP, headers=["x-a"]))
    assert json.dumps("x-a") in fix.sentence
    assert advise(Route(Policy(APP)), Wanted(APP, headers=["x\na"])) is None


def test_code_is_located_relative_to_the_working_directory(tmp_path, monkeypatch):
    name, line = locate(only_https)
    assert name.endswith("test_advice.py")
    assert line == only_https.__code__.co_firstlineno
    monkeypatch.chdir(tmp_path)
    assert locate(only_https)[0] == __file__


@pytest.mark.parametrize("code", [None, len, CORSMiddleware(hello, Policy(APP))])
def test_an_object_without_source_has_no_place(code):
    assert locate(code) == ("", 0)


def test_the_route_of_a_wrapper_has_its_policy_or_the_endpoint_of_its_resolver():
    policy = Policy(APP)
    assert CORSMiddleware(hello, policy).resolver.route_of(environ(), "GET") == Route(policy)
    resolved = CORSMiddleware(hello, resolve=lambda environ, method: Endpoint(policy, [method]))
    assert resolved.resolver.route_of(environ(), "PUT") == Route(policy, methods=["PUT"])


def test_a_risk_to_accept_is_explained():
    route = Route(Policy(APP, allow_credentials=True), "wrapper")
    fix = advise(route, Wanted("http://shop.example", credentials=True))
    assert 'accept_risks=["plain-http-origin"]' in fix.sentence
    assert fix.sentence.endswith(
        " (this accepts a risk: an unencrypted origin is trusted with cookies)"
    )
