"""A PostgreSQL of its own, in a temporary folder, which only a Unix socket reaches."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

STARTING = 30
"""Seconds within which the server has to accept a connection, on a busy machine."""


class Postgres:
    """A server, which can be stopped and started again.

    PostgreSQL refuses to run as root, so root runs it as the user of Debian's package.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = [*Path("/usr/lib/postgresql").glob("*/bin"), Path(shutil.which("initdb") or "")]
        self._programs = next(path for path in found if (path / "initdb").exists())
        self._user: dict[str, Any] = {}
        if os.getuid() == 0:
            entry = pwd.getpwnam("postgres")
            self._user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        initdb = [self._programs / "initdb", "--username=postgres", "--auth=trust", "--no-sync"]
        command = [*initdb, "--encoding=UTF8", "--no-locale", "--pgdata", folder / "data"]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **self._user)

    @property
    def url(self) -> str:
        """The address for SQLAlchemy."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection whose statements take effect at once."""
        return psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        )

    def execute(self, statement: str, *values: object) -> None:
        """Execute a statement."""
        with self.connect() as connection:
            connection.execute(statement.encode(), values)

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        command = [self._programs / "postgres", "-D", self.folder / "data", "-k", self.folder]
        options = ["-c", "listen_addresses=", "-c", "fsync=off"]
        self._process = subprocess.Popen(
            [*command, *options], cwd=self.folder, stderr=subprocess.DEVNULL, **self._user
        )
        end = time.monotonic() + STARTING
        while True:
            try:
                return self.connect().close()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server at once, with all connections."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(STARTING)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server."""
    with TemporaryDirectory(prefix="wsgicors-") as folder:
        server = Postgres(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
