"""Policies that are read from a TOML file, and the faults of such a file."""

import re
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import pytest

import wsgicors
from tests.helpers import APP
from wsgicors import CORSMiddleware, Policy, PolicyError, load_policies
from wsgicors._core.policy import SETTINGS
from wsgicors._core.policy_files import read_policies

GOOD = """
    # The shop
    [web]
    allow_origins = ["https://app.example", "https://www.app.example"]
    allow_credentials = true
    max_age = 600

    [partners]
    allow_origins = "https://partner.example, https://*.partner.example"
    expose_headers = ["ETag"]
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return what writes `cors.toml` in the current folder, and returns its name."""
    monkeypatch.chdir(tmp_path)

    def write(text):
        if isinstance(text, str):
            text = (textwrap.dedent(text[1:]) if text.startswith("\n ") else text).encode()
        Path("cors.toml").write_bytes(text)
        return "cors.toml"

    return write


@pytest.fixture
def faults_of(write):
    """Return what gives the code and the text of each fault of a file, without the code in it."""

    def split(problem):
        return problem.code, str(problem).removesuffix(f" [{problem.code}]")

    def faults_of(text):
        with pytest.raises(PolicyError) as caught:
            load_policies(write(text))
        return [split(problem) for problem in caught.value.problems]

    return faults_of


def test_each_table_is_a_policy_with_its_settings(write):
    assert load_policies(write(GOOD)) == {
        "web": Policy([APP, "https://www.app.example"], allow_credentials=True, max_age=600),
        "partners": Policy(
            ["https://partner.example", "https://*.partner.example"], expose_headers=["ETag"]
        ),
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("web.allow_origins = 'https://app.example'", id="a key with a dot"),
        pytest.param("web = { allow_origins = ['https://app.example'] }", id="braces"),
        pytest.param('["web"]\n"allow_origins" = "https://app.example"', id="quoted keys"),
        pytest.param(b"[web]\r\nallow_origins='https://app.example'\r\n", id="Windows"),
        pytest.param(b"\xef\xbb\xbf[web]\nallow_origins='https://app.example'", id="BOM"),
    ],
)
def test_every_form_of_toml_makes_the_same_policy(write, text):
    assert load_policies(write(text)) == {"web": Policy(APP)}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", b"\xef\xbb\xbf"])
def test_a_file_without_policies_is_a_fault(faults_of, text):
    fault = "cors.toml:1: the file has no policies; use [default] and below it "
    fault += 'allow_origins = ["https://app.example"]'
    assert faults_of(text) == [("no-policies", fault)]


def test_the_path_may_be_a_path_object(write, tmp_path):
    write(GOOD)
    assert [*load_policies(tmp_path / "cors.toml")] == ["web", "partners"]


def test_the_place_of_a_policy_is_the_line_of_its_table(write, tmp_path):
    found = load_policies(write(GOOD))
    places = {name: (policy.place.file, policy.place.line) for name, policy in found.items()}
    file = str(tmp_path / "cors.toml")
    assert places == {"web": (file, 2), "partners": (file, 7)}


def test_a_policy_of_a_file_serves_an_app(write):
    def app(environ, start_response):
        start_response("200 OK", [])
        return []

    assert CORSMiddleware(app, load_policies(write(GOOD))["web"]).policy.allows(APP)


def test_a_warning_names_the_file_the_line_and_the_table(write, tmp_path):
    text = """
        [web]
        allow_origins = ["https://app.example"]

        [staff]
        allow_origins = ["https://*.app.example"]
        allow_credentials = true
    """
    with pytest.warns(UserWarning, match=r"^\[staff\], allow_\w+: .*subdomain") as caught:
        load_policies(write(text))
    (warning,) = caught
    assert (warning.filename, warning.lineno) == (str(tmp_path / "cors.toml"), 4)


def test_a_file_is_read_once(write):
    policies = load_policies(write(GOOD))
    write("")
    assert policies["web"].allows(APP)


