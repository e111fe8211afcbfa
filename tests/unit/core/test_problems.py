"""Problems: their codes, their text, and how a risk is accepted."""

import copy
import pickle

import pytest

from wsgicors import Policy, PolicyError, Problem
from wsgicors._core.problems import CODES, RISKS, Problems

FAULT = Problem("no-origins", "error", "allow_origins", (), "() does not allow any origin")
FIELDS = ["code", "severity", "setting", "value", "message"]
OTHER = Problem("invalid-max-age", "error", "max_age", -1, "-1 is not between 0 and 86400")


def test_every_code_has_a_severity_and_a_meaning():
    assert {entry.severity for entry in CODES.values()} == {"error", "warning", "info"}
    assert all(entry.meaning for entry in CODES.values())


def test_which_risks_can_be_accepted():
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
def test_the_most_dangerous_settings_cannot_be_accepted(code):
    assert CODES[code].severity == "error"
    assert code not in RISKS


def test_the_text_of_a_problem_is_its_setting_message_and_code():
    assert str(FAULT) == "allow_origins: () does not allow any origin [no-origins]"


@pytest.mark.parametrize("name", FIELDS)
def test_a_problem_cannot_be_changed(name):
    with pytest.raises(AttributeError):
        setattr(FAULT, name, "redundant")
    with pytest.raises(AttributeError):
        delattr(FAULT, name)


def test_problems_are_equal_if_all_their_fields_are():
    same = Problem(FAULT.code, FAULT.severity, FAULT.setting, FAULT.value, FAULT.message)
    assert same == FAULT
    assert hash(FAULT) == hash(same)
    assert FAULT not in {OTHER, Problem(*(getattr(FAULT, name) for name in FIELDS[:4]), "x")}
    assert tuple(getattr(FAULT, name) for name in FIELDS) != FAULT


@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda problem: pickle.loads(pickle.dumps(problem))]
)
def test_a_copied_problem_equals_the_original(twin):
    assert twin(FAULT) == FAULT


def test_the_repr_of_a_problem_shows_all_its_fields():
    assert eval(repr(FAULT)) == FAULT


def test_the_text_of_an_error_has_a_line_for_each_fault():
    error = PolicyError([FAULT, OTHER])
    assert error.problems == (FAULT, OTHER)
    assert str(error).splitlines() == [
        "this CORS policy cannot work:",
        "  allow_origins: () does not allow any origin [no-origins]",
        "  max_age: -1 is not between 0 and 86400 [invalid-max-age]",
    ]


def test_an_error_can_have_another_headline():
    assert str(PolicyError([FAULT], "CORS_POLICIES")).splitlines()[0] == "CORS_POLICIES:"


def test_a_policy_error_is_a_value_error_and_a_type_error():
    """A policy may have faults of both kinds."""
    assert issubclass(PolicyError, ValueError)
    assert issubclass(PolicyError, TypeError)


@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_an_error_can_be_copied_and_pickled(twin):
    error = twin(PolicyError([FAULT, OTHER], "headline"))
    assert type(error) is PolicyError
    assert error.problems == (FAULT, OTHER)
    assert error.headline == "headline"
    assert str(error) == str(PolicyError([FAULT, OTHER], "headline"))


def test_a_value_of_the_wrong_type_is_reported_with_all_other_faults():
    with pytest.raises(TypeError) as caught:
        Policy([], max_age="600", expose_headers=["Set-Cookie"])
    assert isinstance(caught.value, ValueError)
    assert [problem.code for problem in caught.value.problems] == [
        "no-origins",
        "forbidden-response-header",
        "wrong-type",
    ]


def test_warnings_and_notes_alone_are_not_an_error():
    problems = Problems()
    problems.report("redundant", "allow_origins", "x", "twice")
    problems.report("method-case", "allow_methods", "patch", "odd")
    assert [problem.severity for problem in problems.conclude()] == ["info", "warning"]


def test_an_error_contains_only_errors():
    problems = Problems()
    problems.report("redundant", "allow_origins", "x", "twice")
    problems.report("no-origins", "allow_origins", (), "empty")
    problems.report("method-case", "allow_methods", "patch", "odd")
    with pytest.raises(PolicyError, match="headline") as caught:
        problems.conclude("headline")
    assert [problem.code for problem in caught.value.problems] == ["no-origins"]


@pytest.mark.parametrize("code", sorted(RISKS))
def test_a_risk_says_how_to_accept_it_and_is_not_reported_once_accepted(code):
    problems = Problems()
    problems.report(code, "allow_origins", "x", "do something else")
    (problem,) = problems.found
    assert problem.message == (
        f'do something else, or review the risk and accept it with accept_risks=["{code}"]'
    )
    problems.accepted = frozenset({code})
    problems.report(code, "allow_origins", "y", "do something else")
    assert problems.found == [problem]


@pytest.mark.parametrize("code", sorted(CODES.keys() - RISKS))
def test_other_problems_are_reported_even_if_accepted(code):
    problems = Problems()
    problems.accepted = frozenset(CODES)
    problems.report(code, "allow_origins", "x", "as it is")
    assert problems.found == [Problem(code, CODES[code].severity, "allow_origins", "x", "as it is")]


@pytest.mark.parametrize(
    ("value", "got"),
    [
        pytest.param(600, "600", id="an int"),
        pytest.param("600", "'600'", id="a str"),
        pytest.param(b"6", "b'6'", id="bytes"),
        pytest.param(None, "None", id="None"),
    ],
)
def test_a_wrong_type_is_reported_with_the_expected_type(value, got):
    problems = Problems()
    problems.wrong_type("max_age", value, "a bool", "use x")
    message = f"expected a bool, got {got}; use x"
    assert problems.found == [Problem("wrong-type", "error", "max_age", value, message)]
