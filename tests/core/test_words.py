"""Problems in full: the setting, the value and every word, for messages are all that people see."""

import logging
import re
import warnings

import pytest

from wsgicors import Policy, PolicyError
from wsgicors.core.problems import RISKS

from .found import faults

APP = "https://app.example"
SUBDOMAINS = "https://*.b.example"


def ask(origin):
    return True


def told(**settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Policy(**settings).problems
        except PolicyError as error:
            return error.problems


@pytest.mark.parametrize(
    ("settings", "setting", "value", "message"),
    [
        pytest.param(
            {"allow_origins": ["*", APP]},
            "allow_origins",
            APP,
            "'https://app.example' is covered by '*' and was left out",
            id="covered by everybody",
        ),
        pytest.param(
            {"allow_origins": [SUBDOMAINS, "https://a.b.example"]},
            "allow_origins",
            "https://a.b.example",
            "'https://a.b.example' is covered by 'https://*.b.example' and was left out",
            id="covered by a pattern",
        ),
        pytest.param(
            {"allow_origins": [APP, APP]},
            "allow_origins",
            APP,
            "'https://app.example' is listed more than once, and once was left out",
            id="twice",
        ),
        pytest.param(
            {"allow_origins": ["*", ask]},
            "allow_origins",
            (ask,),
            "a callable beside '*' is never asked and was left out",
            id="a callable beside everybody",
        ),
        pytest.param(
            {"allow_origins": []},
            "allow_origins",
            [],
            "[] admits nobody; list origins, or set no policy at all (None)",
            id="nobody",
        ),
        pytest.param(
            {"allow_origins": "*", "allow_credentials": True},
            "allow_credentials",
            True,
            'browsers refuse credentials together with allow_origins="*"; '
            "list the origins you trust",
            id="everybody with credentials",
        ),
        pytest.param(
            {"allow_origins": "http://localhost:*", "allow_credentials": True},
            "allow_origins",
            "http://localhost:*",
            "'http://localhost:*' is trusted with cookies; leave it out in production",
            id="development",
        ),
        pytest.param(
            {"allow_origins": SUBDOMAINS, "allow_credentials": True},
            "allow_origins",
            SUBDOMAINS,
            "'https://*.b.example' trusts every subdomain with cookies, and one that is "
            "vulnerable or abandoned is enough to read them; list the subdomains you trust, or, "
            'once somebody has looked at it, accept_risks=["subdomains-with-credentials"]',
            id="subdomains with credentials",
        ),
        pytest.param(
            {"allow_origins": "null"},
            "allow_origins",
            "null",
            "'null' is what every sandboxed frame and local file sends, whoever wrote it, so it "
            "admits everybody; write '*' if that is what you mean, or, once somebody has looked "
            'at it, accept_risks=["opaque-origin"]',
            id="opaque",
        ),
        pytest.param(
            {"allow_origins": APP, "allow_credentials": True, "expose_headers": "*"},
            "expose_headers",
            "*",
            "with credentials browsers take '*' for a name; list the headers to expose",
            id="exposing everything with credentials",
        ),
        pytest.param(
            {"allow_origins": APP, "allow_credentials": True, "allow_headers": "Authorization"},
            "allow_credentials",
            True,
            "an API with bearer tokens needs no cookies; consider allow_credentials=False",
            id="bearer tokens with credentials",
        ),
        pytest.param(
            {"allow_origins": APP, "allow_headers": "*"},
            "allow_headers",
            "*",
            'Authorization is never covered by "*"; where pages send it, '
            'write allow_headers=["*", "Authorization"]',
            id="a wildcard without Authorization",
        ),
        pytest.param(
            {"allow_origins": APP, "allow_methods": ["PUT", "POST"], "allow_headers": []},
            "allow_headers",
            (),
            "POST, PUT with a JSON body will be refused; add 'Content-Type' if pages send it",
            id="no Content-Type",
        ),
    ],
)
def test_a_problem_between_settings_is_told_in_full(settings, setting, value, message):
    (problem,) = told(**settings)
    assert (problem.setting, problem.value, problem.message) == (setting, value, message)


@pytest.mark.parametrize(
    ("setting", "given", "message"),
    [
        pytest.param("allow_origins", [1], f'an origin belongs; write allow_origins=["{APP}"]'),
        pytest.param("allow_origins", 1, f'a list belongs; write allow_origins=["{APP}"]'),
        pytest.param("allow_credentials", 1, "a bool belongs; write allow_credentials=True"),
        pytest.param(
            "allow_headers",
            1,
            'a list belongs; write allow_headers=["Content-Type", "X-Request-Id"]',
        ),
        pytest.param(
            "expose_headers",
            [1],
            'a string belongs; write expose_headers=["ETag", "X-Total-Count"]',
        ),
        pytest.param("allow_methods", 1, 'a list belongs; write allow_methods=["GET", "PUT"]'),
        pytest.param("allow_methods", [1], 'a string belongs; write allow_methods=["GET", "PUT"]'),
        pytest.param(
            "accept_risks", [1], 'a string belongs; write accept_risks=["plain-http-origin"]'
        ),
    ],
)
def test_a_wrong_type_is_told_what_belongs_there(setting, given, message):
    (problem,) = faults(**{"allow_origins": APP, setting: given})
    assert str(problem) == f"{setting}: 1 is an int, where {message}"


def test_an_unknown_risk_is_told_all_that_there_are():
    (problem,) = faults(allow_origins=APP, accept_risks=["x"])
    known = ", ".join(sorted(RISKS))
    assert problem.message == f"'x' is no risk that can be accepted; write one of: {known}"


REGEX = re.compile("a")


async def ask_later(origin):
    return True


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            REGEX,
            f"{REGEX!r} is a regular expression, and those match more than they seem to; "
            "write 'https://*.example.com' for subdomains, or a callable for the rest",
            id="a regular expression",
        ),
        pytest.param(
            ask_later,
            f"{ask_later!r} is a coroutine function, and nobody can await its answer here; "
            "write a plain function that returns a bool",
            id="a coroutine function",
        ),
        pytest.param(
            "https://" + "a" * 505,
            f"'https://{'a' * 32}'… is longer than any origin; write it as in '{APP}'",
            id="one character too long",
        ),
    ],
)
def test_what_is_no_origin_is_told_why(given, message):
    (problem,) = faults(allow_origins=[given])
    assert problem.message == message


