"""A request, as the observer and the log of trials see it."""

import logging
from typing import TYPE_CHECKING

from .._introspection import Label, quote_request
from .._resolver import Resolver

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .throttle import Throttle

logger = logging.getLogger("wsgicors")


class ReportedRequest:
    """A request from a page; the names of its endpoint and policy are looked up once, if at all.

    :param resolver: knows the names.
    :param entered: what the resolver kept when the request came in; not for a preflight.
    :param asked: the method that a preflight asks for.
    """

    def __init__(
        self,
        resolver: Resolver,
        environ: "WSGIEnvironment",
        entered: object,
        origin: str,
        asked: str | None = None,
    ) -> None:
        self.environ = environ
        self.origin = origin
        self.method: str = environ["REQUEST_METHOD"] if asked is None else asked
        self.is_preflight = asked is not None
        self._resolver = resolver
        self._entered = entered
        self._label: Label | None = None

    def label(self, throttle: "Throttle") -> Label:
        """Return the names; none, and a message in the log, if code of the app raises.

        :param throttle: lets the message through once per minute.
        """
        if self._label is None:
            try:
                self._label = self._find_label()
            except Exception:
                self._label = Label()
                more = throttle.note("naming")
                if more is not None:
                    path = quote_request(self.environ)
                    logger.exception("%s: naming the endpoint raised an exception%s", path, more)
        return self._label

    def _find_label(self) -> Label:
        if self.is_preflight:
            return self._resolver.label_of(self.environ, self.method)
        return self._resolver.label_answering(self.environ, self._entered)
