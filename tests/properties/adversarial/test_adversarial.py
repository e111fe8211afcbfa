"""A short ``make adversarial``, and faults that the oracle has to find."""

from collections.abc import Callable
from time import sleep
from typing import Any

import pytest

from tests.properties import faults
from tests.properties.adversarial.driver import FRAMEWORKS, Run, reduce
from tests.properties.faults import Fault, answers, calls
from wsgicors import werkzeug
from wsgicors._registry import PolicyRegistry
from wsgicors.routing import NOT_FOUND, RouteMatch, RouterResolver, Target

SEEDS = range(4)
ENOUGH = range(100, 130)
"""Seeds among which each fault is found."""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_response_is_by_the_policy_of_the_view_that_runs(framework: str) -> None:
    found = [fault for seed in SEEDS for fault in Run(framework, seed).play().faults]
    assert not found, str(reduce(found[0]))


def default_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PolicyRegistry, "policy_of", lambda self, *_: self.default)


def targets_vouch(monkeypatch: pytest.MonkeyPatch) -> None:
    """List the methods of the URL to which the router redirects."""
    sound = werkzeug.MapResolver.match_map

    def match_map(self: Any, environ: Any, method: str, lists: bool) -> Any:
        path, _ = werkzeug._follow_redirects(self.bind(environ), method)
        return sound(self, {**environ, "PATH_INFO": path}, method, lists)

    monkeypatch.setattr(werkzeug.MapResolver, "match_map", match_map)


def neighbours_vouch(monkeypatch: pytest.MonkeyPatch) -> None:
    """List the methods of all views at a URL."""

    def vouch(match: RouteMatch) -> RouteMatch:
        is_view = isinstance(match.end, Target)
        return match._replace(served=dict.fromkeys(match.served, match.end)) if is_view else match

    changes(monkeypatch, vouch)


def errors_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a URL that does not serve the method for one that the app does not know."""
    changes(monkeypatch, lambda match: NOT_FOUND if match.end == "method-not-allowed" else match)


def changes(monkeypatch: pytest.MonkeyPatch, change: Callable[[RouteMatch], RouteMatch]) -> None:
    """Change what routers find."""
    sound = RouterResolver._ask_router

    def ask(*arguments: Any, **keywords: Any) -> Any:
        match = sound(*arguments, **keywords)
        return match and change(match)

    monkeypatch.setattr(RouterResolver, "_ask_router", ask)


def remember_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember the policy of an endpoint."""
    sound, memory = PolicyRegistry.policy_of, dict[Any, Any]()

    def policy_of(self: Any, endpoint: Any, view: object, method: str) -> Any:
        key = self, endpoint, method
        if key not in memory:
            memory[key] = sound(self, endpoint, view, method)
        return memory[key]

    monkeypatch.setattr(PolicyRegistry, "policy_of", policy_of)


def never_forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember which view serves a URL."""
    sound, memory = RouterResolver._ask_router, dict[Any, Any]()

    def ask(self: Any, environ: Any, method: str, *, lists: bool = True) -> Any:
        key = self, environ["PATH_INFO"], method, lists
        if key not in memory:
            memory[key] = sound(self, environ, method, lists=lists)
        return memory[key]

    monkeypatch.setattr(RouterResolver, "_ask_router", ask)


def mix_requests(sound: Any, environ: Any, start_response: Any) -> Any:
    """Keep the request where other threads replace it."""
    LATEST["request"] = environ
    sleep(0.001)
    return sound(LATEST["request"], start_response)


LATEST: dict[str, Any] = {}

FAULTS: list[tuple[str, Fault, str]] = [
    ("the default policy decides all", default_for_all, "flask"),
    ("the default policy decides all", default_for_all, "falcon"),
    ("a redirect's target vouches", targets_vouch, "flask"),
    ("a redirect's target vouches", targets_vouch, "werkzeug"),
    ("other views at the URL vouch", neighbours_vouch, "pyramid"),
    ("other views at the URL vouch", neighbours_vouch, "bottle"),
    ("the default decides a 405", errors_are_unknown, "falcon"),
    ("the default decides a 405", errors_are_unknown, "django"),
    ("a replaced view is remembered", never_forget, "falcon"),
    ("a replaced view is remembered", never_forget, "bottle"),
    ("a replaced view's policy is remembered", remember_policies, "flask"),
    ("a late decorator is not read", remember_policies, "werkzeug"),
    ("threads share a request", calls(mix_requests), "falcon"),
    ("any method is listed", answers(faults.echo_method), "bottle"),
    ("any header is allowed", answers(faults.echo_names), "prefixes"),
    ("any origin is named", answers(faults.reflect), "function"),
    ("errors have no headers", answers(faults.forget_on_errors), "pyramid"),
    ("errors are open to all", answers(faults.open_errors), "django"),
    ("Vary is forgotten", answers(faults.no_vary), "falcon"),
    ("OPTIONS decides preflights", calls(faults.by_method_sent), "function"),
    ("no preflight is refused", calls(faults.never_refuse), "prefixes"),
]


@pytest.mark.parametrize(
    ("fault", "framework"),
    [
        pytest.param(fault, framework, id=f"{framework}: {name}")
        for name, fault, framework in FAULTS
    ],
)
def test_a_fault_is_found(fault: Fault, framework: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    assert any(Run(framework, seed).play().faults for seed in ENOUGH)


def test_a_fault_is_reduced_to_the_route_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    default_for_all(monkeypatch)
    found = next(fault for seed in ENOUGH for fault in Run("falcon", seed).play().faults)
    assert len(found.site.routes) > len(reduce(found).site.routes) == 1
    assert f"--framework falcon --seed {found.seed}" in str(found)
