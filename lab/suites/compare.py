"""Compare runs of a suite with and without CORS, and write the table for the docs."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from lab.figures import written_by
from lab.suites.differences import DIFFERENCES, Difference
from lab.suites.running import Ran, Run
from lab.suites.suites import Suite

BOUND = 1.05
"""How much longer the tests may take with CORS."""


class Result(NamedTuple):
    """What the runs of a suite have shown."""

    suite: Suite
    passed_without: int
    passed_with: int
    total: int
    explained: dict[Difference, int]
    """How many tests each explanation is for."""
    faults: list[str]
    """Differences without an explanation, and explanations without a difference."""
    seconds_without: float
    seconds_with: float

    @property
    def ratio(self) -> float:
        """How many times as long the tests take with CORS."""
        return self.seconds_with / self.seconds_without


def compare(
    suite: Suite,
    without: Sequence[Run],
    with_cors: Sequence[Run],
    known: Sequence[Difference] | None = None,
) -> Result:
    """Compare the outcomes of each test, and how long those took that end the same.

    :param known: what may differ; by default what `DIFFERENCES` has for the project.
    """
    known = DIFFERENCES.get(suite.project, ()) if known is None else known
    names = sorted({name for run in (*without, *with_cors) for name in run})
    explained: dict[Difference, int] = {}
    named: set[str] = set()
    faults: list[str] = []
    same: list[str] = []
    for name in names:
        before, after = _outcomes(without, name), _outcomes(with_cors, name)
        if before == after:
            same.append(name)
        elif difference := _explain(name, with_cors, known):
            explained[difference] = explained.get(difference, 0) + 1
            named.add(_bare(name))
        else:
            faults.append(f"{name}: {_list(before)} without CORS, {_list(after)} with it")
            faults[-1] += _message(with_cors, name)
    for difference in known:
        faults += [
            f"{name}: explained, but it ends the same"
            for name in difference.tests
            if name not in named
        ]
    return Result(
        suite,
        sum(_outcomes(without, name) == {"passed"} for name in names),
        sum(_outcomes(with_cors, name) == {"passed"} for name in names),
        len(names),
        explained,
        faults,
        _seconds(without, same),
        _seconds(with_cors, same),
    )


def _bare(name: str) -> str:
    """Return the id of a test without its parameters."""
    return name.partition("[")[0]


def _outcomes(runs: Iterable[Run], name: str) -> set[str]:
    return {run[name].outcome if name in run else "not run" for run in runs}


def _explain(name: str, with_cors: Iterable[Run], known: Iterable[Difference]) -> Difference | None:
    """Return why a test fails in every run with CORS, if that is known."""
    for difference in known:
        if _bare(name) in difference.tests and all(
            name in run and _fails_with(run[name], difference.says) for run in with_cors
        ):
            return difference
    return None


def _fails_with(ran: Ran, message: str) -> bool:
    return ran.outcome == "failed" and message in ran.message


def _message(runs: Iterable[Run], name: str) -> str:
    """Return the lines of the first message of a test, if it has one."""
    messages = (run[name].message for run in runs if name in run and run[name].message)
    return "".join(f"\n    {line}" for line in next(messages, "").splitlines())


def _list(outcomes: set[str]) -> str:
    return " or ".join(sorted(outcomes))


def _seconds(runs: Sequence[Run], names: Iterable[str]) -> float:
    """Return how long tests take; for each the median of its runs."""
    return sum(median(run[name].seconds for run in runs if name in run) for name in names)


def table(results: Sequence[Result], rounds: int) -> str:
    """Return the tables for the docs."""
    lines = [
        "| Suite | Tests | Passed without | Passed with | Seconds without | Seconds with | Ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for result in results:
        cells = [
            f"{result.suite.project} {result.suite.version}",
            f"{result.total:,}",
            f"{result.passed_without:,}",
            f"{result.passed_with:,}",
            f"{result.seconds_without:.2f}",
            f"{result.seconds_with:.2f}",
            f"{result.ratio:.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| Suite | Tests | Why they fail with CORS |", "|---|---|---|"]
    for result in results:
        reasons: dict[str, int] = {}
        for difference, count in result.explained.items():
            reasons[difference.reason] = reasons.get(difference.reason, 0) + count
        lines += [f"| {result.suite.project} | {n} | {why} |" for why, n in reasons.items()]
    notes = [(result.suite.project, result.suite.note) for result in results if result.suite.note]
    lines += ["", "| Suite | Note |", "|---|---|", *(f"| {one} | {note} |" for one, note in notes)]
    runs = (
        f"Each suite ran {rounds} times with CORS and {rounds} times without, in turn; those of "
        f"less than 2 seconds ran {3 * rounds} times each way."
    )
    return "\n".join([*lines, "", f"{written_by('suites')} {runs}", ""])


def faults_of(result: Result) -> list[str]:
    """Return what makes the command fail."""
    faults = [f"{result.suite.project}: {fault}" for fault in result.faults]
    if result.ratio > BOUND:
        slow = f"{result.ratio:.2f} times as long with CORS, more than {BOUND} times"
        faults.append(f"{result.suite.project}: its tests take {slow}")
    return faults
