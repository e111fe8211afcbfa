"""The full text of messages about policies, because users see nothing else."""

import logging
import re
import warnings

import pytest

from tests.unit.core.helpers import faults
from wsgicors import Policy, PolicyError, wrap
from wsgicors._core.policy import check_names
from wsgicors._core.problems import RISKS
from wsgicors._decorator import cors

APP = "https://app.example"
SUBDOMAINS = "https://*.b.example"


def ask(origin):
    return True


def problems_of(**settings):
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
            "'https://app.example' is covered by '*'; the entry is ignored",
            id="covered by every origin",
        ),
        pytest.param(
            {"allow_origins": [SUBDOMAINS, "https://a.b.example"]},
            "allow_origins",
            "https://a.b.example",
            "'https://a.b.example' is covered by 'https://*.b.example'; the entry is ignored",
            id="covered by a pattern",
        ),
        pytest.param(
            {"allow_origins": [APP, APP]},
            "allow_origins",
            APP,
            "'https://app.example' is listed more than once; the duplicate is ignored",
            id="twice",
        ),
        pytest.param(
            {"allow_origins": ["*", ask]},
            "allow_origins",
            (ask,),
            "a callable beside '*' is never called; the entry is ignored",
            id="a callable beside every origin",
        ),
        pytest.param(
            {"allow_origins": []},
            "allow_origins",
            [],
            "[] does not allow any origin; list origins, or use no policy",
            id="no origins",
        ),
        pytest.param(
            {"allow_origins": "*", "allow_credentials": True},
            "allow_credentials",
            True,
            'browsers do not accept allow_origins="*" with credentials; '
            'list the origins that need cookies: allow_credentials=["https://app.example"]',
            id="every origin with credentials",
        ),
        pytest.param(
            {"allow_origins": "http://localhost:*", "allow_credentials": True},
            "allow_origins",
            "http://localhost:*",
            "'http://localhost:*' is trusted with cookies; allow it only in development (the "
            "audit warns about it if debug mode is off)",
            id="development",
        ),
        pytest.param(
            {"allow_origins": SUBDOMAINS, "allow_credentials": True},
            "allow_origins",
            SUBDOMAINS,
            "'https://*.b.example' trusts every subdomain with cookies, so one vulnerable or "
            "abandoned subdomain puts your visitors' accounts at risk; list the subdomains you "
            "trust, or review the risk and accept it with "
            'accept_risks=["subdomains-with-credentials"]',
            id="subdomains with credentials",
        ),
        pytest.param(
            {"allow_origins": "null"},
            "allow_origins",
            "null",
            "'null' is the origin of every sandboxed frame and local file, so it allows any page; "
            "use '*' if you mean every origin, or review the risk and accept it with "
            'accept_risks=["opaque-origin"]',
            id="opaque",
        ),
        pytest.param(
            {"allow_origins": "null", "allow_credentials": True},
            "allow_origins",
            "null",
            "'null' is the origin of every sandboxed frame and local file, so any page could act "
            "with your visitors' cookies; remove it",
            id="opaque with credentials",
        ),
        pytest.param(
            {"allow_origins": "http://app.example:443", "allow_credentials": True},
            "allow_origins",
            "http://app.example:443",
            "'http://app.example:443' is not encrypted, so anyone on the network can add "
            "JavaScript to its pages and act with your visitors' cookies; use "
            "'https://app.example', or review the risk and accept it with "
            'accept_risks=["plain-http-origin"]',
            id="unencrypted with credentials",
        ),
        pytest.param(
            {"allow_origins": "https://*.github.io"},
            "allow_origins",
            "https://*.github.io",
            "'https://*.github.io' allows sites of strangers, because anyone can get a name under "
            "'github.io'; use a domain of your own, such as 'https://*.app.github.io', or review "
            'the risk and accept it with accept_risks=["public-suffix-wildcard"]',
            id="a public suffix",
        ),
        pytest.param(
            {"allow_origins": ask, "allow_credentials": True},
            "allow_origins",
            ask,
            f"{ask!r} decides at run time which origins are trusted with cookies; list the "
            "origins, or review the risk and accept it with "
            'accept_risks=["callable-with-credentials"]',
            id="a callable with credentials",
        ),
        pytest.param(
            {"allow_origins": APP, "allow_credentials": True, "expose_headers": "*"},
            "expose_headers",
            "*",
            "with credentials, browsers treat '*' as a literal header name; "
            "list the headers to expose",
            id="exposing everything with credentials",
        ),
        pytest.param(
            {"allow_origins": APP, "allow_credentials": True, "allow_headers": "Authorization"},
            "allow_credentials",
            True,
            "an API with bearer tokens does not need cookies; consider allow_credentials=False",
            id="bearer tokens with credentials",
        ),
        pytest.param(
            {"allow_origins": APP, "allow_headers": "*"},
            "allow_headers",
            "*",
            "'*' does not cover Authorization; if pages send it, "
            'use allow_headers=["*", "Authorization"]',
            id="a wildcard without Authorization",
        ),
        pytest.param(
            {"allow_origins": APP, "allow_methods": ["PUT", "POST"], "allow_headers": []},
            "allow_headers",
            (),
            "browsers will block JSON bodies (POST, PUT); add 'Content-Type' if pages send them",
            id="no Content-Type",
        ),
    ],
)
def test_the_full_message_of_a_problem_between_settings(settings, setting, value, message):
    (problem,) = problems_of(**settings)
    assert (problem.setting, problem.value, problem.message) == (setting, value, message)


