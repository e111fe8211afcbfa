"""How many scenarios fell where, as a table."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.browser.differential.model import Scenario
from tests.browser.differential.observe import Observation

WIDTH = 100


def tabulate(scenarios: Sequence[Scenario], observations: Sequence[Observation]) -> str:
    """Count scenarios by outcome, and by each value of each axis."""
    axes: dict[str, Counter[str]] = {"outcome": Counter(o.outcome for o in observations)}
    axes["outcome of a step"] = Counter(s.type for o in observations for s in o.steps)
    axes["preflights"] = _count_numbers(sum(a.preflight for a in o.arrivals) for o in observations)
    axes["requests"] = _count_numbers(
        sum(not a.preflight for a in o.arrivals) for o in observations
    )
    for scenario in scenarios:
        for axis, value in set(scenario.labels):
            axes.setdefault(axis, Counter())[value] += 1
    return "\n".join(_write_axis(axis, counts) for axis, counts in axes.items())


def _count_numbers(numbers: Iterable[int]) -> Counter[str]:
    return Counter({str(number): count for number, count in sorted(Counter(numbers).items())})


def _write_axis(axis: str, counts: Counter[str]) -> str:
    """Write one axis in as many lines as it takes."""
    lines = [f"{axis}:"]
    for value, count in counts.most_common():
        part = f" {value or repr(value)} {count},"
        if len(lines[-1]) + len(part) > WIDTH:
            lines.append("   ")
        lines[-1] += part
    return "\n".join(lines).removesuffix(",")
