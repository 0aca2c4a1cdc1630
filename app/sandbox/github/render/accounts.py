"""Accounts, the App and its installations as JSON."""

from app.sandbox.github.render.values import Json, node_id, stamp
from app.sandbox.github.world import Account, Installation, World

_USER_PATHS = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events")
_RIGHTS = {"read": "pull", "triage": "triage", "write": "push", "maintain": "maintain", "admin": "admin"}
"""What each role may do beyond the one before it."""


class AccountRenderer:
    """Renders for one address: `api` of the REST API, `web` of the pages."""

    def __init__(self, world: World, api: str, web: str) -> None:
        self.world = world
        self.api = api
        self.web = web

    def user(self, account: Account) -> Json:
        url = f"{self.api}/users/{account.login}"
        return {
            "id": account.id,
            "login": account.login,
            "node_id": node_id("U", account.id),
            "type": account.type,
            "url": url,
            "html_url": f"{self.web}/{account.login}",
            "avatar_url": f"{self.web}/avatars/{account.id}",
            "gravatar_id": "",
            "site_admin": False,
            "received_events_url": f"{url}/received_events",
        } | {f"{path}_url": f"{url}/{path}" for path in _USER_PATHS}

    def app(self) -> Json:
        world = self.world
        return {
            "id": world.app_id,
            "slug": world.app_slug,
            "node_id": node_id("A", world.app_id),
            "owner": self.user(world.account("flakeguard-owner")),
            "name": world.registration.name,
            "description": "",
            "external_url": self.web,
            "html_url": f"{self.web}/apps/{world.app_slug}",
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "permissions": world.registration.permissions,
            "events": list(world.registration.events),
        }

    def actions_app(self) -> Json:
        """Render GitHub Actions, which is an App like any other."""
        return self.app() | {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"}

    def collaborator(self, account: Account, role: str, base: str) -> Json:
        """Render an account with its role's name, and as flags what GitHub's own role `base` may do."""
        return self.user(account) | {"role_name": role, "permissions": self.rights(base)}

    def rights(self, role: str) -> Json:
        """Render as flags what one of GitHub's own roles, or none, may do."""
        rank = ("none", *_RIGHTS).index(role)
        return {name: index < rank for index, name in enumerate(_RIGHTS.values())}

    def public_user(self, account: Account) -> Json:
        """Render an account as it is given alone, and to itself."""
        nothing = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio", "twitter_username"))
        counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
        made = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
        return self.user(account) | nothing | counts | made

    def installation(self, one: Installation) -> Json:
        return {
            "id": one.id,
            "app_id": self.world.app_id,
            "app_slug": self.world.app_slug,
            "client_id": self.world.registration.client_id,
            "target_id": one.account.id,
            "target_type": one.account.type,
            "single_file_name": None,
            "repository_selection": "all",
            "access_tokens_url": f"{self.api}/app/installations/{one.id}/access_tokens",
            "html_url": f"{self.web}/settings/installations/{one.id}",
            "repositories_url": f"{self.api}/installation/repositories",
            "events": list(self.world.registration.events),
            "account": self.user(one.account),
            "permissions": one.permissions,
            "created_at": stamp(one.created_at),
            "updated_at": stamp(one.created_at),
            "suspended_at": stamp(one.suspended_at),
            "suspended_by": None,
        }
