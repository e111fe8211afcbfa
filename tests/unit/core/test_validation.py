"""How the settings of a policy are checked and converted, each by itself."""

import re
from datetime import timedelta
from fractions import Fraction
from functools import partial

import pytest

from tests.unit.core.helpers import fault_codes, faults, noted, quietly
from wsgicors import Policy
from wsgicors._core.origin_lists import covers
from wsgicors._core.origins import Origin, OriginSet, Pattern
from wsgicors._core.problems import Problems
from wsgicors._core.validation import (
    read_methods,
    read_request_headers,
    read_response_headers,
)

APP = "https://app.example"

NAMED_LISTS = [
    pytest.param("allow_methods", ["PUT", "PATCH"], id="allow_methods"),
    pytest.param("allow_headers", ["X-B", "x-a"], id="allow_headers"),
    pytest.param("expose_headers", ["X-B", "x-a"], id="expose_headers"),
    pytest.param("accept_risks", ["plain-http-origin", "opaque-origin"], id="accept_risks"),
    pytest.param("allow_origins", ["https://b.example", "https://a.example"], id="allow_origins"),
]


READERS = {
    "allow_methods": read_methods,
    "allow_headers": read_request_headers,
    "expose_headers": read_response_headers,
}


def kept(setting, value):
    return getattr(quietly(**{"allow_origins": APP, setting: value}), setting)


@pytest.mark.parametrize(("setting", "names"), NAMED_LISTS)
@pytest.mark.parametrize(
    "written",
    [
        pytest.param(list, id="a list"),
        pytest.param(tuple, id="a tuple"),
        pytest.param(iter, id="an iterator"),
        pytest.param(lambda names: dict.fromkeys(names).keys(), id="a view of keys"),
        pytest.param(", ".join, id="a comma-separated string"),
        pytest.param(" ,\t,".join, id="a string with empty elements"),
    ],
)
def test_a_list_is_kept_as_a_tuple_in_its_order_and_spelling(setting, names, written):
    value = written(names)
    assert kept(setting, value) == tuple(names)


@pytest.mark.parametrize(("setting", "names"), NAMED_LISTS)
def test_a_single_name_can_be_a_string(setting, names):
    assert kept(setting, names[0]) == (names[0],)


@pytest.mark.parametrize(("setting", "names"), NAMED_LISTS)
def test_a_policy_keeps_its_own_copy_of_a_list(setting, names):
    value = list(names)
    policy = quietly(**{"allow_origins": APP, setting: value})
    value.clear()
    assert getattr(policy, setting) == tuple(names)


@pytest.mark.parametrize(("setting", "names"), NAMED_LISTS)
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(True, id="a bool"),
        pytest.param(7, id="a number"),
        pytest.param(b"PUT", id="bytes"),
        pytest.param(bytearray(b"PUT"), id="a bytearray"),
        pytest.param({"PUT": True}, id="a mapping"),
    ],
)
def test_other_types_are_not_accepted_as_a_list(setting, names, value):
    (fault,) = faults(**{"allow_origins": APP, setting: value})
    assert (fault.code, fault.setting, fault.value) == ("wrong-type", setting, value)
    assert f"; use {setting}=" in fault.message


@pytest.mark.parametrize(("setting", "names"), NAMED_LISTS)
def test_every_element_that_is_not_a_string_is_reported(setting, names):
    found = faults(**{"allow_origins": APP, setting: [names[0], 1, None]})
    assert [(fault.code, fault.value) for fault in found] == [
        ("wrong-type", 1),
        ("wrong-type", None),
    ]


@pytest.mark.parametrize("setting", ["allow_headers", "expose_headers", "accept_risks"])
def test_none_is_not_an_empty_list(setting):
    assert fault_codes(**{"allow_origins": APP, setting: None}) == ["wrong-type"]


@pytest.mark.parametrize(
    "setting", ["allow_methods", "allow_headers", "expose_headers", "accept_risks"]
)
def test_an_empty_list_is_kept(setting):
    assert kept(setting, []) == ()


@pytest.mark.parametrize("setting", ["allow_methods", "allow_headers", "expose_headers"])
@pytest.mark.parametrize("value", ["", " ", ",", " , "])
def test_an_empty_string_is_not_an_empty_list(setting, value):
    (fault,) = faults(**{"allow_origins": APP, setting: value})
    assert (fault.code, fault.value) == ("invalid-name", value)


