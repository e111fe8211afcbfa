"""``wsgicors export`` prints a policy for a web server, or one line that says why it cannot."""

import re
import shlex
import sys

import pytest
from click.testing import CliRunner

from wsgicors import Policy
from wsgicors._exporting import MAX_NAME_LENGTH, SERVERS, nginx
from wsgicors._exporting.rules import Rules
from wsgicors.cli.main import main

MODULE = """
import logging, sys
from types import MappingProxyType
from wsgicors import Policy
print("loaded")
print("old", file=sys.stderr)
logging.getLogger("served").error("logged")
api = Policy("https://app.example", expose_headers=["X-$"] and ["ETag"])
Public_2 = public_2 = Policy("*").derive(max_age=5)
café = copied = Policy("*").with_trial(Policy("https://app.example")).with_trial(None)
calls = Policy(lambda origin: True)
long = Policy("https://app.example", allow_headers=[f"X-{n:0100}" for n in range(40)])
POLICIES = {"partners": Policy("https://partner.example"), "none": None, 1: Policy("*"), "1": 1}
FROZEN = MappingProxyType(POLICIES)
class Space: own = api
app = print
class Failing:
    def __getattr__(self, name): raise LookupError(f"no\\n  {name}")
failing = Failing()
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "served_policies.py").write_text(MODULE, "utf-8")
    yield tmp_path
    sys.modules.pop("served_policies", None)


def export(*arguments):
    return CliRunner().invoke(main, ["export", *arguments])


def printed(spec, *options):
    result = export("nginx", spec, *options)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_warnings_of_a_policy_are_not_printed(here, recwarn):
    text = "[web]\nallow_origins = ['https://*.app.example']\nallow_credentials = true\n"
    (here / "cors.toml").write_text(text, "utf-8")
    module = 'from wsgicors import load_policies\nweb = load_policies("cors.toml")["web"]\n'
    (here / "served_policies.py").write_text(module, "utf-8")
    for spec in "cors.toml:web", "served_policies:web":
        result = export("nginx", spec)
        assert (result.exit_code, result.stderr) == (0, "")
    assert [*recwarn] == []


def refused(*arguments):
    """Return the only line of a command that fails."""
    result = export(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    return line.removeprefix("Error: ").removeprefix("Invalid value: ")


def test_it_prints_the_part_for_a_location():
    assert printed("served_policies:api").endswith(
        "\n\n" + nginx.write(Rules.of(Policy("*")), "api")
    )


def test_it_prints_the_maps():
    policy = Policy("https://app.example", expose_headers=["ETag"])
    maps = nginx.write_maps(Rules.of(policy), "api")
    assert printed("served_policies:api", "--maps").endswith("\n\n" + maps)


def test_the_comment_says_where_the_file_comes_from_and_how_to_write_it_again():
    assert printed("served_policies:api").splitlines()[:6] == [
        "# The CORS policy served_policies:api (served_policies.py:8) for nginx, written by "
        "wsgicors 0.1.0.",
        "# To change it, change the policy, and write it again:",
        "#",
        "#     wsgicors export nginx --maps served_policies:api > cors-api-maps.conf "
        "&& sudo mv cors-api-maps.conf /etc/nginx/conf.d/",
        "#     wsgicors export nginx served_policies:api > cors-api.conf "
        "&& sudo mv cors-api.conf /etc/nginx/snippets/",
        "#",
    ]


@pytest.mark.parametrize(
    ("server", "title", "file", "folder"),
    [
        ("nginx", "nginx", "cors-api.conf", "/etc/nginx/snippets/"),
        ("apache", "Apache", "cors-api.conf", "/etc/apache2/"),
        ("caddy", "Caddy", "cors-api.caddy", "/etc/caddy/"),
        ("haproxy", "HAProxy", "cors-api.cfg", "/etc/haproxy/"),
    ],
)
def test_the_commands_replace_a_file_only_if_the_export_succeeds(server, title, file, folder):
    text = export(server, "served_policies:api").stdout
    assert f" for {title}, written by" in text
    command = f"wsgicors export {server} served_policies:api > {file} && sudo mv {file} {folder}\n"
    assert f"\n#     {command}" in text


@pytest.mark.parametrize("server", SERVERS)
def test_the_comment_says_that_the_name_has_to_be_unique(server):
    text = export(server, "served_policies:api", "--name", "two").stdout
    assert "\n# Each policy of a server needs its own name: this is two. Use --name to" in text


def test_the_commands_in_the_comment_write_the_same_file():
    text = printed('served_policies:POLICIES["partners"]', "--name", "ours")
    commands = re.findall(r"^#     wsgicors (export .+) > cors-ours\S*.conf &&", text, re.M)
    outputs = [CliRunner().invoke(main, shlex.split(command)).stdout for command in commands]
    assert outputs[1] == text
    assert "\nmap " in outputs[0]


def test_the_same_policy_gives_the_same_bytes():
    for maps in [], ["--maps"]:
        assert printed("served_policies:api", *maps) == printed("served_policies:api", *maps)


def test_a_policy_without_a_known_line_or_of_another_folder(here, tmp_path_factory):
    assert "\n# The CORS policy served_policies:copied for" in "\n" + re.sub(
        r" \(served_policies\.py:\d+\)", "", printed("served_policies:copied")
    )
    other = tmp_path_factory.mktemp("elsewhere") / "more_policies.py"
    other.write_text(
        "from wsgicors import Policy\nfrom pickle import dumps, loads\n"
        "api = Policy('*')\ncopy = loads(dumps(api))\n"
    )
    assert f" ({other}:3) for nginx" in printed(f"{other}:api")
    assert f"# The CORS policy {other}:copy for nginx" in printed(f"{other}:copy")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("api", "api"),
        (" Space.own ", "own"),
        ('POLICIES["partners"]', "partners"),
        ("POLICIES.partners", "partners"),
        ("FROZEN['partners']", "partners"),
    ],
)
def test_variables_are_named_after_the_policy(path, name):
    assert f"$cors_{name}_origin" in printed(f"served_policies:{path}")


def test_variables_can_have_another_name():
    assert "$cors_two_origin" in printed("served_policies:api", "--name", "two")


def test_what_the_module_prints_is_not_part_of_the_file():
    result = export("nginx", "served_policies:api")
    assert "loaded" not in result.stdout
    assert result.stderr.startswith("loaded\n")
    assert "old" in result.stderr


def test_no_spec_can_end_the_comment(here):
    folder = here / "a\nb\u2028c\\"
    folder.mkdir()
    (folder / "odd_policies.py").write_text("from wsgicors import Policy\napi = Policy('*')\n")
    text = printed(f"{folder}/odd_policies.py:api")
    comment = text.partition("\n\n")[0]
    assert all(line.startswith("#") and not line.endswith("\\") for line in comment.split("\n"))
    assert len(comment.splitlines()) == len(
        printed("served_policies:api").partition("\n\n")[0].splitlines()
    )
    del sys.modules["odd_policies"]


NAMES = (
    "use 'served_policies:api' or 'served_policies:Public_2' or 'served_policies:public_2' or "
    "'served_policies:café' or "
    "'served_policies:copied' or 'served_policies:calls' or 'served_policies:long' or "
    "'served_policies:POLICIES[\"partners\"]'"
)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("served_policies", f"'served_policies' does not say which policy; {NAMES}"),
        ("served_policies:ap", f"'served_policies' has no 'ap'; {NAMES}"),
        ("served_policies:Space.it", f"'served_policies.Space' has no 'it'; {NAMES}"),
        ("served_policies:app", "'served_policies:app' is of type builtin_function_or_method, not"),
        ("served_policies:POLICIES", "'served_policies:POLICIES' is of type dict, not a Policy"),
        ('served_policies:POLICIES["none"]', "'served_policies:POLICIES.none' is of type NoneType"),
        ("served_policies:", "'served_policies:' does not name a policy; use 'module:policy' or"),
        ("served_policies:api()", "'served_policies:api()' does not name a policy; use 'module:"),
        ("served_policies:POLICIES[1]", "'served_policies:POLICIES[1]' does not name a policy;"),
        (
            "served-policies:api",
            "'served-policies:api' does not name a policy; use 'module:policy'",
        ),
        ("json:api", "'json' has no 'api'; use a module that has a Policy"),
        ("nothing_here:api", "cannot find the module 'nothing_here' in /"),
        ("./nothing.py:api", "cannot find the file '/"),
        (
            "served_policies:failing.api",
            "'served_policies:failing.api' raised LookupError: no api",
        ),
        (
            "served_policies:calls",
            "nginx cannot apply 'served_policies:calls': allow_origins calls <lambda>(), which "
            "only Python can; list origins or patterns instead, or leave CORS to the app",
        ),
    ],
)
def test_what_cannot_be_exported_gets_one_line(spec, message):
    assert refused("nginx", spec).startswith(message)


@pytest.mark.parametrize(
    "code",
    [
        "print('x'); raise SystemExit(0)",
        "raise ValueError('two\\nlines')",
        "import sys; print('x', file=sys.stderr); 1 / 0",
        "from wsgicors import Policy\napi = Policy('app.example', allow_methods='a b')",
        "import nothing_at_all",
        "def",
    ],
)
def test_a_module_that_raises_gets_one_line(here, code):
    (here / "broken_policies.py").write_text(code)
    line = refused("nginx", "broken_policies:api")
    assert line.startswith("'broken_policies:api' raised ")
    assert line.endswith(f" in {here}; fix that first")


def test_all_faults_of_a_policy_are_in_the_line(here):
    (here / "broken_policies.py").write_text(
        "from wsgicors import Policy\napi = Policy('app.example', allow_credentials='yes')"
    )
    line = refused("nginx", "broken_policies:api")
    assert "use 'https://app.example'" in line
    assert "use allow_credentials=True" in line


@pytest.mark.parametrize("maps", [[], ["--maps"]])
def test_a_policy_that_the_maps_cannot_have_is_not_exported_at_all(maps):
    assert "more than 4000 characters" in refused("nginx", *maps, "served_policies:long")


def test_a_message_lists_ten_policies_at_most(here):
    lines = [f"p{number} = Policy('*')" for number in range(11)]
    (here / "many_policies.py").write_text("\n".join(["from wsgicors import Policy", *lines]))
    assert refused("nginx", "many_policies").endswith("or 'many_policies:p9' or another one")
    del sys.modules["many_policies"]


@pytest.mark.parametrize(
    "name", ["", "A", "a-b", "a\nb", "_a", "é", "x" * (MAX_NAME_LENGTH + 1), "$a"]
)
def test_a_name_is_part_of_an_identifier(name):
    line = refused("nginx", "served_policies:api", "--name", name)
    assert "cannot be part of the name of a variable; use at most 24 letters" in line


def test_a_policy_whose_name_is_too_long_needs_another(here):
    (here / "served_policies.py").write_text(f"{MODULE}\n{'x' * 25} = {'é' * 3} = api\n", "utf-8")
    for found in "x" * 25, "é" * 3:
        line = refused("nginx", f"served_policies:{found}")
        assert line == (
            f"{found!r} cannot be part of the name of a variable; use --name, such as --name api"
        )
    assert "$cors_api_" in printed(f"served_policies:{'x' * 25}", "--name", "api")


@pytest.mark.parametrize(("found", "name"), [("Public_2", "public_2"), ("café", "caf")])
def test_two_names_of_policies_never_become_one(found, name):
    line = refused("nginx", f"served_policies:{found}")
    assert line == (
        f"{found!r} cannot be part of the name of a variable; use --name, such as --name {name}"
    )


@pytest.mark.parametrize(
    ("server", "title"), [("apache", "Apache"), ("caddy", "Caddy"), ("haproxy", "HAProxy")]
)
def test_only_nginx_has_maps(server, title):
    line = refused(server, "--maps", "served_policies:api")
    assert line == f"{title} needs only one file; leave out --maps"
    assert "--maps" not in export(server, "served_policies:api").stdout


@pytest.mark.parametrize("arguments", [[], ["nginx"], ["iis", "served_policies:api"], ["--x"]])
def test_arguments_that_are_wrong_get_one_line(arguments):
    assert refused(*arguments)


# Policies in a file


@pytest.fixture
def file(here):
    text = '[partners]\nallow_origins = "https://p.example"\n\n[web]\nallow_origins = "*"\n'
    (here / "cors.toml").write_text(text)
    return here / "cors.toml"


@pytest.mark.parametrize("path", ["a:b/cors.toml", "C:\\x\\cors.toml", "CORS.TOML"])
def test_the_path_of_a_toml_file_may_have_colons_and_capitals(file, path):
    other = file.parent / path
    other.parent.mkdir(exist_ok=True)
    other.write_text(file.read_text())
    assert printed(f"{path}:web", "--maps").startswith(f"# The CORS policy {path}:web (")
    assert refused("nginx", path).endswith(f"use {path + ':partners'!r} or {path + ':web'!r}")


def test_a_policy_may_be_in_a_toml_file(file):
    text = printed("cors.toml:web", "--maps")
    assert text.startswith("# The CORS policy cors.toml:web (cors.toml:4) for nginx, written by")
    assert 'map $http_origin $cors_web_origin { default "*"; }' in text


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("cors.toml", "'cors.toml' does not say which policy; use 'cors.toml:partners' or"),
        ("cors.toml:", "'cors.toml' does not say which policy; use 'cors.toml:partners' or"),
        ("cors.toml:wab", "'cors.toml' has no 'wab'; use 'cors.toml:partners' or 'cors.toml:web'"),
        ("other.toml:web", "'other.toml' cannot be read: No such file or directory; use the path"),
    ],
)
def test_a_policy_that_a_file_does_not_have_gets_one_line(file, spec, message):
    assert refused("nginx", spec).startswith(message)


def test_a_file_that_is_faulty_gets_the_line_of_the_first_fault(file):
    file.write_text('[web]\nallow_origins = "app.example"\nmax_age = "x"\n')
    line = refused("nginx", "cors.toml:web")
    assert line.startswith("cors.toml:2")
    assert line.endswith("; wsgicors check shows all faults")


# Odd modules, names and folders


ODD = {
    "a base exception": "class Odd(BaseException): ...\nraise Odd('why')",
    "an exit of a generator": "raise GeneratorExit",
    "an exception that cannot be shown": (
        "class Odd(Exception):\n    def __str__(self): raise self\nraise Odd"
    ),
}


@pytest.mark.parametrize("code", ODD.values(), ids=ODD)
@pytest.mark.parametrize("command", [["export", "nginx"], ["audit", "--app"]])
def test_odd_exceptions_of_a_module_are_misuse(here, command, code):
    (here / "broken_policies.py").write_text(code)
    result = CliRunner().invoke(main, [*command, "broken_policies:api"])
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: Invalid value: 'broken_policies:api' raised ")


@pytest.mark.parametrize("command", [["export", "nginx"], ["audit", "--app"]])
def test_a_name_that_is_too_long_for_python_is_misuse(command):
    result = CliRunner().invoke(main, [*command, "served_policies:api" + ".a" * 30_000])
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


def test_a_folder_whose_name_has_two_lines_gets_one(here, monkeypatch):
    folder = here / "two\nlines"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "broken_policies.py").write_text("1 / 0")
    for spec in "broken_policies:api", "nothing_here:api", "./nothing.py:api":
        assert r"two\nlines" in refused("nginx", spec)
    assert refused("nginx", "served_policies:api", "one\nmore")


def test_a_folder_that_is_gone_gets_one_line(here, monkeypatch):
    folder = here / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert "cannot be read" in refused("nginx", "nothing_here:api")


@pytest.mark.parametrize("name", ["served", "served.txt", "served.toml.bak"])
def test_a_file_that_is_not_a_module_gets_one_line(here, name):
    (here / name).write_text("")
    line = refused("nginx", f"./{name}:api")
    assert line == (f"'{here / name}' is not a Python module; use a file whose name ends with .py")
