"""Faults: their codes, how they are told, and how a risk is accepted."""

import copy
import pickle

import pytest

from wsgicors import Policy, PolicyError, Problem
from wsgicors.core.problems import CODES, RISKS, Findings, PolicyTypeError

FAULT = Problem("no-origins", "error", "allow_origins", (), "an empty list admits nobody")
OTHER = Problem("invalid-max-age", "error", "max_age", -1, "-1 is not between 0 and 86400")


def test_every_code_has_a_severity_and_a_meaning():
    assert {entry.severity for entry in CODES.values()} == {"error", "warning", "info"}
    assert all(entry.meaning for entry in CODES.values())


def test_the_risks_that_can_be_accepted_are_these():
    assert {
        "opaque-origin",
        "callable-with-credentials",
        "plain-http-origin",
        "subdomains-with-credentials",
        "public-suffix-wildcard",
        "public-suffix-wildcard-with-credentials",
    } == RISKS


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("wildcard-with-credentials", id="every origin with credentials"),
        pytest.param("opaque-origin-with-credentials", id="null with credentials"),
    ],
)
def test_what_must_never_be_allowed_is_no_risk_that_somebody_could_accept(code):
    assert CODES[code].severity == "error"
    assert code not in RISKS


def test_a_problem_reads_as_its_setting_and_its_message():
    assert str(FAULT) == "allow_origins: an empty list admits nobody"


def test_a_problem_cannot_be_changed():
    with pytest.raises(AttributeError):
        FAULT.code = "redundant"


def test_an_error_tells_all_faults_one_a_line():
    error = PolicyError([FAULT, OTHER])
    assert error.problems == (FAULT, OTHER)
    assert str(error).splitlines() == [
        "this CORS policy cannot work:",
        "  allow_origins: an empty list admits nobody",
        "  max_age: -1 is not between 0 and 86400",
    ]


def test_an_error_can_have_a_headline_of_its_own():
    assert str(PolicyError([FAULT], "CORS_POLICIES")).splitlines()[0] == "CORS_POLICIES:"


def test_a_policy_error_is_a_value_error():
    assert issubclass(PolicyError, ValueError)
    assert not issubclass(PolicyError, TypeError)


def test_a_policy_type_error_is_both():
    assert issubclass(PolicyTypeError, PolicyError)
    assert issubclass(PolicyTypeError, TypeError)


@pytest.mark.parametrize("kind", [PolicyError, PolicyTypeError])
@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_an_error_can_be_copied_and_pickled_whole(kind, twin):
    error = twin(kind([FAULT, OTHER], "headline"))
    assert type(error) is kind
    assert error.problems == (FAULT, OTHER)
    assert error.headline == "headline"
    assert str(error) == str(kind([FAULT, OTHER], "headline"))


def test_a_value_of_the_wrong_type_makes_it_a_type_error_with_all_other_faults():
    with pytest.raises(TypeError) as caught:
        Policy([], max_age="600", expose_headers=["Set-Cookie"])
    assert isinstance(caught.value, ValueError)
    assert [problem.code for problem in caught.value.problems] == [
        "no-origins",
        "forbidden-response-header",
        "wrong-type",
    ]


def test_faults_without_a_wrong_type_make_no_type_error():
    with pytest.raises(ValueError, match="cannot work") as caught:
        Policy([])
    assert type(caught.value) is PolicyError


def test_warnings_and_notes_alone_are_no_error():
    findings = Findings()
    findings.report("redundant", "allow_origins", "x", "twice")
    findings.report("method-case", "allow_methods", "patch", "odd")
    assert [problem.severity for problem in findings.conclude()] == ["info", "warning"]


def test_an_error_holds_no_warnings_and_no_notes():
    findings = Findings()
    findings.report("redundant", "allow_origins", "x", "twice")
    findings.report("no-origins", "allow_origins", (), "nobody")
    findings.report("method-case", "allow_methods", "patch", "odd")
    with pytest.raises(PolicyError, match="headline") as caught:
        findings.conclude("headline")
    assert [problem.code for problem in caught.value.problems] == ["no-origins"]


@pytest.mark.parametrize("code", sorted(RISKS))
def test_a_risk_says_how_to_accept_it_and_is_silent_once_accepted(code):
    findings = Findings()
    findings.report(code, "allow_origins", "x", "do something else")
    (problem,) = findings.problems
    assert problem.message.startswith("do something else, or, once somebody has looked at it, ")
    assert problem.message.endswith(f'accept_risks=["{code}"]')
    findings.accepted = frozenset({code})
    findings.report(code, "allow_origins", "y", "do something else")
    assert findings.problems == [problem]


@pytest.mark.parametrize("code", sorted(CODES.keys() - RISKS))
def test_what_is_no_risk_is_reported_whatever_is_accepted(code):
    findings = Findings()
    findings.accepted = frozenset(CODES)
    findings.report(code, "allow_origins", "x", "as it is")
    assert findings.problems == [
        Problem(code, CODES[code].severity, "allow_origins", "x", "as it is")
    ]


@pytest.mark.parametrize(
    ("value", "what"),
    [
        pytest.param(600, "600 is an int, where a bool belongs; write x", id="an int"),
        pytest.param("600", "'600' is a str, where a bool belongs; write x", id="a str"),
        pytest.param(b"6", "b'6' is bytes, where a bool belongs; write x", id="bytes"),
        pytest.param(None, "None was given, where a bool belongs; write x", id="None"),
    ],
)
def test_a_wrong_type_is_told_beside_the_right_one(value, what):
    findings = Findings()
    findings.wrong_type("max_age", value, "a bool", "write x")
    assert [(p.code, p.value, p.message) for p in findings.problems] == [
        ("wrong-type", value, what)
    ]