@pytest.mark.parametrize("setting", ["allow_methods", "allow_headers", "expose_headers"])
@pytest.mark.parametrize("value", ["", " , ", ["X-B", ""], ["\n"]])
def test_an_empty_name_gets_the_advice_to_use_an_empty_list(setting, value):
    (fault,) = faults(**{"allow_origins": APP, setting: value})
    assert fault.message.endswith(f"; remove it, or use {setting}=[] for an empty list")


@pytest.mark.parametrize("setting", ["allow_methods", "allow_headers", "expose_headers"])
@pytest.mark.parametrize("name", ["'X-A'", '"X-A"', "`X-A`", '["X-A"', "'X-A']", "'X-A"])
def test_a_name_in_quotes_is_an_error(setting, name):
    (fault,) = faults(**{"allow_origins": APP, setting: ["X-B", name]})
    assert (fault.code, fault.value) == ("invalid-name", name)
    why = "has quotes around it, which are not part of a name"
    assert fault.message == f"{name!r} {why}; use 'X-A'"


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        pytest.param("allow_methods", "TRACE", id="a forbidden method"),
        pytest.param("allow_methods", "GET POST", id="two methods"),
        pytest.param("allow_methods", "X-*", id="a pattern of methods"),
        pytest.param("allow_methods", "patch", id="PATCH in lower case"),
        pytest.param("allow_headers", "Cookie", id="a forbidden header"),
        pytest.param("allow_headers", "X-*", id="a pattern"),
        pytest.param("allow_headers", "X A", id="two headers"),
        pytest.param("allow_headers", "Vary, ü", id="not ASCII"),
        pytest.param("allow_headers", "Access-Control-Max-Age", id="a response header"),
        pytest.param("expose_headers", "Set-Cookie", id="a header that pages never see"),
        pytest.param("expose_headers", "Origin", id="a request header"),
    ],
)
def test_a_name_in_quotes_that_is_wrong_without_them_too_gets_both_messages(setting, name):
    given = f"'{name}'"
    (fault,) = faults(**{"allow_origins": APP, setting: [given]})
    assert fault.code == "invalid-name"
    inner = Problems()
    READERS[setting]([name], inner)
    (without,) = inner.found
    why = "has quotes around it, which are not part of a name"
    assert fault.message == f"{given!r} {why}, and {without.message}"


@pytest.mark.parametrize("name", ["Cache-Control", "content-type"])
def test_a_name_in_quotes_that_has_no_effect_without_them_gets_the_advice_to_remove_it(name):
    (fault,) = faults(allow_origins=APP, expose_headers=[f"'{name}'"])
    assert fault.message.endswith("which are not part of a name; remove it")


@pytest.mark.parametrize("setting", ["allow_methods", "allow_headers", "expose_headers"])
def test_quotes_without_a_name_get_the_advice_to_remove_them(setting):
    (fault,) = faults(**{"allow_origins": APP, setting: "''"})
    assert fault.message.endswith("which are not part of a name; remove it")


@pytest.mark.parametrize("setting", ["allow_methods", "allow_headers", "expose_headers"])
@pytest.mark.parametrize("name", ["X A", "X:A", "X-A\n", "X-Ä", "(X)"])
def test_a_name_that_is_not_a_token_is_an_error(setting, name):
    (fault,) = faults(**{"allow_origins": APP, setting: ["X-B", name]})
    assert (fault.code, fault.value) == ("invalid-name", name)


@pytest.mark.parametrize(
    ("setting", "value", "suggested"),
    [
        pytest.param("allow_methods", "get put", ["GET", "PUT"], id="methods"),
        pytest.param(
            "allow_methods", ["Egg delete", "PUT"], ["Egg", "DELETE", "PUT"], id="among other names"
        ),
        pytest.param("allow_methods", ["put get", "GET"], ["PUT", "GET"], id="a duplicate"),
        pytest.param("allow_headers", "X-A X-B, X-C", ["X-A", "X-B", "X-C"], id="request headers"),
        pytest.param("allow_headers", ["X-A, X-B"], ["X-A", "X-B"], id="a comma in a list"),
        pytest.param("allow_headers", "X-A;X-B", ["X-A", "X-B"], id="a semicolon"),
        pytest.param("expose_headers", ["Link\nETag"], ["Link", "ETag"], id="response headers"),
    ],
)
def test_names_that_are_not_separated_get_the_whole_list_as_a_suggestion(setting, value, suggested):
    (fault,) = faults(**{"allow_origins": APP, setting: value})
    assert fault.code == "invalid-name"
    assert fault.message.endswith(f"; did you mean {setting}={suggested}?")
    assert kept(setting, suggested) == tuple(suggested)


