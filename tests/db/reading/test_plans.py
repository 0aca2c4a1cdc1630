"""How the lists are answered: by indexes, whatever the plan was made for."""

from datetime import timedelta

from app.core.model import DecisionState, Outcome, Standing
from app.db.reading.audit import AuditWanted, list_audit
from app.db.reading.clusters import ClustersWanted, get_cluster, list_clusters
from app.db.reading.decisions import DecisionsWanted, list_decisions
from app.db.reading.evidence import list_evidence
from app.db.reading.history import HistoryWanted, list_durations, list_occurrences, list_rate_weeks
from app.db.reading.repositories import find_repository, list_repositories
from app.db.reading.runs import RunsWanted, get_run, list_runs
from app.db.reading.similar import SimilarWanted, find_similar
from app.db.reading.tests import TestOrder, TestsWanted, get_test, list_branches, list_teams, list_tests
from app.db.reading.trends import list_flake_days, list_trend
from tests.db.test_queries_plans import ASKED, NOW, _read_whole, _scans, _test_of, filled

__all__ = ["filled"]
MONTH = timedelta(days=30)


def _questions(conn, test, cluster):
    def page(question, *wanted):
        return lambda: question(conn, ASKED, *wanted, None, 20)

    tests = [
        TestsWanted(order=order, standing=standing, q=q, branch=branch)
        for order in TestOrder
        for standing, q, branch in ((None, None, None), (Standing.FLAKY, "t1", None), (None, None, "main"))
    ]
    runs = [RunsWanted(), RunsWanted(branch="main"), RunsWanted(pull=7), RunsWanted(conclusion="failure", days=30)]
    past = [HistoryWanted(), HistoryWanted(branch="main"), HistoryWanted(variant="test", outcome=Outcome.FAILED)]
    return {
        **{str(wanted): page(list_tests, wanted) for wanted in tests},
        **{str(wanted): page(list_runs, wanted) for wanted in runs},
        **{str(wanted): page(list_occurrences, test, wanted) for wanted in past},
        "clusters": page(list_clusters, ClustersWanted(q="t", days=30)),
        "evidence": page(list_evidence, test),
        "decisions": page(list_decisions, DecisionsWanted(state=DecisionState.RESOLVED)),
        "audit": page(list_audit, AuditWanted(actor="mona")),
        "test": lambda: get_test(conn, ASKED, test),
        "similar": lambda: find_similar(conn, ASKED, SimilarWanted(message="t")),
        "cluster": lambda: get_cluster(conn, ASKED, cluster),
        "run": lambda: get_run(conn, ASKED, 7),
        "rates": lambda: list_rate_weeks(conn, ASKED, test, NOW - MONTH),
        "durations": lambda: list_durations(conn, ASKED, test, NOW - MONTH),
        "trend": lambda: list_trend(conn, ASKED, NOW - MONTH, NOW),
        "flake days": lambda: list_flake_days(conn, [ASKED], NOW - MONTH, NOW),
        "teams": lambda: list_teams(conn, ASKED),
        "branches": lambda: list_branches(conn, ASKED),
        "repositories": lambda: list_repositories(conn, [ASKED], as_of=NOW),
        "repository": lambda: find_repository(conn, ASKED),
    }


async def test_every_list_is_answered_by_indexes(filled):
    await filled.execute("UPDATE fg_test_case SET owner_team = '@a'")
    await filled.execute(
        "UPDATE fg_workflow_run SET head_branch = CASE WHEN run_id % 7 = 0 THEN 'main' ELSE 'b' || id END"
    )
    await filled.execute("VACUUM ANALYZE")
    cluster = await filled.fetchval("SELECT max(id) FROM fg_failure_cluster WHERE repo_id = $1", ASKED)
    questions = _questions(filled, await _test_of(filled), cluster)
    for mode in ("force_custom_plan", "force_generic_plan"):
        for name, question in questions.items():
            scans = await _scans(filled, question, mode)
            assert scans, name
            assert await _read_whole(filled, scans) == set(), f"{name}, {mode}"
