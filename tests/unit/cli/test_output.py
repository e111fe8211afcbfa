"""What the commands print is safe: no secrets, no control characters, and an end without noise."""

import json
import os
import re
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.testing.servers import API, APP
from wsgicors import Policy, wrap
from wsgicors.auditing import About, Change, Finding, Row, Survey
from wsgicors.auditing.rights import Difference
from wsgicors.cli import changes as comparison
from wsgicors.cli import markdown
from wsgicors.cli.explanations import show, show_all, to_json
from wsgicors.cli.main import main
from wsgicors.cli.streams import json_text, write
from wsgicors.cli.terminal import print_changes, print_tables
from wsgicors.explaining import Explanation, Fix
from wsgicors.testing import Exchange
from wsgicors.testing.profiles import PROFILES
from wsgicors.testing.responses import RawResponse, ReadableHeaders, Response
from wsgicors.testing.urls import URL

ROOT = Path(__file__).parents[3]
ITEMS = f"{API}/items"
HERE = __name__


def run(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


# Secrets


def redirecting(environ, start_response):
    """Redirect to a URL with secrets, which is at the same origin, and answer there."""
    token = environ.get("HTTP_AUTHORIZATION", "")
    lines = [
        ("Access-Control-Allow-Origin", APP),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Headers", "authorization, x-api-key"),
        ("Access-Control-Expose-Headers", "X-Csrf-Token"),
        ("X-Csrf-Token", "squirrel-csrf"),
        ("Set-Cookie", "session=squirrel-cookie; Secure; SameSite=None"),
    ]
    if environ["PATH_INFO"] == "/items" and environ["REQUEST_METHOD"] != "OPTIONS":
        lines.append(("Location", "/login?code=squirrel-code&state=squirrel-state"))
        start_response(f"302 Moved for {token}", lines)
    else:
        start_response("200 OK", lines)
    return [b'{"access_token": "squirrel-body"}']


def echoing(environ, start_response):
    """Block the page, with a header that has secrets."""
    given = environ.get("HTTP_AUTHORIZATION", "none")
    allowed = f"https://user:squirrel-user@app.example/?token=squirrel-query {given}"
    start_response("200 OK", [("Access-Control-Allow-Origin", allowed)])
    return []


def failing(environ, start_response):
    """Redirect to what is not an HTTP URL."""
    location = "ftp://user:squirrel-user@api.example/?password=squirrel-query"
    start_response("302 Found", [("Access-Control-Allow-Origin", "*"), ("Location", location)])
    return []


def to_user(environ, start_response):
    location = f"{API.replace('//', '//user:squirrel-user@')}/?sig=squirrel-query"
    start_response("302 Found", [("Access-Control-Allow-Origin", "*"), ("Location", location)])
    return []


def decide(origin, token):
    return False


@wrap(allow_origins=[partial(decide, token="squirrel-callable")])
def deciding(environ, start_response):
    start_response("200 OK", [])
    return []


SECRETS = [
    *("-H", "Authorization: Bearer squirrel-bearer", "-H", "X-Api-Key: squirrel-key"),
    *("-H", "Cookie: id=squirrel-given", "--origin", APP, "--credentials"),
    *("--cookie", "session=squirrel-sent"),
]
URL_WITH_SECRETS = f"{ITEMS}?access_token=squirrel-access#id_token=squirrel-id"


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize("profile", [*PROFILES, "all"])
@pytest.mark.parametrize("app", ["redirecting", "echoing", "failing", "to_user", "deciding"])
def test_no_secret_is_printed_unless_asked(app, profile, output):
    asked = ["explain", URL_WITH_SECRETS, *SECRETS, "--profile", profile, "--app", f"{HERE}:{app}"]
    asked += ["--json"] if output == "json" else []
    hidden = run(*asked)
    assert hidden.exit_code in (0, 1)
    assert "squirrel" not in hidden.stdout + hidden.stderr
    shown = run(*asked, "--show-secrets")
    assert shown.exit_code == hidden.exit_code
    assert "access_token=squirrel-access" in shown.stdout
    mark = "\\u2026" if output == "json" else "…"
    assert f"access_token={mark}" in hidden.stdout


def test_the_names_and_the_attributes_stay():
    asked = ["explain", URL_WITH_SECRETS, *SECRETS, "--app", f"{HERE}:redirecting", "--json"]
    document = json.loads(run(*asked).stdout)
    lines = document["exchanges"][1]
    assert ["Authorization", "Bearer …"] in lines["request_headers"]
    assert ["Set-Cookie", "session=…; Secure; SameSite=None"] in lines["response_headers"]
    assert ["Location", "/login?code=…&state=…"] in lines["response_headers"]


def drops_cookies(environ, start_response):
    lines = [
        ("Access-Control-Allow-Origin", APP),
        ("Access-Control-Allow-Credentials", "true"),
        ("Set-Cookie", "sessionid=squirrel-cookie"),
        ("Set-Cookie", "csrftoken=squirrel-token"),
    ]
    start_response("200 OK", lines)
    return []


@pytest.mark.parametrize("output", ["text", "json"])
def test_the_settings_that_the_command_itself_advises_stay(output):
    asked = ["explain", ITEMS, "--origin", APP, "--credentials", "--app", f"{HERE}:drops_cookies"]
    asked += ["--json"] if output == "json" else []
    shown = " ".join(run(*asked).stdout.split())
    for name in "SESSION", "CSRF":
        advised = f"{name}_COOKIE_SAMESITE='None' and {name}_COOKIE_SECURE=True"
        assert f"(in Django: {advised})" in shown
    assert "squirrel" not in shown


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(["https://user:squirrel@api.example/"], id="user"),
        pytest.param(["https://user:squi/rrel@api.example/"], id="slash"),
        pytest.param(["api.example/?token=squirrel"], id="no-scheme"),
        pytest.param(["https://api.example:99999/?code=squirrel"], id="port"),
        pytest.param([ITEMS, "-H", "Authorization Bearer squirrel"], id="no-colon"),
        pytest.param([ITEMS, "-H", "'X-Api-Key: squirrel'"], id="quotes"),
        pytest.param([ITEMS, "--cookie", "session squirrel"], id="cookie"),
        pytest.param([ITEMS, "--cookie", "a b=squirrel"], id="cookie-name"),
        pytest.param([ITEMS, "--cookie", "a=squirrelé"], id="cookie-value"),
        pytest.param([ITEMS, "-H", "X-Api-Key : squirrel"], id="space"),
        pytest.param([ITEMS, "-H", "X-Api-Key: squirrel\nsquirrel"], id="line"),
        pytest.param([ITEMS, "--app", f"{HERE}:nothing(token='squirrel')"], id="app"),
        pytest.param([ITEMS, "--origin", "https://a:squirrel@app.example"], id="origin"),
    ],
)
def test_errors_hide_secrets_too(asked):
    result = run("explain", "--origin", APP, *asked)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "squirrel" not in result.stderr
    assert "rrel" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_errors_show_secrets_if_asked():
    result = run("explain", "https://u:squirrel@a.example/", "--origin", APP, "--show-secrets")
    assert "u:squirrel@" in result.stderr


