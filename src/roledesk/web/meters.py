"""What /metrics shows: requests by door and status, decisions by outcome.

No label holds a name or an id. Each process counts for itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST


class DecisionCount(Collector):
    """Decisions served; plain numbers, since they are added to on the fastest path."""

    def __init__(self) -> None:
        self.allowed = 0
        self.denied = 0

    def add(self, decisions: int, allowed: int) -> None:
        """Count decisions, of which some allowed."""
        self.allowed += allowed
        self.denied += decisions - allowed

    def collect(self) -> Iterator[Metric]:
        """The two numbers as Prometheus wants them."""
        family = CounterMetricFamily("roledesk_decisions", "Decisions served", labels=["outcome"])
        family.add_metric(["allowed"], self.allowed)
        family.add_metric(["denied"], self.denied)
        yield family


class Meters:
    """Every number of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "door", "status")
        self._requests = Counter("roledesk_requests", "Requests answered", labels, registry=self._registry)
        self._seconds = Histogram(
            "roledesk_request_seconds", "Time to answer", ("door",), registry=self._registry
        )
        self.decisions = DecisionCount()
        self._registry.register(self.decisions)

    def count_request(self, method: str, door: str, status: int, duration_s: float) -> None:
        """Count one request by its door's address, never by its own."""
        self._requests.labels(method, door, str(status)).inc()
        self._seconds.labels(door).observe(duration_s)

    def text(self) -> bytes:
        """All numbers in Prometheus' text form."""
        return generate_latest(self._registry)
