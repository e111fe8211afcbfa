"""``wsgicors why``: what a code means, and what to do."""

from typing import get_args

import pytest
from click.testing import CliRunner

from wsgicors._core.problems import CODES
from wsgicors._core.protocol import Reason
from wsgicors._core.trials import TrialReason
from wsgicors.auditing import CODES as FINDINGS
from wsgicors.cli.codes import ALL_CODES, REASONS, find_entry
from wsgicors.cli.main import main


def run(*arguments):
    return CliRunner().invoke(main, ["why", *arguments])


def test_it_explains_every_code_of_policies_the_audit_and_the_log():
    reasons = {*get_args(Reason), *get_args(TrialReason), "app-raised"}
    assert REASONS.keys() == reasons
    assert sorted(ALL_CODES) == sorted({*CODES, *FINDINGS, *reasons})


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
    assert " ".join(result.output.split()).endswith(f"{entry.why} {entry.advice}")


def test_the_code_is_explained_as_the_message_shows_it():
    assert run("[origin-not-allowed]").output == (
        """origin-not-allowed (reason in the log)

The origin of the page is not in allow_origins, so the browser does not let the
page read the response. An origin is scheme, host and port together:
https://app.example and https://www.app.example are two origins.

If its pages should read the response, add the origin to allow_origins. The
origin 'null' is a sandboxed frame, a local file or a redirect across origins:
serve that page from an origin of its own.
"""
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("origin-syntax", "error of a policy"),
        ("plain-http-origin", "error of a policy, a risk that accept_risks can accept"),
        ("development-origin", "info of a policy; warning of the audit"),
        ("headers-differ", "warning of the audit"),
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
