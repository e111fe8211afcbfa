"""Fonts, images and downloads from nginx with an exported policy, in Chromium."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page

from examples.demo.files import ASSETS
from lab import nginx
from tests.browser.chromium import launched
from wsgicors import Policy
from wsgicors._exporting import export

CONFIGURATION = """
include /etc/nginx/mime.types;
{maps}
server {{
    listen 127.0.0.1:{port} default_server;
    default_type text/html;
    location / {{ return 200 "<!doctype html><link rel=icon href=data:,>"; }}
}}
server {{
    listen 127.0.0.1:{port};
    server_name files.localhost;
    location /files/ {{
        {part}
        alias {assets}/;
    }}
    location /bare/ {{ alias {assets}/; }}
}}
"""

READ_ALL = """async (folder) => {
  const style = document.createElement("style");
  style.textContent = `@font-face { font-family: "Cors"; src: url("${folder}font.woff2"); }`;
  document.head.append(style);
  const faces = await document.fonts.load("16px Cors", "C").catch(() => []);

  const image = new Image();
  image.crossOrigin = "anonymous";
  image.src = `${folder}picture.png`;
  const pixels = await image.decode().then(() => {
    const context = document.createElement("canvas").getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, 1, 1).data.length;
  }).catch(() => 0);

  // This header needs a preflight.
  const headers = {"Content-Type": "application/json"};
  const tag = await fetch(`${folder}picture.png`, {headers})
    .then((response) => response.headers.get("ETag") ?? "")
    .catch(() => null);
  return {font: faces.map((face) => face.status), pixels, tag: tag && tag !== ""};
}"""
"""Uses a font, the pixels of an image, and a header of a download."""

READABLE = {"font": ["loaded"], "pixels": 4, "tag": True}
BLOCKED = {"font": [], "pixels": 0, "tag": None}


class Served(NamedTuple):
    page: Page
    port: int

    def read(self, origin: str, folder: str = "files") -> Any:
        """Return what a page of an origin reads of the files in a folder."""
        self.page.goto(f"{origin}:{self.port}/")
        return self.page.evaluate(READ_ALL, f"http://files.localhost:{self.port}/{folder}/")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:

    def configure(_: Path, port: int) -> str:
        policy = Policy(f"http://app.localhost:{port}", expose_headers=["ETag"])
        return CONFIGURATION.format(
            maps=export(policy, "nginx", name="files", heading="", maps=True),
            part=export(policy, "nginx", name="files", heading=""),
            assets=Path(ASSETS).resolve(),
            port=port,
        )

    with (
        nginx.running(configure) as server,
        launched() as browser,
        browser.new_context() as context,
    ):
        yield Served(context.new_page(), server.port)


def test_a_listed_page_uses_a_font_the_pixels_of_an_image_and_a_header(served):
    assert served.read("http://app.localhost") == READABLE


@pytest.mark.parametrize("host", ["other.localhost", "localhost", "sub.app.localhost"])
def test_any_other_page_is_blocked(served, host):
    assert served.read(f"http://{host}") == BLOCKED


def test_without_the_include_the_listed_page_is_blocked(served):
    assert served.read("http://app.localhost", "bare") == BLOCKED