TEN_FAULTS = """
    # Ten faults, each of another kind
    version = 1

    [web]
    allow_origins = [
      "https://app.example",
      "www.app.example",  # [no-table]
    ]
    credentials = true
    max_age = "1h"
    expose_headers = ["Set-Cookie"]

    [partners]
    allow_methods = ["GET", "TRACE"]
    allow_headers = ["X Request Id"]

    [my-staff]
    allow_origins = ["http://staff.example"]
    accept_risks = ["plain-http"]
"""


def test_ten_faults_are_ten_lines_of_one_message_each_with_what_to_use_instead(write):
    with pytest.raises(PolicyError) as caught:
        load_policies(write(TEN_FAULTS))
    headline, *lines = str(caught.value).split("\n  ")
    assert headline == "the CORS policies in cors.toml cannot work:"
    assert lines == [
        "cors.toml:2: version: expected a table of settings, got 1; "
        'remove it, or use [version] and below it allow_origins = ["https://app.example"] '
        "[wrong-type]",
        "cors.toml:7: [web] allow_origins: 'www.app.example' has no scheme, so browsers never send "
        "it; use 'https://www.app.example' [origin-without-scheme]",
        "cors.toml:9: [web] credentials: 'credentials' is not a setting; use 'allow_credentials' "
        "[unknown-key]",
        "cors.toml:10: [web] max_age: expected a number of seconds, got '1h'; use max_age=600 (at "
        "most 86400), or leave it out to send no header [wrong-type]",
        "cors.toml:11: [web] expose_headers: pages can never read 'Set-Cookie'; remove it "
        "[forbidden-response-header]",
        "cors.toml:13: [partners]: a policy needs allow_origins; "
        'use allow_origins = ["https://app.example"] [no-origins]',
        "cors.toml:14: [partners] allow_methods: browsers never let pages use 'TRACE'; remove it "
        "[forbidden-method]",
        "cors.toml:15: [partners] allow_headers: 'X Request Id' is not a header name: header names "
        "cannot contain spaces, commas or semicolons; did you mean "
        "allow_headers=['X', 'Request', 'Id']? [invalid-name]",
        "cors.toml:17: [my-staff]: 'my-staff' is not a policy name; use [my_staff] [invalid-name]",
        "cors.toml:19: [my-staff] accept_risks: 'plain-http' is not a risk code; use one of: "
        "callable-with-credentials, opaque-origin, plain-http-origin, public-suffix-wildcard, "
        "public-suffix-wildcard-with-credentials, subdomains-with-credentials [unknown-risk]",
    ]
    assert len(lines) == 10


def test_a_risk_says_how_to_accept_it(faults_of):
    ((code, text),) = faults_of(
        """
        [staff]
        allow_credentials = true
        allow_origins = ["http://staff.example"]
        """
    )
    assert code == "plain-http-origin"
    assert text.startswith("cors.toml:3: [staff] allow_origins: ")
    assert 'accept it with accept_risks=["plain-http-origin"]' in text


