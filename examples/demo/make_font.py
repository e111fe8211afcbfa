"""Build ``assets/font.woff2``: the letters C, O, R and S on a grid of 5 by 7 cells.

Run it with ``python -m examples.demo.make_font`` where fontTools and brotli are installed; the
result is kept in the repository. Every glyph is 1.2 em wide, much wider than any font that a
browser would fall back to, so that the width of a word tells whether the font was used.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

UNITS_PER_EM = 1000
ADVANCE = 1200
CELL_WIDTH, CELL_HEIGHT = 200, 120
# The first day of 2024, in seconds since 1904, where the dates of fonts begin.
BUILT = 3_786_912_000

LETTERS = {
    "C": (" ####", "#    ", "#    ", "#    ", "#    ", "#    ", " ####"),
    "O": (" ### ", "#   #", "#   #", "#   #", "#   #", "#   #", " ### "),
    "R": ("#### ", "#   #", "#   #", "#### ", "# #  ", "#  # ", "#   #"),
    "S": (" ####", "#    ", "#    ", " ### ", "    #", "    #", "#### "),
}


def glyph(rows: tuple[str, ...] = ()) -> object:
    """Draw one glyph, each cell as a rectangle of its own."""
    pen = TTGlyphPen(None)
    for row, cells in enumerate(rows):
        bottom = (len(rows) - 1 - row) * CELL_HEIGHT
        for column, cell in enumerate(cells):
            if cell == "#":
                draw_cell(pen, column * CELL_WIDTH, bottom)
    return pen.glyph()


def draw_cell(pen: TTGlyphPen, left: int, bottom: int) -> None:
    """Draw one cell, a little smaller than its place so that the grid shows."""
    right, top = left + CELL_WIDTH - 20, bottom + CELL_HEIGHT - 20
    pen.moveTo((left, bottom))
    pen.lineTo((left, top))
    pen.lineTo((right, top))
    pen.lineTo((right, bottom))
    pen.closePath()


def build(path: Path) -> None:
    """Build the font and write it."""
    font = FontBuilder(UNITS_PER_EM, isTTF=True)
    # A fixed date keeps the file the same from one build to the next.
    font.updateHead(created=BUILT, modified=BUILT)
    font.setupGlyphOrder([".notdef", *LETTERS])
    font.setupCharacterMap({ord(letter): letter for letter in LETTERS})
    font.setupGlyf({".notdef": glyph()} | {name: glyph(rows) for name, rows in LETTERS.items()})
    font.setupHorizontalMetrics(dict.fromkeys([".notdef", *LETTERS], (ADVANCE, 0)))
    font.setupHorizontalHeader(ascent=900, descent=-100)
    font.setupNameTable({"familyName": "wsgicors demo", "styleName": "Regular"})
    font.setupOS2(sTypoAscender=900, sTypoDescender=-100, usWinAscent=900, usWinDescent=100)
    font.setupPost(keepGlyphNames=False)
    font.font.flavor = "woff2"
    font.font.recalcTimestamp = False
    font.save(path)


if __name__ == "__main__":
    build(Path(__file__).parent / "assets" / "font.woff2")
