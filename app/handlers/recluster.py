"""Cluster stored failures anew: when the rules of normalising changed, and when a maintainer merges or splits clusters."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from app.core.decisions import Refusal
from app.core.model import Fingerprint, RepoId, TestId
from app.core.signature import RULES_VERSION, fingerprint, title
from app.db.aliases import add_aliases, list_aliases, take_aliases_into
from app.db.audit import Deed, add_audit
from app.db.clusters import ClusterSeen, count_clusters, save_clusters
from app.db.connection import Connection, Pool
from app.db.issues import list_clusters_of_several_issues
from app.db.locks import try_recluster
from app.db.reclustering import (
    KnownCluster,
    StoredFailure,
    find_clusters,
    forget_members,
    get_cluster,
    keep_as_is,
    list_failures_of,
    move_failures,
    next_of_older_rules,
    prove_anew,
    replace_cluster,
    sign_anew,
)
from app.handlers.bot import Bot, KnownRepo, know
from app.handlers.issues import gather_issues
from app.handlers.judge import rejudge
from app.jobs import Recluster

AT_ONCE = 500
OPERATOR = "operator"
"""Stands in the audit trail for who merged or split by the command."""

_log = structlog.get_logger()


async def recluster(bot: Bot, job: Recluster) -> None:
    """Cluster anew what older rules clustered, one cluster after the other, then judge the tests that are concerned.

    One process at a time; who breaks it off leaves whole clusters, and the next sweep goes on.
    """
    async with try_recluster(bot.pool, job.repo_id) as conn:
        if conn is None:
            return
        repo = await know(conn, job.repo_id, bot.listeners)
        if repo is None:
            return
        await recluster_repository(bot.pool, repo)


async def recluster_repository(pool: Pool, repo: KnownRepo) -> int:
    """Cluster anew what older rules clustered; returns how many clusters that were."""
    clusters = 0
    touched: set[TestId] = set()
    async with pool.acquire() as conn:
        while (cluster := await next_of_older_rules(conn, repo.id, RULES_VERSION)) is not None:
            touched |= await _cluster_anew(conn, repo.id, cluster)
            clusters += 1
        for start in range(0, len(ordered := sorted(touched)), AT_ONCE):
            async with conn.transaction():
                await rejudge(conn, repo, ordered[start : start + AT_ONCE])
        for cause in await list_clusters_of_several_issues(conn, repo.id):
            async with conn.transaction():
                await gather_issues(conn, repo, cause)
    if clusters:
        _log.info("reclustered", repo_id=repo.id, clusters=clusters, tests=len(touched), rules_version=RULES_VERSION)
    return clusters


@dataclass(slots=True)
class _Successors:
    """What becomes of a cluster: how many failures each new signature has, and one of them as the example."""

    counts: Counter[str] = field(default_factory=Counter)
    seen: dict[str, ClusterSeen] = field(default_factory=dict)

    @property
    def first(self) -> str:
        return min(self.counts, key=lambda one: (-self.counts[one], one))


async def _cluster_anew(conn: Connection, repo_id: RepoId, cluster: KnownCluster) -> set[TestId]:
    """Give the failures of a cluster their signatures by the rules of now; returns the tests whose ways to fail changed.

    A maintainer's merge holds: what was merged stays together, whatever the new rules make of its parts.
    """
    found = await _count_successors(conn, repo_id, cluster)
    if not found.counts:
        async with conn.transaction():
            await take_aliases_into(conn, repo_id, cluster.signature)
            await replace_cluster(conn, repo_id, cluster.id, "", RULES_VERSION)
        return set()
    async with conn.transaction():
        if set(found.counts) == {cluster.signature}:
            told = found.seen[cluster.signature].title
            if await keep_as_is(conn, repo_id, cluster.id, told, RULES_VERSION):
                return set()
        stored = await _stored_as(conn, repo_id, cluster, found)
        touched = await _sign_all(conn, repo_id, cluster, stored)
        made = [found.seen[one] for one in sorted(set(stored.values()))]
        await save_clusters(conn, repo_id, made, RULES_VERSION, cluster.first_seen_at)
        merged = [one for one, into in stored.items() if one != into]
        for gone in (cluster.id, *await find_clusters(conn, repo_id, merged, RULES_VERSION)):
            await replace_cluster(conn, repo_id, gone, found.first, RULES_VERSION)
    return touched


async def _stored_as(conn: Connection, repo_id: RepoId, cluster: KnownCluster, found: _Successors) -> dict[str, str]:
    """Tell by which signature each is stored: its own, or that of the largest where a maintainer had merged them.

    Runs that were read since the upgrade knew nothing of that merge, so that their failures are moved as well.
    """
    by = await take_aliases_into(conn, repo_id, cluster.signature)
    if by is None:
        return {one: one for one in found.counts}
    merged = {one: found.first for one in found.counts if one != found.first}
    await add_aliases(conn, repo_id, merged, rules_version=RULES_VERSION, by=by, at=cluster.first_seen_at)
    for one, into in sorted(merged.items()):
        await move_failures(conn, repo_id, one, into)
    return dict.fromkeys(found.counts, found.first)


async def _count_successors(conn: Connection, repo_id: RepoId, cluster: KnownCluster) -> _Successors:
    found = _Successors()
    async for batch in _signed(conn, repo_id, cluster.signature):
        for failure, marks in batch:
            found.counts[marks.strict] += 1
            found.seen.setdefault(marks.strict, _seen(failure, marks, cluster))
    return found


async def _sign_all(conn: Connection, repo_id: RepoId, cluster: KnownCluster, stored: Mapping[str, str]) -> set[TestId]:
    touched: set[TestId] = set()
    async for batch in _signed(conn, repo_id, cluster.signature):
        await sign_anew(conn, repo_id, [(failure, marks, stored[marks.strict]) for failure, marks in batch])
        ways = [(one.test_id, one.loose_signature, marks.loose) for one, marks in batch if one.loose_signature]
        changed = [way for way in ways if way[1] != way[2]]
        await prove_anew(conn, repo_id, changed)
        touched.update(TestId(test) for test, _, _ in changed)
    return touched


async def _signed(
    conn: Connection, repo_id: RepoId, signature: str
) -> AsyncIterator[Sequence[tuple[StoredFailure, Fingerprint]]]:
    """Go through the failures of a cluster, some hundred at a time, each with the signatures that the rules of now make."""
    last: StoredFailure | None = None
    while batch := await list_failures_of(conn, repo_id, signature, after=last, limit=AT_ONCE):
        last = batch[-1]
        marks = await asyncio.to_thread(_fingerprints, batch)
        yield [(failure, mark) for failure, mark in zip(batch, marks, strict=True) if mark is not None]


def _fingerprints(batch: Sequence[StoredFailure]) -> list[Fingerprint | None]:
    return [fingerprint(one.message, one.stack_trace) for one in batch]


def _seen(failure: StoredFailure, marks: Fingerprint, cluster: KnownCluster) -> ClusterSeen:
    return ClusterSeen(
        signature=marks.strict,
        stack_digest=marks.stack,
        title=title(failure.message or failure.stack_trace or "") or cluster.title,
        example_message=failure.message,
        example_stack_trace=failure.stack_trace,
        is_infra=cluster.kind == "infra",
    )


async def merge_clusters(
    conn: Connection, repo: KnownRepo, cluster_id: int, into_id: int, *, by: str, now: datetime
) -> Refusal | None:
    """Make one cause of two, in the caller's transaction: the first's failures, issues and later failures are the second's.

    Of their issues the oldest that is open stays; the others are closed.
    """
    old, into = await get_cluster(conn, repo.id, cluster_id), await get_cluster(conn, repo.id, into_id)
    if old is None or into is None or old.id == into.id:
        return Refusal(why="these are not two clusters of this repository")
    if RULES_VERSION not in (old.rules_version, into.rules_version) or old.rules_version != into.rules_version:
        return Refusal(why="these clusters are being made anew for newer rules; try again later")
    merged = {old.signature: into.signature}
    await add_aliases(conn, repo.id, merged, rules_version=RULES_VERSION, by=by, at=now)
    await move_failures(conn, repo.id, old.signature, into.signature)
    await replace_cluster(conn, repo.id, old.id, into.signature, RULES_VERSION)
    await count_clusters(conn, repo.id, [into.signature], RULES_VERSION)
    await gather_issues(conn, repo, into.id)
    detail = {"cluster": old.title, "into": into.title}
    await add_audit(conn, repo.id, Deed(at=now, actor=by, action="merged", test_id=None, detail=detail))
    return None


async def split_cluster(
    conn: Connection, repo: KnownRepo, cluster_id: int, *, by: str, now: datetime
) -> Refusal | None:
    """Undo what was merged into a cluster, in the caller's transaction; its issues stay with its largest part."""
    cluster = await get_cluster(conn, repo.id, cluster_id)
    if cluster is None:
        return Refusal(why="this repository has no such cluster")
    if cluster.signature not in (await list_aliases(conn, repo.id)).values():
        return Refusal(why="nothing was merged into this cluster")
    await take_aliases_into(conn, repo.id, cluster.signature)
    found = await _count_successors(conn, repo.id, cluster)
    await _sign_all(conn, repo.id, cluster, {one: one for one in found.counts})
    parts = [found.seen[one] for one in sorted(found.counts)]
    await forget_members(conn, repo.id, cluster.id)
    await save_clusters(conn, repo.id, parts, RULES_VERSION, cluster.first_seen_at)
    if cluster.signature not in found.counts:
        await replace_cluster(conn, repo.id, cluster.id, found.first if found.counts else "", RULES_VERSION)
    detail = {"cluster": cluster.title, "into": len(parts)}
    await add_audit(conn, repo.id, Deed(at=now, actor=by, action="split", test_id=None, detail=detail))
    return None
