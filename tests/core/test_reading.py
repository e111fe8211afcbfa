"""Settings as people write them, and as a policy keeps them; origins have a room of their own."""

from datetime import timedelta
from fractions import Fraction

import pytest

from wsgicors import Policy

from .found import fault_codes, faults, noted, quietly

APP = "https://app.example"

NAMED_LISTS = [
    pytest.param("allow_methods", ["PUT", "PATCH"], id="allow_methods"),
    pytest.param("allow_headers", ["X-B", "x-a"], id="allow_headers"),
    pytest.param("expose_headers", ["X-B", "x-a"], id="expose_headers"),
    pytest.param("accept_risks", ["plain-http-origin", "opaque-origin"], id="accept_risks"),
    pytest.param("allow_origins", ["https://b.example", "https://a.example"], id="allow_origins"),
]


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
def test_one_name_may_stand_alone(setting, names):
    assert kept(setting, names[0]) == (names[0],)


@pytest.mark.parametrize(("setting", "names"), NAMED_LISTS)
def test_a_policy_keeps_its_own_copy_of_a_list(setting, names):
    given = list(names)
    policy = quietly(**{"allow_origins": APP, setting: given})
    given.clear()
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
def test_nothing_else_is_taken_for_a_list(setting, names, value):
    (fault,) = faults(**{"allow_origins": APP, setting: value})
    assert (fault.code, fault.setting, fault.value) == ("wrong-type", setting, value)
    assert f"write {setting}=" in fault.message


@pytest.mark.parametrize(("setting", "names"), NAMED_LISTS)
def test_every_element_that_is_no_string_is_named(setting, names):
    found = faults(**{"allow_origins": APP, setting: [names[0], 1, None]})
    assert [(fault.code, fault.value) for fault in found] == [
        ("wrong-type", 1),
        ("wrong-type", None),
    ]


@pytest.mark.parametrize("setting", ["allow_headers", "expose_headers", "accept_risks"])
def test_none_is_no_empty_list(setting):
    assert fault_codes(**{"allow_origins": APP, setting: None}) == ["wrong-type"]


@pytest.mark.parametrize(
    "setting", ["allow_methods", "allow_headers", "expose_headers", "accept_risks"]
)
def test_an_empty_list_names_nothing(setting):
    assert kept(setting, []) == ()


@pytest.mark.parametrize("setting", ["allow_methods", "allow_headers", "expose_headers"])
@pytest.mark.parametrize("value", ["", " ", ",", " , "])
def test_an_empty_string_is_no_empty_list(setting, value):
    (fault,) = faults(**{"allow_origins": APP, setting: value})
    assert (fault.code, fault.value) == ("invalid-name", value)


@pytest.mark.parametrize("setting", ["allow_headers", "expose_headers"])
def test_an_empty_header_name_is_told_how_to_name_none(setting):
    (fault,) = faults(**{"allow_origins": APP, setting: ""})
    assert "write []" in fault.message


@pytest.mark.parametrize("setting", ["allow_methods", "allow_headers", "expose_headers"])
@pytest.mark.parametrize("name", ["X A", "X:A", "X-A\n", "X-Ä", "(X)"])
def test_a_name_that_is_no_token_is_a_fault(setting, name):
    (fault,) = faults(**{"allow_origins": APP, setting: ["X-B", name]})
    assert (fault.code, fault.value) == ("invalid-name", name)


def test_a_risk_that_nobody_knows_is_a_fault_that_lists_those_there_are():
    (fault,) = faults(allow_origins=APP, accept_risks=["plain-http", "plain-http-origin"])
    assert (fault.code, fault.value) == ("unknown-risk", "plain-http")
    assert "plain-http-origin" in fault.message


@pytest.mark.parametrize("code", ["wildcard-with-credentials", "redundant"])
def test_a_code_that_is_no_risk_cannot_be_accepted(code):
    assert fault_codes(allow_origins=APP, accept_risks=[code]) == ["unknown-risk"]


def test_a_risk_that_is_accepted_twice_is_kept_once():
    assert kept("accept_risks", "opaque-origin, opaque-origin") == ("opaque-origin",)


def test_without_a_list_the_methods_are_left_to_the_route():
    assert kept("allow_methods", None) is None


@pytest.mark.parametrize(
    ("given", "methods"),
    [
        pytest.param("put, Delete, GET", ("PUT", "DELETE", "GET"), id="as browsers spell them"),
        pytest.param("PROPFIND, Egg", ("PROPFIND", "Egg"), id="any other as it stands"),
        pytest.param("*", ("*",), id="every method"),
        pytest.param("M-SEARCH", ("M-SEARCH",), id="any token"),
    ],
)
def test_methods_are_kept_as_they_go_over_the_wire(given, methods):
    assert kept("allow_methods", given) == methods