@pytest.mark.parametrize(
    ("text", "code", "fault"),
    [
        pytest.param(
            "[web]\nallow_origins = '*'\nmore = {}",
            "unknown-key",
            "cors.toml:3: [web] more: 'more' is not a setting; use [web_more] for a policy, "
            "because a policy has no tables in it",
            id="a table in a policy",
        ),
        pytest.param(
            "[web]\nallow_origins = '*'\n[web.trial]\nallow_origins = 'https://app.example'",
            "unknown-key",
            "cors.toml:3: [web] trial: 'trial' is not a setting; remove it, and use with_trial() "
            "on the loaded policy",
            id="a table of a trial",
        ),
        pytest.param(
            "[web]\nallow_origins = '*'\n[web.resources]\n'/api' = {}",
            "unknown-key",
            "cors.toml:3: [web] resources: 'resources' is not a setting; policies belong to views, "
            "not to paths, so use @cors(policy) on each view; see 'Coming from Flask-CORS' in the "
            "documentation",
            id="a table of resources",
        ),
        pytest.param(
            f"[web]\nallow_origins = '*'\n['web'.{'x' * 999}]\nallow_origins = '*'",
            "unknown-key",
            f"cors.toml:3: [web] '{'x' * 199}…: '{'x' * 199}… is not a setting; use a table of its "
            "own for a policy, because a policy has no tables in it",
            id="a table with a long name",
        ),
        pytest.param(
            "[web]\nallow_origins = '*'\n[[web.more]]\nmax_age = -1",
            "invalid-max-age",
            "cors.toml:4: [web.more] max_age: -1 is not between 0 and 86400 seconds (a day); use "
            "max_age=600 (at most 86400), or leave it out to send no header",
            id="a setting in an array of tables in a policy",
        ),
        pytest.param(
            "[web]\nallow_origins = '*'\ntrial = 'staff'",
            "unknown-key",
            "cors.toml:3: [web] trial: 'trial' is not a setting; remove it, and use with_trial() "
            "on the loaded policy",
            id="a trial",
        ),
        pytest.param(
            "[web]\nallow_origins = '*'\nobserver = 'shop.seen'",
            "unknown-key",
            "cors.toml:3: [web] observer: 'observer' is not a setting; pass it to CORS or "
            "CORSMiddleware, because it observes a whole app",
            id="an observer",
        ),
        pytest.param(
            "[web]\nallow_origins = '*'\nresources = '/api'",
            "unknown-key",
            "cors.toml:3: [web] resources: 'resources' is not a setting; policies belong to views, "
            "not to paths, so use @cors(policy) on each view; see 'Coming from Flask-CORS' in the "
            "documentation",
            id="resources of Flask-CORS",
        ),
        pytest.param(
            "[web]\nallow_origins = '*'\n'zz\\n' = 1",
            "unknown-key",
            "cors.toml:3: [web] 'zz\\\\n': 'zz\\\\n' is not a setting; remove it (settings: "
            "allow_origins, allow_methods, allow_headers, expose_headers, allow_credentials, "
            "max_age, accept_risks)",
            id="a key with an unusual character",
        ),
        pytest.param(
            "[web]\norigins = 'https://app.example'",
            "unknown-key",
            "cors.toml:2: [web] origins: 'origins' is not a setting; use 'allow_origins'",
            id="only a misspelling of allow_origins",
        ),
        pytest.param(
            "allow_origins = '*'",
            "wrong-type",
            "cors.toml:1: allow_origins: expected a table of settings, got '*'; put it below the "
            "name of a policy, such as [default]",
            id="a setting outside of tables",
        ),
        pytest.param(
            "[[web]]\nallow_origins = '*'",
            "wrong-type",
            "cors.toml:1: web: expected a table of settings, got [{allow_origins = '*'}]; use "
            "[web] once, with single brackets",
            id="an array of tables",
        ),
        pytest.param(
            "[[my-web]]\nallow_origins = '*'",
            "wrong-type",
            "cors.toml:1: my-web: expected a table of settings, got [{allow_origins = '*'}]; use "
            "[my_web] once, with single brackets",
            id="an array of tables whose name no policy can have",
        ),
        pytest.param(
            "[[1]]\nallow_origins = '*'",
            "wrong-type",
            "cors.toml:1: 1: expected a table of settings, got [{allow_origins = '*'}]; use "
            "[default] once, with single brackets",
            id="an array of tables whose name begins with a digit",
        ),
        pytest.param(
            "1 = true",
            "wrong-type",
            "cors.toml:1: 1: expected a table of settings, got true; remove it, or use [default] "
            'and below it allow_origins = ["https://app.example"]',
            id="a bool whose name begins with a digit",
        ),
        pytest.param(
            "[[web]]\nallow_origins = '*'\nmax_age = -1\n\n[[web]]\norigins = '*'",
            "unknown-key",
            "cors.toml:6: [web] origins: 'origins' is not a setting; use 'allow_origins'",
            id="a key in the second table of an array",
        ),
        pytest.param(
            "[web]\n[[web.allow_origins]]\nx = 1",
            "wrong-type",
            "cors.toml:2: [web] allow_origins: expected an origin, got {x = 1}; use "
            'allow_origins=["https://app.example"]',
            id="an array of tables instead of a list",
        ),
        pytest.param(
            "web = ['https://app.example']",
            "wrong-type",
            "cors.toml:1: web: expected a table of settings, got ['https://app.example']; remove "
            'it, or use [web] and below it allow_origins = ["https://app.example"]',
            id="a list",
        ),
        pytest.param(
            '\n["1 2"]\nallow_origins = "*"',
            "invalid-name",
            "cors.toml:2: ['1 2']: '1 2' is not a policy name; use letters, digits and "
            "underscores, and start with a letter or an underscore",
            id="a name that begins with a digit",
        ),
        pytest.param(
            "[web]\nallow_origins = '*'\nallow_headers = [\n'X-A',\n1,\ntrue]",
            "wrong-type",
            "cors.toml:5: [web] allow_headers: expected a string, got 1; use "
            'allow_headers=["Content-Type", "X-Request-Id"]',
            id="an entry that is equal to another one",
        ),
        pytest.param(
            "[web]\nallow_origins = '''\nhttps://a.example,\nb.example'''",
            "origin-without-scheme",
            "cors.toml:2: [web] allow_origins: '\\nb.example' has no scheme, so browsers never "
            "send it; use 'https://b.example'",
            id="a string of several lines",
        ),
        pytest.param(
            "[web]\nallow_origins = []",
            "no-origins",
            "cors.toml:2: [web] allow_origins: [] does not allow any origin; list origins, or use "
            "no policy",
            id="an empty list",
        ),
        pytest.param(
            "[web]\nallow_origins = ['*']\nmax_age = 1979-05-27",
            "wrong-type",
            "cors.toml:3: [web] max_age: expected a number of seconds, got 1979-05-27; "
            "use max_age=600 (at most 86400), or leave it out to send no header",
            id="a date",
        ),
    ],
)
def test_a_fault_has_its_line_and_what_to_use_instead(faults_of, text, code, fault):
    assert (code, fault) in faults_of(text)


