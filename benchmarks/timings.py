"""What many batches say about a subject, and about what it takes more than another one."""

from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

FLOOR = 1 / 20
"""The part of all batches that is below a subject's floor."""


class Timing(NamedTuple):
    """Nanoseconds per call."""

    floor: float
    """What one batch in twenty stays below: the minimum, but for its luck.

    One lucky batch makes a minimum. Where two subjects differ by a part of what either takes, the
    difference of their minimums wanders by a tenth from run to run; that of their floors, by two
    hundredths.
    """
    median: float

    @classmethod
    def of(cls, samples: list[float]) -> "Timing":
        """Sum up what the batches of one subject took."""
        return cls(_floor(samples), median(samples))

    def over(self, base: "Timing") -> "Timing":
        """Return what is left above another subject of the same race."""
        return Timing(self.floor - base.floor, self.median - base.median)

    def plus(self, cost: "Timing") -> "Timing":
        """Return what somebody takes who takes that much more."""
        return Timing(self.floor + cost.floor, self.median + cost.median)


Race = dict[str, Timing]
"""A timing for each subject."""


def told_over(base: str, samples: Mapping[str, list[float]]) -> Race:
    """Tell every subject of a race by what it took more than one of them, round by round."""
    told = Timing.of(samples[base])
    return {name: told.plus(cost(taken, samples[base])) for name, taken in samples.items()}


def cost(samples: list[float], base: list[float]) -> Timing:
    """Return what a subject took more than another one: the median is that of each round's."""
    more = (mine - its for mine, its in zip(samples, base, strict=True))
    return Timing(_floor(samples) - _floor(base), median(more))


def _floor(samples: list[float]) -> float:
    return sorted(samples)[int(len(samples) * FLOOR)]
