import importlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgicors import wrap
from wsgicors.cli.main import main

from ..testing.servers import Server, serving

ROOT = Path(__file__).parents[2]
APP = "https://app.example"
ITEMS = "https://api.example/items"
ASKED = ["--origin", APP, "--app", "examples.flask_app:app"]


@wrap(allow_origins=[lambda origin: False])
def guarded(environ, start_response):
    raise AssertionError("not reached in these tests")


def raising(environ, start_response):
    raise TypeError("a fault of the app's own")


@pytest.fixture
def run(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        return CliRunner().invoke(main, ["explain", *arguments])

    return run


def test_an_allowed_request_exits_with_0_and_says_what_script_reads(run):
    result = run("GET", ITEMS, *ASKED)
    assert result.exit_code == 0
    assert "Script cannot read x-total-count" in result.output
    assert result.output.splitlines()[-1].startswith("6. Allowed: script reads status 200")


def test_a_blocked_request_exits_with_1_and_says_what_to_change(run):
    result = run("PUT", ITEMS, "-H", "X-Request-Id: 1", "--credentials", *ASKED)
    assert result.exit_code == 1
    told = " ".join(result.output.split())
    assert "because of the method PUT and the header x-request-id" in told
    assert "Blocked by the CORS check: does the response allow credentials?" in told
    assert "needed Access-Control-Allow-Credentials: true" in told
    assert re.search(r"change write allow_credentials=True, .* \(examples/flask_app.py:\d+\)", told)


def test_tools_get_all_of_it_as_json(run):
    result = run("PUT", ITEMS, "--credentials", "--json", *ASKED)
    told = json.loads(result.output)
    assert (result.exit_code, told["verdict"]) == (1, "blocked")
    assert told["blocked"]["needed"] == "Access-Control-Allow-Credentials: true"
    assert told["change"]["settings"] == {"allow_credentials": True}
    assert (told["change"]["view"], told["change"]["file"]) == (
        "replace_items",
        "examples/flask_app.py",
    )
    (exchange,) = told["exchanges"]
    assert (exchange["kind"], exchange["status"]) == ("preflight", 204)
    assert ["Access-Control-Request-Method", "PUT"] in exchange["request_headers"]


def test_json_of_an_allowed_request_has_what_script_reads(run):
    told = json.loads(run("GET", ITEMS, "--json", *ASKED).output)
    assert told["response"]["status"] == 200
    assert told["response"]["headers"]["content-type"] == "application/json"
    assert "change" not in told


def test_callables_of_a_policy_are_written_into_json_too(run):
    asked = ["--origin", APP, "--app", f"{__name__}:guarded", "--json"]
    told = json.loads(run("PUT", ITEMS, *asked).output)
    assert told["change"]["settings"]["allow_origins"][1] == APP


def test_a_body_is_sent(run):
    result = run("PUT", ITEMS, "-d", "tea", *ASKED)
    assert "the method PUT." in result.output
    assert result.exit_code == 0


def test_a_live_server_is_asked_where_no_app_is_given(run):
    with serving(Server("Access-Control-Allow-Origin: https://other.example")) as url:
        result = run("GET", f"{url}/items", "--origin", APP)
    assert result.exit_code == 1
    assert f"'Access-Control-Allow-Origin: {APP}'" in " ".join(result.output.split())


def test_control_characters_from_a_server_do_not_reach_the_terminal(run):
    with serving(Server("Access-Control-Allow-Origin: \x9b31mred")) as url:
        result = run("GET", url, "--origin", APP)
    assert "\\x9b31mred" in result.output
    assert "\x9b" not in result.output


def test_a_server_that_cannot_be_reached_fails_and_is_not_called_blocked(run):
    with serving(Server()) as url:
        pass
    result = run("GET", url, "--origin", APP)
    assert result.exit_code == 1
    assert "Failed, and not because of CORS" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["GET", ITEMS], "Missing option '--origin'", id="no-origin"),
        pytest.param(["GET", ITEMS, "--origin", "app.example"], "is no origin", id="origin"),
        pytest.param(["GET", "/items", "--origin", APP], "is no absolute URL", id="url"),
        pytest.param(["TRACE", ITEMS, *ASKED], "do not let script use 'TRACE'", id="method"),
        pytest.param(["GET", ITEMS, *ASKED, "-H", "X-A"], "'X-A' is no header", id="header"),
        pytest.param(["GET", ITEMS, "--origin", APP, "--app", "x"], "names no app", id="app"),
        pytest.param(
            ["GET", ITEMS, "--origin", APP, "--app", f"{__name__}:raising"],
            "a fault of the app's own",
            id="app-raises",
        ),
    ],
)
def test_where_nothing_can_be_said_the_exit_status_is_2(run, arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_the_command_is_installed():
    command = Path(sys.executable).with_name("wsgicors")
    asked = [command, "explain", "PATCH", ITEMS, *ASKED]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "route 'PATCH' to a view" in " ".join(done.stdout.split())


@pytest.fixture
def without(monkeypatch):
    """Import the command anew, with a module missing."""
    loaded = [name for name in sys.modules if name.partition(".")[0] == "rich"]
    loaded += [name for name in sys.modules if name.startswith("wsgicors.cli")]

    def without(missing):
        for name in loaded:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, missing, None)
        importlib.import_module("wsgicors.cli.main")

    return without


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_its_extra_the_command_says_what_to_install(without, missing):
    with pytest.raises(SystemExit) as caught:
        without(missing)
    told = f"the command wsgicors needs {missing}: pip install 'wsgicors-toolkit[cli]'"
    assert str(caught.value) == told


def test_any_other_missing_module_is_a_fault_of_the_installation(without):
    with pytest.raises(ModuleNotFoundError, match=r"wsgicors\.explaining"):
        without("wsgicors.explaining")


MANUAL = (ROOT / "docs" / "explain.md").read_text("utf-8")
SESSIONS = re.findall(r"```console\n\$ wsgicors (.*?)\n\n(.*?)```", MANUAL, re.DOTALL)


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=["blocked", "allowed"])
def test_the_sessions_in_the_manual_are_what_is_printed(run, command, shown):
    _, *arguments = shlex.split(command.replace("\\\n", " "))
    output = run(*arguments).output
    assert [line.rstrip() for line in output.splitlines()] == shown.splitlines()


def test_the_command_of_the_example_is_the_one_that_it_shows():
    shown = (ROOT / "examples" / "flask_app.py").read_text("utf-8")
    command, _ = SESSIONS[0]
    assert " ".join(command.replace("\\\n", " ").split()) in " ".join(
        shown.replace("\\\n", " ").split()
    )
