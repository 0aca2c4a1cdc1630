"""Where people find what is told: on GitHub and on our own pages."""

from dataclasses import dataclass
from urllib.parse import quote

from app.core.model import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The addresses around one repository. Without `pages_url` there are no pages of ours to link to."""

    github_url: str
    pages_url: str | None
    full_name: str

    @property
    def repository(self) -> str:
        return f"{self.github_url}/{quote(self.full_name)}"

    def run(self, place: Place) -> str:
        """Return the address of the attempt in which something was executed."""
        return self.attempt(place.run_id, place.run_attempt)

    def attempt(self, run_id: int, run_attempt: int) -> str:
        return f"{self.repository}/actions/runs/{run_id}/attempts/{run_attempt}"

    def commit(self, sha: str) -> str:
        return f"{self.repository}/commit/{quote(sha, safe='')}"

    def page(self, path: str) -> str | None:
        """Return the address of a page of ours about the repository; `path` is what stands behind the repository."""
        return None if self.pages_url is None else f"{self.pages_url}/repos/{quote(self.full_name)}{path}"