@pytest.mark.parametrize("name", ["get PÜT", "X-A: b", "(a b)"])
def test_words_that_are_not_names_are_not_suggested(name):
    (fault,) = faults(allow_origins=APP, allow_methods=["PUT", name])
    assert fault.message.endswith('; use allow_methods=["GET", "PUT"]')


@pytest.mark.parametrize(
    ("setting", "advice"),
    [
        ("allow_methods", "list the methods, or use '*' for all"),
        ("allow_headers", "list the names, or use '*' for all but Authorization"),
        ("expose_headers", "list the names, or use '*' for all if there are no credentials"),
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "X-*",
        "*-X",
        "X-*-Y",
        "X-.*",
        "**",
        "*T",
        "X-.+",
        "^X",
        "X$",
        "A|B",
        "(A|B)",
        "X-[a-z]+",
        r"X-\d",
        "X-?",
    ],
)
def test_a_pattern_of_names_is_an_error_that_says_what_to_use(setting, advice, name):
    (fault,) = faults(**{"allow_origins": APP, setting: ["X-B", name]})
    assert (fault.code, fault.setting, fault.value) == ("invalid-pattern", setting, name)
    assert fault.message.endswith(f"; {advice}")


@pytest.mark.parametrize("setting", ["allow_methods", "allow_headers", "expose_headers"])
def test_names_with_characters_that_patterns_rarely_use_are_kept(setting):
    names = ("X.A", "X+A", "X$A", "a^b", "X_A", "~x", "#x", "!")
    assert kept(setting, names) == names
    assert kept(setting, ["*"]) == ("*",)


def test_a_pattern_is_not_suggested_among_names_that_are_not_separated():
    errors = faults(allow_origins=APP, allow_headers=["X-A X-B", "X-*"])
    assert [fault.code for fault in errors] == ["invalid-name", "invalid-pattern"]
    assert errors[0].message.endswith("; did you mean allow_headers=['X-A', 'X-B']?")


def test_an_unknown_risk_is_an_error_that_lists_all_risks():
    (fault,) = faults(allow_origins=APP, accept_risks=["plain-http", "plain-http-origin"])
    assert (fault.code, fault.value) == ("unknown-risk", "plain-http")
    assert "plain-http-origin" in fault.message


@pytest.mark.parametrize("code", ["wildcard-with-credentials", "redundant"])
def test_a_code_that_is_not_a_risk_cannot_be_accepted(code):
    assert fault_codes(allow_origins=APP, accept_risks=[code]) == ["unknown-risk"]


def test_a_risk_that_is_accepted_twice_is_kept_once():
    assert kept("accept_risks", "opaque-origin, opaque-origin") == ("opaque-origin",)


def test_without_allow_methods_the_route_decides():
    assert kept("allow_methods", None) is None


@pytest.mark.parametrize(
    ("value", "methods"),
    [
        pytest.param("put, Delete, GET", ("PUT", "DELETE", "GET"), id="as browsers spell them"),
        pytest.param("PROPFIND, Egg", ("PROPFIND", "Egg"), id="all others unchanged"),
        pytest.param("*", ("*",), id="every method"),
        pytest.param("M-SEARCH", ("M-SEARCH",), id="any token"),
    ],
)
def test_methods_are_kept_as_browsers_send_them(value, methods):
    assert kept("allow_methods", value) == methods


@pytest.mark.parametrize("method", ["CONNECT", "trace", "Track"])
def test_a_method_is_forbidden_in_any_case(method):
    assert fault_codes(allow_origins=APP, allow_methods=[method]) == ["forbidden-method"]


