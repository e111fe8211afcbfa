"""The table of facts and frameworks for the documentation."""

import re
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from lab.figures import FIGURES
from tests.adapters.contract import facts

TABLE = FIGURES / "coverage.md"

HELD, FAILED = "✓", "✗"

SPELT = {name.lower(): name for name in ("CORS", "GET", "HEAD", "OPTIONS", "URL")}
"""Words that the names of tests have in small letters."""


def find_adapters():
    """Return the contract's test class of each app, adapters first."""
    paths = sorted(Path(str(facts.__file__)).parent.glob("test_*.py"))
    modules = [import_module(f"{facts.__package__}.{path.stem}") for path in paths]
    found = [
        value
        for module in modules
        for value in vars(module).values()
        if getattr(value, "__module__", "") == module.__name__
        if isinstance(value, type) and issubclass(value, facts.Contract)
    ]
    return sorted(found, key=lambda adapter: (not is_shipped(adapter), title_of(adapter).lower()))


def find_facts(group):
    return [name for name in vars(group) if name.startswith("test_")]


def module_of(adapter):
    return adapter.__module__.rpartition(".test_")[2]


def is_shipped(adapter):
    return find_spec(f"wsgicors.{module_of(adapter)}") is not None


def title_of(adapter):
    """Return the name of the framework, with the installed release if it is a package."""
    name = getattr(adapter, "framework", adapter.__name__.removeprefix("Test"))
    for distribution in name, module_of(adapter):
        try:
            return f"{name} {version(distribution)}"
        except PackageNotFoundError:
            pass
    return name


def without_releases(text):
    return re.sub(r" \d+(\.\d+)+\b", "", text)


def draw(cell=lambda adapter, fact: HELD):
    """Return the table.

    :param cell: returns what to show for an adapter and a fact that applies to it.
    """
    adapters = find_adapters()
    notes = {}
    text = []
    for group in facts.Contract, *facts.GROUPS:
        summary = group.__doc__.partition("\n")[0]
        heads = [f"**{summary}**", *map(title_of, adapters)]
        text += [row(heads), row(["---", *(":-:" for _ in adapters)])]
        for fact in find_facts(group):
            cells = [
                cell(adapter, fact)
                if issubclass(adapter, group)
                else note(adapter.not_applicable[group.__name__], notes)
                for adapter in adapters
            ]
            text.append(row([sentence(fact), *cells]))
        text.append("")
    text += [f"{number}. {reason}" for reason, number in notes.items()]
    return "\n".join([*text, ""])


def row(cells):
    return f"| {' | '.join(cells)} |"


def note(reason, notes):
    return f"— ({notes.setdefault(reason, len(notes) + 1)})"


def sentence(fact):
    words = [SPELT.get(word, word) for word in fact.split("_")[1:]]
    first, *rest = words
    return " ".join([first[0].upper() + first[1:], *rest])
