"""An app whose policies are in a file beside it: the views name them, and cors.toml defines them.

Run it with ``flask --app examples.policy_file run``.
"""

from flask import Flask

from wsgicors.flask import CORS, cors

app = Flask(__name__)
app.config["CORS_POLICIES"] = "cors.toml"
CORS(app)


@app.get("/orders")
@cors("web")
def orders():
    return ["tea"]


@app.get("/prices")
@cors("partners")
def prices():
    return {"tea": 3}, {"ETag": '"7"'}
