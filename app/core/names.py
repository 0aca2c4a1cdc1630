"""What a repository and its default branch are called, and what they were called before: its history goes on under both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of a repository, `owner/name`, and of its default branch.

    Former ones come with the time until which they were in use: later they may be somebody else's. A branch whose place
    another one has taken as the default branch is a former one, too.
    """

    full_name: str
    default_branch: str
    former_names: Mapping[str, datetime] = field(default_factory=dict)
    former_branches: Mapping[str, datetime] = field(default_factory=dict)

    def was_default(self, branch: str | None, at: datetime) -> bool:
        """Say whether that branch was the default one at that moment; a run keeps the name that its branch had then."""
        return branch == self.default_branch or _was_in_use(branch, at, self.former_branches)

    def today(self, head_repository: str | None, at: datetime) -> str | None:
        """Return what a repository is called that was named at that moment: our own by its present name, others as they were."""
        return self.full_name if _was_in_use(head_repository, at, self.former_names) else head_repository


def _was_in_use(name: str | None, at: datetime, former: Mapping[str, datetime]) -> bool:
    until = None if name is None else former.get(name)
    return until is not None and at < until