@pytest.mark.parametrize("method", ["CONNECT", "trace", "Track"])
def test_a_forbidden_method_is_one_in_any_case(method):
    assert fault_codes(allow_origins=APP, allow_methods=[method]) == ["forbidden-method"]


def test_a_method_that_is_listed_twice_is_kept_once():
    assert kept("allow_methods", ["PUT", "put", "Egg", "egg"]) == ("PUT", "Egg", "egg")
    assert noted(allow_origins=APP, allow_methods=["PUT", "put"]) == [("redundant", "put")]


def test_methods_beside_a_star_are_left_out():
    assert kept("allow_methods", ["PUT", "*", "PATCH"]) == ("*",)
    assert noted(allow_origins=APP, allow_methods=["PUT", "*"]) == [("redundant", "PUT")]


@pytest.mark.parametrize("method", ["patch", "Patch"])
def test_patch_in_another_case_is_kept_with_a_warning(method):
    with pytest.warns(UserWarning, match="write 'PATCH'"):
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
def test_request_headers_that_no_page_can_send_are_faults(name, code):
    (fault,) = faults(allow_origins=APP, allow_headers=["X-A", name])
    assert (fault.code, fault.value) == (code, name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("Set-Cookie", "forbidden-response-header", id="a forbidden name"),
        pytest.param("set-cookie2", "forbidden-response-header", id="the other one"),
        pytest.param("Origin", "misplaced-header", id="of a request"),
        pytest.param("access-control-request-headers", "misplaced-header", id="of a preflight"),
    ],
)
def test_response_headers_that_no_page_can_read_are_faults(name, code):
    (fault,) = faults(allow_origins=APP, expose_headers=["X-A", name])
    assert (fault.code, fault.value) == (code, name)


@pytest.mark.parametrize("name", ["Content-Type", "LAST-MODIFIED", "pragma"])
def test_response_headers_that_every_page_can_read_are_left_out(name):
    assert kept("expose_headers", ["X-A", name]) == ("X-A",)
    assert noted(allow_origins=APP, expose_headers=[name]) == [("redundant", name)]


def test_cors_headers_themselves_may_be_exposed():
    name = "Access-Control-Allow-Origin"
    assert kept("expose_headers", [name]) == (name,)
    assert noted(allow_origins=APP, expose_headers=[name]) == []


def test_request_headers_beside_a_star_are_left_out_but_for_authorization():
    assert kept("allow_headers", ["X-A", "*", "authorization", "X-B"]) == ("*", "authorization")
    found = noted(allow_origins=APP, allow_headers=["X-A", "*", "authorization"])
    assert found == [("redundant", "X-A")]


def test_response_headers_beside_a_star_are_left_out_authorization_too():
    assert kept("expose_headers", ["Authorization", "*", "ETag"]) == ("*",)


@pytest.mark.parametrize("value", [True, False])
def test_a_switch_takes_a_bool(value):
    assert kept("allow_credentials", value) is value


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        pytest.param("true", "write allow_credentials=True", id="true"),
        pytest.param(" Yes ", "write allow_credentials=True", id="yes"),
        pytest.param("ON", "write allow_credentials=True", id="on"),
        pytest.param("1", "environment: true", id="1 from the environment"),
        pytest.param("False", "write allow_credentials=False", id="False, which would be true"),
        pytest.param("", "environment: false", id="nothing from the environment"),
        pytest.param(1, "write allow_credentials=True", id="one"),
        pytest.param(0, "write allow_credentials=False", id="zero"),
        pytest.param(None, "write allow_credentials=False", id="None"),
    ],
)
def test_a_switch_takes_nothing_else_and_says_what_was_probably_meant(value, advice):
    (fault,) = faults(allow_origins=APP, allow_credentials=value)
    assert (fault.code, fault.value) == ("wrong-type", value)
    assert advice in fault.message


def test_only_strings_are_told_how_configuration_files_write_a_switch():
    (fault,) = faults(allow_origins=APP, allow_credentials=1)
    assert "TOML" not in fault.message


def test_a_switch_that_was_meant_is_checked_against_the_other_settings_at_once():
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
        pytest.param(timedelta(0), 0, id="no time at all"),
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
        pytest.param(float("inf"), id="for ever"),
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
    assert "write max_age=600" in fault.message


@pytest.mark.parametrize("value", [True, False, "600", b"600", [600], Fraction(600), object()])
def test_max_age_takes_no_other_type(value):
    (fault,) = faults(allow_origins=APP, max_age=value)
    assert (fault.code, fault.setting) == ("wrong-type", "max_age")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param(7_200, [], id="as long as Chromium keeps it"),
        pytest.param(7_201, [("max-age-above-caps", 7_201)], id="longer"),
        pytest.param(
            timedelta(hours=3), [("max-age-above-caps", timedelta(hours=3))], id="as a timedelta"
        ),
    ],
)
def test_a_max_age_that_browsers_cut_short_is_noted(value, found):
    assert noted(allow_origins=APP, max_age=value) == found
