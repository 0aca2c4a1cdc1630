"""Two repositories with five weeks of runs, stored as ingest stores them, and what is thought of their tests.

Whatever belongs to the second one says SECRET.
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from app.core.events import RepositoryRef
from app.core.model import DecisionState, Evidence, Grade, Place, TestId
from app.db.audit import Deed, add_audit
from app.db.clusters import ClusterSeen, save_clusters
from app.db.decisions import NewDecision, add_decision
from app.db.evidence import replace_evidence
from app.db.issues import add_issue, join_issue, note_issue
from app.db.repositories import save_repository
from tests.db.stored_runs import START, Stored, store

NAMES = ("adds", "adds_100%", "divides", "logs_in", "logs_out", "pays", "refunds", "searches", "sorts")
NOW = START + timedelta(days=36)


@dataclass(frozen=True, kw_only=True)
class World:
    repo_id: int
    other_id: int
    tests: dict
    """Ids by name, of the first repository."""
    others: dict


async def build(conn):
    repo_id, tests = await _repository(conn, 7, "web", "", runs=12)
    other_id, others = await _repository(conn, 8, "secret", "SECRET_", runs=4)
    return World(repo_id=repo_id, other_id=other_id, tests=tests, others=others)


async def _repository(conn, number, name, mark, *, runs):
    ref = RepositoryRef(id=number, owner="acme", name=name, default_branch="main", is_private=True, is_archived=False)
    repo_id = await save_repository(conn, ref, None, START)
    for one in _attempts(random.Random(number), mark, runs):
        await store(conn, repo_id, one)
        if "F" in "".join(one.tests.values()):
            seen = [_cluster(message) for message in _messages(one)]
            await save_clusters(conn, repo_id, seen, 1, one.at)
    await conn.execute(_NAMED, repo_id, mark)
    tests = {row["name"]: row["id"] for row in await conn.fetch(_IDS, repo_id)}
    await _judge(conn, repo_id, list(tests.values()), mark)
    return repo_id, tests


def _attempts(chance, mark, runs):
    for number in range(runs):
        run = 3 + number * 70 + number % 3 + (len(mark) if number else 0)
        branch, pull = chance.choice([("main", None), ("main", None), ("fix", 5), ("feature/x", 6), ("main", 9)])
        fields = {
            "head_branch": mark + branch if mark else branch,
            "pull_number": pull,
            "event": "pull_request" if pull else "push",
            "workflow_name": f"{mark}CI",
            "head_sha": f"{mark}{run:040x}",
        }
        for attempt in range(1, chance.choice([2, 2, 3])):
            tests = {mark + name: chance.choice(["P", "P", "P", "F", "FP", "S"]) for name in NAMES}
            is_bad = any(marks.endswith("F") for marks in tests.values())
            yield Stored(
                run=run,
                number=attempt,
                tests=tests,
                job=f"{mark}{chance.choice(['linux', 'windows'])}",
                files=dict.fromkeys(tests, f"{mark}src/{branch}/test.py"),
                message=f"{mark}no space left" if number == 5 else None,
                fields=fields | {"conclusion": "failure" if is_bad else "success"},
            )


def _messages(one):
    return {one.message or f"{name} went wrong" for name, marks in one.tests.items() if "F" in marks}


def _cluster(message):
    return ClusterSeen(
        signature=message,
        stack_digest=None,
        title=message,
        example_message=f"{message}: ECONNREFUSED",
        example_stack_trace=None,
        is_infra="space" in message,
    )


_IDS = "SELECT id, name FROM fg_test_case WHERE repo_id = $1 ORDER BY id"
_NAMED = """
UPDATE fg_test_case
SET suite = CASE WHEN id % 2 = 0 THEN $2 || 'unit' ELSE '' END, class_name = $2 || 'tests.area_' || id % 3,
    file = CASE WHEN id % 4 > 0 THEN $2 || 'tests/area_' || id % 3 || '/test_' || id % 2 || '.py' END,
    owner_team = (ARRAY[NULL, $2 || '@acme/Shop', $2 || '@acme/shop @mona'])[1 + id % 3], line = 10 * id
WHERE repo_id = $1
"""
_SCORES = """
INSERT INTO fg_flake_score (repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1,
    last_flake_at, passes_needed, scorer_version, last_updated_at)
SELECT repo_id, id, (ARRAY[0, 0.4, 0.9, 0.9])[1 + id % 4], 0.1, 0.05, 0.2,
       (ARRAY['broken', 'suspect', 'flaky', 'flaky'])[1 + id % 4]::fg_standing, 50, 12, 3, 1, last_seen_at, 29, 3, last_seen_at
FROM fg_test_case WHERE repo_id = $1 AND id % 5 > 0
"""


async def _judge(conn, repo_id, tests, mark):
    await conn.execute(_SCORES, repo_id)
    place = Place(run_id=3, run_attempt=1, job=f"{mark}linux", ordinal=1)
    evidence = [
        Evidence(
            grade=grade, weight=1.0, failed=place, passed=place if grade is Grade.E1 else None,
            at=START + timedelta(hours=3 + number // 2), age=number, loose_signature=None, head_sha=f"{mark}a", pull=None,
            from_fork=False,
        )
        for number, grade in enumerate([Grade.E1, Grade.E1, Grade.E4, Grade.E2, Grade.E1])
    ]  # fmt: skip
    await replace_evidence(conn, repo_id, {TestId(tests[0]): evidence})
    for number, test in enumerate(tests[:5]):
        await _decide(conn, repo_id, test, number, mark)
    link = await add_issue(conn, repo_id, "a" * 12, test_id=tests[0], cluster_id=None, at=START)
    await join_issue(conn, repo_id, link, tests[:2], START)
    await note_issue(conn, repo_id, "a" * 12, number=12, url=f"https://github.com/{mark}", opened_at=START, digest=None)


async def _decide(conn, repo_id, test, number, mark):
    at = START + timedelta(days=number)
    first = NewDecision(
        test_id=test, state=DecisionState.PROPOSED, rationale=f"{mark}it flakes", by_user=None, until=None,
        decided_at=at, flake_rate=0.1, impact={"runs": 3, "pulls": 1, "minutes_lost": 4.5, "teams": [], "caught": [{}]},
    )  # fmt: skip
    decision = await add_decision(conn, repo_id, first, previous=None)
    await add_audit(conn, repo_id, _deed(at, "flakeguard", "PROPOSED", test, mark))
    if number % 2 == 0:
        then = NewDecision(
            test_id=test, state=DecisionState.ACTIVE, rationale="agreed", by_user=f"{mark}mona",
            until=at + timedelta(days=14), decided_at=at, flake_rate=0.1,
        )  # fmt: skip
        await add_decision(conn, repo_id, then, previous=decision)
        await add_audit(conn, repo_id, _deed(at, f"{mark}mona", "ACTIVE", test, mark))
    await add_audit(conn, repo_id, _deed(at, f"{mark}mona", "merge", None, mark))


def _deed(at, actor, action, test, mark):
    return Deed(at=at, actor=actor, action=action, test_id=test, detail={"why": f"{mark}it flakes", "n": 1})
