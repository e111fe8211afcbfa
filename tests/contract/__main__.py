"""Hold every framework to the facts, and write down which hold: ``make contract``."""

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

HERE = Path(__file__).parent


class Outcomes:
    """A plugin of pytest's that keeps what became of each fact in each class."""

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
    # The test of the table itself would look at the one from before.
    options = ["-q", "--tb=short", f"--ignore={HERE / 'test_coverage.py'}"]
    status = pytest.main([str(HERE), *options], plugins=[outcomes])
    from . import table  # not before pytest has rewritten the assertions of the suite

    held = outcomes.held - outcomes.failed

    def cell(adapter, fact):
        return table.HELD if (adapter.__name__, fact) in held else table.FAILED

    today = datetime.now(UTC).date().isoformat()
    made = f"Written by `make contract` on {today}: Python {platform.python_version()}.\n"
    table.TABLE.write_text(f"{table.draw(cell)}\n{made}", "utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
