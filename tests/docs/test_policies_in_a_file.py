"""What the how-to of policies in a file shows is what the command prints."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from examples import policy_file
from lab.servers.running import ROOT
from tests.docs.pages import DOCS
from wsgicors.auditing import list_policies, survey
from wsgicors.cli.check import read_schema
from wsgicors.cli.main import main
from wsgicors.flask import CORS
from wsgicors.testing import Browser, CORSBlocked

PAGE = (DOCS / "howto" / "policies-in-a-file.md").read_text("utf-8")
FAULTY, DIRECTIVE = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
CONSOLE = re.findall(r"^```console\n\$ (.*?)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the folder in which the page runs its commands."""
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "cors.toml").write_bytes((ROOT / "examples/cors.toml").read_bytes())
    (tmp_path / "faulty.toml").write_text(FAULTY, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("command", "printed"), CONSOLE)
def test_the_commands_of_the_page_print_what_it_shows(command, printed):
    words = shlex.split(command.partition(" > ")[0])
    result = CliRunner().invoke(main, words[1:], catch_exceptions=False)
    assert words[0] == "wsgicors"
    assert result.stdout == (read_schema() if ">" in command else printed)


@pytest.mark.usefixtures("folder")
def test_the_faulty_file_has_ten_faults_of_ten_kinds():
    result = CliRunner().invoke(main, ["check", "faulty.toml"])
    *faults, count = result.stdout.splitlines()
    codes = {fault.rpartition(" (")[2] for fault in faults}
    assert (len(faults), count) == (10, "faulty.toml: 10 errors")
    assert len(codes) == 10
    assert all(re.search(r"; (use|remove|did you mean) ", fault) for fault in faults)


def test_the_schema_is_where_the_file_says(folder):
    found = re.fullmatch(r"#:schema \./(\S+)\n", DIRECTIVE)
    assert f"> {found[1]}" in PAGE


def test_the_pages_of_the_file_read_the_app_of_the_example():
    CORS.check(policy_file.app)
    browser = Browser(policy_file.app, at="https://api.shop.example")
    shop, partner = map(browser.page, ("https://m.shop.example", "https://a.partner.example"))
    assert shop.fetch("https://api.shop.example/orders", credentials="include").json() == ["tea"]
    assert partner.fetch("https://api.shop.example/prices").headers["ETag"] == '"7"'
    with pytest.raises(CORSBlocked):
        partner.fetch("https://api.shop.example/orders")


def test_the_audit_of_the_example_names_the_lines_of_the_file():
    text = (ROOT / "examples" / "cors.toml").read_text("utf-8").splitlines()
    places = {use.name: use.place for use in list_policies(survey(policy_file.app))}
    assert places == {
        name: f"examples/cors.toml:{text.index(f'[{name}]') + 1}" for name in ("web", "partners")
    }
    assert f"`{Path(places['web']).name}`" in PAGE
