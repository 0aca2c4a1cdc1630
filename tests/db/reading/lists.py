"""Every list of app/db/reading, as it is asked for: with its repository, a filter, a mark and a size."""

from app.db.reading.audit import AuditWanted, list_audit
from app.db.reading.clusters import ClustersWanted, list_clusters
from app.db.reading.decisions import DecisionsWanted, list_decisions
from app.db.reading.evidence import list_evidence
from app.db.reading.history import HistoryWanted, list_occurrences
from app.db.reading.runs import RunsWanted, list_runs
from app.db.reading.tests import TestOrder, TestsWanted, list_tests


def lists(conn, repo_id, test_id):
    def of_tests(order):
        return lambda after, limit: list_tests(conn, repo_id, TestsWanted(order=order), after, limit)

    return {
        **{f"tests by {order}": of_tests(order) for order in TestOrder},
        "occurrences": lambda after, limit: list_occurrences(conn, repo_id, test_id, HistoryWanted(), after, limit),
        "evidence": lambda after, limit: list_evidence(conn, repo_id, test_id, after, limit),
        "clusters": lambda after, limit: list_clusters(conn, repo_id, ClustersWanted(), after, limit),
        "runs": lambda after, limit: list_runs(conn, repo_id, RunsWanted(), after, limit),
        "decisions": lambda after, limit: list_decisions(conn, repo_id, DecisionsWanted(), after, limit),
        "audit": lambda after, limit: list_audit(conn, repo_id, AuditWanted(), after, limit),
    }


async def pages(ask, limit):
    """All items, page by page; a page that says that something follows is full."""
    items, after = [], None
    while True:
        page = await ask(after, limit)
        items += page.items
        if page.after is None:
            return items
        assert len(page.items) == limit
        after = page.after
