"""Watching an app that returns before it has called ``start_response``, as generators do."""

from collections.abc import Callable, Iterable, Iterator


class LateStart:
    """The iterable of an app that has not called ``start_response`` yet.

    :param raised: called if the app raises.
    """

    def __init__(self, iterable: Iterable[bytes], raised: Callable[[], None]) -> None:
        self._iterable = iterable
        self._chunks: Iterator[bytes] | None = None
        self._raised = raised

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._chunks is None:
                self._chunks = iter(self._iterable)
            return next(self._chunks)
        except StopIteration:
            raise
        except Exception:
            self._raised()
            raise

    def close(self) -> None:
        """Close the app's own iterable, if it wants that (PEP 3333)."""
        close = getattr(self._iterable, "close", None)
        if close is not None:
            close()
