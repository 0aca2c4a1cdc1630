"""The lists and things behind a repository, which the pages show and the API answers with."""

from typing import Annotated, Any, TypeVar

import msgspec

from app.core.model import TestId
from app.core.paging import Mark, Page
from app.db.queries.find_similar_failures import ClusterFailure, ClusterTest
from app.db.reading.audit import AuditEntry, AuditWanted, list_audit
from app.db.reading.clusters import ClustersWanted, ListedCluster, ShownCluster, get_cluster, list_clusters
from app.db.reading.decisions import DecisionsWanted, ListedDecision, list_decisions
from app.db.reading.evidence import EvidencePair, list_evidence
from app.db.reading.history import (
    DurationWeek,
    HistoryWanted,
    PastOccurrence,
    RateWeek,
    list_durations,
    list_occurrences,
    list_rate_weeks,
)
from app.db.reading.jobs import ShownJob
from app.db.reading.repositories import ShownRepository, find_repository
from app.db.reading.runs import ListedRun, RunsWanted, ShownRun, get_run, list_runs
from app.db.reading.similar import SimilarCluster, SimilarWanted, find_similar
from app.db.reading.tests import ListedTest, ShownTest, TestsWanted, get_test, list_tests
from app.db.reading.trends import TrendDay, list_trend
from app.web.answering import NOT_FOUND
from app.web.api.resources import Asked, Listing, Thing, nothing_after

LONGEST_TREND, LONGEST_HISTORY = 366, 3_660

R = TypeVar("R")


