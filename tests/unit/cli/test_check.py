"""The command `wsgicors check`, and the JSON schema of a file of policies."""

import inspect
import json
import tomllib
import warnings
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from tests.unit.core.test_policy_files import GOOD, TEN_FAULTS, write
from wsgicors import Policy, PolicyError, load_policies
from wsgicors._core.policy import SETTINGS
from wsgicors._core.problems import CODES, RISKS
from wsgicors._core.validation import MAX_AGE_LIMIT
from wsgicors.cli import check
from wsgicors.cli.main import main

__all__ = ["write"]  # the fixture

SCHEMA = json.loads(check.read_schema())
PROPERTIES = SCHEMA["definitions"]["policy"]["properties"]
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def run(*arguments):
    return CliRunner().invoke(main, ["check", *arguments], catch_exceptions=False)


def test_a_valid_file_is_a_line_for_each_policy_and_the_count(write):
    result = run(write(GOOD))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "cors.toml:2: [web] allows https://app.example, https://www.app.example, with credentials",
        "cors.toml:7: [partners] allows https://partner.example, https://*.partner.example",
        "cors.toml: 2 policies",
    ]


def test_warnings_and_notes_have_their_lines(write, recwarn):
    text = """
        [staff]
        allow_origins = [
          "https://*.app.example",
        ]
        allow_credentials = true
        allow_methods = ["PUT", "OPTIONS"]
        allow_headers = ["Content-Type"]

        [public]
        allow_origins = "*"
        allow_methods = ["POST"]
        allow_headers = []
    """
    result = run(write(text))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == [
        "cors.toml:1: [staff] allows https://*.app.example, with credentials",
        "cors.toml:9: [public] allows every origin",
    ]
    found = [
        (line.split(" ")[0], line.split(": ")[2], line.split(" [")[-1]) for line in lines[2:-1]
    ]
    assert found == [
        ("cors.toml:3:", "warning", "subdomains-with-credentials]"),
        ("cors.toml:6:", "info", "options-listed]"),
        ("cors.toml:12:", "info", "content-type-not-allowed]"),
    ]
    assert lines[-1] == "cors.toml: 2 policies, 1 warning, 2 notes"
    assert [*recwarn] == []


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        pytest.param(
            "allow_origins = '*'\nallow_credentials = ['https://a.example']",
            "every origin, with credentials for https://a.example",
            id="tiers",
        ),
        pytest.param(
            f"allow_origins = {[f'https://app{number}.example' for number in range(7)]}",
            "https://app0.example, https://app1.example, https://app2.example, "
            "https://app3.example, https://app4.example and 2 more",
            id="many",
        ),
    ],
)
def test_the_origins_of_a_policy_are_shown(write, settings, shown):
    lines = run(write(f"[web]\n{settings}")).stdout.splitlines()
    assert lines == [f"cors.toml:1: [web] allows {shown}", "cors.toml: 1 policy"]


def test_faults_are_a_line_each_and_the_exit_status_is_1(write):
    file = write(TEN_FAULTS)
    with pytest.raises(PolicyError) as caught:
        load_policies(file)
    result = run(file)
    assert (result.exit_code, result.stderr) == (1, "")
    expected = [str(fault) for fault in caught.value.problems]
    assert result.stdout.splitlines() == [*expected, "cors.toml: 10 errors"]


def test_all_files_are_checked_though_the_first_is_faulty(write):
    write(GOOD)
    Path("broken.toml").write_text("[web", "utf-8")
    result = run("broken.toml", "cors.toml")
    assert result.exit_code == 1
    shown = result.stdout.splitlines()
    assert shown[0].startswith("broken.toml:1: this is not valid TOML: ")
    assert shown[1] == "broken.toml: 1 error"
    assert shown[-1] == "cors.toml: 2 policies"


WARNED = """
[staff]
allow_origins = ["https://*.app.example"]
allow_credentials = true
"""
NOTED = """
[local]
allow_origins = ["http://localhost:3000"]
allow_credentials = true
"""


