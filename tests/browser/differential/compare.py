"""Where two observations of one scenario disagree, and how little of it is enough for that."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TypeVar

from tests.browser.differential.model import Answer, Hop, Scenario, Step
from tests.browser.differential.observe import Observation

T = TypeVar("T")
Observe = Callable[[Sequence[Scenario]], list[Observation]]


@dataclass(frozen=True)
class Disagreement:
    """One scenario that ended differently in an engine and in the simulator."""

    scenario: Scenario
    engine: Observation
    simulator: Observation

    def __str__(self) -> str:
        lines = [self.scenario.to_json()]
        for kind, ours, theirs in (
            ("step", self.engine.steps, self.simulator.steps),
            ("request", self.engine.arrivals, self.simulator.arrivals),
        ):
            for number, (one, other) in enumerate(zip_longest(ours, theirs), 1):
                if one == other:
                    lines.append(f"  {kind} {number}: {one}")
                else:
                    lines.append(f"  {kind} {number}, engine:    {one or 'nothing'}")
                    lines.append(f"  {kind} {number}, simulator: {other or 'nothing'}")
        return "\n".join(lines)


def find_disagreements(
    scenarios: Sequence[Scenario],
    engine: Sequence[Observation],
    simulator: Sequence[Observation],
) -> list[Disagreement]:
    """Return every scenario that was not observed alike."""
    return [
        Disagreement(scenario, one, other)
        for scenario, one, other in zip(scenarios, engine, simulator, strict=True)
        if one != other
    ]


def shrink(
    found: Sequence[Disagreement],
    engine: Observe,
    simulator: Observe,
    is_explained: Callable[[Disagreement], bool] = lambda found: False,
) -> list[Disagreement]:
    """Take away whatever each disagreement does not need: a round of the engine serves them all.

    :param is_explained: tells which disagreements not to end up with.
    """
    smallest = list(found)
    unfinished = set(range(len(found)))
    while unfinished:
        candidates = [
            (n, some) for n in sorted(unfinished) for some in simplify(smallest[n].scenario)
        ]
        scenarios = [some for _, some in candidates]
        observed = zip(candidates, engine(scenarios), simulator(scenarios), strict=True)
        unfinished.clear()
        for (number, scenario), one, other in observed:
            smaller = Disagreement(scenario, one, other)
            shorter = _size(scenario) < _size(smallest[number].scenario)
            if shorter and one != other and not is_explained(smaller):
                smallest[number] = smaller
                unfinished.add(number)
    return smallest


def _size(scenario: Scenario) -> int:
    return len(scenario.to_json())


def simplify(scenario: Scenario) -> Iterator[Scenario]:
    """Make every scenario that is a little simpler than this one."""
    for steps in _without_one(scenario.steps):
        yield replace(scenario, steps=steps)
    if len(scenario.hops) > 1:
        yield replace(scenario, hops=scenario.hops[:-1])
        yield replace(scenario, hops=scenario.hops[1:])
    for place, step in enumerate(scenario.steps):
        for simpler in _simplify_step(step):
            yield replace(scenario, steps=_put(scenario.steps, place, simpler))
    for place, hop in enumerate(scenario.hops):
        for simpler_hop in _simplify_hop(hop):
            yield replace(scenario, hops=_put(scenario.hops, place, simpler_hop))
    if scenario.page != "P":
        yield replace(scenario, page="P")


def _simplify_step(step: Step) -> Iterator[Step]:
    usual = Step()
    for name in ("method", "body", "credentials", "mode", "redirect", "hop", "suffix", "xhr"):
        if getattr(step, name) != getattr(usual, name):
            yield replace(step, **{name: getattr(usual, name)})
    if step.upload_listener:
        yield replace(step, upload_listener=False)
    for place in range(len(step.headers)):
        yield replace(step, headers=step.headers[:place] + step.headers[place + 1 :])


def _simplify_hop(hop: Hop) -> Iterator[Hop]:
    for preflights in _without_one(hop.preflights):
        yield replace(hop, preflights=preflights)
    for actuals in _without_one(hop.actuals):
        yield replace(hop, actuals=actuals)
    for place, answer in enumerate(hop.preflights):
        for simpler in _simplify_answer(answer, 204):
            yield replace(hop, preflights=_put(hop.preflights, place, simpler))
    for place, answer in enumerate(hop.actuals):
        for simpler in _simplify_answer(answer, 200):
            yield replace(hop, actuals=_put(hop.actuals, place, simpler))
    if hop.server != "A":
        yield replace(hop, server="A")


def _simplify_answer(answer: Answer, status: int) -> Iterator[Answer]:
    if answer.lines:
        yield Answer(status)
    if answer.status != status:
        yield replace(answer, status=status)
    for place in range(len(answer.lines)):
        yield replace(answer, lines=answer.lines[:place] + answer.lines[place + 1 :])


def _without_one(items: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    if len(items) > 1:
        for place in range(len(items)):
            yield items[:place] + items[place + 1 :]


def _put(items: tuple[T, ...], place: int, item: T) -> tuple[T, ...]:
    return (*items[:place], item, *items[place + 1 :])
