"""A small shop, whose exchanges with pages are drawn in the documentation.

``python -m scripts.diagrams`` makes the requests, and draws what crossed the wire.
"""

from flask import Flask, redirect

from wsgicors import wrap
from wsgicors.flask import CORS, cors

PAGE = "https://app.shop.example"
API = "https://api.shop.example"
FILES = "https://files.example"

api = Flask(__name__)
CORS(api)


@api.get("/news")
@cors(allow_origins="*")
def news():
    return {"headline": "Tea is back"}


@api.get("/sales")
@cors(allow_origins=["https://partner.example"])
def sales():
    return {"sold": 42}


@api.put("/items/<int:number>")
@cors(
    allow_origins=[PAGE],
    allow_headers=["Content-Type", "X-Request-Id"],
    expose_headers=["ETag"],
    max_age=600,
)
def replace_item(number):
    return {"replaced": number}, {"ETag": '"7"'}


@api.get("/basket")
@cors(allow_origins=[PAGE], allow_credentials=True)
def basket():
    return {"items": []}, {"Set-Cookie": "basket=b1; Secure; HttpOnly; SameSite=Lax"}


@api.put("/basket")
@cors(allow_origins=[PAGE], allow_credentials=True)
def fill_basket():
    return {"items": ["tea"]}


@api.get("/report")
@cors(allow_origins=[PAGE])
def report():
    return redirect(f"{FILES}/report.txt")


@api.put("/orders/")
@cors(allow_origins=[PAGE])
def replace_orders():
    return {"orders": []}


@wrap(allow_origins="*")
def files(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"report"]
