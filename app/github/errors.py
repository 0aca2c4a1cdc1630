"""What can go wrong with GitHub, sorted by what can be done about it; nothing of aiohttp or gidgethub leaves this package."""

from datetime import timedelta


class GitHubError(Exception):
    """Anything that GitHub, or the way to it, refused us.

    `reason` is for the log and names the request; `said` is what GitHub itself said, empty where it said nothing.
    """

    def __init__(self, reason: str, said: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.said = said


class TryLater(GitHubError):
    """Nothing is wrong with what was asked: ask again after `after`.

    Raised for rate limits (then `after` is GitHub's own wait), for GitHub's failures and for broken connections. A write
    that ends so may have been done all the same: look before it is repeated.
    """

    def __init__(self, after: timedelta, reason: str, said: str = "") -> None:
        super().__init__(reason, said)
        self.after = after

    def __str__(self) -> str:
        return f"{self.reason} (again in {self.after.total_seconds():.0f} s)"


class Limited(TryLater):
    """There is a limit in the way, and `after` says until when: nothing is gained by waiting longer, or by asking before."""


class KeyRefused(TryLater):
    """GitHub does not take our private key, or cannot tell our App: jobs wait until an operator has put that right."""


class VersionRefused(TryLater):
    """GitHub does not know the version of its API that we ask for: jobs wait until an operator has changed one of the two."""


class NotOurs(GitHubError):
    """We may not work there: uninstalled, suspended, deleted or forbidden. Drop the job and say so in the log."""


class NotInstalled(NotOurs):
    """The App is not installed there any more, or suspended; our row of it may not say so yet."""


class NotAllowed(NotOurs):
    """The installation was not granted the right that this takes. `needed` names those of which one would do, as GitHub does."""

    def __init__(self, reason: str, said: str = "", needed: str = "") -> None:
        super().__init__(reason, said)
        self.needed = needed


class Archived(NotOurs):
    """The repository is archived: it can be read, and nothing can be written there."""


class Gone(NotOurs):
    """The thing asked for does not exist, has been deleted or is hidden from us (404, 410).

    Who can do without it, or can make it anew, catches this; for everybody else it is a job to drop.
    """


class Rejected(GitHubError):
    """GitHub understood what was sent and will not take it (422), however often it is sent. `said` tells why."""


class RerunRefused(GitHubError):
    """The run cannot be run again: too old, running already, or too often. Tell who asked what was `said`; never repeat it by itself."""


class TooLarge(GitHubError):
    """A download went over the limit that it was given. Go on without it and say so where its results would stand."""


class UnexpectedAnswer(GitHubError):
    """GitHub answered in a way that its documentation does not describe: a bug, ours or theirs."""
