"""``wsgicors explain --har``: a list of verdicts, and one of them explained."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.explaining.recorded.archives import (
    ALLOWING,
    API,
    ITEMS,
    PAGE,
    archive,
    empty,
    entry,
    preflight,
)
from wsgicors.cli.main import main
from wsgicors.explaining.recorded import reading

ROOT = Path(__file__).parents[3]
SECRET = f"{ITEMS}?token=s3cret-query"

DOWN = empty("GET", f"{API}/down", error="net::ERR_CONNECTION_REFUSED", start=3)
MIXED = [
    entry(f"{PAGE}/", sent={"Sec-Fetch-Mode": "navigate"}, origin=None),
    entry(received=ALLOWING, start=1),
    entry(SECRET, start=2),
    DOWN,
    empty(start=4),
    preflight(start=4.1),
    entry(f"{API}/a.png", sent={"Sec-Fetch-Mode": "no-cors"}, origin=None, start=5),
    entry(f"{API}/b.png", sent={"Sec-Fetch-Mode": "no-cors"}, origin=None, start=5),
    entry("data:,", start=6),
]
"""Entries with every verdict."""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)

    def run(entries, *arguments, **log):
        file = tmp_path / "recorded.har"
        file.write_bytes(archive(*entries, **log))
        return CliRunner().invoke(main, ["explain", "--har", str(file), *arguments])

    return run


def test_a_list_has_the_worst_verdicts_first(run):
    result = run(MIXED)
    assert result.exit_code == 1
    assert (
        result.output
        == f"""\
2  blocked  GET {ITEMS}?token=…
            The response has no Access-Control-Allow-Origin header.
3  failed   GET {API}/down
            Start the server, or correct the host and the port: nothing listens at api.example:443.
4  unknown  PUT {ITEMS}
            The file has no response to the PUT request: the entry has no status and the error \
net::ERR_FAILED.
1  allowed  GET {ITEMS}
            Only without credentials; add --credentials to see the result with them.