@pytest.mark.parametrize(
    ("setting", "given", "expected", "use"),
    [
        pytest.param("allow_origins", [1], "an origin", f'["{APP}"]'),
        pytest.param("allow_origins", 1, "a list", f'["{APP}"]'),
        pytest.param(
            "allow_credentials",
            1,
            "a bool or a list of origins",
            "True, or a list of origins",
        ),
        pytest.param("allow_headers", 1, "a list", '["Content-Type", "X-Request-Id"]'),
        pytest.param("expose_headers", [1], "a string", '["ETag", "X-Total-Count"]'),
        pytest.param("allow_methods", 1, "a list", '["GET", "PUT"]'),
        pytest.param("allow_methods", [1], "a string", '["GET", "PUT"]'),
        pytest.param("accept_risks", [1], "a string", '["plain-http-origin"]'),
    ],
)
def test_the_full_message_of_a_wrong_type(setting, given, expected, use):
    (problem,) = faults(**{"allow_origins": APP, setting: given})
    assert problem.message == f"expected {expected}, got 1; use {setting}={use}"


def test_the_full_message_of_an_unknown_risk():
    (problem,) = faults(allow_origins=APP, accept_risks=["x"])
    known = ", ".join(sorted(RISKS))
    assert problem.message == f"'x' is not a risk code; use one of: {known}"


REGEX = re.compile("a")


async def ask_later(origin):
    return True


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            REGEX,
            f"{REGEX!r} is a regular expression, which often matches more than intended; "
            "use 'https://*.example.com' for subdomains, or a callable for anything else",
            id="a regular expression",
        ),
        pytest.param(
            ask_later,
            f"{ask_later!r} is asynchronous, which wsgicors cannot await; "
            "use a plain function that returns a bool",
            id="an asynchronous function",
        ),
        pytest.param(
            "https://" + "a" * 505,
            f"'https://{'a' * 32}'… is longer than any origin; use the form '{APP}'",
            id="one character too long",
        ),
    ],
)
def test_the_full_message_of_a_value_that_is_not_an_origin(given, message):
    (problem,) = faults(allow_origins=[given])
    assert problem.message == message


EXAMPLE = "the form 'https://app.example:8443'"
EVERY_ORIGIN = "'*' to allow every origin, or remove it"


