"""Flask-Admin: ``@cors`` above a view class or a method of it, or the table ``blueprints``."""

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


@cors(None)
class Closed(BaseView):
    @expose("/")
    def index(self):
        return ["plans"]


@cors(OFFICE)
class OnClass(BaseView):
    @expose("/", methods=["GET", "PUT"])
    def index(self):
        return ["salaries"]


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
admin.add_view(OnClass(url="/office/class"))
admin.add_view(OnMethod(url="/office/method"))
admin.add_view(InTable(endpoint="table", url="/office/table"))
