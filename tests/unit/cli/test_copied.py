"""``wsgicors explain --curl`` and ``--fetch``."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgicors.cli.main import main

ROOT = Path(__file__).parents[3]
APP = "https://app.example"
ITEMS = "https://api.example/items"
ASKED = ["--origin", APP, "--app", "examples.flask_app:app"]
COPIED = f"curl '{ITEMS}' -X PUT -H 'Origin: {APP}' -H 'X-Request-Id: 1' --data-raw '[]'"
CALL = f"fetch('{ITEMS}', {{method: 'PUT', headers: {{'X-Request-Id': '1'}}, referrer: '{APP}/'}})"
THE_APP = ["--app", "examples.flask_app:app"]


@pytest.fixture
def run(monkeypatch):
    monkeypatch.chdir(ROOT)

    def run(*arguments):
        return CliRunner().invoke(main, ["explain", *arguments])

    return run


@pytest.mark.parametrize("arguments", [["--curl", COPIED], ["--fetch", CALL]])
def test_a_copied_request_is_explained(run, arguments):
    result = run(*arguments, *THE_APP)
    assert result.exit_code == 1
    assert f"1. A page of {APP} requests PUT {ITEMS}" in result.output
    assert "the page sets" in result.output
    assert "x-request-id" in result.output


@pytest.mark.parametrize(("option", "text"), [("--curl", COPIED), ("--fetch", CALL)])
def test_a_hyphen_reads_the_text_from_standard_input(run, option, text):
    result = CliRunner().invoke(main, ["explain", option, "-", *THE_APP], input=f"\ufeff{text}\n")
    assert result.exit_code == 1
    assert result.output == run(option, text, *THE_APP).output


def test_the_method_of_the_command_line_wins(run):
    result = run("DELETE", "--curl", COPIED, *THE_APP)
    assert f"1. A page of {APP} requests DELETE {ITEMS}" in result.output


def test_options_win_over_the_text(run):
    text = f"curl '{ITEMS}' -H 'Origin: {APP}' -H 'X-A: 1' -H 'X-B: 2' -b sid=1"
    asked = ["-H", "x-a: 3", "-d", "tea", "--origin", "https://other.example", "--mode", "no-cors"]
    document = json.loads(run("--curl", f"{text} -X POST", *asked, "--json", *THE_APP).output)
    assert document["steps"][0].startswith("A page of https://other.example requests POST")
    assert "Mode 'no-cors'" in document["steps"][2]
    asked = ["-H", "x-a: 3", "--profile", "chromium", "--preflight-only"]
    (exchange,) = json.loads(run("--curl", text, *asked, "--json", *THE_APP).output)["exchanges"]
    assert ["Access-Control-Request-Headers", "x-a,x-b"] in exchange["request_headers"]


def test_the_cookies_of_the_text_are_sent_and_hidden(run):
    text = f"curl '{ITEMS}' -H 'Origin: {APP}' -b 'sid=secret-1; a=b'"
    options = ["--cookie", "a=c", "--json", *THE_APP]
    assert "secret-1" not in run("--curl", text, *options).output
    document = json.loads(run("--curl", text, "--show-secrets", *options).output)
    assert ["Cookie", "sid=secret-1; a=c"] in document["exchanges"][0]["request_headers"]


def test_what_was_assumed_comes_before_other_notes(run):
    document = json.loads(run("--fetch", CALL, "--preflight-only", "--json", *ASKED[2:]).output)
    assert document["notes"][0].startswith(f"The origin {APP} is that of the referrer")
    everywhere = json.loads(run("--fetch", CALL, "--profile", "all", "--json", *ASKED[2:]).output)
    assert all(one["notes"][0] == document["notes"][0] for one in everywhere["profiles"].values())


def test_where_the_origin_is_from_is_not_said_if_another_one_is_given(run):
    for option, text in (("--fetch", CALL), ("--curl", f"curl '{ITEMS}' -H 'Referer: {APP}/'")):
        asked = [option, text, "--preflight-only", "--json", *ASKED[2:]]
        document = json.loads(run(*asked, "--origin", "https://other.example").output)
        assert document["steps"][0].startswith("A page of https://other.example requests")
        assert [note for note in document["notes"] if "referrer" in note] == []


def test_without_a_cookie_a_request_is_judged_with_credentials_and_without(run):
    document = json.loads(run("--curl", COPIED, "--json", *THE_APP).output)
    assert (document["verdict"], document["change"]["settings"]) == (
        "blocked",
        {"allow_headers": ["Content-Type", "x-request-id"]},
    )
    (note,) = document["notes"]
    assert note.startswith("It is not known whether the page sends credentials; with credentials")
    assert "allow_credentials=True" in note
    for option in "--credentials", "--no-credentials":
        document = json.loads(run("--curl", COPIED, option, "--json", *THE_APP).output)
        assert document["notes"] == []
        assert ("allow_credentials" in document["change"]["settings"]) == (
            option == "--credentials"
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([ITEMS, "--curl", COPIED], "use either URL or --curl"),
        (["--fetch", CALL, "--curl", COPIED], "--curl and --fetch cannot be combined; use one"),
        ([], "expected [METHOD] URL, got 0 arguments"),
        (["--curl", "wget x"], "--curl: expected a curl command, got 'wget'; use 'Copy as cURL'"),
        (["--fetch", "fetch(url)"], "--fetch: the URL is 'url', which is not a literal"),
        (["--curl", "curl /items -H 'Origin: null'"], "is not an absolute URL"),
        (
            ["--curl", f"curl {ITEMS}"],
            "Missing option '--origin': the text does not name the page's origin",
        ),
        (["--curl", f"curl {ITEMS} -X GET -d a", *ASKED], "a GET request cannot have a body"),
        (
            ["--curl", f"curl {ITEMS} -H 'X-A: 漢'", *ASKED],
            "contains '漢', which headers cannot contain",
        ),
        (["--curl", "curl \udcff", *ASKED], "is not"),
    ],
)
def test_a_text_that_cannot_be_used_exits_with_2_and_one_line(run, arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert len([line for line in result.output.splitlines() if line.startswith("Error: ")]) == 1
    assert "Traceback" not in result.output