@pytest.mark.parametrize(
    ("given", "why", "use"),
    [
        ("Null", "is not an origin that browsers send", EVERY_ORIGIN),
        ("data:x", "is not an origin that browsers send", EVERY_ORIGIN),
        (
            "^https://a",
            "looks like a regular expression, which wsgicors does not accept",
            "'https://*.app.example' for subdomains, or a callable for anything else",
        ),
        ("https://*.1.2.3.4", "asks for subdomains of an IP address", "'https://1.2.3.4'"),
        (
            "https://ä.example",
            "is not in the ASCII form that browsers send",
            "'https://xn--4ca.example'",
        ),
        (
            "http://127.1",
            "is not the form of this IP address that browsers send",
            "'http://127.0.0.1'",
        ),
        (
            "https://1.2.3.4.0",
            "has a host that looks like an IP address but is not valid",
            EXAMPLE,
        ),
        ("://app.example", "has no scheme before '://'", EXAMPLE),
        ("https:/app.example", "does not have '://' after the scheme", f"'{APP}'"),
        (
            "wss://app.example",
            "has the scheme of a WebSocket, not of the page that opens it",
            f"'{APP}'",
        ),
        ("https://u@app.example", "has a user name, which is not part of an origin", f"'{APP}'"),
        ("https://[::1", "has a bracket that is not closed", EXAMPLE),
        ("https://app.example/", "ends with a slash, which is not part of an origin", f"'{APP}'"),
        ("https://a b.example", "contains a space", EXAMPLE),
        ("https://app.example/x", "has a path, which is not part of an origin", f"'{APP}'"),
        (
            "https://app.example?x",
            "continues after the host and port, where an origin ends",
            f"'{APP}'",
        ),
        ("https://App.example", "is not in lower case", f"'{APP}'"),
        ("https://app.example:", "has a colon but no port", f"'{APP}'"),
        ("https://app.example:01", "has a port with leading zeros", f"'{APP}:1'"),
        ("https://app.example:065535", "has a port with leading zeros", f"'{APP}:65535'"),
        (
            "https://app.example:443",
            "has the default port, which browsers leave out",
            f"'{APP}'",
        ),
        ("https://a..example", "has an empty label in its host", EXAMPLE),
        (
            "https://a$b.example",
            "has a character in its host that browsers never send",
            EXAMPLE,
        ),
        ("app.example", "has no scheme, so browsers never send it", f"'{APP}'"),
        ("//app.example", "has no scheme, so browsers never send it", f"'{APP}'"),
        (
            "example",
            "is not an origin",
            f"'*' to allow every origin, or list origins such as '{APP}'",
        ),
    ],
)
def test_the_full_message_of_a_misspelt_origin(given, why, use):
    (problem,) = faults(allow_origins=[given])
    assert problem.message == f"{given!r} {why}; use {use}"


