"""What is stored of the executions that evidence names."""

from collections.abc import Collection

from app.core.model import Place, RepoId
from app.core.seen import SeenAt
from app.db.connection import Connection


async def find_places(
    conn: Connection, repo_id: RepoId, test_id: int, places: Collection[Place]
) -> dict[Place, SeenAt]:
    """Return the job's page and the line of each place of a test that is still stored.

    A pass that was rolled up has its job's page only; a report that belongs to no job has no page.
    """
    ordered = sorted(places, key=lambda one: (one.run_id, one.run_attempt, one.job, one.ordinal))
    rows = await conn.fetch(
        """
        SELECT DISTINCT ON (wanted.number) wanted.number, job.html_url AS job_url,
               CASE WHEN o.source = 'log' THEN o.line END AS log_line
        FROM unnest($3::bigint[], $4::integer[], $5::text[], $6::integer[])
            WITH ORDINALITY AS wanted (run_id, run_attempt, variant, ordinal, number)
        JOIN fg_workflow_run AS run
          ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
        JOIN fg_job AS job ON job.repo_id = $1 AND job.workflow_run = run.id AND job.variant = wanted.variant
        LEFT JOIN fg_occurrence AS o
          ON o.repo_id = $1 AND o.job = job.id AND o.test_id = $2 AND o.ordinal = wanted.ordinal
             AND o.created_at = run.run_started_at
        ORDER BY wanted.number, o.test_id, job.id
        """,
        repo_id,
        test_id,
        [one.run_id for one in ordered],
        [one.run_attempt for one in ordered],
        [one.job for one in ordered],
        [one.ordinal for one in ordered],
    )
    return {ordered[row["number"] - 1]: SeenAt(job_url=row["job_url"], log_line=row["log_line"]) for row in rows}
