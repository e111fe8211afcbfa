"""The reference has every setting, problem, message and reason of the code, and no others."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast, get_args

import pytest

import wsgicors
from scripts import problems
from tests.docs.pages import DOCS, rows
from wsgicors import Policy
from wsgicors._core.policy import SETTINGS
from wsgicors._core.problems import CODES, RISKS
from wsgicors._core.protocol import Reason
from wsgicors._core.trials import TrialReason
from wsgicors.auditing import CODES as FINDINGS
from wsgicors.cli.codes import ALL_CODES, OF_A_FILE, OF_AN_APP, Entry, find_entry
from wsgicors.cli.meanings import CHECKS, REASONS
from wsgicors.cli.why import PAGE

REFERENCE = DOCS / "reference"
SETTINGS_PAGE, PROBLEMS, LOG = (
    REFERENCE / f"{name}.md" for name in ("settings", "problems", "log")
)

LEVELS = {
    "debug": "DEBUG",
    "info": "INFO",
    "warning": "WARNING",
    "error": "ERROR",
    "exception": "ERROR, with the traceback",
    "critical": "CRITICAL",
    "log": "DEBUG, or WARNING while developing",
}


def sections(path: Path) -> dict[str, str]:
    """Return the text below each heading."""
    parts = re.split(r"^## `?(.+?)`?$", path.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


# Settings. The root conftest.py runs the examples.


def test_the_table_has_every_setting_with_its_default():
    parameters = inspect.signature(Policy).parameters
    defaults = {name: parameters[name].default for name in SETTINGS}
    expected = {
        name: "required" if default is inspect.Parameter.empty else f"`{default!r}`"
        for name, default in defaults.items()
    }
    assert {name: default for name, default, _ in rows(SETTINGS_PAGE)} == expected


def test_every_setting_has_a_section():
    assert list(sections(SETTINGS_PAGE)) == list(SETTINGS)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_shows_valid_and_rejected_values(setting):
    text = sections(SETTINGS_PAGE)[setting]
    assert re.search(rf"^>>> accepted\(.*{setting}=", text, re.MULTILINE)
    assert re.search(rf"^>>> rejected\(.*{setting}=", text, re.MULTILINE)


def test_every_error_of_a_policy_is_shown():
    shown = set(re.findall(r"\[([a-z-]+)\]$", SETTINGS_PAGE.read_text("utf-8"), re.MULTILINE))
    errors = {code for code, entry in CODES.items() if entry.severity == "error"}
    assert shown == errors - OF_AN_APP - OF_A_FILE


# Problems


def codes_in(text: str) -> list[str]:
    return re.findall(r"^### `(.+?)`$", text, re.MULTILINE)


def test_the_page_of_problems_is_current():
    text = PROBLEMS.read_text("utf-8")
    assert text == problems.page(), "make reference"
    assert DOCS.parent / PAGE == PROBLEMS
    assert sorted(codes_in(text)) == sorted(ALL_CODES)


@pytest.mark.parametrize("code", ALL_CODES)
def test_the_page_of_problems_says_what_the_command_prints(code):
    text = PROBLEMS.read_text("utf-8").partition(f"\n### `{code}`\n")[2]
    severity, why, advice = re.match(
        r"\n(?:\*(\w+)\.\* )?(.+)\n\n\*\*Action:\*\* (.+)\n", text
    ).groups()
    entry = cast("Entry", find_entry(code))
    assert severity is None or entry.kind.startswith(f"{severity.lower()} of ")
    assert [plain(why), plain(advice)] == [plain(entry.why), plain(entry.advice)]


def plain(text: str) -> str:
    """Return a text without what marks code, in Markdown or in a terminal."""
    return re.sub("[`']", "", text)


@pytest.mark.parametrize(
    ("section", "codes"),
    [
        ("Risks", RISKS),
        ("Errors in an app", OF_AN_APP),
        ("Errors in a file", OF_A_FILE),
        ("Findings of the audit", FINDINGS.keys() - CODES.keys()),
        ("Checks of Django", CHECKS.keys()),
        ("Reasons in the log", REASONS.keys()),
    ],
)
def test_the_sections_have_the_codes_of_their_kind(section, codes):
    assert set(codes_in(sections(PROBLEMS)[section])) == codes


def test_every_code_is_reported_somewhere():
    reported = {
        node.value
        for path, tree in modules()
        if path.name not in ("codes.py", "meanings.py", "problems.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    composed = "public-suffix-wildcard-with-credentials"
    assert CODES.keys() - reported == {composed}


# The log


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(Path(wsgicors.__file__).parent.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def calls_of_the_log() -> Iterator[tuple[ast.Module, ast.Call, str]]:
    """Yield every call that logs, with its module and the name of the method."""
    for _, tree in modules():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and ast.unparse(node.func.value).lower().endswith(("logger", "log", "logging"))
                and node.func.attr in LEVELS
            ):
                yield tree, node, node.func.attr


def text_of(tree: ast.Module, node: ast.expr) -> str:
    """Return a message, also if it is a named constant."""
    if isinstance(node, ast.Name):
        (node,) = (
            found.value
            for found in ast.walk(tree)
            if isinstance(found, ast.Assign)
            and ast.unparse(found.targets[0]) == node.id
            and isinstance(found.value, ast.Constant)
            and isinstance(found.value.value, str)
        )
    return str(ast.literal_eval(node))


MESSAGE = re.compile(r"^`(.+)`\n: \*(.+?)\.\* \S", re.MULTILINE)
"""A message on the page of the log, with its level and the start of its cause."""


def test_the_page_of_the_log_has_every_message_with_its_level():
    text = sections(LOG)["Messages"]
    shown = MESSAGE.findall(text)
    assert [message for message, _ in shown] == re.findall(r"^`(.+)`$", text, re.MULTILINE)
    logged = set()
    for tree, call, method in calls_of_the_log():
        message = call.args[1] if method == "log" else call.args[0]
        traced = any(keyword.arg == "exc_info" for keyword in call.keywords)
        level = LEVELS[method] + (", with the traceback" if traced else "")
        logged.add((text_of(tree, message), level))
    assert sorted(shown) == sorted(logged)  # each of them once


def test_the_page_of_the_log_links_every_reason_to_its_explanation():
    reasons = {*get_args(Reason), *get_args(TrialReason), "app-raised"}
    text = sections(LOG)["Reasons"]
    shown = re.findall(r"\[`(.+?)`\]\(problems\.md#\1\)", text)
    assert sorted(shown) == sorted(reasons)
    assert set(shown) == set(re.findall(r"`(.+?)`", text))


def test_the_page_of_the_log_has_every_attribute():
    given = {
        key.value
        for _, call, _ in calls_of_the_log()
        for keyword in call.keywords
        if keyword.arg == "extra"
        for key in keyword.value.keys
    }
    assert {name for name, *_ in rows(LOG, "Count refusals in Python")} == given
