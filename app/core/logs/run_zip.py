"""Which members of a run's log archive to read: it holds each job as a whole and again by step.

GitHub's `GET /repos/{owner}/{repo}/actions/runs/{id}/logs` gives `N_<job>.txt` at the top and `<job>/M_<step>.txt` below
it, with the same lines; archives without the former exist, and so do jobs whose folder alone is left.
"""

import re
from collections.abc import Iterable

_WHOLE = re.compile(r"-?(\d{1,9})_(.+)\.txt")
_STEP = re.compile(r"(.+)/-?(\d{1,9})_[^/]*\.txt")
_FOREIGN = ("__MACOSX/",)


def job_logs(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the members to read of each job, in the order of their lines; empty where one of them shows that this is no run's logs.

    `names` are the archive's members as it names them. A job's name is as the archive writes it: without `/` and `:`, and
    cut after 90 UTF-16 units. The steps of a job follow each other by their numbers, so that joined they are the job.
    """
    whole: dict[str, str] = {}
    steps: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        if name.startswith(_FOREIGN):
            continue
        if "/" not in name and (top := _WHOLE.fullmatch(name)):
            whole.setdefault(top[2], name)
        elif step := _STEP.fullmatch(name):
            steps.setdefault(step[1], []).append((int(step[2]), name))
        elif not name.endswith(("/system.txt", "/", "/.DS_Store")):
            return {}
    by_step = {job: tuple(name for _, name in sorted(found)) for job, found in steps.items() if job not in whole}
    return {**{job: (name,) for job, name in whole.items()}, **by_step}
