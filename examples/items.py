"""A small API: a list that everybody may read, and items that the app may replace.

``test_items.py`` beside it shows how its CORS policies are tested.
"""

from flask import Flask, request

from wsgicors import Policy
from wsgicors.flask import CORS, cors

public = Policy(allow_origins="*")
ours = Policy(allow_origins=["https://app.example"], allow_credentials=True)

app = Flask(__name__)
CORS(app)

ITEMS = {1: "tea", 2: "milk", 3: "honey"}


@app.get("/items")
@cors(public, expose_headers=["X-Total-Count"])
def items():
    return list(ITEMS.values())[:2], {"X-Total-Count": str(len(ITEMS))}


@app.put("/items/<int:item_id>")
@cors(ours, expose_headers=["ETag"])
def replace(item_id):
    return {"replaced": item_id, "by": request.json}, {"ETag": f'"{item_id}"'}