def test_a_method_that_is_listed_twice_is_kept_once():
    assert kept("allow_methods", ["PUT", "put", "Egg", "egg"]) == ("PUT", "Egg", "egg")
    assert noted(allow_origins=APP, allow_methods=["PUT", "put"]) == [("redundant", "put")]


def test_methods_beside_a_wildcard_are_ignored():
    assert kept("allow_methods", ["PUT", "*", "PATCH"]) == ("*",)
    assert noted(allow_origins=APP, allow_methods=["PUT", "*"]) == [("redundant", "PUT")]


@pytest.mark.parametrize("method", ["patch", "Patch"])
def test_patch_in_another_case_is_kept_with_a_warning(method):
    with pytest.warns(UserWarning, match="use 'PATCH'"):
        policy = Policy(APP, allow_methods=[method])
    assert policy.allow_methods == (method,)
    assert [(problem.code, problem.value) for problem in policy.problems] == [
        ("method-case", method)
    ]


def test_options_is_kept_with_a_note():
    assert kept("allow_methods", "options") == ("OPTIONS",)
    assert noted(allow_origins=APP, allow_methods="options") == [("options-listed", "options")]


@pytest.mark.parametrize("setting", ["allow_headers", "expose_headers"])
def test_a_header_name_that_is_listed_twice_keeps_its_first_spelling(setting):
    assert kept(setting, ["X-a", "x-A", "X-b"]) == ("X-a", "X-b")
    assert noted(**{"allow_origins": APP, setting: ["X-a", "x-A"]}) == [("redundant", "x-A")]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("Cookie", "forbidden-request-header", id="a forbidden name"),
        pytest.param("SEC-X", "forbidden-request-header", id="a forbidden prefix"),
        pytest.param("proxy-x", "forbidden-request-header", id="the other prefix"),
        pytest.param(
            "Access-Control-Request-Method", "forbidden-request-header", id="of a preflight"
        ),
        pytest.param("Access-Control-Allow-Origin", "misplaced-header", id="of a response"),
        pytest.param("access-control-max-age", "misplaced-header", id="of a response, lower case"),
    ],
)
def test_request_headers_that_pages_cannot_send_are_errors(name, code):
    (fault,) = faults(allow_origins=APP, allow_headers=["X-A", name])
    assert (fault.code, fault.value) == (code, name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("Set-Cookie", "forbidden-response-header", id="a forbidden name"),
        pytest.param("set-cookie2", "forbidden-response-header", id="the other one"),
        pytest.param("Origin", "misplaced-header", id="of a request"),
        pytest.param("access-control-request-headers", "misplaced-header", id="of a preflight"),
        *[
            pytest.param(name, "misplaced-header", id=f"only in preflight responses: {name}")
            for name in [
                "Access-Control-Allow-Headers",
                "access-control-allow-methods",
                "Access-Control-Max-Age",
                "Access-Control-Allow-Private-Network",
            ]
        ],
    ],
)
def test_response_headers_that_pages_cannot_read_are_errors(name, code):
    (fault,) = faults(allow_origins=APP, expose_headers=["X-A", name])
    assert (fault.code, fault.value) == (code, name)


@pytest.mark.parametrize("name", ["Content-Type", "LAST-MODIFIED", "pragma"])
def test_response_headers_that_every_page_can_read_are_ignored(name):
    assert kept("expose_headers", ["X-A", name]) == ("X-A",)
    assert noted(allow_origins=APP, expose_headers=[name]) == [("redundant", name)]


@pytest.mark.parametrize(
    "name",
    [
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Credentials",
        "Access-Control-Expose-Headers",
    ],
)
def test_cors_headers_of_actual_responses_can_be_exposed(name):
    assert kept("expose_headers", [name]) == (name,)
    assert noted(allow_origins=APP, expose_headers=[name]) == []


def test_request_headers_beside_a_wildcard_are_ignored_except_authorization():
    assert kept("allow_headers", ["X-A", "*", "authorization", "X-B"]) == ("*", "authorization")
    found = noted(allow_origins=APP, allow_headers=["X-A", "*", "authorization"])
    assert found == [("redundant", "X-A")]


def test_response_headers_beside_a_wildcard_are_ignored_even_authorization():
    assert kept("expose_headers", ["Authorization", "*", "ETag"]) == ("*",)


