"""A shop whose tenants' domains are in the database that ``DATABASE`` names."""

import os
import time
from collections.abc import Sequence

from flask import Flask
from sqlalchemy import create_engine, text

from wsgicors import origins
from wsgicors.flask import CORS, cors
from wsgicors.origins import RefreshedOrigins

from . import APP, BRIEFLY, EVERY

origins.PATIENCE = 2.0  # seconds that requests wait for a load, so that the tests take less time

engine = create_engine(os.environ["DATABASE"], pool_pre_ping=True)


def load() -> Sequence[str]:
    """Return the domains."""
    with engine.connect() as connection:
        return connection.scalars(text("SELECT origin FROM tenants")).all()


app = Flask(__name__)
CORS(app)


@app.get("/items")
@cors(allow_origins=[APP, RefreshedOrigins(load, every=EVERY)])
def items() -> str:
    """Take a moment, so that several requests reach several workers; name this one."""
    time.sleep(0.02)
    return str(os.getpid())


@app.get("/brief")
@cors(allow_origins=[APP, RefreshedOrigins(load, every=EVERY, stale_for=BRIEFLY)])
def brief() -> str:
    """Do the same where domains become stale soon."""
    return items()
