"""What is counted and timed, for Prometheus; names and units follow its conventions."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The process's instruments, in a registry of their own so that two apps can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "earshot_requests_total",
            "Answered requests",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "earshot_request_duration_seconds",
            "Time to answer",
            ["method", "route"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )
        self.records = Counter(
            "earshot_records_total", "Records taken in", ["source", "outcome"], registry=self.registry
        )
        self.commit_seconds = Histogram(
            "earshot_intake_commit_duration_seconds", "Time of one group commit", registry=self.registry
        )
        self.commit_records = Histogram(
            "earshot_intake_commit_records",
            "Records in one group commit",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 512, 2048),
            registry=self.registry,
        )
        self.correlation_seconds = Histogram(
            "earshot_correlation_duration_seconds", "Time of one round of the worker", registry=self.registry
        )
        self.verdicts = Counter(
            "earshot_verdict_changes_total", "Verdicts that changed", ["verdict"], registry=self.registry
        )
        self.changes_waiting = Gauge(
            "earshot_changes_waiting", "Changes not yet correlated", registry=self.registry
        )
        self.streams_open = Gauge(
            "earshot_streams_open", "Streams of events that are open", registry=self.registry
        )
        self.streams_dropped = Counter(
            "earshot_streams_dropped_total", "Streams whose reader took nothing", registry=self.registry
        )
        self.stream_events = Counter(
            "earshot_stream_events_total", "Events sent to streams", registry=self.registry
        )

    def expose(self) -> bytes:
        """The text format that a scraper reads."""
        return generate_latest(self.registry)