# Control characters

ODD = "".join(map(chr, range(0x20))) + "\x7f" + "".join(map(chr, range(0x80, 0xA0)))
ODD += "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ODD = f"[{ODD}é日]"


def assert_safe(text):
    """Check that every character can be shown, and that the odd ones were there."""
    assert [c for c in text if not c.isprintable() and c != "\n"] == []
    assert "\\x1b" in text or "\\u001b" in text
    assert "\\u202e" in text


def explained(verdict="blocked"):
    raw = RawResponse(200, ODD, [(ODD, ODD)], ODD.encode())
    url = URL("https", "api.example", None, f"/{ODD}")
    exchange = Exchange("request", ODD, ODD, url, [(ODD, ODD)], raw)
    headers = ReadableHeaders([(ODD, ODD)], [])
    return Explanation(
        verdict,
        (ODD, ODD),
        (exchange,),
        notes=(ODD,),
        response=Response("cors", 200, headers, ODD.encode(), ODD, False),
        step=ODD,
        reason=ODD,
        received=ODD,
        needed=ODD,
        change=Fix(ODD, "page", {ODD: [ODD]}, [(ODD, ODD)], None, ODD, ODD, 1),
        console={"chromium": ODD},
    )


def test_an_explanation_shows_no_control_characters(capsys):
    show(explained())
    show_all({"chromium": explained(), "firefox": explained("failed")})
    assert_safe(capsys.readouterr().out)