def test_the_full_message_of_an_origin_with_whitespace_around_it():
    (problem,) = faults(allow_origins=[f" {APP}"])
    assert problem.message == f"' {APP}' has whitespace around it; use '{APP}'"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(
            {"allow_methods": "get put"},
            "'get put' is not a method name: method names cannot contain spaces, commas or "
            "semicolons; did you mean allow_methods=['GET', 'PUT']?",
            id="methods with a space",
        ),
        pytest.param(
            {"allow_headers": "X-A X-B"},
            "'X-A X-B' is not a header name: header names cannot contain spaces, commas or "
            "semicolons; did you mean allow_headers=['X-A', 'X-B']?",
            id="headers with a space",
        ),
        pytest.param(
            {"expose_headers": "X-Ä"},
            "'X-Ä' is not a header name: header names have only ASCII letters, digits, '-' and "
            'a few other characters; use expose_headers=["ETag", "X-Total-Count"]',
            id="not ASCII",
        ),
        pytest.param(
            {"allow_methods": ""},
            "'' is not a method name; remove it, or use allow_methods=[] for an empty list",
            id="empty",
        ),
        pytest.param(
            {"allow_methods": "TRACE"},
            "browsers never let pages use 'TRACE'; remove it",
            id="a forbidden method",
        ),
        pytest.param(
            {"allow_methods": "patch"},
            "browsers do not convert 'patch' to upper case; use 'PATCH'",
            id="patch",
        ),
        pytest.param(
            {"allow_methods": "OPTIONS"},
            "'OPTIONS' lets pages send OPTIONS requests; preflights work without it",
            id="OPTIONS",
        ),
        pytest.param(
            {"allow_headers": "Host"}, "pages cannot set 'Host'; remove it", id="a forbidden header"
        ),
        pytest.param(
            {"allow_headers": "Cookie"},
            "pages cannot set 'Cookie'; remove it, and use allow_credentials=True if pages send "
            "cookies",
            id="Cookie",
        ),
        pytest.param(
            {"allow_headers": "Access-Control-Max-Age"},
            "'Access-Control-Max-Age' is a response header; remove it, because wsgicors sends it",
            id="a response header",
        ),
        pytest.param(
            {"expose_headers": "Set-Cookie"},
            "pages can never read 'Set-Cookie'; remove it",
            id="Set-Cookie",
        ),
        pytest.param(
            {"expose_headers": "Host"},
            "'Host' is a request header; remove it, or use a response header",
            id="a request header",
        ),
        pytest.param(
            {"expose_headers": "Pragma"},
            "every page can read 'Pragma'; the entry is ignored",
            id="a safelisted header",
        ),
        pytest.param(
            {"allow_credentials": "yes"},
            "expected a bool, got 'yes'; use allow_credentials=True "
            "(in JSON, TOML and the environment: true)",
            id="a string for a bool",
        ),
        pytest.param(
            {"max_age": 600.0},
            "600.0 is not a whole number of seconds; "
            "use max_age=600 (at most 86400), or leave it out to send no header",
            id="a float",
        ),
        pytest.param(
            {"max_age": "600"},
            "expected a number of seconds, got '600'; "
            "use max_age=600 (at most 86400), or leave it out to send no header",
            id="a string for seconds",
        ),
        pytest.param(
            {"max_age": -1},
            "-1 is not between 0 and 86400 seconds (a day); "
            "use max_age=600 (at most 86400), or leave it out to send no header",
            id="negative seconds",
        ),
        pytest.param(
            {"max_age": 9_000},
            "9000 seconds is longer than some browsers cache preflights "
            "(Chromium 7200, WebKit 600)",
            id="many seconds",
        ),
    ],
)
def test_the_full_message_of_a_problem_in_a_setting(settings, message):
    (problem,) = problems_of(allow_origins=APP, **settings)
    assert (problem.setting, problem.message) == (next(iter(settings)), message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param("", "'' is empty; remove it", id="empty"),
        pytest.param(
            "https://*",
            "'https://*' would allow every host; list the hosts, or use '*' to allow every origin",
            id="every host",
        ),
        pytest.param(
            "*://app.example",
            "'*://app.example' leaves the scheme open; use 'https://app.example' and, for pages "
            "without encryption, 'http://app.example'",
            id="every scheme",
        ),
        pytest.param(
            "https://*app.example",
            "'https://*app.example' has a wildcard in the wrong place: only '*.' before the host "
            "and ':*' after it are supported; use 'https://*.app.example', or a callable",
            id="a wildcard in the wrong place",
        ),
        pytest.param(
            "https://app.*",
            "'https://app.*' has a wildcard in the wrong place: only '*.' before the host and "
            "':*' after it are supported; use the form 'https://*.app.example', or a callable",
            id="a wildcard at the end",
        ),
        pytest.param(
            "https://a.example https://b.example",
            "'https://a.example https://b.example' contains several origins; "
            "list each as its own string: 'https://a.example', 'https://b.example'",
            id="several origins",
        ),
        pytest.param(
            "https://app.example:0",
            "'https://app.example:0' has the port '0', and ports are 1 to 65535; "
            "use the form 'https://app.example:8443'",
            id="a port that does not exist",
        ),
        pytest.param(
            "https://:80",
            "'https://:80' has no host; use the form 'https://app.example'",
            id="port",
        ),
    ],
)
def test_the_full_message_of_a_problem_in_an_origin(given, message):
    (problem,) = faults(allow_origins=[given])
    assert problem.message == message


def test_the_full_message_of_a_policy_without_origins():
    with pytest.raises(TypeError) as caught:
        Policy(max_age=60)
    assert str(caught.value) == (
        'a policy needs allow_origins; use allow_origins=["https://app.example"], '
        "or call derive() on another policy"
    )


