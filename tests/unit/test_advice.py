"""Which settings of a policy to change so that a request is allowed, and where they are."""

import json
import re
from functools import partial

import pytest

from tests.helpers import APP, OTHER, environ, hello
from wsgicors import CORSMiddleware, Endpoint, Policy
from wsgicors._advice import Wanted, advise, locate
from wsgicors._advice.widening import widen
from wsgicors._introspection import Route
from wsgicors.origins import RefreshedOrigins

SUFFIX, NULL = "public-suffix-wildcard", "opaque-origin"


def only_https(origin):
    return origin.scheme == "https"


def is_app(origin):
    return str(origin) == APP


def unplaced(sentence):
    """Return a sentence without the lines of this file where policies are written."""
    return re.sub(r" \(tests/unit/test_advice\.py:\d+\)", "", sentence)


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
            {"allow_credentials": [APP]},
            id="star-with-credentials",
        ),
        pytest.param(
            Policy("*", allow_credentials=[OTHER]),
            Wanted(APP, credentials=True),
            {"allow_credentials": [OTHER, APP]},
            id="star-with-credentials-for-others",
        ),
        pytest.param(
            Policy(["https://*.example", OTHER], allow_credentials=[OTHER], accept_risks=SUFFIX),
            Wanted(APP, credentials=True),
            {"allow_credentials": [OTHER, APP]},
            id="covered-but-not-listed-with-credentials",
        ),
        pytest.param(
            Policy([OTHER, is_app], allow_credentials=[OTHER]),
            Wanted(APP, credentials=True),
            {"allow_origins": [OTHER, is_app, APP], "allow_credentials": [OTHER, APP]},
            id="allowed-by-a-callable-with-credentials-for-others",
        ),
        pytest.param(
            Policy(APP),
            Wanted(APP, credentials=True),
            {"allow_credentials": True},
            id="only-origin-with-credentials",
        ),
        pytest.param(
            Policy([APP, OTHER]),
            Wanted(APP, credentials=True),
            {"allow_credentials": [APP]},
            id="one-of-two-with-credentials",
        ),
        pytest.param(
            Policy(OTHER),
            Wanted(APP, credentials=True),
            {"allow_origins": [OTHER, APP], "allow_credentials": [APP]},
            id="new-with-credentials",
        ),
        pytest.param(
            Policy("https://*.shop.example"),
            Wanted("https://a.shop.example", credentials=True),
            {"allow_credentials": ["https://a.shop.example"]},
            id="covered-with-credentials",
        ),
        pytest.param(
            Policy([OTHER, is_app]),
            Wanted(APP, credentials=True),
            {"allow_origins": [OTHER, is_app, APP], "allow_credentials": [APP]},
            id="allowed-by-a-callable-with-credentials",
        ),
        pytest.param(
            Policy(is_app),
            Wanted(APP, credentials=True),
            {"allow_origins": [is_app, APP], "allow_credentials": [APP]},
            id="allowed-by-the-only-callable-with-credentials",
        ),
        pytest.param(
            Policy(["app://*.shop.example"], allow_credentials=["app://a.shop.example"]),
            Wanted("app://A.shop.example", credentials=True),
            {
                "allow_origins": ["app://*.shop.example", "app://A.shop.example"],
                "allow_credentials": ["app://a.shop.example", "app://A.shop.example"],
            },
            id="capitals-that-a-wildcard-does-not-match",
        ),
        pytest.param(
            Policy([OTHER, "null"], allow_credentials=[OTHER], accept_risks="opaque-origin"),
            Wanted(APP, credentials=True),
            {"allow_origins": [OTHER, "null", APP], "allow_credentials": [OTHER, APP]},
            id="new-with-credentials-for-others",
        ),
        pytest.param(
            Policy([APP, "null"], accept_risks="opaque-origin"),
            Wanted(APP, credentials=True),
            {"allow_credentials": [APP]},
            id="credentials-beside-null",
        ),
        pytest.param(
            Policy(OTHER, allow_credentials=[OTHER]),
            Wanted(APP),
            {"allow_origins": [OTHER, APP]},
            id="new-without-credentials",
        ),
        pytest.param(
            Policy([APP, OTHER], allow_credentials=[APP]),
            Wanted(APP, "GET", ["x-a"], credentials=True),
            {"allow_headers": ["Content-Type", "x-a"]},
            id="listed-with-credentials",
        ),
        pytest.param(
            Policy("*", allow_credentials=[OTHER]),
            Wanted("http://app.example", credentials=True),
            {
                "allow_credentials": [OTHER, "http://app.example"],
                "accept_risks": ["plain-http-origin"],
            },
            id="risk-beside-others",
        ),
        pytest.param(
            Policy(APP, allow_methods=["PATCH"]),
            Wanted(APP, "PUT"),
            {"allow_methods": ["PATCH", "PUT"]},
            id="method",
        ),
        pytest.param(
            Policy(APP, allow_methods=["PUT"]),
            Wanted(APP, "POST", headers=["content-type"]),
            {"allow_methods": ["PUT", "POST"]},
            id="safelisted-method-with-headers",
        ),
        pytest.param(
            Policy(APP, allow_methods=[]),
            Wanted(APP, "HEAD", is_preflight=True),
            {"allow_methods": ["HEAD"]},
            id="safelisted-method-in-a-preflight",
        ),
        pytest.param(
            Policy(OTHER, allow_methods=[]),
            Wanted(APP),
            {"allow_origins": [OTHER, APP]},
            id="simple-request",
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
    assert fix.sentence.startswith("list the page's headers in allow_headers instead of '*', which")
    assert (
        advise(Route(everything.derive(allow_headers=headers)), Wanted(APP, headers=headers))
        is None
    )


MANY = [f"x-{number}" for number in range(21)]


@pytest.mark.parametrize(
    ("headers", "missing"),
    [
        pytest.param(MANY, 21, id="many"),
        pytest.param(["content-type", *MANY], 21, id="one-of-them-allowed"),
        pytest.param(["x" * 101], 1, id="long"),
    ],
)
def test_advice_counts_header_names_that_are_too_many_or_too_long_to_repeat(headers, missing):
    closed = Policy(OTHER)
    fix = advise(Route(closed), Wanted(APP, headers=headers))
    assert fix.settings == {"allow_origins": [OTHER, APP]}
    assert unplaced(fix.sentence) == (
        f'set allow_origins=["{OTHER}", "{APP}"], allow_headers=[..., the {missing} missing header '
        f"names that the page sends] in the policy of the wrapper"
    )
    open_ = closed.derive(**fix.settings)
    fix = advise(Route(open_), Wanted(APP, headers=headers))
    assert fix.settings == {}
    assert f"the {missing} missing header names" in fix.sentence
    listed = open_.derive(allow_headers=["Content-Type", *headers])
    assert advise(Route(listed), Wanted(APP, headers=headers)) is None


@pytest.mark.parametrize("headers", [MANY[:20], ["x" * 100]], ids=["many", "long"])
def test_advice_repeats_a_bounded_number_of_header_names(headers):
    fix = advise(Route(Policy(APP)), Wanted(APP, headers=headers))
    assert fix.settings == {"allow_headers": ["Content-Type", *headers]}


def test_there_is_no_advice_to_list_many_headers_for_an_origin_that_no_policy_can_allow():
    assert advise(Route(Policy(APP)), Wanted("https://app.example/path", headers=MANY)) is None


@pytest.mark.parametrize(
    ("route", "wanted"),
    [
        pytest.param(Route(Policy(APP)), Wanted("https://" + "a." * 30_000 + "example"), id="host"),
        pytest.param(Route(Policy(APP)), Wanted("x" * 60_000), id="origin"),
        pytest.param(Route(Policy(APP)), Wanted(APP, "X" * 60_000), id="method"),
        pytest.param(
            Route(Policy(APP), methods=["X" * 60_000]), Wanted(APP, "x" * 60_000), id="upper-case"
        ),
        pytest.param(Route(Policy(APP), "405", methods=[]), Wanted(APP, "X" * 60_000), id="405"),
        pytest.param(
            Route(Policy(APP)), Wanted(APP, headers=[f"x-{n}" for n in range(32_000)]), id="names"
        ),
        pytest.param(Route(Policy(APP)), Wanted(APP, headers=["x" * 60_000]), id="name"),
        pytest.param(Route(None, "none"), Wanted(APP, headers=["x" * 60_000]), id="no-policy"),
    ],
)
def test_advice_is_short_however_long_the_request_is(route, wanted):
    fix = advise(route, wanted)
    assert fix is None or len(fix.sentence) < 2_000


def test_a_method_that_is_too_long_to_be_listed_can_only_change_in_the_page():
    fix = advise(Route(Policy(APP, allow_methods=["PUT"])), Wanted(APP, "X" * 101))
    assert fix.sentence == "use a method of at most 100 characters in the page"
    assert fix.settings == {}
    listed = Policy(APP, allow_methods=["X" * 101])
    assert advise(Route(listed), Wanted(APP, "X" * 101)) is None


def test_advice_lists_the_first_of_many_methods_that_a_url_serves():
    served = [f"M{number}" for number in range(25)]
    fix = advise(Route(None, "405", methods=served), Wanted(APP, "PUT"))
    assert fix.sentence.endswith("M18, M19 and 5 more")


def test_methods_are_left_to_the_router_if_there_is_one():
    assert settings_of(Policy(APP), Wanted(APP, "PUT"), kind="view", methods=["PUT"]) is None
    assert settings_of(Policy(APP), Wanted(APP, "PUT"), methods=["GET", "PUT"]) is None


@pytest.mark.parametrize(
    ("route", "sentence"),
    [
        pytest.param(
            Route(None, "none", endpoint="a", code=object()),
            "decorate the view 'a' with @cors(",
            id="undecorated",
        ),
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
        pytest.param(
            Route(None, "resolver"), "have the resolver return Policy(", id="resolver-without"
        ),
        pytest.param(
            Route(Policy(OTHER), "resolver"),
            "in the policy that the resolver returns",
            id="resolver",
        ),
        pytest.param(Route(Policy(OTHER)), "in the policy of the wrapper", id="wrapper"),
        pytest.param(
            Route(Policy(OTHER), "class", "api", endpoint="items"),
            "in the policy 'api' (tests/unit/test_advice.py:",
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
        pytest.param(Policy.derive, "Policy.derive", id="method"),
        pytest.param(lambda: None, "home", id="lambda"),
        pytest.param(partial(only_https), "home", id="no-name"),
    ],
)
def test_a_view_is_named_after_its_code_if_the_code_has_a_name(code, name):
    route = Route(Policy(OTHER), "view", endpoint="home", code=code)
    fix = advise(route, Wanted(APP))
    assert f"the view {name!r}" in fix.sentence
    assert fix.view == "home"


class Partners:
    def __call__(self, origin):
        return origin.scheme == "https"

    def of(self, origin):
        return origin.scheme == "https"


@pytest.mark.parametrize(
    ("predicate", "name", "code"),
    [
        pytest.param(only_https, "'only_https', ", only_https, id="function"),
        pytest.param(partial(only_https), "'only_https', ", only_https, id="partial"),
        pytest.param(Partners(), "'Partners.__call__', ", Partners.__call__, id="object"),
        pytest.param(Partners().of, "'Partners.of', ", Partners.of, id="method"),
        pytest.param(lambda origin: origin.scheme == "https", "", None, id="lambda"),
    ],
)
def test_a_callable_is_a_placeholder_with_its_place(predicate, name, code):
    fix = advise(Route(Policy(predicate)), Wanted("http://localhost:3000"))
    file, line = locate(code or predicate)
    shown = f"... (the origin callable {name}{file}:{line})"
    assert f'allow_origins=[{shown}, "http://localhost:3000"]' in fix.sentence
    assert fix.settings["allow_origins"][0] is predicate


def test_a_callable_without_a_source_is_a_placeholder_too():
    fix = advise(Route(Policy(["https://a.example"].__contains__)), Wanted(APP))
    assert "allow_origins=[... (the origin callable 'list.__contains__'), " in fix.sentence


ROWS = []


def load_domains():
    return ROWS


def loaded(*rows):
    """Return a source that has loaded some rows."""
    ROWS[:] = rows
    source = RefreshedOrigins(load_domains)
    assert source.refresh()
    return source


LOAD = "'load_domains' ({}:{})".format(*locate(load_domains))


@pytest.mark.parametrize(
    ("row", "origin", "correction"),
    [
        pytest.param(OTHER, APP, f"{APP!r}", id="no such row"),
        pytest.param("app.example", APP, f"{APP!r} instead of 'app.example'", id="no scheme"),
        pytest.param(f"{APP}/", APP, f"{APP!r} instead of '{APP}/'", id="a slash"),
        pytest.param("shop.example", APP, f"{APP!r}", id="a wrong row of another customer"),
        pytest.param("*", APP, f"{APP!r}", id="a row that never counts"),
        pytest.param(
            "*.shop.example",
            "https://a.shop.example",
            "'https://*.shop.example' instead of '*.shop.example'",
            id="a pattern without a scheme",
        ),
    ],
)
def test_an_origin_that_a_source_lacks_is_first_of_all_for_the_source_to_return(
    row, origin, correction
):
    policy = Policy(loaded(row))
    fix = advise(Route(policy, "wrapper"), Wanted(origin))
    assert fix.sentence.startswith(f"have {LOAD} return {correction}, or set allow_origins=[... (")
    assert fix.settings == {"allow_origins": [*policy.allow_origins, origin]}
    assert (fix.side, fix.file, fix.line) == ("server", *locate(load_domains))


def test_the_source_with_the_wrong_row_comes_first():
    policy = Policy([RefreshedOrigins(lambda: [OTHER]), loaded("app.example")])
    fix = advise(Route(policy, "wrapper"), Wanted(APP))
    assert fix.sentence.startswith(f"have {LOAD} return {APP!r} instead of 'app.example', or set ")


def test_settings_that_a_request_needs_beside_a_loaded_origin_are_named_with_it():
    policy = Policy([OTHER, loaded("app.example")])
    fix = advise(Route(policy, "wrapper"), Wanted(APP, "PATCH", ["x-a"]))
    where = f"tests/unit/test_advice.py:{policy.place.line}"
    assert fix.sentence == (
        f"have {LOAD} return {APP!r} instead of 'app.example', and set "
        'allow_methods=["GET", "HEAD", "POST", "PATCH"], allow_headers=["Content-Type", "x-a"] '
        f"in the policy of the wrapper ({where})"
    )
    assert fix.settings == {
        "allow_methods": ["GET", "HEAD", "POST", "PATCH"],
        "allow_headers": ["Content-Type", "x-a"],
    }
    ROWS[:] = [APP]
    assert policy.allow_origins[1].refresh()
    assert advise(Route(policy.derive(**fix.settings), "wrapper"), Wanted(APP, "PATCH")) is None


@pytest.mark.parametrize(
    ("settings", "wanted", "kind"),
    [
        pytest.param({}, Wanted(APP, credentials=True), "wrapper", id="cookies"),
        pytest.param(
            {"allow_credentials": True, "accept_risks": "callable-with-credentials"},
            Wanted("http://app.example"),
            "wrapper",
            id="an origin that the policy leaves out of what is loaded",
        ),
        pytest.param({}, Wanted(APP), "hidden", id="a decorator that has to move anyway"),
    ],
)
def test_a_source_is_not_corrected_where_that_does_not_help(settings, wanted, kind):
    fix = advise(Route(Policy(loaded(OTHER), **settings), kind), wanted)
    assert f"have {LOAD} return" not in fix.sentence
    assert wanted.origin in fix.settings["allow_origins"]


def test_a_missing_route_and_what_its_policy_lacks_are_named_at_once():
    beside = Route(Policy(OTHER), "view", endpoint="items", code=only_https)
    route = Route(Policy(OTHER), "405", methods=["GET"], beside=beside)
    fix = advise(route, Wanted(APP, "PATCH", ["x-a"], credentials=True))
    assert fix.sentence.startswith("add a route for 'PATCH': this URL serves only GET, and set ")
    assert (fix.side, fix.view) == ("server", "items")
    assert fix.settings == {
        "allow_origins": [OTHER, APP],
        "allow_credentials": [APP],
        "allow_headers": ["Content-Type", "x-a"],
    }
    lacking = advise(route._replace(beside=Route(Policy(APP), "view")), Wanted(APP, "PATCH"))
    assert lacking.sentence == "add a route for 'PATCH': this URL serves only GET"


def test_a_mark_with_a_fault_is_corrected_beside_a_missing_route():
    beside = Route(None, "view", endpoint="items", code=only_https, fault="no such policy")
    fix = advise(Route(None, "405", methods=["GET"], beside=beside), Wanted(APP, "PUT"))
    assert fix.sentence.startswith("add a route for 'PUT': this URL serves only GET, and correct ")
    assert fix.sentence.endswith(": no such policy")
    assert fix.settings == {}


@pytest.mark.parametrize("default", [None, Policy(OTHER)], ids=["no-default", "default"])
def test_a_wrong_url_comes_before_the_default_policy(default):
    fix = advise(Route(default, "404"), Wanted(APP, "patch"))
    assert fix.side == "page"
    assert "methods are case-sensitive, and check the URL: no view serves it" in fix.sentence
    asked = advise(Route(default, "404"), Wanted(APP))
    assert asked.side == "page"
    if default is None:
        assert asked.settings == {}
    else:
        assert asked.settings == {"allow_origins": [OTHER, APP]}
        assert unplaced(asked.sentence) == (
            "check the URL: no view serves it, so correct it or add a route; to let pages read "
            f'404s, set allow_origins=["{OTHER}", "{APP}"] in the app\'s default policy, which '
            "applies to unknown URLs"
        )
    assert advise(Route(Policy(APP), "404"), Wanted(APP)) is None


def test_a_method_that_a_framework_answers_by_itself_has_to_be_listed():
    policy = Policy(APP, allow_methods=["GET"])
    route = Route(policy, "view", methods=["GET"], endpoint="items", decorated_at=policy.place)
    fix = advise(route, Wanted(APP, "OPTIONS"))
    assert fix.settings == {"allow_methods": ["GET", "OPTIONS"]}
    assert fix.sentence == (
        'set allow_methods=["GET", "OPTIONS"] in the @cors of the view \'items\', and list '
        "'OPTIONS' among the methods of the route to the view 'items': it lists only GET (browsers "
        "send preflights by themselves, so no page has to)"
    )
    fix = advise(Route(Policy(APP), "view", methods=["GET"], endpoint="items"), Wanted(APP, "LINK"))
    assert fix.sentence.endswith("the methods of the route to the view 'items': it lists only GET")
    for methods in (["GET", "OPTIONS"], None):
        route = Route(Policy(APP), "view", methods=methods)
        assert advise(route, Wanted(APP, "OPTIONS")) is None


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
    assert resolved.resolver.route_of(environ(), "PUT") == Route(
        policy, "resolver", methods=["PUT"]
    )


def test_a_risk_to_accept_is_explained():
    route = Route(Policy(APP, allow_credentials=True), "wrapper")
    fix = advise(route, Wanted("http://shop.example", credentials=True))
    assert 'accept_risks=["plain-http-origin"]' in fix.sentence
    assert fix.sentence.endswith(
        " (this accepts a risk: an unencrypted origin is trusted with cookies)"
    )


@pytest.mark.parametrize(
    ("policy", "wanted", "sentence", "settings"),
    [
        pytest.param(
            Policy(OTHER),
            Wanted("null", "PUT", credentials=True),
            "serve the page from an origin of its own: sandboxed frames and local files all send "
            "'null', and so can any attacker's page, and set allow_credentials=True, "
            'allow_methods=["GET", "HEAD", "POST", "PUT"] in the policy of the wrapper',
            {"allow_credentials": True, "allow_methods": ["GET", "HEAD", "POST", "PUT"]},
            id="null-with-credentials",
        ),
        pytest.param(
            Policy(OTHER, allow_credentials=[OTHER]),
            Wanted("null", credentials=True),
            "serve the page from an origin of its own: sandboxed frames and local files all send "
            "'null', and so can any attacker's page",
            {},
            id="null-beside-an-origin-with-credentials",
        ),
        pytest.param(
            Policy("null", accept_risks=["opaque-origin"]),
            Wanted("null", credentials=True),
            "serve the page from an origin of its own, or have it leave credentials out: sandboxed "
            "frames and local files all send 'null', and so can any attacker's page",
            {},
            id="null-that-is-allowed-without-credentials",
        ),
        pytest.param(
            Policy(APP),
            Wanted(APP, headers=["access-control-allow-origin", "x-a"]),
            "change the request headers that the page sets ('access-control-allow-origin': remove "
            'it, because only the server sends it), and set allow_headers=["Content-Type", "x-a"] '
            "in the policy of the wrapper",
            {"allow_headers": ["Content-Type", "x-a"]},
            id="response-header",
        ),
        pytest.param(
            Policy(APP),
            Wanted(APP, headers=["*", *(f"x-{n}-*" for n in range(6))]),
            "change the request headers that the page sets ('*': rename it, because '*' stands for "
            "all headers; 'x-0-*': rename it, because a policy cannot list it; 'x-1-*': rename it, "
            "because a policy cannot list it; 'x-2-*': rename it, because a policy cannot list it; "
            "'x-3-*': rename it, because a policy cannot list it; and 2 more)",
            {},
            id="pattern-as-header",
        ),
        pytest.param(
            Policy(APP),
            Wanted(APP, "patch"),
            "use 'PATCH' in the page: methods are case-sensitive, and set "
            'allow_methods=["GET", "HEAD", "POST", "PATCH"] in the policy of the wrapper',
            {"allow_methods": ["GET", "HEAD", "POST", "PATCH"]},
            id="patch",
        ),
        pytest.param(
            Policy(APP, allow_methods=["PUT"]),
            Wanted(APP, "P*"),
            "use another method in the page: 'P*' looks like a pattern, but wsgicors compares "
            "whole names",
            {},
            id="pattern-as-method",
        ),
        pytest.param(
            Policy(APP),
            Wanted(APP, "*"),
            "use another method in the page: '*' stands for all methods",
            {},
            id="wildcard-as-method",
        ),
        pytest.param(
            Policy(APP),
            Wanted("https://xn--f.example"),
            "serve the page from another origin: 'https://xn--f.example' has the label 'xn--f', "
            "which browsers cannot decode",
            {},
            id="origin-that-no-policy-takes",
        ),
        pytest.param(
            Policy("*"),
            Wanted("https://xn--f.example", credentials=True),
            "serve the page from another origin, or have it leave credentials out: "
            "'https://xn--f.example' has the label 'xn--f', which browsers cannot decode",
            {},
            id="origin-that-only-a-star-covers",
        ),
    ],
)
def test_what_no_policy_takes_has_to_change_in_the_page(policy, wanted, sentence, settings):
    fix = advise(Route(policy), wanted)
    assert (fix.side, unplaced(fix.sentence), fix.settings) == ("page", sentence, settings)
    policy.derive(**fix.settings)


def test_a_page_without_an_origin_that_is_allowed_needs_no_other_one():
    policy = Policy("null", accept_risks=["opaque-origin"])
    fix = advise(Route(policy), Wanted("null", "PUT"))
    assert (fix.side, [*fix.settings]) == ("server", ["allow_methods"])


def test_without_a_policy_the_page_changes_first():
    fix = advise(Route(None), Wanted("null", headers=["x-a"]))
    assert (fix.side, fix.settings) == ("page", {})


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        pytest.param(
            Policy(OTHER, allow_headers="*"),
            Wanted(APP, headers=["access-control-allow-origin", "*"]),
            id="headers",
        ),
        pytest.param(Policy(OTHER, allow_methods="*"), Wanted(APP, "*"), id="methods"),
        pytest.param(
            Policy("*", allow_methods="*", allow_credentials=[OTHER]),
            Wanted(APP, "*", headers=["x-a"]),
            id="methods-of-others",
        ),
        pytest.param(
            Policy(OTHER, allow_methods="*", allow_credentials=True),
            Wanted(APP, "patch", credentials=True),
            id="methods-with-credentials",
        ),
        pytest.param(
            Policy(lambda origin: origin.host == "xn--f.example", allow_methods=["PUT"]),
            Wanted("https://xn--f.example", "DELETE"),
            id="callable",
        ),
    ],
)
def test_a_page_does_not_change_what_a_policy_covers(policy, wanted):
    assert advise(Route(policy), wanted).side == "server"


