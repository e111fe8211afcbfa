import functools
import re
import subprocess
import sys

import pytest

from tests.unit.auditing.apps import module
from wsgicors.auditing.callables import name_callable

SOURCE = """
import functools, re
TENANTS = {"https://a.example", "https://b.example"}
PATTERN = re.compile("a")
def helper(origin, mode="strict"):
    return allows(origin) and PATTERN.match(origin)
def allows(origin):
    return origin in TENANTS and helper(origin)
class Suffix:
    def __init__(self, *suffixes):
        self.suffixes = {"all": [*suffixes], "self": self}
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
"""
NAMES = ["allows", "suffix", "inner", "partial", "method", "cached"]


def names_in(source):
    made = module(source)
    return {name: name_callable(getattr(made, name)).partition("(")[2] for name in NAMES}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ('TENANTS = {"https://a.example", ', "TENANTS = {", {"allows", "partial"}),
        ('re.compile("a")', 're.compile("")', {"allows", "partial"}),
        ('mode="strict"', 'mode="lax"', {"allows", "partial"}),
        ("mode=None", "mode=1", {"partial"}),
        ("return any(", "return not any(", {"suffix", "method"}),
        ('Suffix(".a.example")', 'Suffix("example")', {"suffix", "method"}),
        ('make(".a.example")', 'make("example")', {"inner"}),
        ('== "https://a.example"', '!= "null"', {"cached"}),
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


def test_a_callable_that_python_cannot_read_says_so():
    assert name_callable(len) == "callable builtins.len (its code cannot be compared)"


@pytest.mark.parametrize("entry", [functools.partial(re.match, "a"), re.compile, str.isalpha])
def test_installed_code_has_a_name_without_addresses(entry):
    assert "0x" not in name_callable(entry)


def test_a_variable_that_is_not_set_yet_is_read_as_nothing():
    def make():
        def allows(origin):
            return late

        found = name_callable(allows)
        late = True
        return found, late

    assert "digest" in make()[0]