def test_json_is_printable_ascii():
    text = json_text(to_json(explained()))
    assert_safe(text)
    assert text.isascii()
    assert json.loads(text)["steps"] == [ODD, ODD]


@pytest.fixture
def audited():
    policy = Policy(["https://app.example"], expose_headers=["X-A"])
    rows = [
        Row(ODD, ODD, ODD, policy, "endpoint", ODD, ODD)._replace(
            view=ODD, policy_place=ODD, source_place=ODD
        ),
        Row(ODD, "GET", ODD, None, "none", ODD, ODD),
    ]
    about = About(ODD, ODD, {ODD: ODD})
    found = Survey(rows, policies={ODD: policy, f"{ODD}2": Policy("*")}, about=about)
    difference = Difference(ODD, (ODD,), (ODD,), True)
    return found, [Finding("error", ODD, ODD, ODD)], [Change(ODD, ODD, ODD, (difference,))]


@pytest.mark.parametrize("columns", ["80", "160", "2000"])
def test_an_audit_shows_no_control_characters(audited, capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    found, findings, changes = audited
    print_tables(found, findings)
    assert_safe(capsys.readouterr().out)
    print_changes(changes, findings)
    assert_safe(capsys.readouterr().out)
    for module, those in (markdown, found), (comparison, changes):
        assert_safe(module.as_markdown(those, findings))
        text = module.as_json(those, findings)
        assert_safe(text)
        assert text.isascii()


def test_a_file_and_its_name_cannot_reach_the_terminal(tmp_path):
    row = {
        "url": f"/{ODD}",
        "method": "GET",
        "endpoint": ODD,
        "condition": ODD,
        "view": ODD,
        "place": ODD,
        "source": {"kind": ODD, "name": ODD},
        "policy": {
            "allow_origins": [ODD],
            "allow_methods": None,
            "allow_headers": [ODD],
            "expose_headers": [ODD],
            "allow_credentials": False,
        },
    }
    asked = ["audit", "--app", "examples.flask_app:app", "--diff"]
    old = tmp_path / "old\x1b[2J\u202e.json"
    for format_ in "table", "markdown", "json":
        old.write_text(json.dumps({"version": 1, "rows": [row], "findings": []}))
        result = run(*asked, str(old), "--format", format_)
        assert result.exit_code == 0
        assert_safe(result.output)
        for text in "{", json.dumps({"version": ODD}), json.dumps({"version": 1, "rows": [ODD]}):
            old.write_text(text)
            result = run(*asked, str(old), "--format", format_)
            assert (result.exit_code, result.stdout) == (2, "")
            assert len(result.stderr.splitlines()) == 1
            assert_safe(result.stderr)
        result = run(*asked, f"{old}x", "--format", format_)
        assert result.exit_code == 2
        assert_safe(result.stderr)


def raising(environ, start_response):
    raise ValueError(ODD)


raising.resolver = None


def test_what_an_app_raises_cannot_reach_the_terminal():
    result = run("explain", ITEMS, "--origin", APP, "--app", f"{HERE}:raising")
    assert result.exit_code == 2
    assert_safe(result.stderr)


@pytest.mark.parametrize("argument", [["--no\x1b[2J\u202e"], ["--profile", "\x1b[2J\u202e"]])
def test_arguments_cannot_reach_the_terminal(argument):
    result = run("explain", ITEMS, "--origin", APP, *argument)
    assert result.exit_code == 2
    assert_safe(result.stderr)
    assert len(result.stderr.splitlines()) == 1


# Ends, streams and widths


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["explain"], "expected [METHOD] URL, got 0 arguments"),
        (["explain", "--nothing"], "No such option"),
        (["explain", ITEMS, "--origin"], "'--origin' requires an argument"),
        (["audit"], "Missing option '--app'. The app to audit"),
        (["nothing"], "No such command 'nothing'"),
        (["--nothing"], "No such option"),
    ],
)
def test_misuse_gets_one_line_on_standard_error(arguments, expected):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert expected in result.stderr


