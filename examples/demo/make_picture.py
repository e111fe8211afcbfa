"""Draw ``assets/picture.png``: a quarter of a disc, opaque, in an otherwise clear square.

Run it with ``python -m examples.demo.make_picture``; the result is kept in the repository. Text can
flow round the arc, and every opaque pixel has the one colour that the page looks for.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

SIDE = 128
COLOUR = bytes((15, 118, 110, 255))
CLEAR = bytes(4)


def pixel(x: int, y: int) -> bytes:
    """Return the pixel at this place: the disc's centre is the lower left corner."""
    return COLOUR if x**2 + (SIDE - 1 - y) ** 2 < SIDE**2 else CLEAR


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG file, with its length before it and its checksum after it."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def draw() -> bytes:
    """Return the picture as a PNG file."""
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 6, 0, 0, 0)
    # Each row starts with a byte that names its filter; 0 is none.
    rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(SIDE)) for y in range(SIDE))
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


if __name__ == "__main__":
    (Path(__file__).parent / "assets" / "picture.png").write_bytes(draw())
