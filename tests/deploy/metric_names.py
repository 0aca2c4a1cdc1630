"""The metrics that deploy/ relies on: where one of them is missing in app/metrics.py, its tests say so by name."""

PROMISED = frozenset(
    {
        "flakeguard_backfill_runs",
        "flakeguard_build_info",
        "flakeguard_comment_seconds",
        "flakeguard_deliveries_recovered_total",
        "flakeguard_jobs_total",
        "flakeguard_key_refused",
        "flakeguard_runs_found_total",
    }
)
"""Not there when the alerts were written. An empty set once they are."""

OF_EVERY_PROCESS = frozenset(
    {"process_start_time_seconds", "process_resident_memory_bytes", "process_cpu_seconds_total"}
)
"""What prometheus-client tells of the process by itself, on Linux."""

LABELS_OF_SCRAPING = frozenset({"job", "instance"})
"""What Prometheus adds: from where it has a figure."""