def test_each_fault_of_a_repeated_entry_has_its_line(faults_of):
    found = faults_of("[web]\nallow_origins = [\n'a.example',\n'https://b.example',\n'a.example']")
    assert [text.partition(": ")[0] for _, text in found] == ["cors.toml:3", "cors.toml:5"]


def test_of_equal_origins_the_last_one_is_redundant(write):
    origins = "\n'https://a.example',\n'https://b.example',\n'https://a.example',\n"
    _, (note,) = read_policies(write(f"[web]\nallow_origins = [{origins}]"))
    assert (note.code, note.setting) == ("redundant", "cors.toml:5: [web] allow_origins")


def test_two_faults_of_one_entry_have_its_line(faults_of):
    text = "[web]\nallow_origins = [\n'http://*.com']\nallow_credentials = true"
    lines = [text.partition(": ")[0] for _, text in faults_of(text)]
    assert lines == ["cors.toml:3", "cors.toml:3"]


def test_the_names_that_faults_suggest_are_free_and_differ(faults_of):
    names = ["web.api", "web_api", "'web api'", "'web-api'"]
    found = faults_of("".join(f"[{name}]\nallow_origins = '*'\n" for name in names))
    suggested = [re.search(r"use \[(\w+)\]", text)[1] for _, text in found]
    assert sorted(suggested) == ["web_api_2", "web_api_3", "web_api_4"]


