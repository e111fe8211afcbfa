"""The part of WsgiDAV's ``tests/util.py`` that is needed, written for the lab."""

import shutil
import tempfile
from pathlib import Path


def create_test_folder(name):
    """Return a new, empty folder."""
    folder = Path(tempfile.gettempdir(), name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return str(folder)
