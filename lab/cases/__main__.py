"""Compare other libraries with wsgicors, and write the docs' tables: ``python -m lab.cases``."""

import logging
import warnings

from lab.cases.table import table
from lab.figures import FIGURES

if __name__ == "__main__":
    logging.disable()  # some views fail on purpose
    warnings.simplefilter("ignore")  # and some policies are dubious on purpose
    (FIGURES / "cases.md").write_text(table(), "utf-8")
