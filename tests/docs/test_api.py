"""Whatever is public is in the reference, and says what it takes and what it raises."""

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

PACKAGE = Path(wsgicors.__file__).parent

NUMBERS = re.compile(r"\b(seconds|characters|bytes|port)\b")
"""What a number counts, or is; to be said in the name of a parameter or beside it."""


def public_modules() -> Iterator[ModuleType]:
    """Import every module that has ``__all__``: to have one is to be public."""
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
    """Yield every function and method that users call, with the docstring that tells of it."""
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


# What dataclasses and named tuples make for themselves has no source of its own.
CALLABLES = [
    pytest.param(function, doc, id=name)
    for name, function, doc in callables()
    if Path(inspect.unwrap(function).__code__.co_filename).is_relative_to(PACKAGE)
]


def parameters_of(function: object) -> list[inspect.Parameter]:
    found = inspect.signature(function).parameters.values()
    return [parameter for parameter in found if parameter.name not in ("self", "cls")]


def test_the_reference_has_every_public_name_and_no_other(site):
    described = site["reference/api.html"].objects
    outermost = {name for name in described if name.rpartition(".")[0] not in described}
    assert outermost == PUBLIC.keys()


@pytest.mark.parametrize(("function", "doc"), CALLABLES)
def test_every_parameter_has_a_type(function, doc):
    untyped = [p.name for p in parameters_of(function) if p.annotation is inspect.Parameter.empty]
    assert doc
    assert untyped == []


@pytest.mark.parametrize(("function", "doc"), CALLABLES)
def test_whatever_a_docstring_tells_of_is_a_parameter(function, doc):
    told = set(re.findall(r"^:param (\w+):", doc, re.MULTILINE))
    assert told <= {parameter.name for parameter in parameters_of(function)}


@pytest.mark.parametrize(("function", "doc"), CALLABLES)
def test_every_number_has_a_unit(function, doc):
    for parameter in parameters_of(function):
        if re.search(r"\b(int|float|timedelta)\b", str(parameter.annotation)):
            told = re.search(rf":param {parameter.name}:(.*?)(?=\n:|\Z)", doc, re.DOTALL)
            assert NUMBERS.search(f"{parameter.name} {told[1] if told else ''}"), parameter.name


@pytest.mark.parametrize(("function", "doc"), CALLABLES)
def test_every_error_that_is_raised_is_told(function, doc):
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raised = {
        ast.unparse(node.exc.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    }
    assert raised <= set(re.findall(r"^:raises (\w+):", doc, re.MULTILINE))
