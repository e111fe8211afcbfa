r"""An app factory: the code names policies, and the environment says which origins they allow.

::

    FLASK_CORS_POLICIES__web__allow_origins=https://app.example,https://www.app.example \
    FLASK_CORS_POLICIES__web__allow_credentials=true \
    FLASK_CORS_POLICIES__partners__allow_origins=https://partner.example \
    flask --app examples.factory run
"""

from flask import Blueprint, Flask

from wsgicors.flask import CORS, cors

extension = CORS(blueprints={"account": "web"})
account = Blueprint("account", __name__, url_prefix="/account")
catalogue = Blueprint("catalogue", __name__, url_prefix="/catalogue")


@account.get("/orders")
def orders():
    return ["tea"]


@catalogue.get("/prices")
@cors("partners", expose_headers=["ETag"])
def prices():
    return {"tea": 3}, {"ETag": '"7"'}


def create_app(config=None):
    """Make the app, configured by the environment or, in a test, by a table."""
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.from_mapping(config)
    extension.init_app(app)
    app.register_blueprint(account)
    app.register_blueprint(catalogue)
    return app
