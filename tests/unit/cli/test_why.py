"""``wsgicors why``: what a code means, and what to do."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

import wsgicors
from wsgicors import flask, pyramid
from wsgicors._core.problems import CODES
from wsgicors._core.protocol import Reason
from wsgicors._core.trials import TrialReason
from wsgicors.auditing import CODES as FINDINGS
from wsgicors.cli.codes import ALL_CODES, find_entry
from wsgicors.cli.main import main
from wsgicors.cli.meanings import CHECKS, REASONS


def run(*arguments):
    return CliRunner().invoke(main, ["why", *arguments])


def test_it_explains_every_code_of_policies_the_audit_and_the_log():
    reasons = {*get_args(Reason), *get_args(TrialReason), "app-raised"}
    assert REASONS.keys() == reasons
    assert sorted(ALL_CODES) == sorted({*CODES, *FINDINGS, *reasons, *CHECKS})


def test_it_explains_every_check_of_django_as_django_prints_it():
    severities = dict(checks_of_django())
    assert severities.keys() == {*CHECKS, "other-cors-layer", "unreached-mark"}
    for code, severity in severities.items():
        result = run(f"(wsgicors.{code})")
        assert result.exit_code == 0
        assert result.output.startswith(f"{code} ({severity} of ")


def checks_of_django():
    """Yield the code and the severity of each check in the modules for Django."""
    for path in (Path(wsgicors.__file__).parent / "django").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Error", "Warning"):
                for keyword in node.keywords:
                    if keyword.arg == "id" and isinstance(keyword.value, ast.Constant):
                        code = keyword.value.value.removeprefix("wsgicors.")
                        yield code, ast.unparse(node.func).lower()


@pytest.mark.parametrize("code", ALL_CODES)
def test_every_code_has_whole_sentences_and_says_what_to_do(code):
    entry = find_entry(code)
    assert entry is not None
    for text in entry.why, entry.advice:
        assert text[0].isupper() or text.startswith(
            ("'", "@cors", "accept_", "allow_", "cors", "max_age")
        )
        assert text.endswith(".")
        assert "  " not in text
    result = run(code)
    assert result.exit_code == 0
    assert result.output.startswith(f"{code} (")
    more = f"In the documentation: docs/reference/problems.md#{code}"
    assert " ".join(result.output.split()).endswith(f"{entry.why} {entry.advice} {more}")


def test_the_code_is_explained_as_the_message_shows_it():
    assert run("[origin-not-allowed]").output == (
        """origin-not-allowed (reason in the log)

The page's origin is not in allow_origins, so the browser hides the response
from the page. An origin is scheme, host and port together: http://app.example,
https://app.example, https://www.app.example and https://app.example:8443 are
four origins.

If its pages should read the response, add the origin. Do not add 'null', the
origin of sandboxed frames, local files and requests that another origin
redirected: serve the page from an origin of its own, or request the last URL
directly.

In the documentation: docs/reference/problems.md#origin-not-allowed
"""
    )


def test_an_unknown_policy_can_be_defined_wherever_a_framework_reads_policies():
    advice = run("unknown-policy").output
    for place in "policies=", flask.CONFIG_KEY, pyramid.SETTINGS_KEY:
        assert place in advice


@pytest.mark.parametrize("code", ["mark-above-route", "unreached-mark"])
def test_the_explanation_of_a_mark_says_what_a_mark_is(code):
    entry = find_entry(code)
    assert entry is not None
    assert re.search(r"mark.+(is what @cors stores|which is its policy)", entry.why)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("origin-syntax", "error of a policy"),
        ("plain-http-origin", "error of a policy, a risk that accept_risks can accept"),
        ("development-origin", "info of a policy; warning of the audit"),
        ("headers-differ", "warning of the audit"),
        ("unknown-endpoint", "error of an app"),
        ("invalid-toml", "error of a file"),
        ("missing", "error of Django's manage.py check"),
        ("not-first", "warning of Django's manage.py check"),
        ("too-large", "reason in the log"),
    ],
)
def test_it_says_where_a_code_appears(code, kind):
    assert run(code).output.splitlines()[0] == f"{code} ({kind})"


def test_an_unknown_code_is_an_error_with_the_nearest_one():
    result = run("origin-without-schema")
    assert result.exit_code == 2
    assert "'origin-without-schema' is not a code; use 'origin-without-scheme'" in result.output
    assert "is not a code; use 'wsgicors why' for a list" in run("\x1b[31m").output
    assert "\x1b" not in run("\x1b[31m").output


def test_without_a_code_it_lists_all():
    assert run().output.split() == [*ALL_CODES]