def test_a_table_that_only_groups_others_is_not_a_fault_itself(faults_of):
    found = faults_of("[shop.api]\nallow_origins = '*'\nmax_age = -1\n[shop.old.web]\nx = 1")
    assert found == [
        (
            "unknown-key",
            "cors.toml:1: [shop] api: 'api' is not a setting; use [shop_api] for a policy, because "
            "a policy has no tables in it",
        ),
        (
            "invalid-max-age",
            "cors.toml:3: [shop.api] max_age: -1 is not between 0 and 86400 seconds (a day); use "
            "max_age=600 (at most 86400), or leave it out to send no header",
        ),
        (
            "unknown-key",
            "cors.toml:4: [shop.old] web: 'web' is not a setting; use [shop_old_web] for a policy, "
            "because a policy has no tables in it",
        ),
    ]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(f"0x{'f' * 6000}", id="a long number"),
        pytest.param("[" * 300 + "]" * 300, id="brackets in brackets"),
        pytest.param(f"['{'x' * 9999}']", id="a long string"),
        pytest.param(f"{[f'x {number}' for number in range(99)]}", id="many entries"),
        pytest.param(f"'{' ' * 999}'", id="spaces"),
        pytest.param(f"{{ {'.'.join('x' * 2000)} = 1 }}", id="tables in tables"),
    ],
)
@pytest.mark.parametrize("key", [*SETTINGS, "allow_origin", "other"])
def test_no_value_makes_a_message_that_is_long(faults_of, key, value):
    for path in (f"web.{key}", key):
        for _, text in faults_of(f"{path} = {value}"):
            assert len(text) < 900
            assert "\n" not in text


@pytest.mark.parametrize("value", ["true", "[false]", "{ x = true }", "1979-05-27", "'x|y'", "1.5"])
@pytest.mark.parametrize("key", [*SETTINGS, "other"])
def test_messages_spell_values_as_toml_does(write, key, value):
    others = "" if key == "allow_origins" else "allow_origins = '*'\n"
    try:
        problems = read_policies(write(f"[web]\n{others}{key} = {value}"))[1]
    except PolicyError as error:
        problems = error.problems
    for problem in problems:
        assert (
            re.search("True|False|None|a callable|datetime|timedelta|: 1", problem.message) is None
        )


@pytest.mark.parametrize(
    ("origin", "advice"),
    [
        ("^https://.*$", "; use 'https://*.app.example' for subdomains"),
        ("https://app-*.shop.example", "use 'https://*.shop.example'"),
    ],
)
def test_no_advice_for_a_file_is_a_callable(faults_of, origin, advice):
    ((_, text),) = faults_of(f"[web]\nallow_origins = '{origin}'")
    assert text.endswith(advice)


@pytest.mark.parametrize(
    ("value", "advice"),
    [("'yes'", "use allow_credentials = true"), ("[]", "use allow_credentials = false, or list")],
)
def test_advice_for_a_file_has_the_bools_of_toml(faults_of, value, advice):
    ((_, text),) = faults_of(
        f"[web]\nallow_origins = 'https://a.example'\nallow_credentials={value}"
    )
    assert advice in text
    assert "JSON" not in text


def test_a_misspelt_allow_origins_is_one_fault_and_another_unknown_key_is_not_the_only_one(
    faults_of,
):
    assert len(faults_of("[web]\norigins = '*'")) == 1
    codes = [code for code, _ in faults_of("[web]\ncredentials = true")]
    assert codes == ["no-origins", "unknown-key"]


