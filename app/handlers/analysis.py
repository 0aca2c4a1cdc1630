"""Judge tests by what is stored of them, and write nothing: for commands, pages and programs that ask."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.model import CaseName, Evidence, Standing, TestId
from app.core.policy import Policy, Team
from app.db.cases import StoredCase, get_cases
from app.db.connection import Connection
from app.db.scores import StoredScore, healthy
from app.handlers.bot import KnownRepo
from app.handlers.judge import Opinion, fresh_opinions


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakeAnalysisConfig:
    """How tests are analysed: `batch` at once, by the policy's thresholds where no others are given.

    `window_size` counts the latest runs of a test; the two thresholds are scores, 0..1. `limit` is how many proposals are
    made at most.
    """

    batch: int = 200
    limit: int = 20
    window_size: int | None = None
    warn_threshold: float | None = None
    quarantine_threshold: float | None = None
    min_runs: int | None = None
    min_failures: int | None = None

    def applied_to(self, policy: Policy) -> Policy:
        """Return the policy with what is given here in the place of its own and of its teams'."""
        names = ("window_size", "warn_threshold", "quarantine_threshold", "min_runs", "min_failures")
        given = {name: own for name in names if (own := getattr(self, name)) is not None}
        yielding = dict.fromkeys(given.keys() & Team.model_fields.keys())
        teams = {name: team.model_copy(update=yielding) for name, team in policy.teams.items()}
        return policy.model_copy(update={**given, "teams": teams})


POLICY_ALONE = FlakeAnalysisConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFlakiness:
    """What is to be thought of a test by its stored executions; `score` holds the figures, evidence is latest first."""

    __test__ = False

    test: TestId
    case: CaseName
    standing: Standing
    score: StoredScore
    evidence: tuple[Evidence, ...]


async def analyze_test_flakiness(
    conn: Connection, repo: KnownRepo, tests: Sequence[TestId], config: FlakeAnalysisConfig = POLICY_ALONE
) -> list[TestFlakiness]:
    """Judge those tests by their stored executions and write nothing; in the order of the tests, unknown ones left out."""
    asked = replace(repo, policy=config.applied_to(repo.policy))
    found: list[TestFlakiness] = []
    for start in range(0, len(tests), config.batch):
        batch = tests[start : start + config.batch]
        cases = await get_cases(conn, repo.id, batch)
        opinions = await fresh_opinions(conn, asked, batch)
        found += [_flakiness(cases[test], opinions[test]) for test in batch if test in cases]
    return found


def _flakiness(case: StoredCase, opinion: Opinion) -> TestFlakiness:
    return TestFlakiness(
        test=TestId(case.id),
        case=case.case,
        standing=opinion.standing,
        score=opinion.score or healthy(case.id),
        evidence=opinion.evidence,
    )
