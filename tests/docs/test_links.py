"""Every link works: on the built pages, and in the files as GitHub shows them."""

import re
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import DOCS, ROOT, Page, read_markdown

FILES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(path for path in DOCS.rglob("*.md") if DOCS / "_build" not in path.parents),
    ROOT / "lab" / "README.md",
    ROOT / "tests" / "README.md",
]

FOLDERS = "bench|docs|examples|lab|scripts|tests|wsgicors"

HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")


def fault_outside(link: str) -> str:
    """Return what is wrong with a link to another site, without opening it."""
    parts = urlsplit(link)
    if parts.scheme != "https":
        return f"{link}: not https"
    if not HOST.fullmatch(parts.netloc) or re.search(r"[\s<>\"{}|\\^`]", link):
        return f"{link}: not well-formed"
    return ""


def fault_inside(site: dict[str, Page], page: str, link: str) -> str:
    """Return what is wrong with a link to a page or within a page."""
    parts = urlsplit(link)
    target = normpath(join(dirname(page), unquote(parts.path))) if parts.path else page
    if target not in site:
        return f"{page}: {link}: {target} does not exist"
    if parts.fragment and unquote(parts.fragment) not in site[target].anchors:
        return f"{page}: {link}: {target} has no such anchor"
    return ""


def faults_of_site(site: dict[str, Page]) -> list[str]:
    found = [
        fault_outside(link) if urlsplit(link).scheme else fault_inside(site, name, link)
        for name, page in site.items()
        for link in page.links
    ]
    return sorted(filter(None, found))


def fault_in_file(path: Path, link: str) -> str:
    """Return what is wrong with a link in a Markdown file.

    ``path:`` begins a link of MyST to a file that is not a page of the site.
    """
    parts = urlsplit(link.removeprefix("path:"))
    if parts.scheme:
        return fault_outside(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(ROOT) or not target.exists():
        return f"{link}: no such file"
    if parts.fragment and parts.fragment not in read_markdown(target).anchors:
        return f"{link}: no such heading"
    return ""


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_every_link_in_a_file_works(path):
    assert [
        fault for link in read_markdown(path).links if (fault := fault_in_file(path, link))
    ] == []


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_every_file_that_a_page_names_exists(path):
    named = re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", path.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("gone.html", id="no-such-page"),
        pytest.param("../index.html", id="above-the-site"),
        pytest.param("#gone", id="no-such-anchor-here"),
        pytest.param("index.html#gone", id="no-such-anchor-there"),
        pytest.param("_images/gone.svg", id="no-such-picture"),
        pytest.param("http://fetch.spec.whatwg.org/", id="not-encrypted"),
        pytest.param("https://fetch/", id="no-domain"),
        pytest.param("https://fetch.spec.whatwg.org/a b", id="a-space"),
        pytest.param("ftp://fetch.spec.whatwg.org/", id="another-scheme"),
    ],
)
def test_a_broken_link_of_a_page_is_found(link):
    site = {"index.html": Page(anchors=frozenset({"top"})), "a.html": Page(frozenset({link}))}
    assert len(faults_of_site(site)) == 1


@pytest.mark.parametrize(
    "link", ["index.html#top", "index.html", "a.html", "", "https://a.example/#x"]
)
def test_a_working_link_is_not_found(link):
    site = {"index.html": Page(anchors=frozenset({"top"})), "a.html": Page(frozenset({link}))}
    assert faults_of_site(site) == []


@pytest.mark.parametrize(
    "link", ["gone.md", "path:gone.md", "page.md#gone", "#gone", "http://a.example/"]
)
def test_a_broken_link_of_a_file_is_found(link, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.docs.test_links.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"# A heading\n\n[here]({link}) and [there](page.md#a-heading)\n", "utf-8")
    faults = [fault_in_file(page, found) for found in sorted(read_markdown(page).links)]
    assert sorted(map(bool, faults)) == [False, True]