@pytest.mark.parametrize(
    ("text", "line", "why", "advice"),
    [
        pytest.param(
            "[web]\nallow_origins = https://a",
            2,
            "'allow_origins = https://a': the value is not text in quotes, a number, true, ",
            'and text in quotes: allow_origins = ["https://app.example"]',
            id="no quotes",
        ),
        pytest.param(
            "[web]\nallow_credentials = True",
            2,
            "'allow_credentials = True': the value is not",
            'in lower case, and text in quotes: allow_origins = ["https://app.example"]',
            id="a bool of Python",
        ),
        pytest.param(
            "[web]\nmax_age 600",
            2,
            "'max_age 600': Expected '=' after a key in a key/value pair",
            'use lines such as allow_origins = ["https://app.example"]',
            id="no equals sign",
        ),
        pytest.param(
            "[web]\n[api]\n[web]",
            3,
            "'[web]' is defined twice",
            "remove one of the two, or use another name",
            id="a table twice",
        ),
        pytest.param(
            "[web]\nmax_age = 1\nmax_age = 2",
            3,
            "'max_age = 2' defines a key or table that is defined above",
            "remove one of the two",
            id="a key twice",
        ),
        pytest.param(
            "\n[web]\nx = [\n1\n\n",
            4,
            "'1': a list or an inline table is not closed",
            "add a closing bracket",
            id="the end of the file",
        ),
        pytest.param(
            "[web]\nallow_origins = 'https://a\n",
            2,
            "a string is not closed",
            "use text in quotes on one line, such as 'https://app.example'",
            id="no closing quote",
        ),
        pytest.param(
            "\n\n[web",
            3,
            "'[web': the header of a table does not end with a bracket",
            "use a header such as [default]",
            id="the end of the last line",
        ),
        pytest.param(
            b"[web]\n# \xe9",
            2,
            "the byte 0xe9 is not UTF-8",
            "save the file as UTF-8",
            id="Latin-1",
        ),
        pytest.param(
            "[web]\nmax_age = 1979-02-30",
            2,
            "the date or time does not exist",
            "use text in quotes or a number",
            id="a date",
        ),
        pytest.param(
            f"\nx = {'9' * 5000}",
            2,
            "a number has too many digits",
            "use a number such as max_age = 600",
            id="a long number",
        ),
        pytest.param(
            f"x = {'[' * 99999}",
            1,
            "nested too deeply",
            'use lines such as allow_origins = ["https://app.example"]',
            id="many brackets",
        ),
    ],
)
def test_text_that_is_not_valid_toml_is_one_fault_with_its_line(faults_of, text, line, why, advice):
    ((code, fault),) = faults_of(text)
    assert code == "invalid-toml"
    assert fault.startswith(f"cors.toml:{line}: this is not valid TOML: ")
    assert why in fault
    assert fault.endswith(advice)
    assert "; " in fault
    assert "\n" not in fault


def test_a_file_that_does_not_exist_is_named_with_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        load_policies("cors.toml")
    assert caught.value.filename == str(tmp_path / "cors.toml")


def test_a_folder_is_an_error_of_the_file_system(tmp_path):
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        load_policies(tmp_path)


@pytest.mark.parametrize("path", ["a\0.toml", "\ud800.toml"])
def test_a_path_with_characters_that_no_path_has_is_an_error_of_the_file_system(path):
    with pytest.raises(OSError, match="Errno 22") as caught:
        load_policies(path)
    assert caught.value.filename == path


def test_each_file_has_its_own_warnings_although_text_and_line_are_equal(write, tmp_path):
    text = "[web]\nallow_origins = 'https://*.app.example'\nallow_credentials = true\n"
    other = tmp_path / "other.toml"
    other.write_text(text, "utf-8")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for path in (write(text), other, other):
            load_policies(path)
    files = [warning.filename for warning in caught]
    assert files == [str(tmp_path / "cors.toml"), str(other)]


def test_the_function_is_found_in_the_package():
    assert "load_policies" in dir(wsgicors)
    assert load_policies.__module__ == "wsgicors"


def test_the_package_does_not_load_the_reader_of_files_until_it_is_used():
    program = "import sys, wsgicors; print('wsgicors._core.policy_files' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"


def test_policies_with_faults_do_not_keep_others_from_being_checked(write):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PolicyError) as caught:
            load_policies(write("[a]\nmax_age = -1\nallow_origins = '*'\n[b]\n"))
    assert [problem.code for problem in caught.value.problems] == ["invalid-max-age", "no-origins"]
