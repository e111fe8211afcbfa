"""The line of each table, key and entry of a list in a TOML document."""

import textwrap
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgicors._core.toml_lines import find_lines


def lines_of(text):
    text = textwrap.dedent(text)
    tomllib.loads(text)
    return find_lines(text)


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        pytest.param("[web]", ("web",), 1, id="a header"),
        pytest.param("\n# [no]\n [ web ] # [no]", ("web",), 3, id="a header with comments"),
        pytest.param('[web]\nx = "[api]"\n[api]', ("api",), 3, id="a header after a string"),
        pytest.param('["a b"]', ("a b",), 1, id="a quoted header"),
        pytest.param("['a.b']", ("a.b",), 1, id="a literal header with a dot"),
        pytest.param('["\\u00e9"]', ("é",), 1, id="a header with an escape"),
        pytest.param("\n[a.b]\n[c]", ("a",), 2, id="a table that only a header below it creates"),
        pytest.param("[a.b]\n\n[a]", ("a",), 3, id="a header after one below it"),
        pytest.param("[[a]]\nx = 1", ("a",), 1, id="an array of tables"),
        pytest.param("[[a]]\n[[a]]\nx = 1", ("a",), 1, id="the first of several tables"),
        pytest.param("[[a]]\nx = 1\n[[a]]\nx = 1", ("a", 0, "x"), 2, id="a key of the first"),
        pytest.param("[[a]]\nx = 1\n[[a]]\nx = 1", ("a", 1, "x"), 4, id="a key of the second"),
        pytest.param("[[a]]\n[[a]]\n[a.b]\nx = 1", ("a", 1, "b", "x"), 4, id="a table in the last"),
        pytest.param("[[a.b]]\n[[a.b.c]]\n[[a.b.c]]", ("a", "b", 0, "c", 1), 3, id="arrays in one"),
        pytest.param("[web]\nx = 1", ("web", "x"), 2, id="a key"),
        pytest.param("[web]\n'x y' = 1", ("web", "x y"), 2, id="a quoted key"),
        pytest.param("\nweb.x = 1", ("web", "x"), 2, id="a key with a dot"),
        pytest.param("\nweb.x = 1\nweb.y = 1", ("web",), 2, id="a table that a key creates"),
        pytest.param("\nweb = { x = 1 }", ("web", "x"), 2, id="a key in braces"),
        pytest.param("web = { y = {}, x.z = 1 }", ("web", "x", "z"), 1, id="braces in braces"),
        pytest.param("x = [\n1,\n2,\n]", ("x", 1), 3, id="an entry"),
        pytest.param("x = [ # [\n # 1,\n1, 2\n]", ("x", 1), 3, id="an entry among comments"),
        pytest.param("x = [[1],\n[2,\n3]]\ny = 1", ("x", 1, 1), 3, id="an entry of an entry"),
        pytest.param("x = [[1],\n[2]]\ny = 1", ("y",), 3, id="a key after a list"),
        pytest.param('x = ["]", \'"\',\n1]', ("x", 2), 2, id="brackets in strings"),
        pytest.param('x = "\\"#"\ny = 1', ("y",), 2, id="an escaped quote"),
        pytest.param('x = """\n[a]\ny = 1\n"""\ny = 1', ("y",), 5, id="several lines"),
        pytest.param("x = '''\n[a]\ny = 1'''\ny = 1", ("y",), 4, id="several literal lines"),
        pytest.param('x = """""a"""""\ny = 1', ("y",), 2, id="quotes at the end of a string"),
        pytest.param('x = """a\\""""\ny = 1', ("y",), 2, id="an escaped quote at the end"),
        pytest.param("x = ''''a'''''\ny = 1", ("y",), 2, id="literal quotes at the end"),
        pytest.param('x = ""\ny = 1', ("y",), 2, id="an empty string"),
        pytest.param("x = 1979-05-27 07:32:00.5\ny = 1", ("y",), 2, id="a time with a space"),
        pytest.param("x = [1.5, -inf, 0x1F,\n2]", ("x", 3), 2, id="numbers"),
    ],
)
def test_the_line_of_a_table_a_key_or_an_entry(text, path, line):
    assert lines_of(text)[path] == line


@pytest.mark.parametrize("text", ["", "\n", "# [web]", " \n\t\n"])
def test_a_document_without_tables_and_keys_has_no_lines(text):
    assert lines_of(text) == {}


STRINGS = [
    '"a"', "'a'", '"\\"["', "'#'", '"""\n[a]\n"""', "'''\n'a' = 1\n'''", '""', '"""a"""""',
]  # fmt: skip
SCALARS = st.sampled_from([*STRINGS, "1", "-1.5e3", "true", "1979-05-27T07:32:00Z"])
GAPS = st.sampled_from(["", " ", "\n", " # [x]\n", "\n  \n"])


def joined(parts):
    return "".join(parts)


LISTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(st.tuples(GAPS, inner, GAPS).map(joined), max_size=3).map(
        lambda entries: f"[{','.join(entries)}]"
    ),
    max_leaves=6,
)
STATEMENTS = st.one_of(LISTS, LISTS.map(lambda value: f"{{ inner = {value} }}"))


@given(st.lists(STATEMENTS, min_size=1, max_size=5), GAPS)
def test_a_key_has_the_line_where_its_text_begins(values, gap):
    text, expected = "[table]\n", {}
    for number, value in enumerate(values):
        text += gap if gap.endswith("\n") else ""
        expected["table", f"key{number}"] = text.count("\n") + 1
        text += f"key{number} = {value}\n"
    tomllib.loads(text)
    found = find_lines(text)
    assert {path: line for path, line in found.items() if len(path) == 2} == expected


@given(st.lists(st.tuples(GAPS, LISTS, GAPS), min_size=1, max_size=5))
def test_an_entry_has_the_line_where_its_text_begins(entries):
    text, expected = "key = [", {}
    for number, (before, value, after) in enumerate(entries):
        text += before
        expected["key", number] = text.count("\n") + 1
        text += f"{value}{after},"
    text += "]"
    tomllib.loads(text)
    found = find_lines(text)
    assert {path: line for path, line in found.items() if len(path) == 2} == expected
