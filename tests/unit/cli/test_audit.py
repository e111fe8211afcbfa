import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup

from wsgicors.cli.audit import flask_cors
from wsgicors.cli.main import main

ROOT = Path(__file__).parents[3]
SHOP = ROOT / "examples" / "shop.py"

CLEAN = """
from wsgicors import CORSMiddleware, Policy

def hello(environ, start_response): ...

app = CORSMiddleware(hello, allow_origins=["https://shop.com"])
"""
ODD = """
from wsgicors import CORSMiddleware, Origin, Policy
from werkzeug.routing import Map, Rule
from wsgicors.werkzeug import CORS, cors

class Partners:
    def __call__(self, origin): return False

@cors(allow_origins=[Partners(), "https://[::1]:8443"], allow_methods=["GET", "PUT"],
      allow_headers=[], max_age=0)
def view(): ...

rules = [
    Rule(r"/<any('a|b', 'c`d'):key>[bold]", endpoint="view", methods=["GET", "PUT", "DELETE"]),
    Rule("/code", endpoint="code", redirect_to=lambda *_: "x", methods=["GET"]),
    Rule("/none", endpoint="none", methods=["GET"]),
]
app = CORS(view, Map(rules), {"view": view}, endpoints={})
empty = CORS(view, Map([]), {})
both = {"one": {"allow_origins": "*"}, "other": {"allow_origins": "*", "max_age": 60}}
two = CORS(
    view,
    Map([Rule(f"/{name}", endpoint=name, methods=["GET"]) for name in both]),
    {name: cors(name)(lambda: "") for name in both},
    policies=both,
)
plain = lambda: Map([Rule("/" + "a" * 70, endpoint="view", methods=["GET"])])
long = CORS(view, plain(), {"view": lambda: ""}, allow_origins="*")
unused = CORS(view, plain(), {"view": view}, policies={"spare": {"allow_origins": "*"}})
raw = CORSMiddleware(lambda environ, start_response: [], allow_origins="*", allow_methods=["PUT"])
bare = view
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs an audit in a directory with the shop and two more apps."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv("COLUMNS", raising=False)  # as xdist sets it
    for name, text in {"shop": SHOP.read_text("utf-8"), "clean": CLEAN, "odd": ODD}.items():
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    yield lambda *arguments: CliRunner().invoke(main, ["audit", *arguments])
    for name in "shop", "clean", "odd":
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("no_other_marks")
def test_the_table_lists_every_url_with_the_origins_that_may_read_it(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    shown = run("--app", "shop:app").output
    import shop

    for rule in shop.app.url_map.iter_rules():
        assert re.search(rf"^{re.escape(rule.rule)} ", shown, re.MULTILINE)
    assert re.search(
        r"/cart +GET, DELETE, +https://shop.example +cookies, also with +view: @cors\('shop'\) +"
        r"cart shop.py:\d+\n +PUT +https://m.shop.example +DELETE, PUT",
        shown,
    )
    assert re.search(r"/health +GET +no page, unless the app writes +no policy", shown)
    office = "https://office.shop.example +cookies"
    assert re.search(rf"^'office' +30 +{office} +shop.py:14$", shown, re.MULTILINE)
    assert re.search(rf"^'office', changed +6 +{office} +shop.py:37$", shown, re.MULTILINE)
    assert "warning unreached-mark  recommendations (shop.py:" in shown
    assert "warning headers-differ  PUT, GET, DELETE /catalogue/brands/<int:key>" in shown
    assert re.search(r"Findings: \d warnings, 1 info\n", shown)


def pieces(shown):
    """Return the words of an output, without what encloses them."""
    return {word.strip("(),;'\"") for word in shown.split()}


@pytest.mark.usefixtures("no_other_marks")
@pytest.mark.parametrize("columns", [60, 80, 100, 119, 120, 140, 160, 240])
def test_nothing_is_cut_and_the_terminal_is_used(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = run("--app", "shop:app").output
    audited = json.loads(run("--app", "shop:app", "--format", "json").output)
    whole = {row["url"] for row in audited["rows"]} | {row["place"] for row in audited["rows"]}
    whole |= {policy["place"] for policy in audited["policies"]}
    for policy in audited["policies"]:
        whole |= {*policy["settings"]["allow_origins"]} - {"*"}
    # One place stands for all methods of a URL that share their policy.
    others = {row["place"] for row in audited["rows"] if row["method"] in ("POST", "PATCH")}
    assert whole - others - {""} - pieces(shown) == set()
    assert columns * 0.75 < max(map(len, shown.splitlines())) <= columns
    assert not any(line.endswith(" ") for line in shown.splitlines())


@pytest.mark.usefixtures("no_other_marks")
def test_fifty_routes_take_no_more_than_three_lines_each_at_80_columns(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert len(run("--app", "shop:app").output.splitlines()) <= 150


def test_other_programs_get_160_columns(run, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    piped = run("--app", "shop:app").output
    monkeypatch.setenv("COLUMNS", "160")
    assert run("--app", "shop:app").output == piped
    assert "\x1b" not in piped


def test_a_narrow_terminal_shows_each_policy_with_its_routes(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = run("--app", "shop:app").output
    assert (
        "https://shop.example, https://m.shop.example\n"
        "  cookies, also with POST, PATCH where a route has them\n"
        "  blueprint 'account' (shop.py:114); policy 'shop' at shop.py:13; 10 URLs\n"
        "    GET, POST   /account/addresses            Records shop.py:49\n"
        "    GET, PATCH  /account/addresses/<int:key>  Record shop.py:59\n"
    ) in shown
    assert "https://office.shop.example\n  cookies, also with PUT; send Content-Type" in shown
    assert "; policy 'office', changed at shop.py:37; 6 URLs\n" in shown


TIERS = """\
from flask import Flask
from wsgicors import Policy
from wsgicors.flask import CORS

