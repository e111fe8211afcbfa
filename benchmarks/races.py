"""The races in which all subjects answer the same request."""

from collections.abc import Callable, Mapping
from typing import Any

from .limits import App
from .measure import ORIGIN, Effort, race, sample
from .scenarios import ACTUAL, ALLOWED, GRANTED, HOSTILE, ON_FLASK, PREFLIGHTS, Scenario, hostile
from .subjects import BARE, NOTHING, SETTINGS, nothing
from .timings import Race, cost, told_over


def race_all(
    make: Callable[[Mapping[str, Any]], dict[str, App]], effort: Effort
) -> dict[str, Race]:
    """Race the apps that are made in every scenario."""
    return {
        scenario.name: race(
            {name: scenario.call(app) for name, app in make(scenario.settings).items()}, effort
        )
        for scenario in [*ACTUAL, *PREFLIGHTS]
    }


def race_pairs(
    make: Callable[[Mapping[str, Any]], dict[str, tuple[App, App]]], effort: Effort
) -> dict[str, Race]:
    """Race every app against what it is without CORS, in a race of its own.

    Where many apps take turns in one race, each finds the processor's memory full of the others;
    so it is their races that take turns. What CORS costs is a few hundredths of what Flask takes,
    which wanders by more than that from one second to the next: the median is that of the
    differences within each round. All is told as if all had raced with the first one's base.
    """
    return {
        scenario.name: _race_pairs(make(scenario.settings), scenario, effort)
        for scenario in ON_FLASK
    }


def _race_pairs(apps: Mapping[str, tuple[App, App]], scenario: Scenario, effort: Effort) -> Race:
    calls = [{NOTHING: nothing, BARE: bare, name: app} for name, (bare, app) in apps.items()]
    races = sample(
        [{name: scenario.call(app) for name, app in apps.items()} for apps in calls], effort
    )
    told = told_over(scenario.base, races[0])
    for name, samples in zip(apps, races, strict=True):
        told[name] = told[scenario.base].plus(cost(samples[name], samples[scenario.base]))
    return told


def race_hostile(make: Callable[..., App], effort: Effort) -> Race:
    """Race hostile preflights against an ordinary one, where the policy is a list."""
    listed = make(SETTINGS)
    calls = {NOTHING: GRANTED.call(nothing), GRANTED.name: GRANTED.call(listed)}
    for name, requested in HOSTILE.items():
        calls[name] = Scenario(name, hostile(requested), ALLOWED).call(listed)
    return race(calls, effort)


def admitted_hostile(make: Callable[..., App]) -> int:
    """Count the hostile preflights that are answered by anything but a refusal of their size."""
    app = make({**SETTINGS, "allow_headers": "*"})
    answers = [
        b"".join(app({**hostile(requested), ORIGIN: ALLOWED}, lambda *_: None))
        for requested in HOSTILE.values()
    ]
    return sum(b"too-large" not in answer for answer in answers)