@pytest.mark.parametrize(
    ("written", "advice"), [("origins", "use 'allow_origins'"), ("zzz", "remove it")]
)
def test_the_full_message_of_an_unknown_setting(written, advice):
    with pytest.raises(TypeError) as caught:
        Policy(APP, **{written: 1})
    assert str(caught.value) == (
        f"Policy() has no setting {written!r}; {advice} (it takes allow_origins, allow_methods, "
        "allow_headers, expose_headers, allow_credentials, max_age, accept_risks)"
    )


GUIDE = "see 'Coming from Flask-CORS' in the documentation"
NOT_PATHS = "policies belong to views, not to paths, so use @cors(policy) on each view"


@pytest.mark.parametrize(
    ("also", "advice"),
    [
        pytest.param(
            ("policy", "policies", "endpoints", "blueprints"),
            f"{NOT_PATHS} or blueprints={{...}} or endpoints={{...}}; {GUIDE}",
            id="Flask",
        ),
        pytest.param(
            ("policy", "policies", "endpoints"),
            f"{NOT_PATHS} or endpoints={{...}}; {GUIDE}",
            id="others",
        ),
        pytest.param(
            ("policy", "resolve"),
            f'use resolve=by_path({{"/api": policy}}) of wsgicors.paths; {GUIDE}',
            id="a wrapper",
        ),
        pytest.param((), f"{NOT_PATHS}; {GUIDE}", id="a policy"),
    ],
)
def test_the_error_for_resources_names_what_takes_their_place(also, advice):
    with pytest.raises(TypeError) as caught:
        check_names("CORS", {"resources": {}}, also)
    assert str(caught.value).startswith(f"CORS() has no setting 'resources'; {advice} (it takes ")


@pytest.mark.parametrize(
    ("option", "advice"),
    [
        ("origins", "use 'allow_origins'"),
        ("methods", "use 'allow_methods'"),
        ("supports_credentials", "use 'allow_credentials'"),
        ("send_wildcard", "remove it"),
        ("always_send", "remove it"),
        ("automatic_options", "remove it"),
        ("intercept_exceptions", "remove it"),
        ("allow_private_network", "remove it"),
        (
            "vary_header",
            "remove it, because Vary is sent wherever the response depends on the origin",
        ),
    ],
)
def test_the_error_for_an_option_of_flask_cors_says_what_takes_its_place(option, advice):
    with pytest.raises(TypeError) as caught:
        Policy(APP, **{option: 1})
    assert f"has no setting {option!r}; {advice} (it takes " in str(caught.value)


@pytest.mark.parametrize("make", [Policy, Policy(APP).derive, cors, wrap])
def test_the_error_for_a_trial_names_with_trial(make):
    with pytest.raises(TypeError, match=r"no setting 'trial'; use policy\.with_trial\(Policy\("):
        make(trial=Policy(APP))


@pytest.mark.parametrize("make", [Policy, Policy(APP).derive, cors])
def test_the_error_for_an_observer_of_a_policy_says_where_it_belongs(make):
    with pytest.raises(TypeError, match="no setting 'observer'; pass it to CORS or CORSMiddleware"):
        make(observer=print)


def test_the_error_for_a_misspelt_setting_names_derive():
    with pytest.raises(TypeError, match=r"^derive\(\) has no setting 'origins'"):
        Policy(APP).derive(origins="*")


def test_the_log_names_the_callable_that_raised(caplog):
    def refuse(origin):
        raise ValueError(origin)

    with caplog.at_level(logging.ERROR, "wsgicors"):
        assert not Policy(refuse).allows(APP)
    assert caplog.messages == [f"The origin callable refuse() raised for {APP!r}."]


def test_the_log_names_the_callable_that_did_not_return_a_bool(caplog):
    def shrug(origin):
        return 1

    with caplog.at_level(logging.ERROR, "wsgicors"):
        assert not Policy(shrug).allows(APP)
    assert caplog.messages == [
        f"The origin callable shrug() returned 1 for {APP!r}; it must return True or False."
    ]
