"""Run the contract's facts in every framework, and write the table: ``make contract``."""

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

SUITE = Path(__file__).parents[2] / "tests" / "adapters" / "contract"

OPTIONS = [
    "--numprocesses=0",  # the plugin below counts in this process
    "--quiet",
    "--tb=short",
    "-Wignore::pytest.PytestAssertRewriteWarning",  # lab itself is imported already
]


class Outcomes:
    """A pytest plugin that keeps the outcome of each fact in each class."""

    def __init__(self):
        self.held = set()
        self.failed = set()

    def pytest_runtest_logreport(self, report):
        _, *adapter, name = report.nodeid.partition("[")[0].split("::")
        tested = *adapter, name
        if not report.passed:
            self.failed.add(tested)
        elif report.when == "call":
            self.held.add(tested)


def main():
    outcomes = Outcomes()
    status = pytest.main([str(SUITE), *OPTIONS], plugins=[outcomes])
    from lab.contract import table  # after pytest has rewritten the suite's assertions

    held = outcomes.held - outcomes.failed

    def cell(adapter, fact):
        return table.HELD if (adapter.__name__, fact) in held else table.FAILED

    today = datetime.now(UTC).date().isoformat()
    made = f"Written by `make contract` on {today}: Python {platform.python_version()}.\n"
    table.TABLE.write_text(f"{table.draw(cell)}\n{made}", "utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