app = Flask(__name__, static_folder=None)
CORS(app, Policy("*", allow_credentials=["https://app.example", "https://admin.app.example"]))


@app.route("/items", methods=["GET", "PUT"])
def items(): ...
"""


@pytest.mark.usefixtures("no_other_marks")
@pytest.mark.parametrize("columns", ["80", "160"])
def test_who_reads_with_cookies_is_seen_at_once(run, monkeypatch, tmp_path, columns):
    monkeypatch.setenv("COLUMNS", columns)
    (tmp_path / "odd.py").write_text(TIERS, "utf-8")
    words = " ".join(run("--app", "odd:app").output.split())
    origins = "https://app.example, https://admin.app.example"
    if columns == "80":
        assert f"every origin cookies only from {origins}; also with PUT the default" in words
    else:
        assert "cookies only from https://app.example," in words
        assert "https://admin.app.example; also with PUT" in words
    shown = run("--app", "odd:app", "--format", "markdown").output
    assert f"every origin<br>cookies only from {origins}; also with PUT" in shown


def test_a_narrow_terminal_shows_what_has_no_policy_last(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = run("--app", "shop:app").output
    last = shown.index("https://depot.partners.example")
    assert last < shown.index("no page, unless the app writes CORS headers itself\n  no policy")
    assert last < shown.index("redirected\n  redirect to https://classic.shop.example/; 1 URL")


def test_two_policies_of_a_table_are_two_blocks_although_one_line_has_them(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = run("--app", "odd:two").output
    assert re.findall(r"policy ('\w+') at odd.py:\d+; 1 URL", shown) == ["'one'", "'other'"]


def test_a_policy_without_routes_is_named(run, monkeypatch):
    for columns in "80", "160":
        monkeypatch.setenv("COLUMNS", columns)
        shown = run("--app", "odd:unused").output
        assert re.search(
            r"^policy 'spare': 0 URLs at odd.py:\d+$|'spare' +0 +every origin", shown, re.MULTILINE
        )


def test_what_is_longer_than_the_terminal_stays_in_one_piece(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    shown = run("--app", "odd:long").output
    assert "    GET  /" + "a" * 70 + "\n        <lambda> odd.py:" in shown
    assert "every origin\n" in shown


def test_the_first_lines_say_which_app_it_is(run, monkeypatch):
    monkeypatch.setenv("FLASK_CONFIG", "production")
    for format_ in "table", "markdown":
        first = run("--app", "shop:app", "--format", format_).output.replace("<br>", "")
        app, configuration, urls = first.splitlines()[:3]
        assert re.fullmatch(r"shop:app: Flask \S+, wsgicors \S+, Python \S+, debug mode off", app)
        assert "FLASK_CONFIG=production" in configuration.replace("\\", "")
        assert urls == "49 URLs, 48 with a policy, 41 where pages can change data with cookies"
    asked = json.loads(run("--app", "shop:app", "--format", "json").output)["app"]
    assert (asked["name"], asked["debug"]) == ("shop:app", False)


@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_a_policy_without_a_name_is_called_so(run, format_):
    shown = run("--app", "odd:raw", "--format", format_).output
    assert re.search(r"unnamed[ |]+1[ |]+every origin[ |]+use PUT[ |]+`?odd.py:\d+", shown)


def test_without_a_router_no_urls_are_counted(run):
    app, _, policy, *_ = run("--app", "odd:raw").output.splitlines()
    assert re.fullmatch(r"odd:raw: wsgicors \S+, Python \S+, debug mode off", app)
    assert policy.startswith("Policy ")


def test_the_routes_below_their_policies_begin_with_the_named_policies(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    shown = run("--app", "shop:app").output.splitlines()
    assert [re.sub(r"\d+$", "N", line) for line in shown[3:8]] == [
        "policy 'public': 16 URLs at shop.py:N",
        "policy 'shop': 11 URLs at shop.py:N",
        "policy 'office': 30 URLs at shop.py:N",
        "policy 'partners': 2 URLs at shop.py:N",
        "",
    ]


@pytest.mark.parametrize("columns", ["80", "220"])
def test_several_methods_of_a_class_are_shown_with_its_name(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    shown = run("--app", "shop:app").output
    assert re.search(
        r"GET, POST +/account/cards .*\bRecords shop.py:\d+|"
        r"/account/cards +GET, POST .*\bRecords shop.py:\d+",
        shown,
    )
    assert re.search(r"\bListing.post shop.py:\d+", shown)


@pytest.mark.parametrize("columns", ["1", "12", "39"])
def test_a_very_narrow_terminal_gets_an_audit_too(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    shown = run("--app", "shop:app")
    assert shown.exit_code == 0
    assert "/catalogue/brands/<int:key>" in shown.output.split()


def test_an_encoding_without_lines_gets_no_escapes(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    assert "\\u" not in run("--app", "shop:app").output.encode("ascii", "backslashreplace").decode()


def test_the_arguments_of_a_factory_are_not_printed(run, tmp_path):
    (tmp_path / "made.py").write_text("import shop\ndef make(secret): return shop.app\n")
    assert run("--app", "made:make('squirrel')").output.startswith("made:make: Flask ")


@pytest.mark.usefixtures("no_other_marks")
@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_findings_only_leaves_out_policies_and_routes(run, format_):
    shown = run("--app", "shop:app", "--format", format_, "--findings-only").output
    assert shown.startswith("shop:app: ")
    assert "max-age-above-caps" in shown
    assert re.search(r"Findings: \d warnings, 1 info", shown)
    assert "/search" not in shown
    assert "office.shop.example" not in shown


def test_findings_only_in_json(run):
    options = ["--app", "shop:app", "--format", "json"]
    whole, some = (json.loads(run(*options, *more).output) for more in ([], ["--findings-only"]))
    assert some == {key: whole[key] for key in ("version", "app", "findings")}


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--app", "shop:app"], 0),
        (["--app", "shop:app", "--fail-on", "error"], 0),
        (["--app", "shop:app", "--fail-on", "warning"], 1),
        (["--app", "shop:app", "--fail-on", "info"], 1),
        (["--app", "clean:app", "--fail-on", "info"], 0),
        (["--app", "odd:raw", "--fail-on", "info"], 1),
        (["--app", "odd:raw", "--fail-on", "info", "--ignore", "everybody-may-write"], 0),
        (["--app", "clean:app", "--ignore", "no-such-code"], 2),
        (["--app", "clean:app", "--fail-on", "nothing"], 2),
        (["--app", "clean:app", "--diff", "nowhere.json"], 2),
        (["--app", "clean:app", "--diff", "clean.py"], 2),
        (["--app", "odd:bare"], 2),
        (["--app", "odd:"], 2),
        (["--app", "clean", "--fail-on", "info"], 0),
        (["--app", "./clean.py", "--fail-on", "info"], 0),
        (["--app", "nowhere:app"], 2),
        ([], 2),
    ],
)
def test_the_exit_status_reports_findings_and_misuse(run, arguments, status):
    result = run(*arguments, "--format", "json")
    assert result.exit_code == status
    assert result.stderr.startswith("Error: ") == (status == 2)
    assert len(result.stderr.splitlines()) == (status == 2)


def test_a_policy_that_cannot_work_is_an_error(run, tmp_path):
    text = "from flask import Flask\nfrom wsgicors.flask import CORS\napp = Flask(__name__)\n"
    (tmp_path / "clean.py").write_text(text + "CORS(app, endpoints={'static': 'misspelt'})\n")
    result = run("--app", "clean:app")
    assert result.exit_code == 2
    assert "there is no policy named 'misspelt'" in result.output


def cells(line):
    assert line.startswith("| ")
    assert line.endswith(" |")
    return re.split(r" (?<!\\)\| ", line[2:-2])


def test_markdown_is_a_table_with_special_characters_in_a_url(run):
    shown = run("--app", "odd:app", "--format", "markdown").output
    table = shown.partition("### Routes\n\n")[2].partition("\n\n")[0]
    heads, rule, *rows = map(cells, table.splitlines())
    assert {len(row) for row in [heads, rule, *rows]} == {3}
    assert set(rule) == {"---"}
    assert rows[0][0] == r"GET, DELETE, PUT<br>`` /<any('a\|b', 'c`d'):key>[bold] ``"
    assert rows[0][1] == (
        "`https://[::1]:8443`<br>allowed by Partners()<br>send no headers<br>not DELETE"
    )
    assert re.fullmatch(r"view: &#64;cors<br>`view` `odd.py:\d+`", rows[0][2])
    assert "- **warning** `development-origin`: " in shown


def test_the_table_shows_markup_as_text(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = run("--app", "odd:app").output
    assert "c`d'):key>[bold]" in shown
    assert re.search(r"/code +GET +redirected +redirect in code", shown)


def test_a_single_policy_has_one_line(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    shown = run("--app", "odd:raw").output
    assert re.search(r"\* +all +every origin +use PUT +the wrapper\n +odd.py:\d+\n", shown)


@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_the_audit_of_an_app_without_routes_has_no_table(run, format_):
    assert "This app has no routes." in run("--app", "odd:empty", "--format", format_).output


def test_only_the_table_needs_rich(run, monkeypatch):
    monkeypatch.delitem(sys.modules, "wsgicors.cli.terminal", raising=False)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    result = run("--app", "clean:app")
    assert result.exit_code == 2
    assert "tables need rich; use: python -m pip install rich" in result.output
    assert run("--app", "clean:app", "--format", "markdown").exit_code == 0


RISKY = """
from flask import Flask
from wsgicors import Policy
from wsgicors.flask import CORS

