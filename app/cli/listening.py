"""Who hears of what changes, by the settings."""

from app.handlers.listeners import Listeners
from app.settings import Settings


def listeners_of(settings: Settings) -> Listeners | None:
    """Return the operator's hooks with what is the same in all that they are told; None where there are none."""
    if not settings.hooks:
        return None
    return Listeners(
        hooks=settings.hooks,
        clock=settings.clock(),
        github_url=settings.github_url,
        pages_url=settings.pages_url,
    )
