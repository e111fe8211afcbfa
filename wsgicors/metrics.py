"""Observers that count: for Prometheus, and for OpenTelemetry.

::

    CORS(app, policy, observer=prometheus())

Each needs the extra of the same name. Labels hold only names of the app and codes of wsgicors, so
their number is bounded: no origins, no paths, and methods that HTTP does not define as ``OTHER``.
"""

from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Final, cast
from weakref import WeakKeyDictionary

from ._reporting.events import Event, Observer

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter
    from prometheus_client import CollectorRegistry, Counter

__all__ = ["opentelemetry", "prometheus"]

DESCRIPTION: Final = "Requests from pages of other origins, by what their CORS policy decided"

LABELS: Final = ("outcome", "reason", "method", "preflight", "endpoint", "policy")

KNOWN_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
)
"""The methods of RFC 9110 and RFC 5789; all others are counted as ``OTHER``."""

_counters: "WeakKeyDictionary[CollectorRegistry, Counter]" = WeakKeyDictionary()
_lock = Lock()


def prometheus(registry: "CollectorRegistry | None" = None) -> Observer:
    """Return an observer that counts in ``wsgicors_requests_total``.

    The labels are all fields of an :class:`wsgicors.Event` except ``origin``. A field that is
    ``None`` is an empty label, which Prometheus treats as a label that is missing.

    :param registry: by default that of ``prometheus_client``. All observers of a registry use the
        same counter.
    :raises ModuleNotFoundError: if the package prometheus-client is not installed.
    :raises TypeError: if it is not a ``CollectorRegistry``.
    :raises ValueError: if the registry has another metric of this name.
    """
    try:
        from prometheus_client import REGISTRY, CollectorRegistry, Counter
    except ModuleNotFoundError as error:
        message = _missing("prometheus", "prometheus-client")
        raise ModuleNotFoundError(message, name=error.name) from error
    registry = REGISTRY if registry is None else registry
    if not isinstance(cast("object", registry), CollectorRegistry):
        use = "use prometheus(), or prometheus(CollectorRegistry())"
        raise TypeError(f"{registry!r:.80} is not a registry of prometheus_client; {use}")
    with _lock:
        counter = _counters.get(registry)
        if counter is None:
            counter = Counter("wsgicors_requests", DESCRIPTION, LABELS, registry=registry)
            _counters[registry] = counter
        else:
            with suppress(KeyError):  # the app may have unregistered it
                registry.unregister(counter)
            registry.register(counter)  # which raises if another metric has the name by now

    def count(event: Event) -> None:
        counter.labels(*map(_label, _values(event))).inc()

    return count


def opentelemetry(meter: "Meter | None" = None) -> Observer:
    """Return an observer that counts in ``wsgicors.requests``.

    The attributes are the fields of an :class:`wsgicors.Event` but its origin, such as
    ``wsgicors.outcome``; what is ``None`` has no attribute.

    :param meter: by default the meter ``wsgicors`` of the meter provider, which may be set later.
    :raises ModuleNotFoundError: if the package opentelemetry-api is not installed.
    """
    try:
        from opentelemetry.metrics import get_meter
    except ModuleNotFoundError as error:
        message = _missing("opentelemetry", "opentelemetry-api")
        raise ModuleNotFoundError(message, name=error.name) from error
    meter = get_meter("wsgicors") if meter is None else meter
    counter = meter.create_counter("wsgicors.requests", "{request}", DESCRIPTION)

    def count(event: Event) -> None:
        named = zip(LABELS, _values(event), strict=True)
        counter.add(1, {f"wsgicors.{name}": value for name, value in named if value is not None})

    return count


def _values(event: Event) -> tuple[str | bool | None, ...]:
    """Return the values of the labels."""
    method = event.method if event.method in KNOWN_METHODS else "OTHER"
    return event.outcome, event.reason, method, event.preflight, event.endpoint, event.policy


def _label(value: str | bool | None) -> str:
    """Return a value as Prometheus writes it: a missing label is an empty one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value or ""


def _missing(extra: str, package: str) -> str:
    return (
        f"wsgicors.metrics.{extra}() needs the package {package}; install wsgicors with its extra "
        f"'{extra}': python -m pip install '.[{extra}]' in a checkout, or "
        f"python -m pip install 'PATH/TO/WHEEL[{extra}]' for a wheel"
    )