app = Flask(__name__, static_folder=None)
CORS(app, Policy(["https://*.app.example"], allow_credentials=True))
app.add_url_rule("/", "index", lambda: "")
"""


def test_warnings_of_policies_are_findings_only(run, tmp_path, recwarn):
    (tmp_path / "shop.py").write_text(RISKY, "utf-8")
    for result in run("--app", "shop:app"), flask_command():
        sys.modules.pop("shop", None)
        assert "subdomains-with-credentials" in result.stdout
        assert result.stderr == ""
    assert [*recwarn] == []


def test_the_name_of_an_app_without_cors_is_in_the_error(run, tmp_path):
    (tmp_path / "shop.py").write_text("from flask import Flask\napp = Flask('plain')\n")
    result = run("--app", "shop:app")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "shop:app: <Flask 'plain'> has no CORS; call CORS(app) right after" in result.stderr


def flask_command(*arguments):
    return CliRunner().invoke(FlaskGroup(), ["--app", "shop:app", "cors", *arguments])


def test_flask_has_the_same_command(run):
    result = flask_command("--format", "json")
    assert json.loads(result.output)["rows"][0]["url"] == "/cart"


def test_a_flask_app_without_cors_is_a_misuse(run, tmp_path):
    (tmp_path / "shop.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    result = flask_command()
    assert result.exit_code == 2
    assert "has no CORS; call CORS(app) right after the app is created" in result.output


def test_flask_finds_the_command_through_its_entry_point():
    (found,) = entry_points(group="flask.commands", name="cors")
    assert found.load() is flask_cors


def test_importing_the_command_loads_neither_rich_nor_flask():
    program = "import sys, wsgicors.cli.audit; print('rich' in sys.modules, 'flask' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["False", "False"]


def test_flask_runs_its_own_commands_without_the_extra():
    program = "import sys; sys.modules['rich'] = None; from flask.cli import main; main()"
    command = [sys.executable, "-c", program, "--help"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert {"cors", "routes", "run"} <= set(run.stdout.split())


def words(svg):
    """Return the words in a picture, without the versions."""
    texts = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    found = "".join(text.text or "" for text in texts).split()
    return [word for word in found if not re.fullmatch(r"\d+(\.\d+)+\S*,", word)]


def test_the_figures_in_the_documentation_are_current():
    # In a separate process, because other tests import other modules named shop.
    pictures = "compare(), draw(), draw('items'), draw_explanation()"
    program = f"from scripts.screenshot import *; print({pictures}, sep='<!---->')"
    command = [sys.executable, "-c", program]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    comparison, *drawn = made.split("<!---->")
    figures = ROOT / "docs" / "figures"
    assert comparison == (figures / "audit-diff.txt").read_text("utf-8"), "make screenshot"
    for name, picture in zip(("audit", "audit-items", "explain"), drawn, strict=True):
        kept = (figures / f"{name}.svg").read_text("utf-8")
        assert words(picture) == words(kept), "make screenshot"
        assert "url(http" not in picture


def test_a_factory_may_return_a_wrapper_around_the_app(run, tmp_path):
    (tmp_path / "behind.py").write_text(
        "from werkzeug.middleware.proxy_fix import ProxyFix\n"
        "import shop\n"
        "def create_app(): return ProxyFix(shop.app)\n"
    )
    behind, plain = run("--app", "behind").output, run("--app", "shop:app").output
    assert behind.partition(": ")[2] == plain.partition(": ")[2]


PACKAGES = """
from flask import Flask
from flask.views import MethodView
from wsgicors import Policy
from wsgicors.flask import CORS

