"""Catch up with the runs of a commit: a webhook may have been lost."""

from app.db.runs import list_attempts_of_head
from app.github.actions import list_runs
from app.handlers.bot import Bot
from app.jobs import IngestRun, ReconcileHead, ReportHead
from app.queue import enqueue


async def reconcile_head(bot: Bot, job: ReconcileHead) -> None:
    """Have every finished run of the commit read that is not stored yet, and the commit reported on."""
    repo = await bot.open(job.repo_id)
    runs = await list_runs(repo.client, head_sha=job.head_sha)
    async with bot.pool.acquire() as conn, conn.transaction():
        stored = await list_attempts_of_head(conn, job.repo_id, job.head_sha)
        read = {(one.run_id, one.run_attempt) for one in stored if one.ingested_at is not None}
        missing = [run for run in runs if run.status == "completed" and (run.id, run.run_attempt) not in read]
        await enqueue(conn, *(IngestRun(repo_id=job.repo_id, run_id=run.id) for run in missing))
        if not missing:
            await enqueue(conn, ReportHead(repo_id=job.repo_id, head_sha=job.head_sha))
