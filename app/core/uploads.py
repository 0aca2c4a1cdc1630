"""Reports that a build sent us: which run and which job of ours they belong to."""

import hashlib
from dataclasses import dataclass

FIRST_BUILD = 10**17
"""Numbers from here on are ours: GitHub's are far from it, and the largest have 18 digits, as an address of ours takes."""

_BUILDS = 8 * 10**17


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A job of a build elsewhere, as its sender names it: the CI system, its number for the build, and the job."""

    ci: str
    build: str
    job: str

    @property
    def run_id(self) -> int:
        """Each job is a run of its own: jobs of one build end at different times, and nobody says when the last one did."""
        return _number("run", self.ci, self.build, self.job)

    def job_id(self, attempt: int) -> int:
        return _number("job", self.ci, self.build, self.job, str(attempt))

    @property
    def workflow_id(self) -> int:
        """The same for every build, so that of a commit built twice the latest counts."""
        return _number("workflow", self.ci, self.job)


def speaks_for(ci: str, app_slug: str) -> bool:
    """Tell whether a sender's word for its CI system means the App that GitHub shows its checks under.

    Letters and digits count: `CircleCI` is the App `circleci-checks`, `Buildkite` is `buildkite`.
    """
    said, slug = ("".join(filter(str.isalnum, one.casefold())) for one in (ci, app_slug))
    return bool(said) and slug.startswith(said)


def is_build(run_id: int) -> bool:
    """Tell whether a run is none of GitHub's."""
    return run_id >= FIRST_BUILD


def _number(*parts: str) -> int:
    """Make a number that is the same each time; by chance two of a million builds share one in 1 of 1,000,000 cases."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return FIRST_BUILD + int.from_bytes(digest[:8]) % _BUILDS
