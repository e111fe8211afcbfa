"""Customers' domains in a real PostgreSQL, in the workers of a real server."""

import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from lab.servers.running import running
from lab.tenants import APP, BRIEFLY, EVERY
from lab.tenants.postgres import postgres

SHOP, NEW, EVIL = "https://shop.example", "https://new.example", "https://evil.example"
WORKERS = 4
GENEROUS = 30


@pytest.fixture(scope="module")
def database():
    with postgres() as database:
        database.execute("CREATE TABLE tenants (origin text)")
        yield database


@pytest.fixture(scope="module")
def serve(database):
    def serve(worker, number):
        arguments = ["-m", "gunicorn", "--no-control-socket", f"--workers={number}", "-k", worker]
        return running(lambda fd: [*arguments, f"-b=fd://{fd}", "lab.tenants.application:app"])

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DATABASE", database.url)
        yield serve


@pytest.fixture(scope="module")
def port(serve):
    with serve("sync", WORKERS) as port:
        yield port


@pytest.fixture
def tenants(database):
    """The table, with one domain."""
    database.execute("DELETE FROM tenants")
    database.execute("INSERT INTO tenants VALUES (%s)", SHOP)
    time.sleep(2 * EVERY)  # after which no request is answered from what was loaded before
    return database


def ask(port, origin, path="/items"):
    """Return which worker answers a page, and whether it allows the page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=GENEROUS)
    try:
        connection.request("GET", path, headers={"Origin": origin})
        response = connection.getresponse()
        return response.read(), response.getheader("Access-Control-Allow-Origin") == origin
    finally:
        connection.close()


def ask_all(port, origin, path="/items", number=WORKERS):
    """Ask until each worker has answered, and return whether they all allow the page, or none."""
    end, answers = time.monotonic() + GENEROUS, []
    with ThreadPoolExecutor(2 * number) as pool:
        while len({worker for worker, _ in answers}) < number:
            assert time.monotonic() < end
            answers += pool.map(lambda _: ask(port, origin, path), range(2 * number))
    [answer] = {allowed for _, allowed in answers}
    return answer


def wait_for(port, origin, path, expected):
    """Ask until all workers say the same as expected."""
    end = time.monotonic() + GENEROUS
    while {ask(port, origin, path)[1] for _ in range(4 * WORKERS)} != {expected}:
        assert time.monotonic() < end


def test_a_domain_that_is_added_or_removed_is_soon_allowed_or_refused_by_all_workers(port, tenants):
    assert ask_all(port, SHOP)
    assert not ask_all(port, NEW)
    tenants.execute("UPDATE tenants SET origin = %s", NEW)
    time.sleep(2 * EVERY)
    assert ask_all(port, NEW)
    assert not ask_all(port, SHOP)
    assert ask_all(port, APP)


def test_while_the_database_is_down_its_domains_are_allowed_until_they_are_stale(port, tenants):
    assert ask_all(port, SHOP, "/brief")
    assert ask_all(port, SHOP)
    tenants.stop()
    try:
        assert ask_all(port, SHOP)
        time.sleep(BRIEFLY)
        assert not ask_all(port, SHOP, "/brief")
        assert ask_all(port, SHOP)
        assert not ask_all(port, EVIL)
    finally:
        tenants.start()
    tenants.execute("INSERT INTO tenants VALUES (%s)", NEW)
    wait_for(port, NEW, "/brief", True)
    wait_for(port, NEW, "/items", True)
    assert ask_all(port, SHOP, "/brief")


def test_while_the_database_is_slow_requests_are_answered(port, tenants):
    assert ask_all(port, SHOP)
    with tenants.connect() as connection, connection.transaction():
        connection.execute("LOCK TABLE tenants IN ACCESS EXCLUSIVE MODE")
        connection.execute("UPDATE tenants SET origin = %s", [NEW])
        time.sleep(2 * EVERY)
        assert ask_all(port, SHOP)
        assert not ask_all(port, NEW)
    wait_for(port, NEW, "/items", True)
    assert not ask_all(port, SHOP)


def test_nonsense_in_the_database_allows_nothing_and_hides_nothing(port, tenants):
    for row in "*", "null", "https://*", None, "", "new.example", "https://new.example/", "\x7f\n":
        tenants.execute("INSERT INTO tenants VALUES (%s)", row)
    time.sleep(2 * EVERY)
    assert ask_all(port, SHOP)
    for origin in NEW, EVIL, "null":
        assert not ask_all(port, origin)


def test_a_table_that_is_gone_is_a_failed_load(port, tenants):
    assert ask_all(port, SHOP)
    tenants.execute("ALTER TABLE tenants RENAME TO away")
    time.sleep(2 * EVERY)
    assert ask_all(port, SHOP)
    tenants.execute("ALTER TABLE away RENAME TO tenants")
    tenants.execute("UPDATE tenants SET origin = %s", NEW)
    wait_for(port, NEW, "/items", True)


def test_gevent_serves_other_requests_while_the_database_is_slow(serve, tenants):
    with serve("gevent", 1) as port:
        assert ask_all(port, SHOP, number=1)
        with tenants.connect() as connection, connection.transaction():
            connection.execute("LOCK TABLE tenants IN ACCESS EXCLUSIVE MODE")
            connection.execute("UPDATE tenants SET origin = %s", [NEW])
            time.sleep(2 * EVERY)
            with ThreadPoolExecutor(9) as pool:
                waiting = [pool.submit(ask, port, SHOP) for _ in range(8)]
                assert ask(port, APP)[1]
                assert all(asking.result()[1] for asking in waiting)
        wait_for(port, NEW, "/items", True)
        assert not ask_all(port, SHOP, number=1)