@pytest.mark.parametrize(
    ("text", "fail_on", "status"),
    [
        pytest.param(GOOD, ["info"], 0, id="nothing"),
        pytest.param(WARNED, [], 0, id="warning"),
        pytest.param(WARNED, ["error"], 0, id="warning-for-error"),
        pytest.param(WARNED, ["warning"], 1, id="warning-for-warning"),
        pytest.param(WARNED, ["info"], 1, id="warning-for-info"),
        pytest.param(WARNED, ["error", "info"], 1, id="warning-for-several"),
        pytest.param(NOTED, ["warning"], 0, id="note-for-warning"),
        pytest.param(NOTED, ["info"], 1, id="note-for-info"),
        pytest.param(TEN_FAULTS, [], 1, id="error"),
        pytest.param(TEN_FAULTS, ["error"], 1, id="error-for-error"),
    ],
)
def test_severities_that_fail_on_names_fail_as_in_an_audit(write, text, fail_on, status):
    options = [option for name in fail_on for option in ("--fail-on", name)]
    file = write(text)
    result = run(file, *options)
    assert (result.exit_code, result.stderr) == (status, "")
    assert result.stdout == run(file).stdout


def test_fail_on_counts_the_problems_of_all_files(write):
    write(WARNED)
    Path("good.toml").write_text("[web]\nallow_origins = '*'", "utf-8")
    assert run("cors.toml", "good.toml", "--fail-on", "warning").exit_code == 1
    assert run("good.toml", "cors.toml", "--fail-on", "warning").exit_code == 1


def test_a_note_about_loopback_origins_says_why_the_audit_warns(write):
    (note,) = (line for line in run(write(NOTED)).stdout.splitlines() if ": info: " in line)
    assert note.endswith(
        "allow it only in development (the audit warns about it if debug mode is off) "
        "[development-origin]"
    )


@pytest.mark.usefixtures("write")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fail-on", "wider", "cors.toml"], "'wider' is not one of 'error', 'warning', 'info'"),
        ([], "use: wsgicors check cors.toml, or: wsgicors check --schema"),
        (["--schema", "."], "'.' is a directory"),
        (["absent.toml"], "'absent.toml' does not exist"),
    ],
)
def test_misuse_is_one_line_and_the_exit_status_is_2(arguments, message):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert message in line


def test_a_schema_and_a_file_are_not_asked_for_together(write):
    result = run("--schema", write(GOOD))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "use: wsgicors check cors.toml, or:" in result.stderr


def test_a_file_that_cannot_be_read_is_misuse(write, monkeypatch):
    def fail(path):
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr("wsgicors._core.policy_files.read_policies", fail)
    result = run(write(GOOD))
    assert result.exit_code == 2
    assert result.stderr == "Error: cors.toml cannot be read: Input/output error\n"


@pytest.mark.parametrize("end", [b"", b"x = '\xe2\x80\xae'", b"[\xe2\x80\xae]"])
def test_a_terminal_obeys_nothing_that_a_file_contains(write, end):
    text = b'["\\u001b[31m"]\n"\\u001b]0;x\\u0007" = "\\u009b1m"\nallow_origins = "\\u001b[2J"\n'
    result = run(write(text + end))
    assert result.exit_code == 1
    assert result.stdout.isascii()
    assert result.stdout.replace("\n", "").isprintable()


# The schema


