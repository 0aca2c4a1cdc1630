"""What a checkout tells of commits: their whole names, and when they were made."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_SECONDS = 60
_MOST = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCommit:
    sha: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commits:
    """The commits of a checkout by their whole names, and by their first seven letters where those mean one only."""

    by_sha: Mapping[str, KnownCommit]
    by_start: Mapping[str, KnownCommit | None]

    def find(self, commit: str | None) -> KnownCommit | None:
        """Return the commit of that name, whole or cut; None where there is none, or more than one."""
        if commit is None:
            return None
        known = self.by_sha.get(commit) or self.by_start.get(commit[:7])
        return known if known is not None and known.sha.startswith(commit) else None


def find_commits(folder: Path) -> Commits:
    """List the commits of the checkout that a folder is in; none where it is in none."""
    command = ["git", "-C", str(folder), "log", "--all", f"--max-count={_MOST}", "--format=%H %ct"]
    try:
        # Fixed arguments: nothing of what was read stands in them.
        done = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return Commits(by_sha={}, by_start={})
    by_sha, by_start = dict[str, KnownCommit](), dict[str, KnownCommit | None]()
    for line in done.stdout.decode("ascii", "replace").splitlines() if done.returncode == 0 else ():
        sha, _, seconds = line.partition(" ")
        one = by_sha[sha] = KnownCommit(sha=sha, at=datetime.fromtimestamp(int(seconds), UTC))
        by_start[sha[:7]] = None if sha[:7] in by_start else one
    return Commits(by_sha=by_sha, by_start=by_start)