@pytest.mark.parametrize("origin", ["null", "https://xn--f.example"])
@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy("*"), id="every origin"),
        pytest.param(Policy("*", allow_credentials=[OTHER]), id="some with credentials"),
        pytest.param(Policy([only_https, "null"], accept_risks=NULL), id="a callable"),
        pytest.param(
            Policy([only_https, OTHER, "null"], allow_credentials=[OTHER], accept_risks=NULL),
            id="a callable, and some with credentials",
        ),
    ],
)
def test_a_page_whose_origin_cannot_be_listed_gets_another_one_to_send_cookies(policy, origin):
    fix = advise(Route(policy), Wanted(origin, credentials=True))
    assert (fix.side, fix.settings) == ("page", {})
    assert "or have it leave credentials out" in fix.sentence


@pytest.mark.parametrize(
    ("policy", "settings", "sentence"),
    [
        pytest.param(
            Policy(APP, expose_headers="*"),
            {"allow_credentials": True, "expose_headers": []},
            "list in expose_headers what pages read: with credentials, '*' is a literal name",
            id="expose",
        ),
        pytest.param(
            Policy("*"),
            {"allow_credentials": [APP]},
            "because '*' is not accepted with credentials. If the page needs no cookies, have it "
            "leave credentials out instead",
            id="star",
        ),
        pytest.param(
            Policy("*", expose_headers="*"),
            {"allow_credentials": [APP], "expose_headers": []},
            "list in expose_headers what pages read: with credentials, '*' is a literal name, "
            "because '*' is not accepted with credentials. If the page needs no cookies, have it "
            "leave credentials out instead",
            id="two stars",
        ),
    ],
)
def test_credentials_take_away_what_cannot_be_combined_with_them(policy, settings, sentence):
    fix = advise(Route(policy), Wanted(APP, credentials=True))
    assert (fix.side, fix.settings) == ("server", settings)
    assert fix.sentence.endswith(f", and {sentence}") or fix.sentence.endswith(f", {sentence}")
    policy.derive(**settings)


