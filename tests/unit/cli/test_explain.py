import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner

from tests.unit.testing.servers import Server, playing, repeating, serving
from wsgicors import wrap
from wsgicors.cli import explain
from wsgicors.cli.main import main

ROOT = Path(__file__).parents[3]
APP = "https://app.example"
ITEMS = "https://api.example/items"
ASKED = ["--origin", APP, "--app", "examples.flask_app:app"]


@wrap(allow_origins=[lambda origin: False])
def guarded(environ, start_response):
    raise AssertionError("not reached in these tests")


def raising(environ, start_response):
    raise TypeError("a fault of the app")


@pytest.fixture
def run(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        return CliRunner().invoke(main, ["explain", *arguments])

    return run


def test_an_allowed_request_exits_with_0_and_lists_what_javascript_reads(run):
    result = run("GET", ITEMS, *ASKED)
    assert result.exit_code == 0
    assert "JavaScript cannot read x-total-count" in result.output
    last = result.output.splitlines()[-1]
    assert last.startswith("6. Allowed: JavaScript can read the status (200), the body, ")


def test_a_blocked_request_exits_with_1_and_says_what_to_change(run):
    result = run("PUT", ITEMS, "-H", "X-Request-Id: 1", "--credentials", *ASKED)
    assert result.exit_code == 1
    text = " ".join(result.output.split())
    assert "because the method is PUT and the page sets x-request-id." in text
    assert "Blocked by the CORS check: the response does not allow credentials." in text
    assert "blocked The preflight response does not allow credentials. received no" in text
    assert "needed Access-Control-Allow-Credentials: true" in text
    assert re.search(r"change .*allow_credentials=True, .* \(examples/flask_app.py:\d+\)", text)


def test_no_line_ends_in_a_blank(run):
    lines = run("PUT", ITEMS, "--origin", "https://www.app.example", *ASKED[2:]).output.split("\n")
    assert len(lines) > 10
    assert [line for line in lines if line != line.rstrip()] == []


def test_programs_get_the_whole_explanation_as_json(run):
    result = run("PUT", ITEMS, "--credentials", "--json", *ASKED)
    document = json.loads(result.output)
    assert (result.exit_code, document["verdict"]) == (1, "blocked")
    assert document["blocked"]["step"].startswith("CORS check: ")
    assert document["blocked"]["reason"].startswith("The preflight response does not allow")
    assert list(document["blocked"]["console"]) == ["chromium", "firefox", "webkit"]
    assert all(document["blocked"]["console"].values())
    assert "console" not in document
    assert document["blocked"]["received"] == "no Access-Control-Allow-Credentials"
    assert document["blocked"]["needed"] == "Access-Control-Allow-Credentials: true"
    assert document["change"]["settings"] == {"allow_credentials": True}
    assert (document["change"]["view"], document["change"]["file"]) == (
        "replace_items",
        "examples/flask_app.py",
    )
    (exchange,) = document["exchanges"]
    assert (exchange["kind"], exchange["status"]) == ("preflight", 204)
    assert ["Access-Control-Request-Method", "PUT"] in exchange["request_headers"]


def test_json_of_an_allowed_request_has_what_javascript_reads(run):
    document = json.loads(run("GET", ITEMS, "--json", *ASKED).output)
    assert document["response"]["status"] == 200
    assert document["response"]["headers"]["content-type"] == "application/json"
    assert document["console"] == {"chromium": None, "firefox": None, "webkit": None}
    assert not {"blocked", "change"} & document.keys()


def test_json_can_contain_the_callables_of_a_policy(run):
    arguments = ["--origin", APP, "--app", f"{__name__}:guarded", "--json"]
    document = json.loads(run("PUT", ITEMS, *arguments).output)
    assert document["change"]["settings"]["allow_origins"][1] == APP


def test_engines_that_agree_are_explained_once(run):
    result = run("PUT", ITEMS, "--credentials", "--profile", "all", *ASKED)
    assert result.exit_code == 1
    first, blank, step, *_ = result.output.splitlines()
    names = re.sub(r" [0-9.]+", "", first)
    assert (names, blank) == ("Chromium, Firefox and WebKitGTK", "")
    assert step.startswith("1. A page of")
    assert result.output.count("Blocked by") == 1


def test_engines_that_differ_are_explained_apart(run):
    asked = ["-H", "User-Agent: Mine", "--profile", "all", *ASKED]
    result = run("GET", ITEMS, *asked)
    assert result.exit_code == 1
    headings = re.findall(r"^((?:Chromium|Firefox|WebKitGTK).*)\n\n1\. ", result.output, re.M)
    shown = [re.sub(r" [0-9.]+", "", heading) for heading in headings]
    assert shown == ["Chromium", "Firefox and WebKitGTK"]
    document = json.loads(run("GET", ITEMS, "--json", *asked).output)
    verdicts = {name: one["verdict"] for name, one in document["profiles"].items()}
    assert verdicts == {"chromium": "allowed", "firefox": "blocked", "webkit": "blocked"}
    assert document["profiles"]["chromium"]["console"]["chromium"] is None


def redirecting(environ, start_response):
    lines = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "PUT")]
    sees_other = environ["REQUEST_METHOD"] == "PUT"
    start_response("303 See Other" if sees_other else "200 OK", [*lines, ("Location", "/other")])
    return []


