r"""An API with faults in its policies, for ``wsgicors explain`` to find.

::

    wsgicors explain PUT https://api.example/items --origin https://app.example \
        -H 'X-Request-Id: 1' --credentials --app examples.flask_app:app
"""

from flask import Flask, request

from wsgicors import Policy
from wsgicors.flask import CORS, cors

public = Policy(allow_origins="*")

app = Flask(__name__)
CORS(app, public)


@app.get("/items")
def items():
    return ["tea", "milk", "honey"], {"X-Total-Count": "3"}


@app.put("/items")
@cors(allow_origins=["https://app.example"])
def replace_items():
    return {"replaced": request.get_data(as_text=True)}