@pytest.mark.parametrize("value", [True, False])
def test_a_bool_is_kept(value):
    assert kept("allow_credentials", value) is value


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        pytest.param("true", "use allow_credentials=True", id="true"),
        pytest.param(" Yes ", "use allow_credentials=True", id="yes"),
        pytest.param("ON", "use allow_credentials=True", id="on"),
        pytest.param("1", "environment: true", id="1 in the environment"),
        pytest.param("False", "use allow_credentials=False", id="False"),
        pytest.param("", "environment: false", id="empty in the environment"),
        pytest.param(1, "use allow_credentials=True", id="one"),
        pytest.param(0, "use allow_credentials=False", id="zero"),
        pytest.param(None, "use allow_credentials=False", id="None"),
    ],
)
def test_another_type_than_bool_is_an_error_that_suggests_a_bool(value, advice):
    (fault,) = faults(allow_origins=APP, allow_credentials=value)
    assert (fault.code, fault.value) == ("wrong-type", value)
    assert advice in fault.message


def test_only_the_error_for_a_string_mentions_configuration_files():
    (fault,) = faults(allow_origins=APP, allow_credentials=1)
    assert "TOML" not in fault.message


def test_the_suggested_bool_is_checked_against_the_other_settings():
    assert fault_codes(allow_origins="*", allow_credentials="true") == [
        "wrong-type",
        "wildcard-with-credentials",
    ]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param(None, None, id="none"),
        pytest.param(0, 0, id="zero"),
        pytest.param(86_400, 86_400, id="a day"),
        pytest.param(timedelta(0), 0, id="zero as a timedelta"),
        pytest.param(timedelta(minutes=10), 600, id="minutes"),
        pytest.param(timedelta(days=1), 86_400, id="a day as a timedelta"),
    ],
)
def test_max_age_is_kept_in_seconds(value, seconds):
    assert kept("max_age", value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(-1, id="negative"),
        pytest.param(86_401, id="more than a day"),
        pytest.param(1.5, id="a fraction"),
        pytest.param(600.0, id="a float, though it is whole"),
        pytest.param(float("nan"), id="not a number"),
        pytest.param(float("inf"), id="infinity"),
        pytest.param(timedelta(seconds=-1), id="a negative timedelta"),
        pytest.param(timedelta(days=1, seconds=1), id="a timedelta of more than a day"),
        pytest.param(timedelta(milliseconds=1500), id="a timedelta with a fraction"),
        pytest.param(timedelta.max, id="the longest timedelta"),
    ],
)
def test_max_age_is_a_whole_number_of_seconds_up_to_a_day(value):
    (fault,) = faults(allow_origins=APP, max_age=value)
    assert fault.code == "invalid-max-age"
    assert fault.value is value
    assert "; use max_age=600" in fault.message


@pytest.mark.parametrize("value", [True, False, "600", b"600", [600], Fraction(600), object()])
def test_max_age_cannot_have_another_type(value):
    (fault,) = faults(allow_origins=APP, max_age=value)
    assert (fault.code, fault.setting) == ("wrong-type", "max_age")


@pytest.mark.parametrize(
    ("value", "notes"),
    [
        pytest.param(7_200, [], id="as long as Chromium keeps it"),
        pytest.param(7_201, [("max-age-above-caps", 7_201)], id="longer"),
        pytest.param(
            timedelta(hours=3), [("max-age-above-caps", timedelta(hours=3))], id="as a timedelta"
        ),
    ],
)
def test_a_max_age_that_browsers_cut_short_is_noted(value, notes):
    assert noted(allow_origins=APP, max_age=value) == notes


SUBDOMAINS = "https://*.app.example"


def is_example(origin):
    return origin.host.endswith(".example")


class IsExample:
    def __call__(self, origin):
        return True

    def method(self, origin):
        return True


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(APP, (APP,), id="one origin"),
        pytest.param("*", ("*",), id="every origin"),
        pytest.param(["*"], ("*",), id="every origin in a list"),
        pytest.param(
            f"{APP}, http://localhost:*", (APP, "http://localhost:*"), id="several in one string"
        ),
        pytest.param([SUBDOMAINS, APP], (APP, SUBDOMAINS), id="exact origins before patterns"),
        pytest.param(is_example, (is_example,), id="a callable"),
        pytest.param(
            [is_example, SUBDOMAINS, APP], (APP, SUBDOMAINS, is_example), id="of every kind"
        ),
    ],
)
def test_which_values_allow_origins_takes(value, expected):
    assert Policy(value).allow_origins == expected


