"""The counters of Prometheus and OpenTelemetry, read as their own tools read them."""

import gc
import http.client
import inspect
import os
import subprocess
import sys
import threading
import weakref
from collections import Counter
from contextlib import closing
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from flask import Flask
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import REGISTRY, CollectorRegistry, make_wsgi_app
from prometheus_client import Counter as PrometheusCounter
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.helpers import APP, OTHER, Response, environ, hello, preflight
from wsgicors import CORSMiddleware, Event, Policy, metrics
from wsgicors.flask import CORS, cors
from wsgicors.metrics import opentelemetry, prometheus

GRANTED = Event("granted", None, APP, "GET", False)
REFUSED = Event("refused", "method-not-allowed", OTHER, "PUT", True, "items", "partners")
TRIAL = Event("trial", "origin-not-allowed", APP, "GET", False, "items", "default")


@pytest.fixture
def registry():
    return CollectorRegistry()


def counted(registry):
    """Return what was counted, by labels, without those that are empty."""
    samples = [sample for family in registry.collect() for sample in family.samples]
    return {
        frozenset((name, value) for name, value in sample.labels.items() if value): sample.value
        for sample in samples
        if sample.name == "wsgicors_requests_total"
    }


def labels(**given):
    return frozenset(given.items())


class TestPrometheus:
    def test_a_counter_that_was_unregistered_and_replaced_is_an_error(self, registry):
        """Or else the events would be counted where nothing reads them."""
        prometheus(registry)
        registry.unregister(metrics._counters[registry])
        PrometheusCounter("wsgicors_requests", "another", registry=registry)
        with pytest.raises(ValueError, match="Duplicated"):
            prometheus(registry)

    @pytest.mark.parametrize("given", ["shop", 1, CollectorRegistry])
    def test_what_is_not_a_registry_is_an_error(self, given):
        with pytest.raises(TypeError, match=r"is not a registry .*; use prometheus\(\), or"):
            prometheus(given)

    def test_it_counts_events_by_their_fields_without_the_origin(self, registry):
        count = prometheus(registry)
        for event in GRANTED, REFUSED, REFUSED, TRIAL:
            count(event)
        assert counted(registry) == {
            labels(outcome="granted", method="GET", preflight="false"): 1,
            labels(
                outcome="refused",
                reason="method-not-allowed",
                method="PUT",
                preflight="true",
                endpoint="items",
                policy="partners",
            ): 2,
            labels(
                outcome="trial",
                reason="origin-not-allowed",
                method="GET",
                preflight="false",
                endpoint="items",
                policy="default",
            ): 1,
        }

    def test_a_method_that_http_does_not_define_is_counted_as_other(self, registry):
        count = prometheus(registry)
        for method in "get", "PROPFIND", "", "A" * 100:
            count(Event("granted", None, APP, method, False))
        assert counted(registry) == {
            labels(outcome="granted", method="OTHER", preflight="false"): 4
        }

    def test_the_observers_of_a_registry_use_one_counter(self, registry):
        prometheus(registry)(GRANTED)
        prometheus(registry)(GRANTED)
        assert [*counted(registry).values()] == [2]

    def test_threads_that_ask_at_once_get_one_counter(self, registry):
        threads = [
            threading.Thread(target=lambda: prometheus(registry)(GRANTED)) for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [*counted(registry).values()] == [20]

    def test_a_counter_that_was_unregistered_is_registered_again(self, registry):
        prometheus(registry)(GRANTED)
        [collector] = registry._collector_to_names
        registry.unregister(collector)
        prometheus(registry)(GRANTED)
        assert [*counted(registry).values()] == [2]

    def test_registries_do_not_share_a_counter(self, registry):
        other = CollectorRegistry()
        prometheus(registry)(GRANTED)
        prometheus(other)
        assert counted(other) == {}

    def test_a_registry_is_freed(self):
        registry = CollectorRegistry()
        prometheus(registry)(GRANTED)
        reference = weakref.ref(registry)
        del registry
        gc.collect()
        assert reference() is None

    def test_the_registry_of_prometheus_is_the_default(self):
        sample = {"outcome": "granted", "reason": "", "method": "GET", "preflight": "false"}
        sample |= {"endpoint": "", "policy": ""}
        before = REGISTRY.get_sample_value("wsgicors_requests_total", sample) or 0
        prometheus()(GRANTED)
        assert REGISTRY.get_sample_value("wsgicors_requests_total", sample) == before + 1

    def test_another_metric_of_the_same_name_is_an_error(self, registry):
        PrometheusCounter("wsgicors_requests", "Another one", registry=registry)
        with pytest.raises(ValueError, match="wsgicors_requests"):
            prometheus(registry)

    def test_its_samples_stay_few_under_hostile_requests(self, registry):
        app = Flask(__name__)
        CORS(app, allow_origins=[APP], observer=prometheus(registry))
        app.add_url_rule("/<path:name>", "file", lambda name: name)
        for number in range(300):
            for make in environ, preflight:
                method = {"method": f"M{number}"}
                origin = f"https://{'a' * number}.example"
                Response(app, make(path=f"/{number}", origin=origin, **method))
                Response(app, make(path=f"/{number}\n", origin=f"{APP}\r\n{number}", **method))
                Response(app, make(path="/", origin=APP, **method))
        assert sum(counted(registry).values()) == 1800
        assert len(counted(registry)) <= 6

    def test_each_worker_process_counts_and_one_sees_the_sum(self, tmp_path):
        """Prometheus' client keeps the counters of all processes in a folder."""
        program = f"""
            import os
            from prometheus_client import CollectorRegistry, multiprocess
            from wsgicors import Event
            from wsgicors.metrics import prometheus
            count = prometheus()
            for worker in range(3):
                if not os.fork():
                    count(Event("granted", None, {APP!r}, "GET", False))
                    os._exit(0)
                os.wait()
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)
            labels = dict(outcome="granted", reason="", method="GET", preflight="false")
            labels |= dict(endpoint="", policy="")
            print(registry.get_sample_value("wsgicors_requests_total", labels))
        """
        assert run(program, PROMETHEUS_MULTIPROC_DIR=str(tmp_path)) == "3.0"


def run(program, **variables):
    """Return what a program prints."""
    environment = {**os.environ, **variables}
    command = [sys.executable, "-c", inspect.cleandoc(program)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return ended.stdout.strip()


class Quiet(WSGIRequestHandler):
    def log_message(self, *args): ...


class TestAScrape:
    """An app and the endpoint that Prometheus reads, behind a server."""

    @pytest.fixture
    def port(self, registry):
        app = Flask(__name__)
        CORS(app, observer=prometheus(registry))

        @app.get("/items/<int:number>")
        @cors(allow_origins=[APP])
        def item(number):
            return str(number)

        served = DispatcherMiddleware(app, {"/metrics": make_wsgi_app(registry)})
        with make_server("127.0.0.1", 0, served, handler_class=Quiet) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield server.server_port
            server.shutdown()
            thread.join()

    def get(self, port, path, origin=None, method="GET", **headers):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            sent = {"Origin": origin} if origin else {}
            connection.request(method, path, headers={**sent, **headers})
            return connection.getresponse().read().decode()

    def test_it_has_each_kind_of_request_with_its_number(self, port):
        for number in range(3):
            self.get(port, f"/items/{number}", APP)
            self.get(port, f"/items/{number}", OTHER)
        asked = {"Access-Control-Request-Method": "DELETE"}
        self.get(port, "/items/1", APP, "OPTIONS", **asked)
        text = self.get(port, "/metrics")
        [family] = [
            family
            for family in text_string_to_metric_families(text)
            if family.name == "wsgicors_requests"
        ]
        assert family.type == "counter"
        assert family.documentation
        numbers = Counter()
        for sample in family.samples:
            if sample.name == "wsgicors_requests_total":
                key = sample.labels["outcome"], sample.labels["reason"], sample.labels["endpoint"]
                numbers[key] += sample.value
        assert numbers == {
            ("granted", "", "item"): 3,
            ("refused", "origin-not-allowed", "item"): 3,
            ("refused", "method-not-allowed", "item"): 1,
        }
        assert OTHER not in text
        assert "/items" not in text


class TestOpenTelemetry:
    @pytest.fixture
    def reader(self):
        return InMemoryMetricReader()

    @pytest.fixture
    def meter(self, reader):
        provider = MeterProvider([reader])
        yield provider.get_meter("test")
        provider.shutdown()

    def metric(self, reader):
        [resource] = reader.get_metrics_data().resource_metrics
        [scope] = resource.scope_metrics
        [metric] = scope.metrics
        return metric

    def test_it_counts_events_by_their_fields_without_the_origin(self, meter, reader):
        count = opentelemetry(meter)
        for event in GRANTED, REFUSED, REFUSED:
            count(event)
        metric = self.metric(reader)
        assert (metric.name, metric.unit) == ("wsgicors.requests", "{request}")
        assert metric.description
        assert metric.data.is_monotonic
        points = {frozenset(point.attributes.items()): point for point in metric.data.data_points}
        assert {attributes: point.value for attributes, point in points.items()} == {
            frozenset(
                {
                    ("wsgicors.outcome", "granted"),
                    ("wsgicors.method", "GET"),
                    ("wsgicors.preflight", False),
                }
            ): 1,
            frozenset(
                {
                    ("wsgicors.outcome", "refused"),
                    ("wsgicors.reason", "method-not-allowed"),
                    ("wsgicors.method", "PUT"),
                    ("wsgicors.preflight", True),
                    ("wsgicors.endpoint", "items"),
                    ("wsgicors.policy", "partners"),
                }
            ): 2,
        }

    def test_two_observers_of_a_meter_count_together(self, meter, reader):
        opentelemetry(meter)(GRANTED)
        opentelemetry(meter)(GRANTED)
        assert [point.value for point in self.metric(reader).data.data_points] == [2]

    def test_its_series_stay_few_under_hostile_requests(self, meter, reader):
        app = CORSMiddleware(hello, Policy(APP), observer=opentelemetry(meter))
        for number in range(300):
            Response(app, environ(f"M{number}", f"/{number}", origin=f"https://{number}.example"))
            Response(app, preflight(f"/{number}", method=f"M{number}"))
        assert len(self.metric(reader).data.data_points) == 2

    def test_the_meter_provider_may_be_set_later(self):
        """It can be set once in a process."""
        program = f"""
            from opentelemetry.metrics import set_meter_provider
            from opentelemetry.sdk.metrics import MeterProvider
            from opentelemetry.sdk.metrics.export import InMemoryMetricReader
            from wsgicors import Event
            from wsgicors.metrics import opentelemetry
            count = opentelemetry()
            reader = InMemoryMetricReader()
            set_meter_provider(MeterProvider([reader]))
            count(Event("granted", None, {APP!r}, "GET", False))
            scope = reader.get_metrics_data().resource_metrics[0].scope_metrics[0]
            print(scope.scope.name, scope.metrics[0].data.data_points[0].value)
        """
        assert run(program) == "wsgicors 1"


class TestAnExtraThatIsMissing:
    @pytest.mark.parametrize(
        ("make", "package", "module"),
        [
            (prometheus, "prometheus-client", "prometheus_client"),
            (opentelemetry, "opentelemetry-api", "opentelemetry.metrics"),
        ],
    )
    def test_it_is_named_with_the_command_that_installs_it(
        self, monkeypatch, make, package, module
    ):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ModuleNotFoundError) as caught:
            make()
        extra = make.__name__
        assert str(caught.value) == (
            f"wsgicors.metrics.{extra}() needs the package {package}; install wsgicors with its "
            f"extra '{extra}': python -m pip install '.[{extra}]' in a checkout, or "
            f"python -m pip install 'PATH/TO/WHEEL[{extra}]' for a wheel"
        )
        assert caught.value.name == module

    def test_the_module_itself_needs_no_extra(self):
        loads = "print({'prometheus_client', 'opentelemetry'} & {*sys.modules})"
        assert run(f"import sys, wsgicors.metrics; {loads}") == "set()"


@pytest.mark.parametrize("make", [prometheus, opentelemetry])
def test_what_makes_an_observer_is_not_one_itself(make):
    with pytest.raises(TypeError) as caught:
        CORSMiddleware(hello, Policy(APP), observer=make)
    assert str(caught.value) == (
        f"{make.__name__} is not an observer, but makes one; use seen = {make.__name__}(), and "
        "observer=seen"
    )
