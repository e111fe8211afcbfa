"""``wsgicors audit --diff``: what opened up since an earlier audit, and when the command fails."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgicors.auditing import Change, Finding
from wsgicors.auditing.rights import Difference
from wsgicors.cli.changes import as_markdown, summary
from wsgicors.cli.main import main

SHOP = (Path(__file__).parents[3] / "examples" / "shop.py").read_text("utf-8")

NARROW = '"https://depot.partners.example"'
WIDE = '"https://*.partners.example"], accept_risks=["subdomains-with-credentials"'
"""What a view of the shop allows, and what the shop of a feature branch allows there."""

TWO_WIDER = """\
2 changes at 5 URLs: 2 wider (cookies allowed for 1); 1 new finding

WIDER, cookies now allowed
  GET /e (new, app.py:14)
  + origins: https://x.example
  + credentials: allowed
  + request headers: Content-Type

WIDER, cookies not allowed
  GET /a (new, app.py:7)
  GET /b (new, app.py:7)
  GET /c (new, app.py:7)
  and 1 more
  + origins: https://x.example
  + request headers: Content-Type

warning view-without-policy  GET /f (app.py:18)
        'f' has no CORS policy, so no page on another origin can read it, unless the app
        writes CORS headers itself. Add @cors(policy), or @cors(None) if this is intended.
"""

APP = """
from flask import Flask
from wsgicors.flask import CORS, cors
app = Flask(__name__, static_folder=None)
CORS(app)

@app.get("/d")
@app.get("/c")
@app.get("/b")
@app.get("/a")
@cors(allow_origins=["https://x.example"])
def view(): ...

@app.get("/e")
@cors(allow_origins=["https://x.example"], allow_credentials=True)
def cookies(): ...

@app.get("/f")
def f(): ...
"""

NOTHING = '{"version": 1, "rows": [], "findings": []}'


@pytest.fixture
def audit(tmp_path, monkeypatch):
    """Return a function that audits the source of an app, with options of the command."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("COLUMNS", "90")

    def run(source, *options):
        sys.modules.pop("app", None)
        Path("app.py").write_text(source, "utf-8")
        return CliRunner().invoke(main, ["audit", "--app", "app:app", *options])

    yield run
    sys.modules.pop("app", None)


@pytest.fixture
def old(audit):
    """Audit the shop and save the result."""
    Path("old.json").write_text(audit(SHOP, "--format", "json").output)
    return "--diff", "old.json"


@pytest.fixture
def nothing(tmp_path):
    """Save the audit of an app without routes."""
    (tmp_path / "nothing.json").write_text(NOTHING)
    return "--diff", str(tmp_path / "nothing.json")


WIDER_SHOP = SHOP.replace(NARROW, WIDE)
NARROWER_SHOP = SHOP.replace("allow_credentials=True)\ndef order_feed", ")\ndef order_feed")


def lines(result):
    return [line.rstrip() for line in result.output.splitlines()]


@pytest.mark.usefixtures("no_other_marks")
def test_an_app_that_did_not_change_has_no_changes_and_no_new_findings(audit, old):
    assert lines(audit(SHOP, *old)) == ["No permissions changed; no new findings"]


@pytest.mark.usefixtures("no_other_marks")
def test_the_summary_comes_first_and_the_one_widened_origin_after_it(audit, old):
    assert lines(audit(WIDER_SHOP, *old))[:8] == [
        "1 change: 1 wider (cookies allowed); 1 new finding",
        "",
        "WIDER, cookies allowed",
        "  GET /feeds/orders (app.py:107)",
        "  + origins: https://*.partners.example",
        "  - origins: https://depot.partners.example",
        "",
        "info accepted-risk  GET /feeds/orders (app.py:107)",
    ]


@pytest.mark.usefixtures("no_other_marks")
def test_a_right_that_was_taken_away_is_narrower(audit, old):
    assert lines(audit(NARROWER_SHOP, *old)) == [
        "1 change: 1 narrower; no new findings",
        "",
        "narrower",
        "  GET /feeds/orders (app.py:107)",
        "  - credentials: allowed",
    ]


@pytest.mark.usefixtures("no_other_marks")
def test_routes_with_the_same_change_are_a_group(audit, nothing):
    assert "\n".join([*lines(audit(APP, *nothing)), ""]) == TWO_WIDER


@pytest.mark.usefixtures("no_other_marks")
def test_markdown_has_the_summary_and_a_list_of_changes(audit, old):
    shown = audit(WIDER_SHOP, *old, "--format", "markdown").output.split("\n\n")
    assert shown[0] == "**1 change: 1 wider (cookies allowed); 1 new finding**"
    assert shown[1].splitlines() == [
        "- **wider**, cookies allowed: GET `/feeds/orders` (`app.py:107`)",
        "  ```diff",
        "  + origins: https://*.partners.example",
        "  - origins: https://depot.partners.example",
        "  ```",
    ]
    assert shown[2] == "New findings:"
    assert shown[3].startswith("- **info** `accepted-risk`: GET /feeds/orders (app.py:107): ")
    assert len(shown) == 4
    same = audit(SHOP, *old, "--format", "markdown").output
    assert same == "**No permissions changed; no new findings**\n"


@pytest.mark.usefixtures("no_other_marks")
def test_json_lists_every_change_and_says_whether_pages_may_do_more(audit, old):
    written = json.loads(audit(WIDER_SHOP, *old, "--format", "json").output)
    assert written["wider"] is True
    (change,) = written["changes"]
    assert change == {
        "url": "/feeds/orders",
        "methods": ["GET"],
        "place": "app.py:107",
        "kind": "changed",
        "moved_from": "",
        "wider": True,
        "narrower": False,
        "credentials": True,
        "differences": [
            {
                "right": "origins",
                "added": ["https://*.partners.example"],
                "removed": ["https://depot.partners.example"],
                "wider": True,
            }
        ],
    }
    assert [finding["code"] for finding in written["findings"]] == ["accepted-risk"]
    assert written["version"] == 1
    assert json.loads(audit(SHOP, *old, "--format", "json").output)["wider"] is False