@pytest.mark.parametrize("empty", [[], (), set(), iter([])])
def test_an_empty_list_of_origins_is_an_error(empty):
    assert fault_codes(allow_origins=empty) == ["no-origins"]


def test_a_value_of_the_wrong_type_is_not_reported_as_empty_too():
    assert fault_codes(allow_origins=None) == ["wrong-type"]


@pytest.mark.parametrize("empty", ["", "  ", ","])
def test_a_string_without_origins_is_an_error(empty):
    assert fault_codes(allow_origins=empty) == ["no-origins"]


def test_every_wrong_origin_is_reported_with_its_code():
    found = faults(
        allow_origins=["app.example", APP, "https://a/", "https://*", "http://0x7f.1", "https://ü"]
    )
    assert [(fault.code, fault.value) for fault in found] == [
        ("origin-without-scheme", "app.example"),
        ("origin-syntax", "https://a/"),
        ("any-origin-pattern", "https://*"),
        ("origin-ip-spelling", "http://0x7f.1"),
        ("origin-not-ascii", "https://ü"),
    ]


def test_a_very_long_origin_is_an_error():
    assert fault_codes(allow_origins=f"{APP}:{'9' * 5_000}") == ["origin-syntax"]


@pytest.mark.parametrize(
    "expression", [re.compile(r"https://.*\.example"), re.compile(rb"https://.*\.example")]
)
def test_the_error_for_a_regular_expression_suggests_a_pattern(expression):
    for origins in (expression, [expression]):
        (fault,) = faults(allow_origins=origins)
        assert (fault.code, fault.value) == ("wrong-type", expression)
        assert "is a regular expression" in fault.message
        assert "https://*.example.com" in fault.message


@pytest.mark.parametrize(
    "value", [Origin.parse(APP), Origin, IsExample, 7, None, b"*", [APP], {APP: 1}, object()]
)
def test_other_types_are_not_accepted_as_origins(value):
    (fault,) = faults(allow_origins=[APP, value])
    assert (fault.code, fault.value) == ("wrong-type", value)


async def asynchronous(origin):
    return True


async def asynchronous_generator(origin):
    yield True


class Asynchronous:
    async def __call__(self, origin):
        return True

    async def method(self, origin):
        return True


@pytest.mark.parametrize(
    "coroutine",
    [
        pytest.param(asynchronous, id="a function"),
        pytest.param(partial(asynchronous), id="a partial function"),
        pytest.param(Asynchronous().method, id="a method"),
        pytest.param(Asynchronous(), id="an object"),
        pytest.param(asynchronous_generator, id="a generator"),
    ],
)
def test_an_asynchronous_function_is_an_error(coroutine):
    (fault,) = faults(allow_origins=[APP, coroutine])
    assert (fault.code, fault.value) == ("wrong-type", coroutine)
    assert "is asynchronous, which wsgicors cannot await" in fault.message


@pytest.mark.parametrize(
    "predicate",
    [
        pytest.param(is_example, id="a function"),
        pytest.param(lambda origin: True, id="a lambda"),
        pytest.param(partial(is_example), id="a partial function"),
        pytest.param(IsExample(), id="an object"),
        pytest.param(IsExample().method, id="a method"),
    ],
)
def test_every_kind_of_callable_can_allow_origins(predicate):
    policy = Policy([predicate, "https://other.test"])
    assert policy.allows("https://other.test")
    assert policy.allows(APP.replace("app", "a.app"))
    assert not policy.allows("null")


def test_a_callable_can_be_combined_with_a_list():
    policy = Policy(["https://other.test", is_example])
    assert policy.allows("https://other.test")
    assert policy.allows(APP)
    assert not policy.allows("https://stranger.test")


