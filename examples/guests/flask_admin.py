"""Flask-Admin: ``@cors`` above a method of a view class, or the table ``blueprints``."""

from flask import Flask
from flask_admin import Admin, AdminIndexView, BaseView, expose

from examples.guests import OFFICE
from wsgicors import Policy
from wsgicors.flask import CORS, cors

app = Flask(__name__)
app.secret_key = "only an example"
CORS(app, Policy("*"), blueprints={"table": OFFICE})
admin = Admin(app, index_view=AdminIndexView(url="/admin"))


class Public(BaseView):
    @expose("/")
    def index(self):
        return ["tea"]


class Closed(BaseView):
    @expose("/")
    @cors(None)
    def index(self):
        return ["plans"]


class OnMethod(BaseView):
    @expose("/", methods=["GET", "PUT"])
    @cors(OFFICE)
    def index(self):
        return ["salaries"]


class InTable(BaseView):
    @expose("/", methods=["GET", "PUT"])
    def index(self):
        return ["salaries"]


admin.add_view(Public(url="/public"))
admin.add_view(Closed(url="/closed"))
admin.add_view(OnMethod(url="/office/method"))
admin.add_view(InTable(endpoint="table", url="/office/table"))
