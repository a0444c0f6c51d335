"""What the server counts, for Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import accumulate

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from entente.query.pool import Pool

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics(Collector):
    """The counters of one server; they live as long as it. All is done by one thread.

    Args:
        pool: What is asked for its state when somebody looks.
        waiting: Gives the number of requests that are being answered.
    """

    def __init__(self, pool: Pool, waiting: Callable[[], int]) -> None:
        # Plain numbers: the library's own counters take longer than a kept answer.
        self._requests = Counter[str]()
        self._in_bucket = [0] * (len(_BUCKETS_S) + 1)
        self._seconds = 0.0
        self._bytes = 0
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self._gauge("entente_requests_waiting", "Requests that are being answered", waiting)
        for name, text, read in (
            ("queries_running", "Queries that hold a slot", lambda: pool.admission.running),
            ("queries_long", "Queries that gave way to shorter ones", lambda: pool.current.long),
            ("workers_idle", "Workers that wait for a query", lambda: pool.current.idle),
            ("workers_forked", "Workers started for this version", lambda: pool.current.forked),
            ("workers_lost", "Workers that ended in a query", lambda: pool.current.lost),
            ("held_bytes", "Bytes of answers on their way", lambda: pool.ledger.held_bytes),
            ("triples", "Triples of the default graph", lambda: pool.current.triples),
            ("load_seconds", "Seconds that loading took", lambda: pool.current.load_s),
            ("ready", "Whether queries can be answered", lambda: pool.current.alive),
        ):
            self._gauge(f"entente_{name}", text, read)

    def count(self, outcome: str, seconds: float, size: int) -> None:
        """Count one request."""
        self._requests[outcome] += 1
        self._in_bucket[bisect_left(_BUCKETS_S, seconds)] += 1
        self._seconds += seconds
        self._bytes += size

    def collect(self) -> Iterable[Metric]:
        """Give what was counted to the library that writes it."""
        requests = CounterMetricFamily(
            "entente_requests", "Requests by outcome", labels=["outcome"]
        )
        for outcome, number in self._requests.items():
            requests.add_metric([outcome], number)
        yield requests
        bounds = [*map(str, map(float, _BUCKETS_S)), "+Inf"]
        yield HistogramMetricFamily(
            "entente_request_seconds",
            "Seconds from the last byte of a request to the last of its answer",
            buckets=list(zip(bounds, accumulate(self._in_bucket), strict=True)),
            sum_value=self._seconds,
        )
        yield CounterMetricFamily("entente_answer_bytes", "Bytes of bodies sent", value=self._bytes)

    def write(self) -> bytes:
        """Write everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        Gauge(name, text, registry=self._registry).set_function(read)