4 requests of pages to other origins: 1 blocked, 1 failed, 1 unknown and 1 allowed.
Left out, because CORS has no part in them: 2 without CORS (images, scripts, mode 'no-cors'), \
1 by navigation, 1 not by HTTP.
To see what happened and what to change, add --entry 2.
"""
    )


def test_a_list_is_wrapped_for_a_terminal(run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    result = run([entry(), entry(received=ALLOWING, start=1)])
    plain = re.sub(r"\x1b\[[0-9;]*m", "", result.output)
    assert [line.rstrip() for line in plain.splitlines()[:4]] == [
        f"0  blocked  GET {ITEMS}",
        "            The response has no Access-Control-Allow-Origin",
        "            header.",
        f"1  allowed  GET {ITEMS}",
    ]
    assert "\x1b[31mblocked\x1b[0m" in result.output


def test_a_list_as_json_has_the_order_of_the_file(run):
    result = run(MIXED, "--json")
    assert result.exit_code == 1
    document = json.loads(result.output)
    assert [one["index"] for one in document["entries"]] == [1, 2, 3, 4]
    assert [one["verdict"] for one in document["entries"]] == [
        "allowed",
        "blocked",
        "failed",
        "unknown",
    ]
    assert document["verdict"] == "blocked"
    assert document["entries"][1] == {
        "index": 2,
        "method": "GET",
        "url": f"{ITEMS}?token=…",
        "origin": PAGE,
        "verdict": "blocked",
        "step": "CORS check: the response has no Access-Control-Allow-Origin",
        "reason": "The response has no Access-Control-Allow-Origin header.",
        "indexes": [2],
    }
    assert document["entries"][3]["indexes"] == [4, 5]
    assert document["left_out"] == {
        "same-origin": [],
        "no-cors": [6, 7],
        "navigation": [0],
        "not-http": [8],
        "service-worker": [],
        "not-page": [],
    }


def test_an_entry_is_explained_as_any_request_is(run):
    result = run(MIXED, "--entry", "2")
    assert result.exit_code == 1
    assert f"1. A page of {PAGE} requests GET {ITEMS}?token=….\n" in result.output
    assert re.search(f"\nneeded    Access-Control-Allow-Origin: {PAGE} *\n", result.output)
    document = json.loads(run(MIXED, "--entry", "2", "--json").output)
    assert document["verdict"] == "blocked"
    assert document["change"]["headers"] == [
        ["Access-Control-Allow-Origin", PAGE],
        ["Vary", "Origin"],
    ]
    assert [*document["exchanges"][0]] == [
        "kind",
        "method",
        "url",
        "request_headers",
        "status",
        "response_headers",
    ]


@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ([entry(received=ALLOWING)], 0),
        ([entry()], 1),
        ([DOWN], 1),
        ([empty(), preflight()], 3),
        ([entry(received=ALLOWING), empty(), preflight()], 3),
        ([entry(received=ALLOWING), entry(), empty(start=9)], 1),
        ([MIXED[0]], 0),
        ([], 3),
        ([None], 3),
    ],
)
def test_the_exit_status_is_that_of_the_worst_verdict(run, entries, status):
    assert run(entries).exit_code == status


@pytest.mark.parametrize(("index", "status"), [(1, 0), (2, 1), (3, 1), (4, 3), (5, 3), (6, 2)])
def test_the_exit_status_of_an_entry_is_that_of_its_verdict(run, index, status):
    assert run(MIXED, "--entry", str(index)).exit_code == status


def test_a_file_without_requests_with_cors_says_so(run):
    output = run([MIXED[0]]).output
    assert output == (
        "The file has no request of a page to another origin for which CORS matters.\n"
        "Left out, because CORS has no part in them: 1 by navigation.\n"
    )


def test_a_long_url_is_cut(run):
    output = run([entry(f"{ITEMS}?q={'x' * 300}")], "--show-secrets").output
    assert f"0  blocked  GET {ITEMS}?q={'x' * 92}…\n" in output


def test_secrets_are_shown_only_if_asked_for(run):
    for extra in ([], ["--json"], ["--entry", "2"], ["--entry", "2", "--json"]):
        assert "s3cret" not in run(MIXED, *extra).output
        assert "s3cret-query" in run(MIXED, *extra, "--show-secrets").output
    secret = entry(SECRET, sent={"Cookie": "sid=s3cret-cookie"})
    assert "s3cret" not in run([secret], "--entry", "0", "--json").output


def test_no_control_character_reaches_the_terminal(run):
    hostile = entry(f"{ITEMS}?\x1b[31m", received={"Access-Control-Allow-Origin": "\x1b]0;x\x07"})
    bad = entry("\x1b[31m", method="\x1b[1m\x07")
    for extra in ([], ["--json"], ["--entry", "0"], ["--entry", "1"]):
        output = run([hostile, bad], *extra).output
        assert not [c for c in output if c != "\n" and not c.isprintable()], extra


def test_a_hyphen_reads_standard_input():
    arguments = ["explain", "--har", "-", "--json"]
    result = CliRunner().invoke(main, arguments, input=archive(entry()))
    assert json.loads(result.output)["verdict"] == "blocked"


def test_the_origin_and_the_credentials_may_be_given(run):
    bare = entry(status=404, request={"headers": []})
    assert run([bare]).exit_code == 3
    assert run([bare], "--origin", PAGE).exit_code == 1
    wildcard = entry(received={"Access-Control-Allow-Origin": "*"})
    assert run([wildcard], "--no-credentials").exit_code == 0
    assert run([wildcard], "--credentials").exit_code == 1


def test_all_engines_can_be_compared(run):
    result = run(MIXED, "--entry", "2", "--profile", "all", "--json")
    assert [*json.loads(result.output)["profiles"]] == ["chromium", "firefox", "webkit"]
    assert run(MIXED, "--profile", "firefox").exit_code == 1
    assert run(MIXED, "--profile", "all").exit_code == 1


def test_the_policy_of_an_app_is_named(run):
    the_app = ["--app", "examples.flask_app:app", "--credentials", "--json"]
    asked = ["explain", "PUT", ITEMS, "--origin", PAGE, "-H", "X-A: 1", *the_app]
    live = json.loads(CliRunner().invoke(main, asked).output)
    granted = dict(live["exchanges"][0]["response_headers"])
    entries = [empty(), preflight(received=granted), entry("https://cdn.example/font")]
    change = json.loads(run(entries, "--entry", "0", *the_app).output)["change"]
    assert change == live["change"]
    assert change["view"] == "replace_items"
    other = json.loads(run(entries, "--entry", "2", *the_app).output)["change"]
    assert (other["side"], other["view"]) == ("server", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["PUT"], "URL cannot be combined with --har"),
        (["-H", "X-A: 1"], "--header cannot be combined with --har, which has what was sent; use"),
        (["--send", "--xhr"], "--send and --xhr cannot be combined with --har"),
        (["--curl", "curl x"], "--curl cannot be combined with --har"),
        (["--entry", "9"], "the file has no entry 9; use a number from 0 to 8"),
        (["--entry", "0"], "CORS does not apply to GET https://app.example/ (navigation)"),
        (["--origin", "app.example"], "'app.example' is not an origin"),
        (["--entry", "x"], "'x' is not a valid integer"),
        (["--app", "nothing:app"], "nothing"),
    ],
)
def test_misuse_is_an_error(run, arguments, message):
    result = run(MIXED, *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_file_is_needed(tmp_path):
    invoke = CliRunner().invoke
    result = invoke(main, ["explain", "--entry", "1"])
    assert (result.exit_code, "use --har FILE" in result.output) == (2, True)
    result = invoke(main, ["explain", "--har", str(tmp_path / "missing.har")])
    assert (result.exit_code, "does not exist" in result.output) == (2, True)
    result = invoke(main, ["explain", "--har", str(tmp_path)])
    assert result.exit_code == 2
    (tmp_path / "not.har").write_text("curl x")
    result = invoke(main, ["explain", "--har", str(tmp_path / "not.har")])
    assert (result.exit_code, "--har: expected a HAR" in result.output) == (2, True)


LARGE = 100_000_000

BOUND = 400
"""Megabytes of memory for a file of 100 MB."""

MEASURE = """
import sys
from wsgicors.cli.main import main
try:
    main(["explain", "--har", sys.argv[1], "--json"])
