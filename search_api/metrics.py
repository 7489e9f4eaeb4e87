"""Metrics for Prometheus at `/metrics`; docs/http.md lists them."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from catalog.fields import WITH_HIDDEN
from search_api.indexing import Indexing
from search_api.service import SearchService

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)

Find = Callable[[], SearchService | None]


class Metrics:
    """The metrics of one application."""

    def __init__(self, service: Find, indexing: Indexing | None = None) -> None:
        """`service` returns the service, or None until it is open."""
        self._registry = CollectorRegistry()
        self._registry.register(_ServiceCollector(service, indexing))
        self._requests = Counter(
            "polymuse_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "polymuse_request_seconds",
            "Time to the response",
            ("route",),
            buckets=SECONDS,
            registry=self._registry,
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Record one response. `route` is the template, not the path a client sent: that keeps the series few."""
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self._registry)


class _ServiceCollector(Collector):
    """Reads the service when metrics are collected."""

    def __init__(self, service: Find, indexing: Indexing | None) -> None:
        self._service = service
        self._indexing = indexing

    def collect(self) -> Iterator[Metric]:
        service = self._service()
        if self._indexing is not None:
            yield from _indexing_metrics(self._indexing)
        yield GaugeMetricFamily("polymuse_ready", "Whether the library is open", 0 if service is None else 1)
        if service is None:
            return
        texts, worker = service.encoder.usage(), service.analyzer.worker
        yield CounterMetricFamily("polymuse_text_cache_hits", "Texts whose vector was cached", texts.hits)
        yield CounterMetricFamily("polymuse_text_cache_misses", "Texts that were embedded", texts.misses)
        yield GaugeMetricFamily("polymuse_tracks", "Tracks in the library", service.catalog.count(WITH_HIDDEN))
        yield GaugeMetricFamily("polymuse_uploads_kept", "Uploads whose vectors are in memory", len(service.uploads))
        yield CounterMetricFamily("polymuse_uploads_analysed", "Uploads analysed", service.uploads.total)
        yield CounterMetricFamily("polymuse_upload_worker_starts", "Starts of the upload process", worker.starts)
        yield CounterMetricFamily(
            "polymuse_upload_worker_losses", "Upload processes that crashed or took too long", worker.losses
        )


def _indexing_metrics(indexing: Indexing) -> Iterator[Metric]:
    running = any(job.state == "running" for job in indexing.jobs().jobs)
    yield GaugeMetricFamily("polymuse_indexing", "Whether a job is running", int(running))
    files = CounterMetricFamily("polymuse_indexed_files", "Files that jobs have finished", labels=("status",))
    for status, number in indexing.finished_files().items():
        files.add_metric((status,), number)
    yield files
    yield GaugeMetricFamily("polymuse_failures", "Files that could not be indexed", indexing.failures(0, 1).total)