def test_the_command_alone_shows_its_help():
    assert "Commands:" in run().output


def interrupted(environ, start_response):
    raise KeyboardInterrupt


def test_control_c_ends_the_command_without_a_traceback():
    result = run("explain", ITEMS, "--origin", APP, "--app", f"{HERE}:interrupted")
    assert (result.exit_code, result.output) == (130, "")


@pytest.mark.parametrize(
    "command",
    [
        ["explain", ITEMS, "--origin", APP],
        ["explain", ITEMS, "--origin", APP, "--json"],
        ["audit"],
        ["audit", "--format", "markdown"],
    ],
    ids=["explain", "explain-json", "audit", "audit-markdown"],
)
def test_a_reader_that_has_gone_ends_the_command_without_a_traceback(command, monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8", closefd=True) as gone:
        monkeypatch.setattr("sys.stdout", gone)
        with pytest.raises(SystemExit) as caught:
            main([*command, "--app", "examples.flask_app:app"])
        assert caught.value.code == 141
        gone.write("what is left in the buffer is lost without an error")


def test_a_full_disk_is_an_error_of_one_line(monkeypatch, capsys):
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        with pytest.raises(SystemExit) as caught:
            main(["audit", "--app", "examples.flask_app:app"])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "Error: cannot write the output: No space left on device; free some space"


def test_another_error_of_the_system_is_not_hidden(monkeypatch):
    def fail(*_):
        raise OSError(5, "an error in wsgicors")

    monkeypatch.setattr("wsgicors.cli.audit._fails", fail)
    with pytest.raises(OSError, match="an error in wsgicors"):
        main(["audit", "--app", "examples.flask_app:app"])


def test_characters_that_an_encoding_lacks_are_escaped(tmp_path, monkeypatch):
    with open(tmp_path / "out", "w", encoding="ascii") as out:
        monkeypatch.setattr("sys.stdout", out)
        write("Bearer … 日\n")
    assert (tmp_path / "out").read_bytes() == b"Bearer \\u2026 \\u65e5\n"


def shown_on_a_terminal(monkeypatch, capsys, explanation, **environ):
    settings = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "80", **environ}
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    show(explanation)
    return capsys.readouterr().out


STEP = "The browser sends GET https://api.example/items with " + "word " * 30
PLAIN = Explanation("blocked", (STEP, "Blocked."), (), notes=("note " * 30,), reason="Why.")


def test_colours_are_for_terminals_that_want_them(monkeypatch, capsys):
    colour = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    assert colour.search(shown_on_a_terminal(monkeypatch, capsys, PLAIN))
    plain = shown_on_a_terminal(monkeypatch, capsys, PLAIN, NO_COLOR="1")
    assert colour.search(plain) is None
    monkeypatch.delenv("FORCE_COLOR")
    show(PLAIN)
    assert "\x1b" not in capsys.readouterr().out


