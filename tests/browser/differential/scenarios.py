"""Scenarios from a seed: the same ones on every machine and under every Python."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from tests.browser.differential import answers, requests
from tests.browser.differential.answers import Need
from tests.browser.differential.model import OPAQUE, Answer, Hop, Lines, Scenario, Step, fill

T = TypeVar("T")


class _Picker(Protocol):
    """Chooses among the spellings of one header."""

    def __call__(self, axis: str, table: Mapping[str, T]) -> T: ...


SERVERS = {"A": 8, "B": 6, "P": 4, "C": 2}


def _name(name: str, values: answers.Values) -> Lines:
    return tuple((name, value) for value in values)


def _suit_xhr(headers: Lines) -> Lines:
    """Leave out what XMLHttpRequest rewrites, and browsers differently."""
    return tuple(line for line in headers if "charset" not in line[1].lower())


def _avoid_storage_access(step: Step) -> Step:
    """Keep Chromium's Storage Access Headers, which add an Origin, out of what is compared."""
    return replace(step, credentials="same-origin") if step.mode == "no-cors" else step


def generate(seed: int, count: int) -> list[Scenario]:
    """Make that many scenarios, always the same from the same seed."""
    rng = random.Random(seed)
    return [_Draw(rng).draw_scenario() for _ in range(count)]


