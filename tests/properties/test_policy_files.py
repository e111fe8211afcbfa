"""A policy in a file is the policy with the same settings in code, or has the same faults."""

import json
import tempfile
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.strategies import settings
from wsgicors import Policy, PolicyError, Problem, load_policies
from wsgicors._core.policy import SETTINGS
from wsgicors._core.toml_words import translate
from wsgicors.cli.check import read_schema

SCHEMA = jsonschema.Draft7Validator(json.loads(read_schema()))


def load(text: str) -> dict[str, Policy]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "cors.toml")
        file.write_text(text, "utf-8")
        return load_policies(file)


def as_toml(table: dict[str, Any]) -> str:
    """Write a table as TOML: its strings and lists are as JSON has them."""
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())


@given(settings())
def test_a_policy_in_a_file_equals_the_policy_in_code(written: dict[str, Any]) -> None:
    table = {name: value for name, value in written.items() if value is not None}
    text = f"[web]\n{as_toml(table)}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert load(text) == {"web": Policy(**written)}
    assert [*SCHEMA.iter_errors(tomllib.loads(text))] == []


WORDS = st.sampled_from(
    ["*", "https://a.example", "http://a", "a.b", "", "PUT", "x y", "yes", "null"]
)
VALUES = st.one_of(WORDS, st.lists(WORDS | st.integers(), max_size=3), st.booleans(), st.integers())
TABLES = st.fixed_dictionaries(
    {"allow_origins": VALUES}, optional=dict.fromkeys(SETTINGS[1:], VALUES)
)


def faults_of(make: Callable[[], object]) -> tuple[Problem, ...]:
    """Return the faults of what is made, if there are any."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            make()
        except PolicyError as error:
            return error.problems
    return ()


@given(TABLES)
def test_a_table_has_the_faults_of_the_policy_in_code_at_the_lines_of_its_keys(
    table: dict[str, Any],
) -> None:
    found = faults_of(lambda: load(f"[web]\n{as_toml(table)}"))
    expected = [translate(fault) for fault in faults_of(lambda: Policy(**table))]
    messages = [(fault.code, fault.value, fault.message) for fault in found]
    assert sorted(map(repr, messages)) == sorted(
        repr((fault.code, fault.value, fault.message)) for fault in expected
    )
    places = [fault.setting.rpartition("/")[2] for fault in found]
    lines = {name: number for number, name in enumerate(table, 2)}
    assert sorted(places) == sorted(
        f"cors.toml:{lines[fault.setting]}: [web] {fault.setting}" for fault in expected
    )