def test_engines_that_agree_after_other_steps_are_explained_apart(run):
    asked = ["--origin", APP, "--app", f"{__name__}:redirecting", "--profile", "all"]
    result = run("PUT", ITEMS, *asked)
    headings = re.findall(r"^((?:Chromium|Firefox|WebKitGTK).*)\n\n1\. ", result.output, re.M)
    shown = [re.sub(r" [0-9.]+", "", heading) for heading in headings]
    assert shown == ["Chromium", "Firefox and WebKitGTK"]
    asks = "The browser sends OPTIONS https://api.example/other"
    chromium, others = result.output.split("Firefox")
    assert (result.exit_code, asks in chromium, asks in others) == (0, False, True)


def test_a_request_that_all_engines_allow_exits_with_0(run):
    assert run("GET", ITEMS, "--profile", "all", *ASKED).exit_code == 0


def test_json_of_a_server_that_cannot_be_reached_has_what_the_engines_print(run):
    with serving(Server()) as url:
        pass
    document = json.loads(run("GET", url, "--origin", APP, "--json").output)
    assert document["console"]["chromium"].endswith("net::ERR_CONNECTION_REFUSED")
    assert "CORS request did not succeed" in document["console"]["firefox"]


def test_a_page_may_use_an_xmlhttprequest(run):
    with serving(Server()) as url:
        document = json.loads(run("GET", url, "--origin", APP, "--xhr", "--json").output)
    webkit = document["blocked"]["console"]["webkit"]
    assert webkit.splitlines()[1].startswith("XMLHttpRequest cannot load")
    result = run("GET", ITEMS, "--xhr", "--mode", "no-cors", *ASKED)
    assert result.exit_code == 2
    assert "an XMLHttpRequest has no mode" in result.output


def test_a_body_is_sent(run):
    result = run("PUT", ITEMS, "-d", "tea", *ASKED)
    assert "the method is PUT." in result.output
    assert result.exit_code == 0


def test_without_an_app_the_request_is_sent_to_a_live_server(run):
    with serving(Server("Access-Control-Allow-Origin: https://other.example")) as url:
        result = run("GET", f"{url}/items", "--origin", APP)
    assert result.exit_code == 1
    assert f"'Access-Control-Allow-Origin: {APP}'" in " ".join(result.output.split())


def test_control_characters_from_a_server_do_not_reach_the_terminal(run):
    with serving(Server("Access-Control-Allow-Origin: \x9b31mred")) as url:
        result = run("GET", url, "--origin", APP)
    assert "\\x9b31mred" in result.output
    assert "\x9b" not in result.output


