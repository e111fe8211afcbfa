"""The reference of the commands is what their help says."""

from click.testing import CliRunner

from scripts.commands import PAGE, page
from wsgicors.cli.main import main


def test_the_page_of_commands_is_current():
    assert PAGE.read_text("utf-8") == page(), "make reference"


def test_the_page_has_every_command_that_the_help_lists():
    listed = CliRunner().invoke(main, ["--help"]).output.partition("Commands:\n")[2]
    names = [
        line.split()[0]
        for line in listed.splitlines()
        if line.startswith("  ") and line[2:3].strip()
    ]
    assert names
    assert [name for name in names if f"## wsgicors {name}\n" not in PAGE.read_text("utf-8")] == []
