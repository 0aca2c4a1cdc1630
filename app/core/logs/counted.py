"""Sessions whose closing summary counts the passes, most of which it does not name."""

from dataclasses import replace

from app.core.logs.telling import Telling


class Counted(Telling):
    """The sessions of one runner in one step, each with the passes that its summary counts."""

    def close(self, *, is_complete: bool, passes: int = 0) -> None:
        """End the session that is being read; `passes` is what its summary says, 0 where it says nothing."""
        super().close(is_complete=is_complete)
        self._done[-1] = replace(self._done[-1], passes=max(passes, 0))