def test_a_server_that_cannot_be_reached_is_not_called_blocked(run):
    with serving(Server()) as url:
        pass
    result = run("GET", url, "--origin", APP)
    assert result.exit_code == 1
    assert "Failed: " in result.output
    assert "not because of CORS" not in result.output
    assert "change  Start the server" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["GET", ITEMS], "Missing option '--origin'", id="no-origin"),
        pytest.param(["GET", ITEMS, "--origin", "app.example"], "is not an origin", id="origin"),
        pytest.param(["GET", "/items", "--origin", APP], "is not an absolute URL", id="url"),
        pytest.param(["TRACE", ITEMS, *ASKED], "do not allow the method 'TRACE'", id="method"),
        pytest.param(["GET", ITEMS, *ASKED, "-H", "X-A"], "'X-A' is not a header", id="header"),
        pytest.param(["GET", ITEMS, "--origin", APP, "--app", "x:"], "is not an app", id="app"),
        pytest.param(
            ["GET", ITEMS, "--origin", APP, "--app", f"{__name__}:raising"],
            "a fault of the app",
            id="app-raises",
        ),
    ],
)
def test_incorrect_use_and_exceptions_of_the_app_exit_with_2(run, arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output


MISSPELT = """
from flask import Flask
from wsgicors.flask import CORS, cors

app = Flask("shop", static_folder=None)
CORS(app, policies={"web": {"allow_origins": "*"}})
app.add_url_rule("/items", "items", cors("wbe")(lambda: ""))
"""


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_policies_that_cannot_work_are_said_as_by_the_audit(tmp_path, monkeypatch, caplog, method):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "misspelt.py").write_text(MISSPELT, "utf-8")
    asked = ["explain", method, ITEMS, "--origin", APP, "--app", "misspelt:app"]
    explained = CliRunner().invoke(main, asked)
    audited = CliRunner().invoke(main, ["audit", "--app", "misspelt:app"])
    sys.modules.pop("misspelt")
    assert (explained.exit_code, explained.stdout) == (2, "")
    assert "there is no policy named 'wbe'" in explained.stderr
    assert explained.stderr.replace("explain", "audit") == audited.stderr
    assert caplog.messages == []


def test_the_command_is_installed():
    command = Path(sys.executable).with_name("wsgicors")
    asked = [command, "explain", "PATCH", ITEMS, *ASKED]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "change Add a route for 'PATCH'" in " ".join(done.stdout.split())


POSTS = """
from flask import Flask
from wsgicors.flask import CORS, cors

app = Flask("shop", static_folder=None)
CORS(app)

@app.post("/items")
@cors(allow_origins=["https://other.example"])
def items(): return "tea"
"""

OTHER_METHOD = (
    "The change is for pages that send {}. If the page sends POST instead, explain that request."
)

CURL = f"curl -X PUT {ITEMS} -H 'Origin: {APP}'"
FETCH = f'fetch("{ITEMS}", {{"method": "PUT", "mode": "cors", "credentials": "omit"}})'


@pytest.mark.parametrize(
    ("asked", "method"),
    [
        pytest.param(["PUT", ITEMS], "PUT", id="typed"),
        pytest.param([ITEMS], "GET", id="none-given"),
        pytest.param(["PUT", "--fetch", FETCH], "PUT", id="typed-beside-a-text"),
        pytest.param(["--fetch", FETCH], "", id="text"),
        pytest.param(["--curl", CURL], "", id="curl"),
        pytest.param(["POST", ITEMS], "", id="served"),
    ],
)
def test_a_typed_method_that_no_view_serves_may_be_the_wrong_one(
    tmp_path, monkeypatch, asked, method
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "posts.py").write_text(POSTS, "utf-8")
    asked = ["explain", *asked, "--origin", APP, "--app", "posts:app", "--json"]
    done = CliRunner().invoke(main, asked)
    sys.modules.pop("posts")
    document = json.loads(done.stdout)
    begins = "Add a route for" if method else "Set " if "POST" in asked else "Add a route for"
    assert document["change"]["sentence"].startswith(begins)
    notes = [note for note in document["notes"] if note.startswith("The change is for")]
    assert notes == [OTHER_METHOD.format(method)] * bool(method)


def import_without(missing):
    """Import the command in a new process that lacks a module; return its status and its errors."""
    program = f"import sys; sys.modules[{missing!r}] = None; import wsgicors.cli.main"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("missing", ["ada_url", "click", "rich"])
