"""Keep the issues that stand for flaky tests and their causes: open, bring up to date, close and reopen them by evidence."""

from app.handlers.issues.digest import open_waiting
from app.handlers.issues.gather import gather_issues
from app.handlers.issues.mirror import mirror_issue
from app.handlers.issues.remind import remind
from app.handlers.issues.sync import sync_issue

__all__ = ["gather_issues", "mirror_issue", "open_waiting", "remind", "sync_issue"]
