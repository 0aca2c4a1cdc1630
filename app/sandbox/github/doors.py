"""Who asks, and what they may do: the App proves itself by a JWT, an installation by a token that was bought with one."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import jwt

from app.sandbox.github.answers import Refusal
from app.sandbox.github.render import Json
from app.sandbox.github.world import Installation, World

TOKEN_LIFE = timedelta(hours=1)
LONGEST_JWT = timedelta(minutes=10)
_LEVELS = ("read", "write", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An installation token. `repositories` are ids, None where it is good for all; `until` is real time."""

    installation_id: int
    until: datetime
    permissions: dict[str, str]
    repositories: frozenset[int] | None


def real_now() -> datetime:
    """Tell the time of the network: credentials and their clocks have nothing to do with the story's time."""
    return datetime.now(UTC)  # noqa: TID251 - the story's clock may stand still, a token's must not


@dataclass(slots=True)
class Doors:
    """Lets in who has the App's key, or a token of an installation with the right that an operation needs."""

    world: World
    public_key: str
    tokens: dict[str, Token] = field(default_factory=dict)

    def check_app(self, authorization: str) -> None:
        """Insist on a JWT of the App: signed with its key, no longer than 10 minutes ahead. Raises Refusal."""
        try:
            claims = jwt.decode(
                authorization.partition(" ")[2],
                self.public_key,
                algorithms=["RS256"],
                issuer=str(self.world.app_id),
                options={"require": ["exp", "iat", "iss"]},
            )
        except jwt.PyJWTError as error:
            raise Refusal(401, "A JSON web token could not be decoded") from error
        if claims["exp"] > (real_now() + LONGEST_JWT).timestamp() + 1:
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")

    def check_installation(self, authorization: str, needed: str) -> Token:
        """Insist on a token with one of the rights, such as `issues:write pull_requests:write`. Raises Refusal."""
        scheme, _, text = authorization.partition(" ")
        token = self.tokens.get(text)
        if scheme.lower() not in ("bearer", "token") or token is None or token.until < real_now():
            raise Refusal(401, "Bad credentials")
        installation = self.world.installations[token.installation_id]
        if installation.is_deleted:
            raise Refusal(401, "Bad credentials")
        if installation.suspended_at is not None:
            raise Refusal(403, "This installation has been suspended")
        if not any(_is_granted(right, token.permissions, installation.permissions) for right in needed.split()):
            accepted = "; ".join(right.replace(":", "=") for right in needed.split())
            headers = {"X-Accepted-GitHub-Permissions": accepted}
            raise Refusal(403, "Resource not accessible by integration", headers=headers)
        return token

    def mint(self, installation: Installation, wanted: Json) -> Json:
        """Make a token, narrowed to the permissions and repositories that are wanted where any are. Raises Refusal."""
        permissions = dict(installation.permissions)
        asked = wanted.get("permissions")
        if isinstance(asked, dict):
            permissions = {str(name): str(level) for name, level in asked.items()}
            if not all(_is_granted(f"{name}:{level}", installation.permissions) for name, level in permissions.items()):
                raise Refusal(422, "The permissions requested are not granted to this installation.")
        token = Token(
            installation_id=installation.id,
            until=real_now() + TOKEN_LIFE,
            permissions=permissions,
            repositories=self._narrow(installation, wanted),
        )
        text = self._write()
        self.tokens[text] = token
        return {
            "token": text,
            "expires_at": token.until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "permissions": permissions,
            "repository_selection": "all" if token.repositories is None else "selected",
        }

    def _narrow(self, installation: Installation, wanted: Json) -> frozenset[int] | None:
        ids, names = wanted.get("repository_ids"), wanted.get("repositories")
        if not isinstance(ids, list) and not isinstance(names, list):
            return None
        mine = [one for one in self.world.repositories.values() if one.installation_id == installation.id]
        listed = [*(ids if isinstance(ids, list) else ()), *(names if isinstance(names, list) else ())]
        found = frozenset(one.id for one in mine if one.id in listed or one.name in listed)
        if len(found) < len(listed):
            raise Refusal(422, "There is at least one repository that does not exist or is not accessible")
        return found

    def _write(self) -> str:
        """Write a token in the form that GitHub gives since 2026: the App's id and a JWT, about 520 characters."""
        claims = {"n": self.world.next_id_of_app(), "padding": "x" * 300}
        return f"ghs_{self.world.app_id}_{jwt.encode(claims, 'x' * 32)}"


def _is_granted(right: str, *granted: dict[str, str]) -> bool:
    name, _, level = right.partition(":")
    return all(name in some and _LEVELS.index(some[name]) >= _LEVELS.index(level) for some in granted)
