"""Where the settings of a policy are written: in a decorator, or in a policy that views share."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from .._core.places import Place
from .._core.policy import SETTINGS, base_of
from .._introspection import Route

_JUDGED_TOGETHER: Final = frozenset(SETTINGS) - {"max_age"}
_TOGETHER: Final[Mapping[str, frozenset[str]]] = {
    "allow_origins": frozenset({"allow_origins", "allow_credentials", "accept_risks"}),
    "allow_credentials": _JUDGED_TOGETHER,
    "accept_risks": _JUDGED_TOGETHER,
}
"""For a setting, those that it is safe with only as they are. A policy that replaces one of them
has to change itself: its base may be unsafe with the new value."""


class Written(NamedTuple):
    """The policy that has some settings, as the app has written it."""

    place: str = ""
    """Its file and line, if they are known."""
    file: str = ""
    line: int = 0
    is_base: bool = False
    """Whether it is not the policy of the request, but one that this is derived from."""
    is_in_decorator: bool = False
    name: str = ""
    """Its name in the app, if it has one."""
    table: str = ""
    """The configuration value that has it, if its line is not known."""

    @property
    def at(self) -> str:
        """The place, to follow the name of the policy."""
        return f" ({self.place})" if self.place else f" of {self.table}" if self.table else ""

    @property
    def policy(self) -> str:
        """What to call the policy, wherever it is used; nothing if only its user is known."""
        if self.name:
            return f"the policy {self.name!r}{self.at}"
        return f"the policy at {self.place}" if self.place else ""

    def of(self, name: str) -> str:
        """Return what to call the policy that is known by another name, or its base."""
        if self.is_base:
            return f"{self.policy}, from which {name} is derived"
        return f"{name}{self.at}"


def find_written(route: Route, settings: Iterable[str]) -> Written:
    """Return the policy that has settings of a route's policy, of which some are to change."""
    policy = route.written or route.policy
    if policy is None:
        return Written()
    names = frozenset(settings)
    judged = names.union(*(_TOGETHER.get(name, frozenset[str]()) for name in names))
    chain = [policy]
    while (base := base_of(chain[-1])) is not None and judged.isdisjoint(base[1]):
        chain.append(base[0])
    while len(chain) > 1 and not _is_known(chain[-1].place):
        chain.pop()  # such as a copy
    found = chain[-1]
    is_marked = route.decorated_at is not None  # the first policy is then the decorator's
    is_in_decorator = is_marked and found is policy and not route.is_elsewhere
    named = route.name if route.kind in ("view", "method", "class", "hidden") else ""
    is_named = len(chain) - 1 == int(is_marked)
    file, line = locate_place(found.place)
    return Written(
        f"{file}:{line}" if file else "",
        file,
        line,
        found is not policy,
        is_in_decorator,
        named if is_named else "",
        found.place.table if found.place else "",
    )


def _is_known(place: Place | None) -> bool:
    """Return whether advice can name a place."""
    return place is not None and bool(place.table or locate_place(place)[0])


def locate_place(place: Place | None) -> tuple[str, int]:
    """Return the file and the line of a place, relative to the working directory if below it."""
    if place is None or place.table or place.file.startswith("<"):
        return "", 0
    path, here = Path(place.file).absolute(), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path), place.line
