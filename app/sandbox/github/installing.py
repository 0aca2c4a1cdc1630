"""Verbs of who administers an account: make repositories, install the App, take its rights away."""

from app.sandbox.github.handles import Repository
from app.sandbox.github.render import Json
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import Installation, World


class Installing:
    """What can be done to accounts and to the App's installations on them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @property
    def world(self) -> World:
        return self.stage.world

    def repository(
        self, full_name: str, *, default_branch: str = "main", private: bool = False, installed: bool = True
    ) -> Repository:
        """Make a repository and install the App on its account."""
        owner, _, name = full_name.partition("/")
        account = self.world.account(owner, "Organization" if installed else "User")
        data = self.world.repository(account, name, default_branch=default_branch, is_private=private)
        data.installation_id = self.world.install(account).id if installed else None
        return Repository(self.stage, data)

    async def install(self, repo: Repository) -> None:
        """Tell the App that it was installed."""
        await self.announce_installation(self._installation(repo))

    async def announce_installation(self, made: Installation) -> None:
        mine = [one for one in self.world.repositories.values() if one.installation_id == made.id]
        await self._tell(
            made, "created", {"repositories": [self.stage.render.installed_repository(one) for one in mine]}
        )

    async def suspend(self, repo: Repository) -> None:
        """Suspend the installation: tokens are refused and nothing more is told."""
        found = self._installation(repo)
        found.suspended_at = self.world.now
        await self._tell(found, "suspend", {})

    async def unsuspend(self, repo: Repository) -> None:
        found = self._installation(repo)
        found.suspended_at = None
        await self._tell(found, "unsuspend", {})

    async def uninstall(self, repo: Repository) -> None:
        """Uninstall the App from the account: for it there are no such repositories any more."""
        found = self._installation(repo)
        found.is_deleted = True
        await self._tell(found, "deleted", {})

    async def permit(self, repo: Repository, **permissions: str | None) -> None:
        """Change what the account's owner grants, such as `issues="read"`; None takes a right away."""
        found = self._installation(repo)
        granted = {**found.permissions, **permissions}
        found.permissions = {name: level for name, level in granted.items() if level is not None}
        await self._tell(found, "new_permissions_accepted", {})

    def _installation(self, repo: Repository) -> Installation:
        return self.world.installations[repo.data.installation_id or 0]

    async def _tell(self, installation: Installation, action: str, more: Json) -> None:
        payload: Json = {
            "action": action,
            "installation": self.stage.render.installation(installation),
            "sender": self.stage.render.user(self.world.account("dana")),
        }
        await self.stage.webhooks.deliver("installation", payload | more)