class WholeWanted(msgspec.Struct, frozen=True, kw_only=True):
    """There is nothing to choose by."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """How far back."""

    days: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_TREND, description="So many days before now.")] = 30


class LongPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """How far back, over years."""

    days: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_HISTORY, description="So many days before now.")] = 30


async def _tests(asked: Asked, wanted: TestsWanted, after: Mark | None, limit: int) -> Page[ListedTest]:
    return await list_tests(asked.conn, asked.repo.id, wanted, after, limit)


async def _test(asked: Asked) -> ShownTest | None:
    return await get_test(asked.conn, asked.repo.id, TestId(asked.ids["test_id"]))


async def _history(asked: Asked, wanted: HistoryWanted, after: Mark | None, limit: int) -> Page[PastOccurrence]:
    return await list_occurrences(asked.conn, asked.repo.id, TestId(asked.ids["test_id"]), wanted, after, limit)


async def _evidence(asked: Asked, _: WholeWanted, after: Mark | None, limit: int) -> Page[EvidencePair]:
    return await list_evidence(asked.conn, asked.repo.id, TestId(asked.ids["test_id"]), after, limit)


async def _scores(asked: Asked, wanted: LongPeriod, after: Mark | None, limit: int) -> Page[RateWeek]:
    rows = await list_rate_weeks(asked.conn, asked.repo.id, TestId(asked.ids["test_id"]), asked.since(wanted.days))
    return nothing_after(rows, after, limit)


async def _durations(asked: Asked, wanted: LongPeriod, after: Mark | None, limit: int) -> Page[DurationWeek]:
    rows = await list_durations(asked.conn, asked.repo.id, TestId(asked.ids["test_id"]), asked.since(wanted.days))
    return nothing_after(rows, after, limit)


async def _clusters(asked: Asked, wanted: ClustersWanted, after: Mark | None, limit: int) -> Page[ListedCluster]:
    return await list_clusters(asked.conn, asked.repo.id, wanted, after, limit)


async def _cluster(asked: Asked) -> ShownCluster | None:
    return await get_cluster(asked.conn, asked.repo.id, asked.ids["cluster_id"])


async def _cluster_tests(asked: Asked, _: WholeWanted, after: Mark | None, limit: int) -> Page[ClusterTest]:
    return nothing_after(_found(await _cluster(asked)).tests, after, limit)


async def _cluster_failures(asked: Asked, _: WholeWanted, after: Mark | None, limit: int) -> Page[ClusterFailure]:
    return nothing_after(_found(await _cluster(asked)).failures, after, limit)


async def _similar(asked: Asked, wanted: SimilarWanted, after: Mark | None, limit: int) -> Page[SimilarCluster]:
    return nothing_after(await find_similar(asked.conn, asked.repo.id, wanted), after, limit)


async def _runs(asked: Asked, wanted: RunsWanted, after: Mark | None, limit: int) -> Page[ListedRun]:
    return await list_runs(asked.conn, asked.repo.id, wanted, after, limit)


async def _run(asked: Asked) -> ShownRun | None:
    return await get_run(asked.conn, asked.repo.id, asked.ids["run_id"])


async def _jobs(asked: Asked, _: WholeWanted, after: Mark | None, limit: int) -> Page[ShownJob]:
    run = _found(await _run(asked))
    return nothing_after([job for attempt in run.attempts for job in attempt.jobs], after, limit)


def _found(thing: R | None) -> R:
    if thing is None:
        raise NOT_FOUND
    return thing


async def _decisions(asked: Asked, wanted: DecisionsWanted, after: Mark | None, limit: int) -> Page[ListedDecision]:
    return await list_decisions(asked.conn, asked.repo.id, wanted, after, limit)


async def _audit(asked: Asked, wanted: AuditWanted, after: Mark | None, limit: int) -> Page[AuditEntry]:
    return await list_audit(asked.conn, asked.repo.id, wanted, after, limit)


async def _trend(asked: Asked, wanted: Period, after: Mark | None, limit: int) -> Page[TrendDay]:
    rows = await list_trend(asked.conn, asked.repo.id, asked.since(wanted.days), asked.now)
    return nothing_after(rows, after, limit)


async def _repository(asked: Asked) -> ShownRepository | None:
    return await find_repository(asked.conn, asked.repo.external_id)


TESTS = Listing(
    path="/tests",
    name="listTests",
    summary="Tests, the flakiest first.",
    wanted=TestsWanted,
    row=ListedTest,
    find=_tests,
)
HISTORY = Listing(
    path="/tests/{test_id}/history",
    name="listHistory",
    summary="Executions of a test, the latest first.",
    wanted=HistoryWanted,
    row=PastOccurrence,
    find=_history,
)
EVIDENCE = Listing(
    path="/tests/{test_id}/evidence",
    name="listEvidence",
    summary="The pairs of executions that a test's score is made of.",
    wanted=WholeWanted,
    row=EvidencePair,
    find=_evidence,
)
SCORES = Listing(
    path="/tests/{test_id}/scores",
    name="listScores",
    summary="How often a test failed, week by week, with a 90 % interval.",
    wanted=LongPeriod,
    row=RateWeek,
    find=_scores,
)
DURATIONS = Listing(
    path="/tests/{test_id}/durations",
    name="listDurations",
    summary="How long a test took, week by week.",
    wanted=LongPeriod,
    row=DurationWeek,
    find=_durations,
)
CLUSTERS = Listing(
    path="/clusters",
    name="listClusters",
    summary="Failures with one cause, the latest first.",
    wanted=ClustersWanted,
    row=ListedCluster,
    find=_clusters,
)
CLUSTER_TESTS = Listing(
    path="/clusters/{cluster_id}/tests",
    name="listClusterTests",
    summary="The tests that a cause hit most, the worst first.",
    wanted=WholeWanted,
    row=ClusterTest,
    find=_cluster_tests,
)
CLUSTER_FAILURES = Listing(
    path="/clusters/{cluster_id}/failures",
    name="listClusterFailures",
    summary="The latest failures of a cause.",
    wanted=WholeWanted,
    row=ClusterFailure,
    find=_cluster_failures,
)
SIMILAR = Listing(
    path="/clusters/similar",
    name="listSimilarFailures",
    summary="Causes that a failure reads like, the likest first.",
    wanted=SimilarWanted,
    row=SimilarCluster,
    find=_similar,
)
RUNS = Listing(
    path="/runs",
    name="listRuns",
    summary="Workflow runs, the latest first.",
    wanted=RunsWanted,
    row=ListedRun,
    find=_runs,
)
JOBS = Listing(
    path="/runs/{run_id}/jobs",
    name="listJobs",
    summary="The jobs of a run and what failed in each, those of the first attempt first.",
    wanted=WholeWanted,
    row=ShownJob,
    find=_jobs,
)
DECISIONS = Listing(
    path="/decisions",
    name="listDecisions",
    summary="What was decided about tests, the latest first.",
    wanted=DecisionsWanted,
    row=ListedDecision,
    find=_decisions,
)
AUDIT = Listing(
    path="/audit",
    name="listAudit",
    summary="Who did what to which test and why, the latest first.",
    wanted=AuditWanted,
    row=AuditEntry,
    find=_audit,
)
TREND = Listing(
    path="/trend",
    name="listTrend",
    summary="Flake rate and minutes lost, day by day.",
    wanted=Period,
    row=TrendDay,
    find=_trend,
)

RESOURCES: tuple[Listing[Any, Any] | Thing[Any], ...] = (
    Thing(
        path="",
        name="getRepository",
        summary="A repository, its policy in force.",
        row=ShownRepository,
        find=_repository,
    ),
    TESTS,
    Thing(path="/tests/{test_id}", name="getTest", summary="A test.", row=ShownTest, find=_test),
    HISTORY,
    EVIDENCE,
    SCORES,
    DURATIONS,
    CLUSTERS,
    SIMILAR,
    Thing(path="/clusters/{cluster_id}", name="getCluster", summary="A cause.", row=ShownCluster, find=_cluster),
    CLUSTER_TESTS,
    CLUSTER_FAILURES,
    RUNS,
    Thing(path="/runs/{run_id}", name="getRun", summary="A run, all its attempts.", row=ShownRun, find=_run),
    JOBS,
    DECISIONS,
    AUDIT,
    TREND,
)
