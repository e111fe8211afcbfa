import functools
import re
import subprocess
import sys
import time

import pytest

from tests.unit.auditing.apps import module
from wsgicors.auditing.callables import name_callable
from wsgicors.origins import RefreshedOrigins

SOURCE = """
import functools, re
from wsgicors.origins import RefreshedOrigins
TENANTS = {"https://a.example", "https://b.example"}
MATCH = re.compile("a")
def helper(origin, mode="strict"):
    return allows(origin)
def matches(origin, of=MATCH):
    return of.match(origin)
def allows(origin):
    return origin in TENANTS and helper(origin)
class Suffix:
    def __init__(self, *suffixes):
        self.suffixes = {"all": [*suffixes], "lock": object()}
    def __call__(self, origin):
        return self.check(origin)
    def check(self, origin):
        return any(origin.endswith(suffix) for suffix in self.suffixes)
def make(suffix):
    return lambda origin: origin.endswith(suffix)
@functools.cache
def cached(origin):
    return origin == "https://a.example"
suffix = Suffix(".a.example")
inner = make(".a.example")
partial = functools.partial(allows, mode=None)
method = suffix.check
def load():
    return sorted(TENANTS)[:5]
refreshed = RefreshedOrigins(load, every=30)
"""
NAMES = ["allows", "suffix", "inner", "partial", "method", "cached", "matches", "refreshed"]


def names_in(source):
    made = module(source)
    return {name: name_callable(getattr(made, name)).partition("(")[2] for name in NAMES}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ('TENANTS = {"https://a.example", ', "TENANTS = {", {"allows", "partial", "refreshed"}),
        ("return origin in TENANTS and", "return origin in TENANTS or", {"allows", "partial"}),
        ('mode="strict"', 'mode="lax"', set()),
        ("mode=None", "mode=1", {"partial"}),
        ("return any(", "return not any(", {"suffix", "method"}),
        ('Suffix(".a.example")', 'Suffix("example")', {"suffix", "method"}),
        ('make(".a.example")', 'make("example")', {"inner"}),
        ('== "https://a.example"', '!= "null"', {"cached"}),
        ('MATCH = re.compile("a")', 'MATCH = re.compile("")', {"matches"}),
        ("[:5]", "[:6]", {"refreshed"}),
        ("every=30", "every=60", {"refreshed"}),
        ("import functools, re", "import functools, re  # moved\n\n", set()),
    ],
)
def test_a_callable_is_named_differently_if_what_it_consists_of_changes(old, new, changed):
    assert old in SOURCE
    before, after = names_in(SOURCE), names_in(SOURCE.replace(old, new))
    assert {name for name in NAMES if before[name] != after[name]} == changed


def test_a_digest_is_the_same_in_each_process(tmp_path):
    (tmp_path / "rules.py").write_text(SOURCE)
    code = "import rules; from wsgicors.auditing.callables import name_callable as n; print("
    code += ", ".join(f"n(rules.{name})" for name in NAMES) + ")"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{tmp_path}:{':'.join(sys.path)}"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "012"
    }
    assert len(found) == 1
    assert found.pop().count("digest") == len(NAMES)


@pytest.mark.parametrize("entry", [len, str.isalpha, re.compile])
def test_a_callable_without_code_of_the_app_cannot_be_compared(entry):
    assert name_callable(entry).endswith(f".{entry.__qualname__} (its code cannot be compared)")


def test_a_value_that_contains_itself_cannot_be_compared():
    values = []
    values.append(values)
    entry = functools.partial(names_in, values)
    assert name_callable(entry) == "callable functools.partial (its code cannot be compared)"


def test_the_code_of_an_app_is_read_and_not_run():
    class Lazy(dict):
        def __iter__(self):
            raise AssertionError

        items = __repr__ = __iter__

    assert "digest" in name_callable(functools.partial(names_in, Lazy()))


def test_a_variable_that_is_not_set_yet_is_read_as_nothing():
    def make():
        def allows(origin):
            return late

        found = name_callable(allows)
        late = True
        return found, late

    assert "digest" in make()[0]


def test_a_source_is_named_by_its_function_and_compared_only_if_that_can_be_read():
    def load():
        raise AssertionError

    assert re.fullmatch(
        r"callable wsgicors\.origins\.RefreshedOrigins of .*\.load \(digest [0-9a-f]{12}\)",
        name_callable(RefreshedOrigins(load)),
    )
    assert name_callable(RefreshedOrigins(time.time)) == (
        "callable wsgicors.origins.RefreshedOrigins of time.time (its code cannot be compared)"
    )
