"""When failed jobs are run again without anybody asking: only where nothing but known flakes failed."""

from collections.abc import Collection

from app.core.infra import AttemptKey
from app.core.verdict import Conclusion, HeadVerdict, RunView


def runs_to_rerun(
    verdict: HeadVerdict, *, asked: Collection[AttemptKey], refused: Collection[int]
) -> tuple[RunView, ...]:
    """Return the runs of a commit whose failed jobs may be run again by rule.

    Every failure of the whole commit must be a known flake: where one thing needs a look, nobody is helped by the rest
    turning green. `asked` are attempts that were run again before, `refused` runs of which GitHub has refused to.
    """
    if verdict.conclusion not in (Conclusion.SUCCESS, Conclusion.NEUTRAL):
        return ()
    failed = {one.run.run_id for one in verdict.failed_jobs}
    return tuple(
        run
        for run in verdict.runs
        if run.run_id in failed and (run.run_id, run.attempt) not in asked and run.run_id not in refused
    )
