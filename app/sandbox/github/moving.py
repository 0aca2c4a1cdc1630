"""Verbs of who owns repositories: rename, transfer, archive, hide, delete them, or let the App have them or not."""

from app.sandbox.github.handles import Repository
from app.sandbox.github.installing import Installing
from app.sandbox.github.render import Json
from app.sandbox.github.world import Installation


class Moving(Installing):
    """What can become of a repository, each told to the App as GitHub tells it."""

    async def rename(self, repo: Repository, name: str) -> None:
        """Give a repository another name; the old one leads to it until another repository takes that."""
        before = repo.data.name
        self._call(repo, repo.data.owner.login, name)
        await repo.send("repository", {"action": "renamed", "changes": {"repository": {"name": {"from": before}}}})

    async def transfer(self, repo: Repository, owner: str) -> None:
        """Give a repository to another account. The App goes on there only where it is installed on that, too."""
        before, old = repo.data.owner, self.world.installations.get(repo.data.installation_id or 0)
        self._call(repo, owner, repo.data.name)
        repo.data.owner = self.world.account(owner)
        new = next(
            (one for one in self.world.installations.values() if one.account is repo.data.owner and not one.is_deleted),
            None,
        )
        repo.data.installation_id = new.id if new else None
        if old is not None:
            await self._tell_repositories(old, removed=[repo])
        if new is not None:
            changes = {"owner": {"from": {"organization": self.stage.render.user(before)}}}
            await repo.send("repository", {"action": "transferred", "changes": changes})
            await self._tell_repositories(new, added=[repo])

    async def archive(self, repo: Repository) -> None:
        """Archive a repository: it can be read, and GitHub refuses every write."""
        repo.data.is_archived = True
        await repo.send("repository", {"action": "archived"})

    async def unarchive(self, repo: Repository) -> None:
        repo.data.is_archived = False
        await repo.send("repository", {"action": "unarchived"})

    async def hide(self, repo: Repository) -> None:
        """Make a repository private."""
        repo.data.is_private = True
        await repo.send("repository", {"action": "privatized"})

    async def publish(self, repo: Repository) -> None:
        """Make a repository public."""
        repo.data.is_private = False
        await repo.send("repository", {"action": "publicized"})

    async def rename_default_branch(self, repo: Repository, name: str) -> None:
        """Rename the default branch; runs of before go on to be told by the old name."""
        data, before = repo.data, repo.data.default_branch
        data.branches[name] = data.branches.pop(before)
        data.default_branch = name
        for pull in data.pulls.values():
            pull.base_branch = name if pull.base_branch == before else pull.base_branch
        await repo.send("repository", {"action": "edited", "changes": {"default_branch": {"from": before}}})

    async def delete(self, repo: Repository) -> None:
        """Delete a repository; another one may take its name."""
        del self.world.repositories[repo.full_name]
        await repo.send("repository", {"action": "deleted"})

    async def cover(self, repo: Repository) -> None:
        """Add a repository to those that the App was given on its account."""
        home = self.world.install(repo.data.owner)
        repo.data.installation_id = home.id
        await self._tell_repositories(home, added=[repo])

    async def uncover(self, repo: Repository) -> None:
        """Take a repository from those that the App was given."""
        home = self._installation(repo)
        repo.data.installation_id = None
        await self._tell_repositories(home, removed=[repo])

    async def reinstall(self, repo: Repository) -> None:
        """Install the App anew on an account where it was: under another number, on the repositories that it had."""
        old, new = self._installation(repo), self.world.install(repo.data.owner)
        for one in self.world.repositories.values():
            if one.installation_id == old.id:
                one.installation_id = new.id
        await self.install(repo)

    def _call(self, repo: Repository, owner: str, name: str) -> None:
        """Move a repository to another full name, to which the old one leads from now on."""
        world, old = self.world, repo.full_name
        del world.repositories[old]
        world.former_names[old] = repo.data
        repo.data.owner, repo.data.name = world.account(owner), name
        world.former_names.pop(repo.full_name, None)
        world.repositories[repo.full_name] = repo.data
        for one in world.repositories.values():
            one.parent = repo.full_name if one.parent == old else one.parent
        for pull in repo.data.pulls.values():
            pull.head_repository = repo.full_name if pull.head_repository == old else pull.head_repository
        for run in repo.data.runs.values():
            run.head_repository = repo.full_name if run.head_repository == old else run.head_repository

    async def _tell_repositories(
        self,
        installation: Installation,
        *,
        added: list[Repository] | None = None,
        removed: list[Repository] | None = None,
    ) -> None:
        if installation.is_muted:
            return
        render = self.stage.render
        payload: Json = {
            "action": "added" if added else "removed",
            "installation": render.installation(installation),
            "repository_selection": "selected",
            "repositories_added": [render.installed_repository(one.data) for one in added or ()],
            "repositories_removed": [render.installed_repository(one.data) for one in removed or ()],
            "requester": None,
            "sender": render.user(self.world.account("dana")),
        }
        await self.stage.webhooks.deliver("installation_repositories", payload)
