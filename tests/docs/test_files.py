"""The how-to about files: its commands print what it shows, and nginx does with it what it says."""

import re
import shlex
import sys
from contextlib import closing
from dataclasses import fields
from http.client import HTTPConnection

import pytest
from click.testing import CliRunner

from lab import nginx
from tests.docs.pages import DOCS, ROOT
from wsgicors import Policy
from wsgicors._exporting import SERVERS, NotExportable, export
from wsgicors.cli.main import main
from wsgicors.origins import RefreshedOrigins

GUIDE = (DOCS / "howto" / "files.md").read_text("utf-8")
BLOCKS = {
    language: re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    for language in ("console", "nginx", "python")
}
MAPS, PART, SERVER = BLOCKS["nginx"]
COMMANDS = re.findall(r"^\$ (.+)$", "".join(BLOCKS["console"]), re.MULTILINE)

MOVE = re.compile(r"(\S+) && sudo mv (\S+) (/etc/\S+/)")

APP = "https://app.example"

CONFIGURATION = """
include /etc/nginx/mime.types;
include conf.d/*.conf;
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What the commands print, by the file that it is moved to."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "policies.py").write_text(BLOCKS["python"][0])
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "path", [*sys.path])
        for command in COMMANDS:
            if command.startswith("wsgicors export "):
                arguments, _, move = command.partition(" > ")
                written, moved, target = MOVE.fullmatch(move).groups()
                assert written == moved
                result = CliRunner().invoke(main, shlex.split(arguments)[1:])
                assert (result.exit_code, result.stderr) == (0, "")
                found[f"{target}{written}"] = result.stdout
    sys.modules.pop("policies", None)
    return found


@pytest.fixture(scope="module")
def connection(printed):
    """A connection to nginx with the files, in the places that the page gives them."""

    def configure(directory, port):
        for path, text in printed.items():
            if path.startswith("/etc/nginx/"):
                file = directory / path.removeprefix("/etc/nginx/")
                file.parent.mkdir()
                file.write_text(text)
        (directory / "fonts").mkdir()
        (directory / "fonts" / "icons.woff2").write_bytes(b"font")
        server = re.sub("^ *ssl_.*\n", "", SERVER, flags=re.MULTILINE)
        server = server.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
        return CONFIGURATION + server.replace("root /srv/files", f"root {directory}")

    with (
        nginx.running(configure) as server,
        closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection,
    ):
        yield connection


def ask(connection, method, **headers):
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, "/fonts/icons.woff2", headers=sent)
    response = connection.getresponse()
    response.read()
    return response.status, dict(response.getheaders())


def directives(text):
    """Return a file without the comment at its top."""
    return text.partition("\n\n")[2]


def test_the_page_shows_what_the_commands_print(printed):
    assert directives(printed["/etc/nginx/conf.d/cors-files-maps.conf"]) == MAPS
    *shown, cut = PART.splitlines()
    lines = directives(printed["/etc/nginx/snippets/cors-files.conf"]).splitlines()
    assert lines[: len(shown)] == shown
    assert f"and {len(lines) - len(shown)} more lines" in cut


def test_the_comments_have_the_commands_of_the_page(printed):
    commands = [command for command in COMMANDS if command.startswith("wsgicors export ")]
    for text in printed.values():
        found = re.findall("^#     (wsgicors .+)$", text, re.MULTILINE)
        server = found[0].split()[2]
        assert found == [one for one in commands if f"export {server} " in one]


@pytest.mark.parametrize("origin", [APP, "https://a.preview.example"])
def test_pages_of_the_policy_may_read_a_font_of_nginx(connection, origin):
    status, headers = ask(connection, "GET", Origin=origin)
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, origin)
    assert headers["Content-Type"] == "font/woff2"
    assert headers["Access-Control-Expose-Headers"] == "ETag"
    asked = {"Origin": origin, "Access_Control_Request_Method": "GET"}
    assert ask(connection, "OPTIONS", **asked)[0] == 204


def test_a_range_that_the_file_does_not_have_gets_the_headers_once(connection):
    connection.request("GET", "/fonts/icons.woff2", headers={"Origin": APP, "Range": "bytes=9-"})
    response = connection.getresponse()
    response.read()
    assert response.status == 416
    assert response.headers.get_all("Access-Control-Allow-Origin") == [APP]


def test_each_header_of_a_policy_has_its_setting_on_the_page():
    rows = dict(re.findall(r"^\| `(Access-Control-\S+)` \| `(\w+)` \|$", GUIDE, re.MULTILINE))
    assert rows.keys() == set(re.findall(r"^add_header (Access\S+)", PART, re.MULTILINE))
    assert {field.name for field in fields(Policy)}.issuperset(rows.values())


def test_other_pages_may_not(connection):
    status, headers = ask(connection, "GET", Origin="https://other.example")
    assert (status, headers["Vary"]) == (200, "Origin")
    assert "Access-Control-Allow-Origin" not in headers


def test_explain_says_that_the_page_may_read_it(connection):
    [command] = [command for command in COMMANDS if command.startswith("wsgicors explain ")]
    command = command.replace("https://files.example", f"http://127.0.0.1:{connection.port}")
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("file", "texts"),
    [
        (
            "apache2/cors-files.conf",
            ["a2enmod headers", "Include /etc/apache2/cors-files.conf"],
        ),
        ("caddy/cors-files.caddy", ["import cors-files.caddy"]),
        (
            "haproxy/cors-files.cfg",
            ["haproxy -f cors-files.cfg -f haproxy.cfg", "backend api from cors_files"],
        ),
    ],
)
def test_the_page_says_how_to_include_the_file_as_its_comment_does(printed, file, texts):
    comment = printed[f"/etc/{file}"].partition("\n\n")[0]
    for text in texts:
        assert text in comment
        assert text in GUIDE


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    "policy",
    [
        Policy(lambda origin: True),
        Policy(RefreshedOrigins(lambda: [], every=60)),
        Policy(APP, allow_headers="*", allow_credentials=True),
        Policy("*").with_trial(Policy(APP)),
    ],
)
def test_no_server_can_have_what_the_page_lists(server, policy):
    with pytest.raises(NotExportable):
        export(policy, server, name="files", heading="")


def test_other_pages_lead_to_it():
    for page in (
        ROOT / "README.md",
        DOCS / "howto" / "proxies.md",
        DOCS / "reference" / "commands.md",
    ):
        assert "files.md" in page.read_text("utf-8")
