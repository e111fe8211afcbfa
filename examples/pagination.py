"""A list in pages: where the next one is, and how many there are, stand in headers.

Run it with ``flask --app examples.pagination run``.
"""

from flask import Flask, request, url_for

from wsgicors import Policy
from wsgicors.flask import CORS, cors

api = Policy(allow_origins=["https://app.example"])

app = Flask(__name__)
CORS(app, api)

TEAS = ["assam", "ceylon", "darjeeling", "earl grey", "keemun"]
PAGE_SIZE = 2
"""Teas on one page; few, so that there are several pages."""


@app.get("/teas")
@cors(api, expose_headers=["Link", "X-Total-Count"])
def teas():
    start = request.args.get("start", 0, type=int)
    headers = {"X-Total-Count": str(len(TEAS))}
    if start + PAGE_SIZE < len(TEAS):
        headers["Link"] = f'<{url_for("teas", start=start + PAGE_SIZE)}>; rel="next"'
    return TEAS[start : start + PAGE_SIZE], headers


@app.get("/teas/<name>")  # has the default, which exposes nothing
def tea(name):
    return {"name": name}
