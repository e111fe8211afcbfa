"""Prices that pages of every origin read, and the shop's own pages with their visitor's discount.

Run it with ``flask --app examples.tiers run``.
"""

from flask import Flask, session

from wsgicors import Policy
from wsgicors.flask import CORS, cors

prices = Policy(
    allow_origins="*",
    allow_credentials=["https://shop.example", "https://m.shop.example"],
    expose_headers=["ETag"],
)

app = Flask(__name__)
app.config.update(
    SECRET_KEY="for this example only",
    SESSION_COOKIE_SECURE=True,
)
CORS(app)


@app.get("/prices")
@cors(prices)
def list_prices():
    percent = session.get("discount", 0)  # with this, Flask also sends Vary: Cookie
    headers = {"ETag": f'"{percent}"', "Cache-Control": "private"}
    return {"tea": 300 - 3 * percent}, headers


@app.put("/discount")
@cors(allow_origins=["https://shop.example"], allow_credentials=True)
def give_discount():
    session["discount"] = 10
    return {"discount": 10}
