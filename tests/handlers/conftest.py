"""The whole bot again, of which one handler is looked at."""

from tests.e2e.conftest import bot, github, processes, repo

__all__ = ["bot", "github", "processes", "repo"]
