"""Where the settings of a Django project are written."""

import linecache
import re
import sys

from django.conf import settings

from .._core.places import Place


def place_of_setting(name: str) -> Place | None:
    """Return the line of a settings module that assigns a setting, if there is one.

    Settings modules import from each other, so the one with the assignment is looked for.
    """
    value = getattr(settings, name, None)
    for module_name, module in [*sys.modules.items()] if value is not None else ():
        if getattr(module, "__dict__", {}).get(name) is value:
            file = getattr(module, "__file__", None) or ""
            for number, line in enumerate(linecache.getlines(file), 1):
                if re.match(rf"{name}\b[^=]*=(?!=)", line):
                    return Place(file, number, module_name)
    return None