@pytest.mark.parametrize(
    ("value", "expected", "ignored"),
    [
        pytest.param([APP, APP], [APP], [APP], id="an origin twice"),
        pytest.param([SUBDOMAINS] * 3, [SUBDOMAINS], [SUBDOMAINS] * 2, id="a pattern thrice"),
        pytest.param(
            ["https://a.app.example", SUBDOMAINS],
            [SUBDOMAINS],
            ["https://a.app.example"],
            id="an origin under a pattern",
        ),
        pytest.param(
            ["https://*.b.app.example", SUBDOMAINS],
            [SUBDOMAINS],
            ["https://*.b.app.example"],
            id="a pattern under a wider one",
        ),
        pytest.param(
            [f"{SUBDOMAINS}:*", SUBDOMAINS, f"{SUBDOMAINS}:81"],
            [f"{SUBDOMAINS}:*"],
            [SUBDOMAINS, f"{SUBDOMAINS}:81"],
            id="ports under any port",
        ),
        pytest.param(
            ["http://localhost", "http://localhost:5000", "http://localhost:*"],
            ["http://localhost:*"],
            ["http://localhost", "http://localhost:5000"],
            id="origins on any port",
        ),
        pytest.param(
            ["https://a.b.app.example:81", "https://*.app.example:*"],
            ["https://*.app.example:*"],
            ["https://a.b.app.example:81"],
            id="both at once",
        ),
        pytest.param(
            ["https://a.app.example:*", "https://*.app.example:*"],
            ["https://*.app.example:*"],
            ["https://a.app.example:*"],
            id="any port of one host under any port of all",
        ),
        pytest.param(["*", APP, SUBDOMAINS], ["*"], [APP, SUBDOMAINS], id="beside every origin"),
        pytest.param(["null", "*"], ["*"], ["null"], id="null beside every origin"),
        pytest.param(
            [is_example, APP, is_example], [APP, is_example], [is_example], id="a callable twice"
        ),
        pytest.param(["*", "*"], ["*"], ["*"], id="every origin twice"),
        pytest.param(
            ["*", is_example], ["*"], [(is_example,)], id="a callable beside every origin"
        ),
    ],
)
def test_covered_entries_are_ignored_with_a_note(value, expected, ignored):
    assert Policy(value).allow_origins == tuple(expected)
    notes = noted(allow_origins=value)
    assert sorted(map(str, notes)) == sorted(str(("redundant", text)) for text in ignored)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([APP, SUBDOMAINS], id="the domain itself"),
        pytest.param([APP, "http://app.example"], id="another scheme"),
        pytest.param(["https://a.app.example:81", SUBDOMAINS], id="another port"),
        pytest.param(["https://a.app.example:*", SUBDOMAINS], id="any port of one"),
        pytest.param(["https://evilapp.example", SUBDOMAINS], id="a longer label"),
        pytest.param(["https://a.app.example.", SUBDOMAINS], id="a trailing dot"),
        pytest.param(["https://other.test", is_example], id="an origin that a callable may allow"),
        pytest.param(["app://A.b.example", "app://*.b.example"], id="an app's host with a capital"),
        pytest.param(["app://a$.example:*", "app://*.example:*"], id="an app's host with a sign"),
    ],
)
def test_entries_that_are_not_covered_are_kept(value):
    assert set(Policy(value).allow_origins) == set(value)
    assert noted(allow_origins=value) == []


HOSTS = ["a", "A", "b.a", "B.a", "b$.a", "c.b.a", "C.b.a", "c.B.a", "b.a."]
SPELLINGS = [
    f"{scheme}://{wild}{host}{port}"
    for scheme in ("https", "app")
    for wild in ("", "*.")
    for host in HOSTS
    for port in ("", ":81", ":*")
]
ENTRIES = {text: OriginSet(patterns=[it]) for text in SPELLINGS if (it := Pattern.parse(text))}


def matching(entry):
    """Return some origins that an entry matches: on each port, and of one and two more labels."""
    below = ["z.", "z.y."] if "*." in entry else [""]
    texts = [entry.replace("*.", labels) for labels in below]
    found = [text.replace(":*", port) for text in texts for port in ("", ":81", ":82")]
    return [text for text in found if text in ENTRIES[entry]]


def test_each_entry_matches_an_origin():
    assert all(matching(entry) for entry in ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_covers_another_if_it_matches_all_its_origins(entry):
    for other, matched in ENTRIES.items():
        assert covers([other], entry) == all(origin in matched for origin in matching(entry))
