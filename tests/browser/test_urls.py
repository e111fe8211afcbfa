"""``Browser`` reads URLs as Chromium does."""

import pytest

from tests.browser.chromium import launched
from wsgicors.testing.urls import URL

BASE = "https://u:p@base.example:8443/dir/page?x#y"

CHARACTERS = "\0\x01!\"#$%&'()+,;<=>?@[]^_`{|}~\x7f\xad"

HOSTS = [
    # Numbers.
    *["0x7f.1", "0177.1", "256", "1.256", "1.2.3.4.5", "09", "0x", "1.", "4294967296", "a.0x1"],
    *["1e3", "a.1b", "1.2.3.4.", "[::1]", "[0:0::1]", "[::1.2.3.4]", "[::1%25a]", "[::1", "[g]"],
    # Names.
    *[
        "B\xdcCHER",
        "fa\xdf",
        "\u03b2\u03cc\u03bb\u03bf\u03c2",
        "\u2603",
        "\uff41\uff0eb",
        "a\u3002b",
    ],
    *["\u200d", "\u212a", "\u05d0a", "\u0301a", "\U0001f4a9", "\ufdd0", "xn--a-ecp", "xn--f"],
    *["XN--BCHER-KVA", "xn--bcher-kva", "-a-", "a..b", "%61", "a%2fb"],
    *[f"a{character}b" for character in CHARACTERS],
]

URLS = [
    *["", "/a", "//b.example", "?q", "#f", "../c", "https:d", "https://", "https:///e", "http:f"],
    *[r"https:\\g.example\h", " https://i.exam\tple/\n", "https://j.example/?", "data:,a b#c"],
    *["https://:@k.example", "https://u@l.example", "https://m.example:443", "http://n:443"],
    *["https://o.example:0", "https://p.example:99999", "https://q.example:r", "app://s/t", "u:v"],
    *["https://w.example/a b/%7e/\xfc?\xfc'", "https://x.example/./%2e/y/../z", "mailto:a@b"],
    *[f"https://{host}/" for host in HOSTS],
]

WITH_SPACES = ["https://a b.example/", "https://a%20b.example/"]

PARSE = """([urls, base]) => urls.map((text) => {
  try { return new URL(text, base).href; } catch { return null; }
})"""


@pytest.fixture(scope="module")
def parsed() -> dict[str, str | None]:
    """Every URL as Chromium serialises it."""
    with launched() as chromium:
        texts = [*URLS, *WITH_SPACES]
        return dict(zip(texts, chromium.new_page().evaluate(PARSE, [texts, BASE]), strict=True))


@pytest.mark.parametrize("text", URLS, ids=ascii)
def test_a_url_is_what_chromium_makes_of_it(text: str, parsed: dict[str, str | None]) -> None:
    try:
        url = URL.parse(text, URL.parse(BASE))
    except ValueError:
        assert parsed[text] is None
    else:
        assert url.href + (f"#{url.fragment}" if url.fragment else "") == parsed[text]


@pytest.mark.parametrize("text", WITH_SPACES)
def test_chromium_encodes_a_space_in_a_host_where_the_standard_forbids_it(
    text: str, parsed: dict[str, str | None]
) -> None:
    assert parsed[text] == "https://a%20b.example/"
    with pytest.raises(ValueError, match="is not a valid URL"):
        URL.parse(text)
