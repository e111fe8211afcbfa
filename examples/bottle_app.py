"""A shopping list as a Bottle app: everybody may read it, and one page may change it.

::

    bottle examples.bottle_app:app        # and in another terminal:
    wsgicors audit --app examples.bottle_app:app
"""

from bottle import Bottle, abort, request, response

from wsgicors import Policy
from wsgicors.bottle import CORS, cors

public = Policy(allow_origins="*")
ours = Policy(
    allow_origins=["https://app.example"], allow_headers=["Authorization", "Content-Type"]
)

app = Bottle()
app.install(CORS(policies={"ours": ours}))

TOKEN = "Bearer of-tea"
ITEMS = {1: "tea", 2: "milk", 3: "honey"}


@app.hook("before_request")
def authenticate():
    if request.method == "PUT" and request.get_header("Authorization") != TOKEN:
        abort(401, "who are you?")


@app.get("/items")
@cors(public, expose_headers=["X-Total-Count"])
def items():
    response.set_header("X-Total-Count", len(ITEMS))
    return {"items": list(ITEMS.values())[:2]}


@app.put("/items/<item_id:int>")
@cors("ours")
def replace(item_id):
    if item_id not in ITEMS:
        abort(404, "there is no such item")
    return {"replaced": item_id, "by": request.json}
