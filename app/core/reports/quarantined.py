"""What our plug-in for pytest leaves behind of a quarantined test that failed (`deploy/pytest-flakeguard`).

To pytest such a failure is an expected one, and an expected failure is a skip; a quarantine whose failures nobody sees would
end as one of a test that has healed. So the plug-in puts the truth into the properties of the test's report.

Whoever reads it tells two executions: the failure, which counts as evidence, and then the skip, which has the final say. A
failure that failed nothing must not explain why the job failed.
"""

from collections.abc import Mapping

from app.core.model import Outcome

OUTCOME, MESSAGE, TRACE = "flakeguard_outcome", "flakeguard_message", "flakeguard_trace"
PROPERTIES = frozenset({OUTCOME, MESSAGE, TRACE})

_OUTCOMES = {"failed": Outcome.FAILED, "error": Outcome.ERROR}


def true_outcome(properties: Mapping[str, object]) -> Outcome | None:
    """Return how a test ended that is told as an expected failure; None where it was one."""
    said = properties.get(OUTCOME)
    return _OUTCOMES.get(said) if isinstance(said, str) else None
