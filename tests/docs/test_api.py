"""Docstrings of public functions: parameters, types, units and errors."""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import wsgicors
from wsgicors._core.policy import SETTINGS

PACKAGE = Path(wsgicors.__file__).parent

NUMBERS = re.compile(r"\b(seconds|characters|bytes|port)\b")
"""What a number counts. The name of a parameter says it, or its description."""


def public_modules() -> Iterator[ModuleType]:
    """Import every public module: every module that has ``__all__``."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        assigned = [node.targets for node in tree.body if isinstance(node, ast.Assign)]
        if any(ast.unparse(target) == "__all__" for targets in assigned for target in targets):
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            yield importlib.import_module(".".join(parts).removesuffix(".__init__"))


MODULES = {module.__name__: module for module in public_modules()}
PUBLIC = {
    f"{name}.{item}": getattr(module, item)
    for name, module in MODULES.items()
    for item in module.__all__
}


def callables() -> Iterator[tuple[str, object, str]]:
    """Yield every function and method that users call, with its docstring."""
    for name, item in PUBLIC.items():
        if inspect.isfunction(item):
            yield name, item, inspect.getdoc(item) or ""
        elif inspect.isclass(item):
            for key, member in vars(item).items():
                function = inspect.unwrap(getattr(member, "__func__", member))
                if inspect.isfunction(function) and key in ("__init__", "__new__"):
                    yield f"{name}.{key}", function, inspect.getdoc(item) or ""
                elif inspect.isfunction(function) and not key.startswith("_"):
                    yield f"{name}.{key}", function, inspect.getdoc(function) or ""


# The methods that dataclasses and named tuples generate have no source.
CALLABLES = [
    pytest.param(function, doc, id=name)
    for name, function, doc in callables()
    if Path(inspect.unwrap(function).__code__.co_filename).is_relative_to(PACKAGE)
]


def parameters_of(function: object) -> list[inspect.Parameter]:
    found = inspect.signature(function).parameters.values()
    return [parameter for parameter in found if parameter.name not in ("self", "cls")]


@pytest.mark.parametrize(("function", "doc"), CALLABLES)
def test_every_parameter_has_a_type(function, doc):
    untyped = [p.name for p in parameters_of(function) if p.annotation is inspect.Parameter.empty]
    assert doc
    assert untyped == []


@pytest.mark.parametrize(("function", "doc"), CALLABLES)
def test_every_parameter_in_a_docstring_exists(function, doc):
    described = set(re.findall(r"^:param (\w+):", doc, re.MULTILINE))
    assert described <= {parameter.name for parameter in parameters_of(function)}


@pytest.mark.parametrize(("function", "doc"), CALLABLES)
def test_help_lists_every_setting_that_keywords_can_be(function, doc):
    parameters = inspect.signature(function).parameters
    if "settings" in parameters and parameters["settings"].kind is inspect.Parameter.VAR_KEYWORD:
        assert [setting for setting in SETTINGS if f"``{setting}``" not in doc] == []


@pytest.mark.parametrize(("function", "doc"), CALLABLES)
def test_every_number_has_a_unit(function, doc):
    for parameter in parameters_of(function):
        if re.search(r"\b(int|float|timedelta)\b", str(parameter.annotation)):
            described = re.search(rf":param {parameter.name}:(.*?)(?=\n:|\Z)", doc, re.DOTALL)
            assert NUMBERS.search(f"{parameter.name} {described[1] if described else ''}")


@pytest.mark.parametrize(("function", "doc"), CALLABLES)
def test_every_error_that_is_raised_is_documented(function, doc):
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raised = {
        ast.unparse(node.exc.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    }
    assert raised <= set(re.findall(r"^:raises (\w+):", doc, re.MULTILINE))