STYLED_BLANK = re.compile(r"\x1b\[[\d;]*[1-9]m(?: |\x1b)| \x1b\[0m| $", re.MULTILINE)
"""A blank at the beginning or the end of a style, or of a line."""

narrow = wrap(allow_origins=[APP])(redirecting)
wide = wrap(allow_origins=[APP, "http://localhost:*"], expose_headers=["ETag"])(redirecting)


def test_blanks_around_words_have_no_style(monkeypatch, capsys):
    shown = shown_on_a_terminal(monkeypatch, capsys, PLAIN)
    assert "\x1b[31m2.\x1b[0m \x1b[31mBlocked.\x1b[0m\n" in shown
    assert "\x1b[1mblocked\x1b[0m  Why.\n" in shown
    assert STYLED_BLANK.search(shown) is None


@pytest.mark.parametrize("columns", [80, 160])
@pytest.mark.parametrize("more", [[], ["--diff"]], ids=["audit", "diff"])
def test_blanks_around_words_of_an_audit_have_no_style(monkeypatch, tmp_path, columns, more):
    (tmp_path / "old.json").write_text(
        run("audit", "--app", f"{HERE}:narrow", "--format", "json").stdout
    )
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    old = [str(tmp_path / "old.json")] if more else []
    shown = run("audit", "--app", f"{HERE}:wide", *more, *old).stdout
    assert "\x1b[" in shown
    assert STYLED_BLANK.search(shown) is None


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_lines_are_as_wide_as_the_terminal(monkeypatch, capsys, columns):
    shown = shown_on_a_terminal(monkeypatch, capsys, PLAIN, COLUMNS=str(columns), NO_COLOR="1")
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown.splitlines()]
    assert columns * 0.9 < max(map(len, lines)) <= columns
    assert lines[1].startswith("   word")  # below the text of the step, not below its number
    assert all(word in {"", "note", "word"} for word in " ".join(lines[1:2] + lines[-1:]).split())


def test_other_programs_get_each_step_in_one_line(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    show(PLAIN)
    assert capsys.readouterr().out.splitlines()[0] == f"1. {STEP}".rstrip()


# JSON


def keys(document, before=""):
    """Yield the path of each key, without those of settings, headers and engines."""
    for key, value in document.items():
        yield f"{before}{key}"
        items = value if isinstance(value, list) else [value]
        if key not in ("settings", "headers", "console"):
            for item in items:
                yield from keys(item, f"{before}{key}.") if isinstance(item, dict) else ()


def test_the_manual_lists_every_key():
    manual = (ROOT / "docs" / "explain" / "json.md").read_text("utf-8")
    table = manual.partition("\n## JSON\n")[2]
    cells = re.findall(r"^\| (`.+?) \|", table.partition("\n## ")[0], re.MULTILINE)
    listed = [name for cell in cells for name in re.findall(r"`([a-z_.]+)`", cell)]
    given = {key for verdict in ("blocked", "unknown") for key in keys(to_json(explained(verdict)))}
    assert sorted(listed) == sorted(given)


@pytest.mark.parametrize("app", ["echoing", "to_user", "deciding"])
def test_what_to_change_is_an_object_whenever_a_page_is_blocked(app):
    asked = ["explain", ITEMS, *SECRETS, "--app", f"{HERE}:{app}", "--json"]
    document = json.loads(run(*asked).stdout)
    assert document["verdict"] == "blocked"
    assert set(document["blocked"]) == {"step", "reason", "received", "needed", "console"}
    assert list(document["blocked"]["console"]) == ["chromium", "firefox", "webkit"]
    change = document["change"]
    assert change["side"] in ("server", "page", "layer")
    assert isinstance(change["settings"], dict)
    assert isinstance(change["headers"], list)
    assert all(len(line) == 2 for line in change["headers"])
    assert isinstance(document["notes"], list)
    assert "response" not in document
