"""Compare, and write the table into the docs: ``python -m tests.migration``."""

import logging

from tests.figures import FIGURES

from .compare import table

if __name__ == "__main__":
    logging.disable()  # Flask logs the failures that the apps are made to have
    (FIGURES / "migration.md").write_text(table(), "utf-8")
