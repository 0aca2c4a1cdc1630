"""Which GitHub the sandbox is: github.com, or an Enterprise Server on a machine of somebody's own."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What differs between the two. `version` is an Enterprise Server's own, None on github.com.

    `prefix` is the path below which the API stands. `keeps_deliveries` is how long webhook deliveries can be looked up,
    `answer_within` the seconds in which one has to be answered. `api_versions` are those that a client may ask for.
    """

    version: str | None = None
    prefix: str = ""
    has_digests: bool = True
    has_limits: bool = True
    stores_elsewhere: bool = True
    keeps_deliveries: timedelta = timedelta(days=3)
    answer_within: int = 10
    api_versions: tuple[str, ...] = ("2026-03-10", "2022-11-28")

    def headers(self, host: str) -> dict[str, str]:
        """Return the headers by which webhooks tell which server sent them; answers of the API have the version only."""
        if self.version is None:
            return {}
        return {"X-GitHub-Enterprise-Version": self.version, "X-GitHub-Enterprise-Host": host}


GITHUB_COM = Edition()

ENTERPRISE_SERVER = Edition(
    version="3.19.0",
    prefix="/api/v3",
    has_digests=False,
    # "Rate limits are disabled by default for GitHub Enterprise Server": then there are no headers of them, either.
    has_limits=False,
    # Actions' storage is reached through the server itself: a redirect to a file does not leave the host.
    stores_elsewhere=False,
    keeps_deliveries=timedelta(days=7),
    answer_within=30,
    api_versions=("2022-11-28",),
)
