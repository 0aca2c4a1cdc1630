"""Who hears of what changes, and what is the same in all that they are told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.core.hooks.hook import Hook, HookEvent, who_hears
from app.core.hooks.links import Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """The operator's hooks. `clock` is by which they are told; `pages_url` is where our pages are, None where there are none."""

    hooks: tuple[Hook, ...]
    clock: Callable[[], datetime]
    github_url: str
    pages_url: str | None = None

    def of(self, event: HookEvent, full_name: str) -> list[Hook]:
        """Return those that are to hear of such an event of that repository."""
        return who_hears(self.hooks, event, full_name)

    def links(self, full_name: str) -> Links:
        return Links(github_url=self.github_url, pages_url=self.pages_url, full_name=full_name)
