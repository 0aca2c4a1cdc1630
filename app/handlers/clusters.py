"""Judge the causes that several tests fail by, with the signature in the place of the test."""

import asyncio

from app.core.clustered import MOST_MEMBERS, FailureClusterAnalysis, judge_cluster
from app.core.model import AttemptId, FlakeScore
from app.core.score import SCORER_VERSION
from app.db.cluster_scores import WideCluster, list_members, list_wide_clusters, save_cluster_score
from app.db.connection import Connection
from app.db.evidence import replace_evidence_of_cluster
from app.db.runs import StoredAttempt
from app.db.scores import lock_scores
from app.handlers.bot import KnownRepo
from app.handlers.judge import Past, read_past


async def cluster_failures(conn: Connection, repo: KnownRepo, attempt: StoredAttempt) -> list[FailureClusterAnalysis]:
    """Judge the clusters of several tests that a run showed, and store what is thought of them, one transaction each."""
    found = []
    for cluster in await list_wide_clusters(conn, repo.id, AttemptId(attempt.id)):
        async with conn.transaction():
            if (analysis := await _judge(conn, repo, cluster)) is not None:
                found.append(analysis)
    return found


async def _judge(conn: Connection, repo: KnownRepo, cluster: WideCluster) -> FailureClusterAnalysis | None:
    """Judge one cluster and store its score; None where nothing is stored of its tests any more."""
    await lock_scores(conn, repo.id)
    window = repo.policy.thresholds.window_size
    past = await read_past(conn, repo, await list_members(conn, repo.id, cluster.id, MOST_MEMBERS))
    seen_at = max((one.attempt.at for own in past.histories.values() for one in own), default=None)
    if seen_at is None:
        return None
    score = await asyncio.to_thread(_score, repo, cluster, past)
    await save_cluster_score(conn, repo.id, cluster.id, score, window=window, version=SCORER_VERSION, seen_at=seen_at)
    await replace_evidence_of_cluster(conn, repo.id, cluster.id, score.evidence)
    return FailureClusterAnalysis(
        cluster_id=cluster.id,
        title=cluster.title,
        tests=cluster.test_count,
        occurrences=cluster.occurrence_count,
        kind=cluster.kind,
        score=score,
    )


def _score(repo: KnownRepo, cluster: WideCluster, past: Past) -> FlakeScore:
    return judge_cluster(
        past.histories,
        cluster.signature,
        thresholds=repo.policy.thresholds,
        dropped=past.dropped,
        repository=repo.full_name,
    )