@pytest.mark.usefixtures("no_other_marks")
@pytest.mark.parametrize(
    ("source", "fail_on", "status"),
    [
        (SHOP, ["wider"], 0),
        (SHOP, ["wider", "info"], 0),
        (WIDER_SHOP, [], 0),
        (WIDER_SHOP, ["wider"], 1),
        (WIDER_SHOP, ["warning"], 0),
        (WIDER_SHOP, ["info"], 1),
        (WIDER_SHOP, ["wider", "error"], 1),
        (NARROWER_SHOP, ["wider", "warning"], 0),
    ],
)
def test_the_command_fails_if_pages_may_do_more_or_findings_are_new(
    audit, old, source, fail_on, status
):
    options = [option for name in fail_on for option in ("--fail-on", name)]
    assert audit(source, *old, *options).exit_code == status


@pytest.mark.usefixtures("no_other_marks")
@pytest.mark.parametrize("format_", ["table", "markdown", "json"])
def test_the_format_does_not_change_whether_the_command_fails(audit, old, format_):
    assert audit(WIDER_SHOP, *old, "--fail-on", "wider", "--format", format_).exit_code == 1


def test_only_a_comparison_can_be_wider(audit):
    result = audit(APP, "--fail-on", "wider")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: --fail-on wider compares with an earlier audit; use it with --diff OLD.json\n"
    )


def test_several_severities_are_as_strict_as_the_strictest(audit):
    assert audit(APP, "--fail-on", "error", "--fail-on", "warning").exit_code == 1
    assert audit(APP, "--fail-on", "error").exit_code == 0


def test_an_ignored_finding_is_not_new(audit, nothing):
    options = [*nothing, "--ignore", "view-without-policy", "--ignore", "unreached-mark"]
    assert "; no new findings" in audit(APP, *options).output


def test_the_audit_of_another_app_is_a_warning(audit, old):
    result = audit(APP, *old)
    assert result.stderr == (
        "Warning: no URL of old.json is in this app; use an earlier audit of the same app\n"
    )
    assert audit(APP, *old, "--format", "json").stdout.startswith("{")


def test_other_settings_than_those_of_the_earlier_audit_are_a_warning(audit, old):
    earlier = json.loads(Path("old.json").read_text("utf-8"))
    earlier["app"]["debug"] = True
    Path("old.json").write_text(json.dumps(earlier))
    result = audit(SHOP, *old)
    assert result.stderr == (
        "Warning: old.json was made with other settings (debug: True, now False); use the same "
        "settings for both audits\n"
    )


def test_no_audit_of_the_same_app_is_a_warning(audit, old, nothing):
    assert audit(SHOP, *old).stderr == audit(SHOP, *nothing).stderr == ""


def change(url="/", kind="changed", **fields):
    return Change(url, fields.pop("methods", "GET"), "", (), kind=kind, **fields)


def test_a_moved_route_has_the_url_that_it_had_before():
    moved = change("/b", "moved", moved_from="/a")
    assert summary([moved], []) == "1 change: 1 moved; no new findings"
    assert as_markdown([moved], []).endswith("\n\n- **moved**: GET `/b` (was `/a`)")


def test_a_change_of_the_only_policy_is_one_of_the_whole_app():
    whole = change("*", methods="*", narrower=True)
    assert as_markdown([whole], []).endswith("\n\n- **narrower**: the whole app")
    prefix = change("/api", methods="*", narrower=True)
    assert as_markdown([prefix], []).endswith("\n\n- **narrower**: `/api`")


def test_control_characters_of_an_earlier_audit_are_shown_as_escapes():
    added = Difference("origins", ("x\x1b[31m\n```\n<b>",), (), True)
    odd = Change("/\x1b]0;x\x07", "GET", "a\nb:1", (added,))
    shown = as_markdown([odd], [Finding("info", "a\x1b", "b\n", "c\x9b")])
    assert [line for line in shown.splitlines() if not line.isprintable()] == []
    assert r"  + origins: x\x1b[31m\n```\n<b>" in shown.splitlines()


@pytest.mark.usefixtures("no_other_marks")
def test_findings_only_leaves_out_the_changes_but_not_their_summary(audit, old):
    first, empty, head, *_ = lines(audit(WIDER_SHOP, *old, "--findings-only"))
    assert first == "1 change: 1 wider (cookies allowed); 1 new finding"
    assert (empty, head) == ("", "info accepted-risk  GET /feeds/orders (app.py:107)")
    shown = audit(WIDER_SHOP, *old, "--findings-only", "--format", "markdown").output
    assert shown.startswith(f"**{first}**\n\nNew findings:\n\n- **info** `accepted-risk`: ")
    written = json.loads(audit(WIDER_SHOP, *old, "--findings-only", "--format", "json").output)
    assert (written["wider"], written["changes"], len(written["findings"])) == (True, [], 1)


@pytest.mark.usefixtures("no_other_marks")
def test_no_word_is_cut_on_a_narrow_terminal(audit, old, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    shown = lines(audit(WIDER_SHOP, *old))
    assert shown[4:9] == [
        "  GET /feeds/orders",
        "    (app.py:107)",
        "  + origins:",
        "    https://*.partners.example",
        "  - origins:",
    ]
