"""Compare the apps, and write the table for the docs: ``python -m lab.migration``."""

import logging

from lab.figures import FIGURES
from lab.migration.compare import table

if __name__ == "__main__":
    logging.disable()  # Flask would log the failures that some views have on purpose
    (FIGURES / "migration.md").write_text(table(), "utf-8")
