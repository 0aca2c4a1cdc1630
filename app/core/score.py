"""How sure we are that a test is flaky, and how much it hurts."""

from dataclasses import dataclass

SCORER_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a policy asks of a test before it is called flaky. `window_size` counts the latest runs of a test."""

    window_size: int = 50
    warn_threshold: float = 0.3
    quarantine_threshold: float = 0.6
    min_runs: int = 10
    min_failures: int = 2