finally:
    # The peak of resource.getrusage() includes that of the parent, before exec().
    with open("/proc/self/status") as status:
        print(next(int(line.split()[1]) // 1024 for line in status if "VmHWM" in line))
"""


@pytest.mark.parametrize("text", ["x", "é😀", "x" * 10_000 + "😀"], ids=["ASCII", "other", "mixed"])
def test_a_large_file_is_read_within_bounds_of_memory(tmp_path, text):
    body = text * (LARGE // 10 // len(text.encode()))
    large = [entry(response={"content": {"text": body}}, start=number) for number in range(10)]
    file = tmp_path / "large.har"
    file.write_text(json.dumps({"log": {"entries": large}}, ensure_ascii=False), "utf-8")
    assert file.stat().st_size > 0.99 * LARGE
    command = [sys.executable, "-c", MEASURE, str(file)]
    # In development mode, as the tests run, Python needs more memory.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDEVMODE"}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    *document, megabytes = result.stdout.splitlines()
    assert len(json.loads("\n".join(document))["entries"]) == len(large)
    assert int(megabytes) < BOUND


def test_a_file_that_is_too_large_is_an_error(run, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 1_000)
    result = run(MIXED)
    assert result.exit_code == 2
    assert "--har: the file is larger than 1,000 bytes" in result.output
