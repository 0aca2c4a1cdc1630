"""All that stands behind the API and the story: the state, the doors, the storage, the post."""

from dataclasses import dataclass

from app.sandbox.github.doors import Doors
from app.sandbox.github.faults import Faults
from app.sandbox.github.login.passes import Passes
from app.sandbox.github.registering.pending import Pending
from app.sandbox.github.render import Json, Renderer
from app.sandbox.github.storage import Storage
from app.sandbox.github.webhooks import Webhooks
from app.sandbox.github.world import RepositoryData, World


@dataclass(slots=True)
class Stage:
    """One sandbox's parts, made together and handed to whoever acts on them."""

    world: World
    doors: Doors
    passes: Passes
    storage: Storage
    faults: Faults
    webhooks: Webhooks
    pending: Pending
    render: Renderer

    async def announce(self, repo: RepositoryData, event: str, payload: Json, *, sender: str = "dana") -> None:
        """Send a webhook of a repository to the App, if that is installed on it."""
        if repo.installation_id is None or self.world.installations[repo.installation_id].is_muted:
            return
        whole = payload | {
            "repository": self.render.repository(repo),
            "sender": self.render.user(self.world.account(sender)),
            "installation": {"id": repo.installation_id, "node_id": "I"},
        }
        await self.webhooks.deliver(event, whole)
