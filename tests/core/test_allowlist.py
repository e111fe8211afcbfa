"""``allow_origins``: what is taken, what is left out, and what the policy then admits."""

import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgicors import Policy
from wsgicors.core.allowlist import wider_spellings
from wsgicors.core.origins import Origin, Pattern

from .found import fault_codes, faults, noted

APP = "https://app.example"
SUBDOMAINS = "https://*.app.example"


def vouch(origin):
    return origin.host.endswith(".example")


class Vouching:
    def __call__(self, origin):
        return True

    def method(self, origin):
        return True


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(APP, (APP,), id="one origin"),
        pytest.param("*", ("*",), id="everybody"),
        pytest.param(["*"], ("*",), id="everybody in a list"),
        pytest.param(
            f"{APP}, http://localhost:*", (APP, "http://localhost:*"), id="several in one string"
        ),
        pytest.param([SUBDOMAINS, APP], (APP, SUBDOMAINS), id="exact origins before patterns"),
        pytest.param(vouch, (vouch,), id="a callable"),
        pytest.param([vouch, SUBDOMAINS, APP], (APP, SUBDOMAINS, vouch), id="of every kind"),
    ],
)
def test_what_is_taken(given, kept):
    assert Policy(given).allow_origins == kept


@pytest.mark.parametrize("nobody", [[], (), set(), iter([])])
def test_a_list_that_admits_nobody_is_a_fault(nobody):
    assert fault_codes(allow_origins=nobody) == ["no-origins"]


def test_a_value_of_the_wrong_type_is_not_said_to_be_empty_as_well():
    assert fault_codes(allow_origins=None) == ["wrong-type"]


@pytest.mark.parametrize("nothing", ["", "  ", ","])
def test_a_string_that_names_nobody_is_a_fault(nothing):
    assert fault_codes(allow_origins=nothing) == ["no-origins"]


def test_every_wrong_origin_is_told_with_its_own_code():
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


def test_an_origin_of_any_length_is_a_fault_like_any_other():
    assert fault_codes(allow_origins=f"{APP}:{'9' * 5_000}") == ["origin-syntax"]


@pytest.mark.parametrize(
    "expression", [re.compile(r"https://.*\.example"), re.compile(rb"https://.*\.example")]
)
def test_a_regular_expression_is_told_what_to_write_instead(expression):
    for origins in (expression, [expression]):
        (fault,) = faults(allow_origins=origins)
        assert (fault.code, fault.value) == ("wrong-type", expression)
        assert "is a regular expression" in fault.message
        assert "https://*.example.com" in fault.message


@pytest.mark.parametrize(
    "value", [Origin.parse(APP), Origin, Vouching, 7, None, b"*", [APP], {APP: 1}, object()]
)
def test_what_is_neither_a_string_nor_a_function_is_of_the_wrong_type(value):
    (fault,) = faults(allow_origins=[APP, value])
    assert (fault.code, fault.value) == ("wrong-type", value)


async def asynchronous(origin):
    return True


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
    ],
)
def test_a_coroutine_function_is_a_fault(coroutine):
    (fault,) = faults(allow_origins=[APP, coroutine])
    assert (fault.code, fault.value) == ("wrong-type", coroutine)
    assert "is a coroutine function" in fault.message


@pytest.mark.parametrize(
    "predicate",
    [
        pytest.param(vouch, id="a function"),
        pytest.param(lambda origin: True, id="a lambda"),
        pytest.param(partial(vouch), id="a partial function"),
        pytest.param(Vouching(), id="an object"),
        pytest.param(Vouching().method, id="a method"),
    ],
)
def test_a_callable_of_any_kind_decides(predicate):
    policy = Policy([predicate, "https://other.test"])
    assert policy.allows("https://other.test")
    assert policy.allows(APP.replace("app", "a.app"))
    assert not policy.allows("null")


def test_a_callable_and_a_list_stand_side_by_side():
    policy = Policy(["https://other.test", vouch])
    assert policy.allows("https://other.test")
    assert policy.allows(APP)
    assert not policy.allows("https://stranger.test")


@pytest.mark.parametrize(
    ("given", "kept", "left_out"),
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
        pytest.param(["*", APP, SUBDOMAINS], ["*"], [APP, SUBDOMAINS], id="beside everybody"),
        pytest.param(["null", "*"], ["*"], ["null"], id="null beside everybody"),
        pytest.param([vouch, APP, vouch], [APP, vouch], [vouch], id="a callable twice"),
        pytest.param(["*", "*"], ["*"], ["*"], id="everybody twice"),
        pytest.param(["*", vouch], ["*"], [(vouch,)], id="a callable beside everybody"),
    ],
)
def test_what_others_cover_is_left_out_with_a_note(given, kept, left_out):
    assert Policy(given).allow_origins == tuple(kept)
    found = noted(allow_origins=given)
    assert sorted(map(str, found)) == sorted(str(("redundant", text)) for text in left_out)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([APP, SUBDOMAINS], id="the domain itself"),
        pytest.param([APP, "http://app.example"], id="another scheme"),
        pytest.param(["https://a.app.example:81", SUBDOMAINS], id="another port"),
        pytest.param(["https://a.app.example:*", SUBDOMAINS], id="any port of one"),
        pytest.param(["https://evilapp.example", SUBDOMAINS], id="a longer label"),
        pytest.param(["https://a.app.example.", SUBDOMAINS], id="a trailing dot"),
        pytest.param(["https://other.test", vouch], id="what a callable may say"),
    ],
)
def test_what_others_do_not_cover_stays(given):
    assert set(Policy(given).allow_origins) == set(given)
    assert noted(allow_origins=given) == []


labels = st.sampled_from(["a", "b", "ab"])
hosts = st.lists(labels, min_size=1, max_size=4).map(".".join)
ports = st.sampled_from(["", ":81", ":*"])
entries = st.builds("https://{}{}.example{}".format, st.sampled_from(["", "*."]), hosts, ports)
asking = st.builds("https://{}.example{}".format, hosts, st.sampled_from(["", ":81", ":82"]))


@given(entries, st.lists(asking, min_size=1, max_size=6))
def test_a_wider_spelling_admits_all_that_the_narrower_one_admits(entry, origins):
    narrow = Policy(entry)
    for wider in wider_spellings(Pattern.parse(entry)):
        for origin in origins:
            assert Policy(wider).allows(origin) or not narrow.allows(origin)
