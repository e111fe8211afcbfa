"""A login by cookie, for pages of another origin: only these views take cookies.

Run it with ``flask --app examples.cookies run``.
"""

from flask import Flask, abort, session

from wsgicors import Policy
from wsgicors.flask import CORS, cors

public = Policy(allow_origins="*")
account = Policy(allow_origins=["https://app.example"], allow_credentials=True)

app = Flask(__name__)
app.config.update(
    SECRET_KEY="for this example only",
    SESSION_COOKIE_SAMESITE="None",  # app.example and api.example are two sites
    SESSION_COOKIE_SECURE=True,  # without which browsers drop a cookie with SameSite=None
)
CORS(app)


@app.get("/news")
@cors(public)
def news():
    return ["the shop is open"]


@app.put("/session")
@cors(account)
def log_in():
    session["user"] = "ada"
    return {"user": "ada"}


@app.get("/session")
@cors(account)
def who_am_i():
    if "user" not in session:
        abort(401)
    return {"user": session["user"]}