def test_the_origins_that_are_left_without_null_must_be_some():
    policy = Policy(["null"], accept_risks=["opaque-origin"])
    fix = advise(Route(policy), Wanted("null", "PUT", credentials=True))
    assert "allow_credentials" not in fix.settings
    policy.derive(**fix.settings)


def test_a_resolver_that_names_methods_has_to_name_the_method():
    fix = advise(Route(Policy(APP), methods=["GET", "PUT"]), Wanted(APP, "DELETE"))
    assert fix.sentence == ("have the resolver list 'DELETE' among the methods: it lists GET, PUT")
    assert advise(Route(Policy(APP), methods=[]), Wanted(APP, "DELETE")).settings == {
        "allow_methods": ["GET", "HEAD", "POST", "DELETE"]
    }


def test_a_wrong_url_is_the_pages_to_change():
    assert advise(Route(None, "404"), Wanted(APP)).side == "page"


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(Wanted(APP, headers=["cookie"]), id="header"),
        pytest.param(Wanted("https://app.example/path", headers=MANY), id="origin"),
    ],
)
def test_settings_that_no_policy_takes_are_never_returned(wanted):
    assert widen(Route(Policy(OTHER)), wanted) == {}


def test_a_method_that_only_a_warning_concerns_is_not_refused():
    fix = advise(Route(Policy(APP)), Wanted(APP, "OPTIONS", ["x-a", "X-A"]))
    assert fix.side == "server"
