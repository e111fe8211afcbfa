import pytest

from wsgicors.cli.layout import GAP, usual, widths, wrap

ORIGINS = ["https://app.example"] * 9 + ["no page, unless the app writes CORS headers itself"]


@pytest.mark.parametrize(
    ("available", "expected"),
    [
        pytest.param(100, [len("/items"), len(ORIGINS[-1])], id="room-for-all"),
        pytest.param(40, [len("/items"), 40 - GAP - len("/items")], id="the-rest-for-long-texts"),
        pytest.param(27, [len("/items"), len(ORIGINS[0])], id="usual-texts-only"),
        pytest.param(26, None, id="too-narrow"),
    ],
)
def test_columns_are_wide_enough_for_what_is_usual(available, expected):
    assert widths([["URL", "/items"], ORIGINS], available) == expected


def test_a_column_is_as_wide_as_its_longest_word():
    long = "https://" + "a" * 40
    assert widths([["x"] * 20 + [f"redirect to {long}"]], 50) == [50]
    assert widths([["x"] * 20 + [f"redirect to {long}"]], 47) is None


def test_the_usual_length_leaves_out_the_longest_tenth():
    assert usual([5] * 9 + [100]) == 5
    assert usual([5] * 8 + [100] * 2) == 100
    assert usual([3]) == 3


def test_lines_break_between_words_only():
    url = "https://a-host-with-hyphens.example/" + "path" * 10
    assert wrap(f"see {url} for it", 20, "  ") == ["  see", f"  {url}", "  for it"]
    assert wrap("one two", 5, "  ", "* ") == ["* one", "  two"]
