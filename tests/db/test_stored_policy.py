"""A policy comes back from the database as it was read from its file."""

from datetime import timedelta

from app.core.policy import Policy, load
from app.db.repositories import get_repository, save_policy
from tests.db.stored_runs import START, add_repository


async def test_the_first_glob_that_names_an_artifacts_job_is_still_the_first(conn):
    repo_id = await add_repository(conn)
    policy = load("reports: {jobs: {'junit-?-linux': 'test (*)', 'junit-*': lint, '*': all}}")
    at = START + timedelta(days=1)
    await save_policy(conn, repo_id, policy=policy.to_json(), path=".flakeguard.yml", sha="", error=None, at=at)
    stored = Policy.from_json((await get_repository(conn, repo_id)).policy)
    assert stored == policy
    assert list(stored.reports.jobs.items()) == list(policy.reports.jobs.items())