def installed(package):
    names = {"__name__": f"{package}.views"}
    exec(compile("def view(): ...", f"/srv/lib/site-packages/{package}/views.py", "exec"), names)
    return names["view"]

app = Flask(__name__, static_folder=None)
CORS(app, endpoints={"/admin/open": Policy("https://shop.com")})
admin = "/admin/", "/admin/log", "/admin/users/", "/admin/open"
for url in (*admin, "/items", "/docs/a", "/docs/b", "/docs/c"):
    package = "shop_admin" if "admin" in url else "docs"
    app.add_url_rule(url, url, installed(package))
app.add_url_rule("/admin/<int:key>", "key", installed("shop_admin"), methods=["PUT"])

class Mixed(MethodView):
    get = installed("shop_admin")
    def put(self): ...

app.add_url_rule("/admin/mixed", view_func=Mixed.as_view("mixed"))
"""


@pytest.mark.parametrize("columns", ["100", "160"])
def test_closed_routes_of_an_installed_package_are_one_line(run, monkeypatch, columns, tmp_path):
    monkeypatch.setenv("COLUMNS", columns)
    (tmp_path / "packages.py").write_text(PACKAGES, "utf-8")
    shown = run("--app", "packages:app").output.partition("Findings")[0]
    routes = shown.partition("info")[0]
    assert re.search(r"/admin/… \(4 URLs\)", routes)
    assert "installed package 'shop_admin'" in " ".join(routes.split())
    assert not re.search("/admin/(log|users)", routes)
    assert "/admin/open" in routes
    assert "/admin/mixed" in routes  # of which the app has a method itself
    assert all(url in routes for url in ("/items", "/docs/a", "/docs/b", "/docs/c"))
    assert "GET, PUT" in routes
    assert "/admin/… (4 URLs)" in run("--app", "packages:app", "--format", "markdown").output
    audited = json.loads(run("--app", "packages:app", "--format", "json").output)
    assert {"/admin/log", "/admin/users/"} < {row["url"] for row in audited["rows"]}


METHODS = """
from flask import Flask
from wsgicors.flask import CORS

app = Flask(__name__, static_folder=None)
CORS(app, allow_origins="https://shop.com", allow_credentials=True)
for url, methods in {"/cart": ["GET", "DELETE", "PUT"], "/items": ["GET", "PUT"]}.items():
    app.add_url_rule(url, url, lambda: "", methods=methods)
"""


def test_methods_that_not_all_routes_of_a_policy_have_are_marked(run, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "methods.py").write_text(METHODS, "utf-8")
    shown = run("--app", "methods:app").output
    assert "https://shop.com\n  cookies, also with DELETE, PUT where a route has them\n" in shown
