"""README shows what really happens. The root ``conftest.py`` runs its examples."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgicors._core.problems import CODES
from wsgicors.cli.main import main
from wsgicors.testing import Browser

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "figures"
README = (ROOT / "README.md").read_text("utf-8")
FIRST_EXAMPLE, POLICIES = re.findall(r"```python\n(from flask .*?)```", README, re.DOTALL)
(TESTS,) = re.findall(r"```python\n(import pytest\n.*?)```", README, re.DOTALL)
(FIRST_SESSION,) = re.findall(r"```console\n(\$ curl .*?)```", README, re.DOTALL)
MESSAGE, COMMANDS, EXPLANATION, LOG = re.findall(r"```text\n(.*?)```", README, re.DOTALL)


def figure(name: str) -> str:
    return (FIGURES / name).read_text("utf-8")


def cells(name: str, row: str) -> list[str]:
    """Return the cells of a figure's row after its first, which begins with these words."""
    (line,) = re.findall(rf"^\| ({re.escape(row)}.*) \|$", figure(name), re.MULTILINE)
    return line.split(" | ")[1:]


def shown(what: str) -> str:
    """Return what README says in its table of figures."""
    (line,) = re.findall(rf"^\| \[{what}\]\(.*?\).*? \| (.+) \|$", README, re.MULTILINE)
    return line


def test_the_preflight_response_of_the_first_example_is_as_shown():
    namespace = {"__name__": "__main__"}
    exec(FIRST_EXAMPLE, namespace)
    asked = dict(re.findall(r"-H '([\w-]+): ([^']+)'", FIRST_SESSION))
    answer = namespace["app"].test_client().options("/items/1", headers=asked)
    shown = FIRST_SESSION.partition("HTTP/1.1 ")[2].splitlines()
    assert answer.status == shown[0]
    assert [f"{name}: {value}" for name, value in answer.headers] == shown[1:]


def test_the_message_of_the_console_is_explained_as_shown(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    command = shlex.split(COMMANDS.splitlines()[-1])
    output = CliRunner().invoke(main, command[1:], input=MESSAGE).output
    assert output.endswith("\n" + EXPLANATION.removeprefix("...\n"))


def test_the_tests_of_the_first_example_pass(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(app=FIRST_EXAMPLE, test_app=TESTS)
    result = pytester.runpytest_subprocess("-n0", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)


def test_the_log_shows_why_another_page_is_refused(monkeypatch, caplog):
    monkeypatch.chdir(ROOT)
    namespace = {"__name__": "__main__"}
    exec(compile(FIRST_EXAMPLE, ROOT / "app.py", "exec"), namespace)
    app = namespace["app"]
    app.debug = True
    asked = {"Origin": "https://other.example", "Access-Control-Request-Method": "PUT"}
    with caplog.at_level("DEBUG", "wsgicors"):
        answer = app.test_client().options("/items/1", headers=asked)
    assert answer.status_code == 403
    assert caplog.messages[-1] == " ".join(LOG.split())


def test_the_preview_of_a_page_reads_the_total():
    namespace = {"__name__": "__main__"}
    exec(POLICIES, namespace)
    page = Browser(namespace["app"], at="https://api.example").page(
        "https://feature.preview.example"
    )
    response = page.fetch("https://api.example/items", headers={"Content-Type": "application/json"})
    assert response.headers["X-Total-Count"] == "0"


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_it_names_the_main_commands(command):
    assert f"`{command}`" in README


def test_the_number_of_facts_is_that_of_the_table_of_frameworks():
    facts, titles = [], []
    for line in figure("coverage.md").splitlines():
        if line.startswith("| **"):
            titles.append(line.split(" | ")[1:])
        elif line.startswith("| ") and "---" not in line:
            facts.append(line)
    assert shown("Facts") == f"{len(facts)} facts, {len(titles[0])} frameworks and routers"


def test_the_number_of_scenarios_is_that_of_the_comparison_with_the_engines():
    (scenarios,) = set(cells("engines.md", "Scenarios"))
    for row in (
        "Of these, explained by nothing",
        "Otherwise than in the engine's profile, for another reason",
        "Broken promises",
    ):
        assert set(cells("engines.md", row)) == {"0"}
    engines = "Chromium, Firefox and WebKit"
    assert shown("Random scenarios") == f"{scenarios} in each of {engines}; 0 without a known cause"


def test_the_number_of_requests_is_that_of_the_random_apps():
    (requests,) = cells("adversarial.md", "Requests in all")
    (wrong,) = cells("adversarial.md", "Wrong answers")
    assert shown("Random requests") == f"{requests}; {wrong} wrong responses"


def test_the_number_of_advisories_is_that_of_the_tests():
    attacks = (ROOT / "tests" / "security" / "test_advisories.py").read_text("utf-8")
    identifiers = set(re.findall(r"CVE-\d+-\d+|GHSA(?:-\w{4}){3}", attacks))
    assert shown("Published advisories") == str(len(identifiers))


def test_the_number_of_problems_is_that_of_the_codes():
    assert shown("Problems") == str(len(CODES))


@pytest.mark.parametrize(
    ("what", "row"),
    [("CORS on a response", "origin not refused"), ("A preflight", "preflights")],
)
def test_the_times_are_those_of_the_benchmark(what, row):
    ours, theirs, *_ = cells("bench.md", f"Flask, decorator ÷ Flask-CORS: {row}")
    assert shown(what) == f"{ours.strip('+')} (Flask-CORS: {theirs.strip('+')})"


def test_the_requirements_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"Python {project['requires-python'].strip('>=')} or later" in README
    assert [f"`{need}`" in README for need in project["dependencies"]] == [True]
    section = README.partition("\n## Requirements\n")[2].partition("\n## ")[0]
    for name in ("bottle", "django", "falcon", "flask", "pyramid", "werkzeug"):
        (need,) = project["optional-dependencies"][name]
        assert f"{name.title()} {need.partition('>=')[2]}" in section
