"""The names of an endpoint and of its policy, for the log and for events."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from .._introspection import Label, quote_path

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .throttle import Throttle

logger = logging.getLogger("wsgicors")


def name_endpoint(
    environ: "WSGIEnvironment", find_label: Callable[[], Label], throttle: "Throttle"
) -> Label:
    """Return the names that ``find_label`` finds; none, and a message, if code of the app raises.

    :param throttle: lets the message through once per minute.
    """
    try:
        return find_label()
    except Exception:
        more = throttle.note("naming")
        if more is not None:
            path = quote_path(environ, f"{environ['REQUEST_METHOD']} ")
            logger.exception("%s: naming the endpoint raised an exception%s", path, more)
        return Label()
