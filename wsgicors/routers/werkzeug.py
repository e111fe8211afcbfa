"""Finding the endpoint of a request in a Werkzeug ``Map``."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

from ..core.headers import quote
from ..routing import USUAL_METHODS, Landing, RouterResolver, Target
from ..tables import Tables
from .werkzeug_landing import find_landing

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

logger = logging.getLogger("wsgicors")


class MapResolver(RouterResolver):
    """Finds the endpoint of a request in a ``Map``, and the policy of its view.

    :param url_map: the map.
    :param bind: binds the map to an environ.
    :param views: returns the views, by endpoint, as they are now.
    :param read_tables: reads the policies of the app; what it raises is raised.
    :param context: makes the context that the map's converters expect, if they are the app's.
    """

    def __init__(
        self,
        url_map: Map,
        bind: Callable[["WSGIEnvironment"], MapAdapter | None],
        views: Callable[[], Mapping[Any, object]],
        read_tables: Callable[[], Tables],
        context: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        super().__init__({})
        self._url_map = url_map
        self._bind = bind
        self._views = views
        self._read_tables = read_tables
        self._context = context

    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Ask the map, and follow its redirects."""
        landing = None
        try:
            with self._context():
                urls, path = self._urls(environ)
                if urls is not None:
                    landing = find_landing(urls, path, method, lists, self._target)
        except HTTPException as error:  # the router's answer, to an untrusted host say
            logger.debug("%s: routing raised %r", quote(environ.get("PATH_INFO", "")), error)
        except Exception:  # a teardown function of the app's comes after the landing
            path = quote(environ.get("PATH_INFO", ""))
            logger.warning("%s: routing raised", path, exc_info=True)
        return landing

    def _urls(self, environ: "WSGIEnvironment") -> tuple[MapAdapter | None, str]:
        """Bind the map, and return the path that a request asks it for."""
        urls = self._bind(environ)
        return urls, "" if urls is None else urls.path_info

    def routes(self) -> Iterator[tuple[str, Collection[str], Target]]:
        """Yield every rule; of two alike the router asks the first."""
        for rule in self._url_map.iter_rules():
            if rule.build_only or rule.websocket:
                continue
            methods = set(rule.methods or USUAL_METHODS)
            if getattr(rule, "provide_automatic_options", False):
                methods.discard("OPTIONS")
            yield _spell(rule), methods, self._target(rule)

    def views(self) -> Iterable[tuple[Any, object]]:
        """Return every view, be there a rule for it or not."""
        return self._views().items()

    def read_tables(self) -> Tables:
        """Read the policies as they are now, for a check or a survey."""
        return self._read_tables()

    def _target(self, rule: Rule) -> Target:
        view = self._views().get(rule.endpoint)
        return Target(rule.endpoint, view, rule.rule, rule.redirect_to)


def _spell(rule: Rule) -> str:
    """Return the rule with the host or subdomain that it asks for."""
    if rule.host:
        return f"//{rule.host}{rule.rule}"
    return f"//{rule.subdomain}.*{rule.rule}" if rule.subdomain else rule.rule
