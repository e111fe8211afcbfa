"""Watching an app whose own code runs only while the server asks for the body, as generators do."""

from collections.abc import Callable, Iterable, Iterator


class Watched:
    """The body of a response, watched until its first chunk: only with that do headers go out.

    :param raised: called if the app raises before.
    """

    def __init__(self, body: Iterable[bytes], raised: Callable[[], None]) -> None:
        self._body = body
        self._chunks: Iterator[bytes] | None = None
        self._raised = raised
        self._begun = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._chunks is None:
                self._chunks = iter(self._body)
            chunk = next(self._chunks)
        except StopIteration:
            raise
        except Exception:
            if not self._begun:
                self._raised()
            raise
        self._begun = self._begun or bool(chunk)
        return chunk

    def close(self) -> None:
        """Close the app's own body, if it wants that (PEP 3333)."""
        close = getattr(self._body, "close", None)
        if close is not None:
            close()
