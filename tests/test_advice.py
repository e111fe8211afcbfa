"""What to change in a policy: whole settings, the place, and nothing that cannot work."""

import json
from functools import partial

import pytest

from wsgicors import CORSMiddleware, Endpoint, Policy
from wsgicors.advice import Wants, advise, locate
from wsgicors.surveying import Route

from .helpers import APP, OTHER, environ, hello


def only_https(origin):
    return origin.scheme == "https"


def settings_of(policy, wants, **route):
    change = advise(Route(policy, **route), wants)
    return None if change is None else change.settings


@pytest.mark.parametrize(
    ("policy", "wants", "settings"),
    [
        pytest.param(Policy(OTHER), Wants(APP), {"allow_origins": [OTHER, APP]}, id="origin"),
        pytest.param(
            Policy("*"),
            Wants(APP, credentials=True),
            {"allow_origins": [APP], "allow_credentials": True},
            id="everybody-with-credentials",
        ),
        pytest.param(
            Policy(APP, allow_methods=["PATCH"]),
            Wants(APP, "PUT"),
            {"allow_methods": ["PATCH", "PUT"]},
            id="method",
        ),
        pytest.param(
            Policy(APP, allow_headers=["X-A"]),
            Wants(APP, headers=["x-a", "x-b", "authorization"]),
            {"allow_headers": ["X-A", "x-b", "authorization"]},
            id="headers",
        ),
        pytest.param(
            Policy(APP, allow_headers="*"),
            Wants(APP, headers=["x-a", "authorization"]),
            {"allow_headers": ["*", "authorization"]},
            id="authorization-under-the-wildcard",
        ),
        pytest.param(
            None,
            Wants(APP, "PUT", ["x-a"], True),
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
            Wants("http://app.example", credentials=True),
            {
                "allow_origins": ["http://app.example"],
                "allow_credentials": True,
                "accept_risks": ["plain-http-origin"],
            },
            id="risk",
        ),
    ],
)
def test_settings_are_widened_by_what_is_missing_and_no_more(policy, wants, settings):
    assert settings_of(policy, wants) == settings
    assert settings_of((policy or Policy("*")).derive(**settings), wants) is None


@pytest.mark.parametrize(
    "wants",
    [
        pytest.param(Wants("https://app.example/path"), id="origin-that-is-none"),
        pytest.param(Wants(APP, headers=["cookie"]), id="forbidden-header"),
    ],
)
def test_what_no_policy_can_admit_gets_no_advice(wants):
    assert settings_of(Policy(APP), wants) is None


def test_what_another_app_answers_is_not_for_a_policy_to_say():
    assert advise(Route(None, "none-here"), Wants(APP)) is None


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([f"x-{number}" for number in range(101)], id="many"),
        pytest.param(["x-" + "a" * 8_192], id="long"),
    ],
)
def test_more_headers_than_a_star_covers_have_to_be_listed(headers):
    everything = Policy(APP, allow_headers="*")
    change = advise(Route(everything), Wants(APP, headers=headers))
    assert change.sentence.startswith("list in allow_headers what the page sends: '*' does not")
    assert (
        advise(Route(everything.derive(allow_headers=headers)), Wants(APP, headers=headers)) is None
    )


def test_methods_are_left_to_the_router_where_there_is_one():
    assert settings_of(Policy(APP), Wants(APP, "PUT"), kind="view", methods=["PUT"]) is None
    assert settings_of(Policy(APP), Wants(APP, "PUT"), methods=["GET", "PUT"]) is None


@pytest.mark.parametrize(
    ("route", "sentence"),
    [
        pytest.param(Route(None, "none"), "mark the view '' with @cors(", id="unmarked"),
        pytest.param(Route(None, "404"), "check the URL: no view serves it", id="404"),
        pytest.param(
            Route(None, "405", methods=["POST"]),
            "route 'GET' to a view: this URL serves only POST",
            id="405",
        ),
        pytest.param(
            Route(None, "blueprint", "api", endpoint="api.items"),
            "replace the None at blueprints['api'] by Policy(",
            id="blueprint",
        ),
        pytest.param(Route(None), "let the resolver return Policy(", id="resolver"),
        pytest.param(
            Route(Policy(OTHER), "class", "api", endpoint="items"),
            "in the @cors(\"api\", ...) of the class of the view 'items'",
            id="named",
        ),
    ],
)
def test_it_says_where_the_settings_belong(route, sentence):
    assert sentence in advise(route, Wants(APP)).sentence


@pytest.mark.parametrize(
    ("code", "name"),
    [
        pytest.param(only_https, "only_https", id="function"),
        pytest.param(CORSMiddleware.__call__, "CORSMiddleware.__call__", id="method"),
        pytest.param(lambda: None, "home", id="lambda"),
        pytest.param(partial(only_https), "home", id="no-name"),
    ],
)
def test_a_view_is_named_by_its_code_if_that_has_a_name(code, name):
    route = Route(Policy(OTHER), "view", endpoint="home", code=code)
    change = advise(route, Wants(APP))
    assert f"the view {name!r}" in change.sentence
    assert change.view == "home"


def test_a_callable_is_written_by_its_name():
    change = advise(Route(Policy(only_https)), Wants("http://localhost:3000"))
    assert 'allow_origins=[only_https, "http://localhost:3000"]' in change.sentence


def test_what_a_page_sends_cannot_break_the_line():
    change = advise(Route(Policy(APP)), Wants(APP, headers=["x-a"]))
    assert json.dumps("x-a") in change.sentence
    assert advise(Route(Policy(APP)), Wants(APP, headers=["x\na"])) is None


def test_code_is_located_relative_to_where_the_program_runs(tmp_path, monkeypatch):
    name, line = locate(only_https)
    assert name.endswith("test_advice.py")
    assert line == only_https.__code__.co_firstlineno
    monkeypatch.chdir(tmp_path)
    assert locate(only_https)[0] == __file__


@pytest.mark.parametrize("code", [None, len, CORSMiddleware(hello, Policy(APP))])
def test_what_has_no_source_has_no_place(code):
    assert locate(code) == ("", 0)


def test_a_wrapper_tells_its_policy_or_what_its_resolver_says():
    policy = Policy(APP)
    assert CORSMiddleware(hello, policy).route_of(environ(), "GET") == Route(policy)
    resolved = CORSMiddleware(hello, resolve=lambda environ, method: Endpoint(policy, [method]))
    assert resolved.route_of(environ(), "PUT") == Route(policy, methods=["PUT"])


def test_a_risk_that_has_to_be_accepted_is_told():
    route = Route(Policy(APP, allow_credentials=True), "wrapper")
    change = advise(route, Wants("http://shop.example", credentials=True))
    assert 'accept_risks=["plain-http-origin"]' in change.sentence
    assert change.sentence.endswith(
        ", which means that an unencrypted origin is trusted with cookies: only if you mean it"
    )
