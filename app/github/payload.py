"""What all webhook payloads have in common: where they come from, who sent them and which App they speak of."""

from dataclasses import dataclass

from app.core.events import Origin, RepositoryRef
from app.github.fields import Fields, UnknownShape

LONGEST_WORD = 1_000
"""Characters: GitHub has no name, hash or branch as long as that, and PostgreSQL no index for longer ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload(Fields):
    """A payload, and the number of our own App where it is known."""

    own_app_id: int | None

    def text(self, path: str) -> str:
        """Read a word that we cannot do without. Raises UnknownShape, also where it is too long to be one."""
        value = Fields.text(self, path)
        if len(value) > LONGEST_WORD:
            raise UnknownShape(self.what, path)
        return value

    @property
    def action(self) -> str:
        return self.text("action")

    @property
    def origin(self) -> Origin:
        named = self.find("installation.id") is not None
        return Origin(
            installation_id=self.number("installation.id") if named else None,
            repository=self._repository(),
        )

    def _repository(self) -> RepositoryRef:
        # Pushes name the owner as git does. A payload that does not say who may see the repository is taken for private.
        owner = "login" if self.text_or_none("repository.owner.login") else "name"
        return RepositoryRef(
            id=self.number("repository.id"),
            owner=self.text(f"repository.owner.{owner}"),
            name=self.text("repository.name"),
            default_branch=self.text("repository.default_branch"),
            is_private=self.flag("repository.private", default=True),
            is_archived=self.flag("repository.archived", default=False),
        )

    @property
    def is_sent_by_bot(self) -> bool:
        sender = self.text_or_none("sender.login") or ""
        return self.find("sender.type") == "Bot" or sender.endswith("[bot]")

    def is_own_app(self, path: str) -> bool:
        return self.own_app_id is not None and self.find(path) == self.own_app_id

    def is_other_app(self, path: str) -> bool:
        return self.own_app_id is not None and self.find(path) != self.own_app_id