def test_without_its_extra_the_command_names_what_to_install(missing):
    message = f"the command wsgicors needs {missing}; use: python -m pip install ada-url click rich"
    assert import_without(missing) == (1, f"{message}\n")


def test_any_other_missing_module_is_an_import_error():
    status, errors = import_without("wsgicors.explaining")
    assert status == 1
    assert "ModuleNotFoundError: import of wsgicors.explaining halted" in errors


PAGES = ("explain.md", "explain/pasted.md", "explain/browsers.md", "howto/har.md")
MANUAL = "".join((ROOT / "docs" / page).read_text("utf-8") for page in PAGES)
SESSIONS = re.findall(r"```console\n\$ wsgicors (.*?)\n\n(.*?)```", MANUAL, re.DOTALL)


@pytest.mark.parametrize(
    ("command", "shown"), SESSIONS, ids=[str(n) for n, _ in enumerate(SESSIONS)]
)
def test_the_manual_shows_the_output_of_the_command(run, command, shown):
    _, *arguments = shlex.split(command.replace("\\\n", " "))
    output = run(*arguments).output
    assert [line.rstrip() for line in output.splitlines()] == shown.splitlines()


def test_the_example_shows_the_command_of_the_manual():
    shown = (ROOT / "examples" / "flask_app.py").read_text("utf-8")
    command, _ = SESSIONS[0]
    assert " ".join(command.replace("\\\n", " ").split()) in " ".join(
        shown.replace("\\\n", " ").split()
    )


def test_the_method_may_be_left_out(run):
    result = run(ITEMS, *ASKED, "--json")
    assert result.exit_code == 0
    document = json.loads(result.output)
    assert document["exchanges"][0]["method"] == "GET"
    assert document["notes"] == []


@pytest.mark.parametrize("target", [(), ("PUT", ITEMS, "more")])
def test_other_numbers_of_arguments_are_rejected(run, target):
    result = run(*target, *ASKED)
    assert result.exit_code == 2
    assert f"expected [METHOD] URL, got {len(target)} arguments; use the form" in result.output


def test_a_response_that_was_not_seen_exits_with_3(run):
    result = run("PUT", ITEMS, *ASKED, "--preflight-only", "--profile", "all")
    assert result.exit_code == 3
    assert result.output.count("Unknown: nothing forbids the request so far") == 1


def test_a_slow_server_is_announced_once_on_the_standard_error(run, monkeypatch):
    monkeypatch.setattr(explain, "PATIENCE", 0.05)
    with playing(repeating(b"", pause=60)) as url:
        result = run("PUT", url, "--origin", APP, "--timeout", "0.3", "--profile", "all")
    assert result.exit_code == 1
    assert result.stderr == f"waiting for {url} (up to 0.3 s)\n"
    assert "no response within the time limit" in result.stdout
    assert "use --timeout" in result.stdout
    assert "waiting" not in result.stdout


def test_a_server_that_responds_at_once_is_not_announced(run):
    with serving(Server()) as url:
        assert run("GET", url, "--origin", APP).stderr == ""


def sleeping(environ, start_response):
    Event().wait(0.1)
    start_response("200 OK", [])
    return []


def test_an_app_is_not_announced(run, monkeypatch):
    monkeypatch.setattr(explain, "PATIENCE", 0)
    result = run(ITEMS, "--origin", APP, "--app", f"{__name__}:sleeping")
    assert (result.exit_code, result.stderr) == (1, "")


def test_control_characters_of_a_url_are_not_announced(run, monkeypatch):
    monkeypatch.setattr(explain, "PATIENCE", 0)
    with playing(repeating(b"", pause=60)) as url:
        result = run(f"{url}/\x9b31m", "--origin", APP, "--timeout", "0.2")
    assert "waiting for" in result.stderr
    assert "\x9b" not in result.output


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "inf", "soon"])
def test_a_wrong_time_limit_exits_with_2(run, timeout):
    result = run(ITEMS, *ASKED, "--timeout", timeout)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert "expected seconds" in result.output or "not a valid float" in result.output