class _Draw:
    """One scenario in the making, and the values drawn so far of each axis."""

    def __init__(self, rng: random.Random) -> None:
        self._random = rng.random
        self._labels: list[tuple[str, str]] = []

    def draw_scenario(self) -> Scenario:
        page = self._label("page", OPAQUE if self._chance(0.12) else "P")
        servers = self._draw_servers()
        steps = self._draw_sequence(servers) if self._chance(0.3) else [self._draw_step()]
        if page == OPAQUE:
            steps = [_avoid_storage_access(step) for step in steps]
        if page == OPAQUE:
            self._label("chain", "from " + OPAQUE)
        self._label("chain", "P→" + "→".join(servers))
        self._label("steps", str(len(steps)))
        hops = self._draw_hops(page, steps, servers)
        return Scenario(page, tuple(steps), tuple(hops), tuple(self._labels))

    # Requests

    def _draw_sequence(self, servers: list[str]) -> list[Step]:
        """Ask again and again, each time a little differently, mostly without redirects."""
        if self._chance(0.75):
            del servers[1:]
        first = replace(self._draw_step(), mode="cors", redirect="follow")
        steps = [first]
        for _ in range(1 + int(self._random() * 3)):
            steps.append(self._vary(self._pick(steps), len(servers)))
        return steps

    def _vary(self, step: Step, hops: int) -> Step:
        if hops > 1 and self._chance(0.3):
            self._label("again with", "another hop")
            return replace(step, hop=int(self._random() * hops))
        change = self._label(
            "again with",
            self._weighted(
                {
                    "the same": 6,
                    "method": 3,
                    "headers": 4,
                    "credentials": 3,
                    "query": 1,
                    "fragment": 1,
                }
            ),
        )
        match change:
            case "method":
                method = self._draw_method()
                return replace(step, method=method, body=self._draw_body(method))
            case "headers":
                headers = self._draw_headers()
                return replace(step, headers=_suit_xhr(headers) if step.xhr else headers)
            case "credentials":
                credentials = self._draw_credentials()
                if step.xhr and credentials == "omit":
                    credentials = "same-origin"
                return replace(step, credentials=credentials)
            case "query":
                return replace(step, suffix="?other")
            case "fragment":
                return replace(step, suffix=step.suffix + "#there")
        return step

    def _draw_step(self) -> Step:
        method = self._draw_method()
        xhr = self._chance(0.12)
        step = Step(
            method=method,
            headers=self._draw_headers(),
            body=self._draw_body(method),
            credentials=self._draw_credentials(),
        )
        self._label("api", "xhr" if xhr else "fetch")
        if xhr:
            return self._as_xhr(step)
        mode = self._weighted({"cors": 90, "no-cors": 6, "same-origin": 4})
        redirect = self._weighted({"follow": 88, "error": 5, "manual": 7})
        return replace(
            step, mode=self._label("mode", mode), redirect=self._label("redirect", redirect)
        )

    def _as_xhr(self, step: Step) -> Step:
        """Give up what XMLHttpRequest has no way to say."""
        credentials = "include" if step.credentials == "include" else "same-origin"
        listener = self._chance(0.6)
        self._label("upload listener", str(listener))
        return replace(
            step,
            xhr=True,
            upload_listener=listener,
            credentials=credentials,
            headers=_suit_xhr(step.headers),
        )

    def _draw_method(self) -> str:
        return self._label("method", self._weighted(requests.METHODS))

    def _draw_body(self, method: str) -> str | None:
        usual = 0.03 if method.upper() in {"GET", "HEAD"} else 0.5
        with_body = self._label("body", "string" if self._chance(usual) else "none") == "string"
        return "a=1" if with_body else None

    def _draw_credentials(self) -> str:
        weights = {"same-origin": 5, "include": 4, "omit": 2}
        return self._label("credentials", self._weighted(weights))

    def _draw_headers(self) -> Lines:
        if self._chance(0.02):
            self._label("request header", "around 1024 bytes in all")
            return self._pick(requests.LONGER)
        lines: list[tuple[str, str]] = []
        for _ in range(self._weighted({0: 30, 1: 35, 2: 20, 3: 10, 4: 5})):
            name, value = self._draw_header()
            if value or all(name.lower() != known.lower() for known, _ in lines):
                lines.append((name, value))  # Chromium counts no space at the end of "value, "
        if lines and lines[0][1] and self._chance(0.05):
            self._label("request header", "doubled")
            lines.append((lines[0][0].upper(), lines[0][1]))
        return tuple(lines)

    def _draw_header(self) -> tuple[str, str]:
        kinds = {
            "custom": 40,
            "safelisted": 26,
            "safelisted name": 18,
            "Authorization": 9,
            "forbidden": 8,
            "client hint": 3,
            "User-Agent": 1,
            "long range": 1,
            "invalid": 0.6,
        }
        kind = self._label("request header", self._weighted(kinds))
        match kind:
            case "safelisted" | "safelisted name":
                values = requests.SAFE_VALUES if kind == "safelisted" else requests.BAD_VALUES
                name = self._pick(sorted(values))
                self._label("request header", name)
                return self._respell(name), self._pick(values[name])
            case "Authorization":
                return self._respell("Authorization"), "Basic dTpw"
            case "User-Agent":
                return "User-Agent", "Mine/1"
            case "long range":
                return "Range", self._pick(requests.LONG_RANGES)
            case "client hint":
                name = self._pick(list(requests.CLIENT_HINTS))
                return self._respell(name), self._pick(requests.CLIENT_HINTS[name])
        tables = {
            "custom": requests.CUSTOM,
            "forbidden": requests.FORBIDDEN,
            "invalid": requests.INVALID,
        }
        return self._pick(tables[kind])

    def _respell(self, name: str) -> str:
        return self._pick([name, name.lower(), name.upper(), name.title()])

    # Answers

    def _draw_servers(self) -> list[str]:
        servers = [self._weighted(SERVERS)]
        for _ in range(self._weighted({0: 62, 1: 19, 2: 12, 3: 7})):
            stays = self._chance(0.3)
            servers.append(servers[-1] if stays else self._weighted(SERVERS))
        return servers

    def _draw_hops(self, page: str, steps: Sequence[Step], servers: Sequence[str]) -> list[Hop]:
        hops = []
        tainted = page == OPAQUE
        for number, server in enumerate(servers):
            if number:
                before = servers[number - 1]
                tainted |= server != before != page
            following = servers[number + 1] if number + 1 < len(servers) else None
            need = self._find_need(steps, tainted and page != OPAQUE)
            hops.append(self._draw_hop(need, server, number, following, len(steps) > 1))
        return hops

    def _find_need(self, steps: Sequence[Step], tainted: bool) -> Need:
        names = {
            name.lower()
            for step in steps
            for name, value in step.headers
            if (name, value) not in requests.FORBIDDEN + requests.INVALID
        }
        return Need(
            origin_is_page=not tainted,
            credentials=any(step.credentials == "include" for step in steps),
            methods=tuple(sorted({requests.normalize_method(step.method) for step in steps})),
            names=tuple(sorted(names)),
        )

    def _draw_hop(
        self, need: Need, server: str, number: int, following: str | None, repeated: bool
    ) -> Hop:
        preflights = [self._draw_preflight(need)]
        actuals = [self._draw_actual(need, number, following)]
        if repeated and self._chance(0.3):
            self._label("answers", "another preflight's")
            preflights.append(self._draw_preflight(need))
        if repeated and self._chance(0.3):
            self._label("answers", "another request's")
            actuals.append(self._draw_actual(need, number, following))
            actuals.append(actuals[0])
        return Hop(server, tuple(preflights), tuple(actuals))

    def _draw_preflight(self, need: Need) -> Answer:
        pick = self._make_picker(need)
        status = pick("preflight status", answers.PREFLIGHT_STATUS)
        lines = [
            *self._draw_sharing(pick),
            *_name("Access-Control-Allow-Methods", pick("allow-methods", answers.ALLOW_METHODS)),
            *_name("Access-Control-Allow-Headers", pick("allow-headers", answers.ALLOW_HEADERS)),
            *_name("Access-Control-Max-Age", pick("max-age", answers.MAX_AGE)),
        ]
        if status in answers.REDIRECT_STATUS.values():
            lines.append(("Location", "/s/{key}/0"))
        lists = {"methods": need.methods, "names": need.names, "names-but-one": need.names[1:]}
        joined = {name: ", ".join(values) for name, values in lists.items()}
        joined |= {f"{name}-upper": value.upper() for name, value in joined.items()}
        joined |= {f"{name}-lower": value.lower() for name, value in joined.items()}
        filled = tuple((name, fill(value, joined.get)) for name, value in lines)
        return Answer(status, filled)

    def _draw_actual(self, need: Need, number: int, following: str | None) -> Answer:
        pick = self._make_picker(need)
        extra = self._pick_labelled("response headers", answers.RESPONSE_HEADERS)
        usual = {"none": 55, "None": 3, "None and Secure": 5, "Secure": 4, "prefixed": 3}
        cookies = self._weighted(
            usual | {"plain": 12, "Lax": 5, "Strict": 4, "removed": 3, "elsewhere": 2}
        )
        cookie = answers.COOKIES[self._label("set-cookie", cookies)]
        lines = [
            *self._draw_sharing(pick),
            *_name("Access-Control-Expose-Headers", pick("expose", answers.EXPOSE)),
            *extra,
            *_name("Set-Cookie", cookie),
        ]
        if following is not None:
            status = self._pick_labelled("redirect status", answers.REDIRECT_STATUS)
            lines += self._draw_location(number, following)
        elif self._chance(0.03):
            self._label("location", "absent")
            status = self._pick_labelled("redirect status", answers.REDIRECT_STATUS)
        else:
            status = self._pick_labelled("status", answers.STATUS)
        return Answer(status, tuple(lines))

    def _draw_location(self, number: int, following: str) -> Lines:
        usual = {"absolute": 60, "fragment": 4, "query": 6, "scheme-relative": 6}
        odd = ["userinfo", "user only", "empty userinfo", "ftp", "data", "about"]
        odd += ["unknown scheme", "invalid"]
        label = self._label("location", self._weighted(usual | dict.fromkeys(odd, 3)))
        template = answers.LOCATIONS[label]
        names = {"next": f"{{{following}}}", "next-host": f"{{{following}-host}}"}
        return (("Location", fill(template, (names | {"number": str(number + 1)}).get)),)

    def _draw_sharing(self, pick: _Picker) -> Lines:
        return (
            *_name("Access-Control-Allow-Origin", pick("allow-origin", answers.ALLOW_ORIGIN)),
            *_name(
                "Access-Control-Allow-Credentials",
                pick("allow-credentials", answers.ALLOW_CREDENTIALS),
            ),
        )

    def _make_picker(self, need: Need) -> _Picker:
        """Decide how an answer turns out: good, with one axis left to chance, or with all."""
        suitable = answers.good(need)
        kind = self._weighted({"good": 66, "fault": 24, "wild": 10})
        loose = {"good": set(), "fault": {self._pick(sorted(suitable))}, "wild": set(suitable)}[
            kind
        ]

        def pick(axis: str, table: Mapping[str, T]) -> T:
            labels = sorted(table) if axis in loose else suitable[axis]
            return table[self._label(axis, self._pick(labels))]

        return pick

    # Chance

    def _label(self, axis: str, value: str) -> str:
        self._labels.append((axis, value))
        return value

    def _chance(self, share: float) -> bool:
        return self._random() < share

    def _pick(self, values: Sequence[T]) -> T:
        return values[int(self._random() * len(values))]

    def _pick_labelled(self, axis: str, table: Mapping[str, T]) -> T:
        return table[self._label(axis, self._pick(list(table)))]

    def _weighted(self, weights: Mapping[T, float]) -> T:
        left = self._random() * sum(weights.values())
        for value, weight in weights.items():
            left -= weight
            if left < 0:
                return value
        return next(iter(weights))
