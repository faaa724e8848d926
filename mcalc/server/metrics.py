"""What the server counts, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mcalc.server.answers import Answers
from mcalc.server.pool import Pool

__all__ = ["Metrics"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)


class Metrics:
    """The figures of one server."""

    def __init__(self, answers: Answers) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "mcalc_requests", "Requests answered.", ("route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "mcalc_request_seconds",
            "How long they took.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._registry.register(_Inside(answers))
        ProcessCollector(registry=self._registry)

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All figures, in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Inside(Collector):
    """Reads what the parts of the server count themselves, when it is asked for."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def collect(self) -> Iterable[Metric]:
        answers = self._answers
        yield CounterMetricFamily(
            "mcalc_answers_found", "Questions answered from memory.", answers.found
        )
        yield GaugeMetricFamily("mcalc_answers_bytes", "Memory of answers.", answers.taken)
        yield self._each("mcalc_processes_ready", "Idle processes.", lambda pool: pool.ready)
        yield self._each("mcalc_jobs_running", "Requests in work.", lambda pool: pool.running)
        yield self._each("mcalc_jobs_waiting", "Requests in the queue.", lambda pool: pool.waiting)
        yield self._each(
            "mcalc_processes_replaced",
            "Processes that came to an end.",
            lambda pool: pool.replaced,
            CounterMetricFamily,
        )

    def _each(
        self,
        name: str,
        doc: str,
        value: Callable[[Pool], int],
        family: type[CounterMetricFamily] | type[GaugeMetricFamily] = GaugeMetricFamily,
    ) -> Metric:
        found = family(name, doc, labels=("job",))
        for job, pool in self._answers.pools.items():
            found.add_metric((job,), value(pool))
        return found