EXAMPLE = "it as in 'https://app.example:8443'"
EVERYBODY = "'*' if you mean everybody, or leave it out"


@pytest.mark.parametrize(
    ("given", "why", "write"),
    [
        ("Null", "is no origin", EVERYBODY),
        ("data:x", "has no origin to send", EVERYBODY),
        (
            "^https://a",
            "looks like a regular expression, and those are not taken",
            "'https://*.app.example' for subdomains, or a callable for the rest",
        ),
        ("https://*.1.2.3.4", "asks for subdomains of an IP address", "'https://1.2.3.4'"),
        (
            "https://ä.example",
            "is not in its ASCII form, which is what browsers send",
            "'https://xn--4ca.example'",
        ),
        ("http://127.1", "spells an IP address as no browser does", "'http://127.0.0.1'"),
        (
            "https://1.2.3.4.0",
            "has a host that browsers take for an IP address, and it is none",
            EXAMPLE,
        ),
        ("://app.example", "has nothing before '://'", EXAMPLE),
        ("https:/app.example", "does not have '://' after its scheme", f"'{APP}'"),
        (
            "wss://app.example",
            "names the scheme of a socket, not of the page that opens it",
            f"'{APP}'",
        ),
        ("https://u@app.example", "names a user, which no origin does", f"'{APP}'"),
        ("https://[::1", "has a bracket that is not closed", EXAMPLE),
        ("https://app.example/", "ends in a slash, and origins do not", f"'{APP}'"),
        ("https://a b.example", "has a space in it", EXAMPLE),
        ("https://app.example/x", "has a path, and origins have none", f"'{APP}'"),
        (
            "https://app.example?x",
            "goes on after the host and port, where an origin ends",
            f"'{APP}'",
        ),
        ("https://App.example", "is not in lower case", f"'{APP}'"),
        ("https://app.example:", "has a colon and no port", f"'{APP}'"),
        ("https://app.example:01", "has a port with leading zeros", f"'{APP}:1'"),
        ("https://app.example:065535", "has a port with leading zeros", f"'{APP}:65535'"),
        (
            "https://app.example:443",
            "names the default port, which browsers leave out",
            f"'{APP}'",
        ),
        ("https://a..example", "has an empty label", EXAMPLE),
        (
            "https://a$b.example",
            "has a character that stands in no host that a browser sends",
            EXAMPLE,
        ),
        ("app.example", "has no scheme, so no browser will ever send it", f"'{APP}'"),
        ("//app.example", "has no scheme, so no browser will ever send it", f"'{APP}'"),
        (
            "example",
            "names no host",
            f"'*' for everybody, or list origins such as '{APP}'",
        ),
    ],
)
def test_a_misspelt_origin_is_told_why_and_what_to_write(given, why, write):
    (problem,) = faults(allow_origins=[given])
    assert problem.message == f"{given!r} {why}; write {write}"


def test_white_space_around_an_origin_is_told():
    (problem,) = faults(allow_origins=[f" {APP}"])
    assert problem.message == f"' {APP}' has white space around it; write '{APP}'"


def test_a_misspelt_change_is_told_where_it_stands():
    with pytest.raises(TypeError, match=r"^derive\(\) has no setting 'origins'"):
        Policy(APP).derive(origins="*")


def test_the_log_names_the_callable_that_raised(caplog):
    def refuse(origin):
        raise ValueError(origin)

    with caplog.at_level(logging.ERROR, "wsgicors"):
        assert not Policy(refuse).allows(APP)
    assert caplog.messages == [f"The origin callable {refuse!r} raised for {APP!r}."]


def test_the_log_names_the_callable_that_returned_no_bool(caplog):
    def shrug(origin):
        return 1

    with caplog.at_level(logging.ERROR, "wsgicors"):
        assert not Policy(shrug).allows(APP)
    assert caplog.messages == [
        f"The origin callable {shrug!r} returned 1 for {APP!r}; it must return True or False."
    ]
