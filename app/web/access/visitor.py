"""Who is looking, as values."""

from dataclasses import dataclass

from app.db.people import StoredToken
from app.web.access.job_tokens import JobIdentity
from app.web.access.session import Session

READ, DECIDE, UPLOAD = "read", "decide", "upload"
SCOPES = (READ, DECIDE, UPLOAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nobody:
    """Somebody who did not say who they are."""

    login: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person at a browser."""

    session: Session

    @property
    def login(self) -> str:
        return self.session.login


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program with a token of a person."""

    token: StoredToken

    @property
    def login(self) -> str:
        return self.token.login


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job of GitHub Actions: it may read what is known of its own repository, and decides nothing."""

    identity: JobIdentity
    login: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whoever watches the demo: they may see all, as there is nothing in it that is anybody's."""

    login: str = "demo"


Visitor = Nobody | SignedIn | Program | Job | Audience