def test_the_schema_is_printed(write):
    result = run("--schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == SCHEMA


def test_the_schema_is_valid():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_the_schema_has_every_setting_with_a_description_and_its_default():
    assert tuple(PROPERTIES) == SETTINGS
    assert all(entry["description"].endswith(".") for entry in PROPERTIES.values())
    defaults = {name: one.default for name, one in inspect.signature(Policy).parameters.items()}
    for name, entry in PROPERTIES.items():
        default = defaults[name]
        if default is not inspect.Parameter.empty and default is not None:
            assert entry["default"] == ([*default] if isinstance(default, tuple) else default)
        else:
            assert "default" not in entry
    assert PROPERTIES["max_age"]["maximum"] == MAX_AGE_LIMIT


def test_the_schema_lists_every_risk_with_its_meaning():
    risk = SCHEMA["definitions"]["risk"]
    assert risk["enum"] == sorted(RISKS)
    meanings = [f"{CODES[code].severity}: {CODES[code].meaning}" for code in risk["enum"]]
    assert risk["x-taplo"]["docs"]["enumValues"] == meanings


VALID = [
    'allow_origins = "*"',
    'allow_origins = "https://a.example, https://*.b.example:*"',
    'allow_origins = ["http://localhost:*", "http://[::1]:8443", "chrome-extension://abc"]',
    'allow_origins = ["null", "file://"]\naccept_risks = ["opaque-origin"]',
    'allow_origins = "null"\naccept_risks = "opaque-origin"',
    'allow_origins = "*"\naccept_risks = "plain-http-origin, opaque-origin"',
    'allow_origins = "*"\nallow_methods = []\nallow_headers = []\nexpose_headers = []',
    'allow_origins = "*"\nallow_methods = "PUT, GET"\nallow_headers = "*"\nexpose_headers = "ETag"',
    'allow_origins = ["https://a.example"]\nallow_credentials = false\nmax_age = 0',
    'allow_origins = ["https://a.example"]\nallow_credentials = true\nmax_age = 86400',
    'allow_origins = "*"\nallow_credentials = ["https://a.example"]',
    'allow_origins = "*"\nallow_credentials = "https://a.example, https://b.example"',
    'allow_origins = ["capacitor://localhost", "app://."]',
    'allow_origins = "*"\naccept_risks = " opaque-origin "',
]


@pytest.mark.parametrize("settings", VALID)
@pytest.mark.parametrize("name", ["web", "_x9", '"é"'])
def test_the_schema_accepts_what_can_be_loaded(write, name, settings):
    text = f"[{name}]\n{settings}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(load_policies(write(text))) == 1
    assert [*VALIDATOR.iter_errors(tomllib.loads(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an empty file"),
        pytest.param("[w]\nallow_origins = '*'\nallow_methods = ''", id="an empty method"),
        pytest.param("[w]\nallow_origins = '*'\nallow_headers = ['']", id="an empty header"),
        pytest.param("[w]\nallow_origins = '*'\nexpose_headers = ''", id="no header to expose"),
        pytest.param(
            "[w]\nallow_origins = '*'\nallow_credentials = ['*']", id="everybody with cookies"
        ),
        pytest.param(
            "[w]\nallow_origins = ['null']\naccept_risks = 'opaque-origin'\n"
            "allow_credentials = ['null']",
            id="null with cookies",
        ),
        pytest.param("x = 1", id="no table"),
        pytest.param("[web]", id="no origins"),
        pytest.param("[my-web]\nallow_origins = '*'", id="name"),
        pytest.param("[web]\nallow_origins = []", id="empty"),
        pytest.param("[web]\nallow_origins = ''", id="nothing"),
        pytest.param("[web]\nallow_origins = true", id="bool for origins"),
        pytest.param("[web]\nallow_origins = [1]", id="number for an origin"),
        pytest.param("[web]\nallow_origins = ['app.example']", id="no scheme"),
        pytest.param("[web]\nallow_origins = ['https://app.example/']", id="slash"),
        pytest.param("[web]\nallow_origins = '*'\norigins = '*'", id="unknown setting"),
        pytest.param("[web]\nallow_origins = '*'\nallow_methods = 1", id="methods"),
        pytest.param("[web]\nallow_origins = '*'\nallow_headers = [1]", id="headers"),
        pytest.param("[web]\nallow_origins = '*'\nexpose_headers = {}", id="table for a list"),
        pytest.param("[web]\nallow_origins = '*'\nallow_credentials = 'yes'", id="word"),
        pytest.param("[web]\nallow_origins = '*'\nallow_credentials = 1", id="1 for a bool"),
        pytest.param("[web]\nallow_origins = '*'\nmax_age = '600'", id="text for seconds"),
        pytest.param("[web]\nallow_origins = '*'\nmax_age = -1", id="negative"),
        pytest.param("[web]\nallow_origins = '*'\nmax_age = 86401", id="more than a day"),
        pytest.param("[web]\nallow_origins = '*'\nmax_age = 1.5", id="float"),
        pytest.param("[web]\nallow_origins = '*'\naccept_risks = ['all']", id="unknown risk"),
        pytest.param("[web]\nallow_origins = '*'\naccept_risks = 'all'", id="one unknown risk"),
        pytest.param("[web.inner]\nallow_origins = '*'", id="table in a table"),
        pytest.param("[[web]]\nallow_origins = '*'", id="array of tables"),
    ],
)
def test_the_schema_rejects_what_cannot_be_loaded(write, text):
    with pytest.raises(PolicyError):
        load_policies(write(text))
    assert [*VALIDATOR.iter_errors(tomllib.loads(text))] != []
