"""The description on PyPI: README without its pictures and its links to other files.

PyPI shows README alone, where a path of the source leads nowhere. Everything else is in
``pyproject.toml``.
"""

import re
from pathlib import Path

from setuptools import setup

README = (Path(__file__).parent / "README.md").read_text("utf-8")
WITHOUT_PICTURES = re.sub(r"^!\[.*\]\(.*\)\n+", "", README, flags=re.MULTILINE)
DESCRIPTION = re.sub(r"\[([^\]]+)\]\((?!https:)[^)]+\)", r"\1", WITHOUT_PICTURES)

setup(long_description=DESCRIPTION, long_description_content_type="text/markdown")
