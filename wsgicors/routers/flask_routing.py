"""What is known of how a Flask app routes, for as long as no rule is added to its map."""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from flask import Flask, Request
from werkzeug.routing import Map, MapAdapter, Rule

from ..resolving import Found
from ..routing import Landing, Target
from .werkzeug_rules import Rules

MAX_REMEMBERED = 1_000
"""Entries of a memory that grows by what is sent.

Remembering pays: to list the methods of a URL, Werkzeug takes as long as a request.
"""

MAX_SIZE = 1_000
"""Characters of a key."""


class Answer(NamedTuple):
    """What a preflight finds."""

    landing: Landing
    targets: Sequence[Target]
    """Every view at the URL, once."""
    found: Found
    depends: bool
    """Whether a policy depends on more than the view, and what is found has to be found again."""


class Routing:
    """What is known of how an app routes, and where that has led."""

    def __init__(self, app: Flask) -> None:
        self.url_map = app.url_map
        self.runs_own_code = _runs_own_code(app)
        """Whether routing may run code of the app's own, or Flask's in a way of the app's own."""
        self.needs_context = self.runs_own_code or any(
            callable(rule.redirect_to) for rule in app.url_map.iter_rules()
        )
        """Whether that code may need an app context."""
        self.bound: dict[Hashable, MapAdapter | None] = {}
        """The map, by what it is bound to."""
        self.by_url: dict[Hashable, Answer] = {}
        """By method, path and bound map, for rules whose paths have no converters."""
        self.by_rule: dict[Hashable, Answer] = {}
        """By method and the rule's id, for rules of which one URL stands for all."""
        self._rules: Rules | None = None

    def one_stands_for_all(self, rule: Rule) -> bool:
        """Tell whether what serves each method is the same at all URLs that lead to a rule."""
        if self._rules is None:
            self._rules = Rules(self.url_map.iter_rules())
        return self._rules.one_stands_for_all(rule)


def _runs_own_code(app: Flask) -> bool:
    return (
        type(app).create_url_adapter is not Flask.create_url_adapter
        or "create_url_adapter" in vars(app)
        or type(app.url_map) is not Map
        or app.url_rule_class is not Rule
        or app.request_class is not Request
        or dict(app.url_map.converters) != dict(Map.default_converters)
        or any(type(rule) is not Rule for rule in app.url_map.iter_rules())
    )


def keep(memory: dict[Hashable, Any], key: Hashable, known: object) -> None:
    """Remember, unless the key is a long one; a memory that is full starts anew."""
    if len(str(key)) > MAX_SIZE:
        return
    if len(memory) >= MAX_REMEMBERED:
        memory.clear()
    memory[key] = known
