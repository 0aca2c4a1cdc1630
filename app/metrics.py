"""What we count, in Prometheus' terms: docs/metrics.md says what each is for. No repository's name ever stands in a label."""

from importlib.metadata import PackageNotFoundError, version

from prometheus_client import Counter, Gauge, Histogram


def _version() -> str:
    try:
        return version("flakeguard-app")
    except PackageNotFoundError:
        # A checkout that was never installed.
        return "unknown"


VERSION = _version()

WEBHOOKS = Counter("flakeguard_webhooks", "Webhook deliveries by event and our answer", ["event", "answer"])
DELIVERIES_RECOVERED = Counter(
    "flakeguard_deliveries_recovered",
    "Deliveries that GitHub's log shows as missed, and what became of them",
    ["result"],
)
RUNS_FOUND = Counter("flakeguard_runs_found", "Finished runs that were found although no delivery told of them")
QUEUE_JOBS = Gauge("flakeguard_queue_jobs", "Jobs in the queue", ["state"])
QUEUE_OLDEST = Gauge("flakeguard_queue_oldest_seconds", "Age of the oldest job that could be done now")
BACKFILL_RUNS = Gauge(
    "flakeguard_backfill_runs", "Runs from before the App was installed, while they are read", ["state"]
)
JOBS = Counter("flakeguard_jobs", "Jobs that ended, by what became of them", ["kind", "result"])
INGEST_SECONDS = Histogram(
    "flakeguard_ingest_seconds", "Time to read and store one workflow run", buckets=(0.5, 1, 2, 5, 10, 30, 60, 300)
)
COMMENT_SECONDS = Histogram(
    "flakeguard_comment_seconds",
    "Time from the receipt of a workflow run's end to a check run or comment that was written for it",
    buckets=(1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600),
)
HOOK_DELIVERIES = Counter(
    "flakeguard_hook_deliveries", "Attempts to deliver something to a hook of the operator's", ["outcome"]
)
OCCURRENCES = Counter("flakeguard_occurrences", "Executions of tests stored")
PARSE_FAILURES = Counter("flakeguard_parse_failures", "Reports that could not be read", ["format"])
GITHUB_REQUESTS = Counter("flakeguard_github_requests", "Requests to GitHub", ["route", "status"])
GITHUB_QUOTA = Gauge("flakeguard_github_quota_remaining", "What GitHub's rate limit leaves", ["installation"])
KEY_REFUSED = Gauge("flakeguard_key_refused", "1 while GitHub does not take the App's private key")
BUILD = Gauge(
    "flakeguard_build_info", "Which release this is, and what the process does; always 1", ["version", "role"]
)
