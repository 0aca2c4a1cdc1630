"""The metrics that deploy/ relies on: where one of them is missing in app/metrics.py, its tests say so by name."""

OF_EVERY_PROCESS = frozenset(
    {"process_start_time_seconds", "process_resident_memory_bytes", "process_cpu_seconds_total"}
)
"""What prometheus-client tells of the process by itself, on Linux."""

LABELS_OF_SCRAPING = frozenset({"job", "instance"})
"""What Prometheus adds: from where it has a figure."""
