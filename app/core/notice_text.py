"""What we say once, in a comment of its own, and the hidden marker by which it is found again."""

from datetime import datetime

from app.core.counts import count
from app.core.model import CaseName
from app.core.pull_report import name_of
from app.core.text import code

REMINDS_BEFORE_DAYS = 7
ABSENT_AFTER_DAYS = 14


def marker(subject: str) -> str:
    """Return the hidden marker of a notice; `subject` is made of our own words and numbers."""
    return f"<!-- flakeguard:notice {subject} -->"


def ends_words(case: CaseName, until: datetime, *, passes: int, needed: int) -> str:
    """Remind of a quarantine that ends by itself."""
    name = code(name_of(case), limit=300)
    return (
        f"The quarantine of {name} ends on {until:%Y-%m-%d}: after that its failures count again. It has passed"
        f" {passes} of the {needed} times in a row that would release it. To prolong it, write"
        " `/flakeguard quarantine TEST for 30d because …`."
    )


def absent_words(case: CaseName, last_run_at: datetime | None) -> str:
    """Tell of a test in quarantine that does not run any more: its quarantine hides nothing, and nothing can end it."""
    name = code(name_of(case), limit=300)
    since = f"since {last_run_at:%Y-%m-%d}" if last_run_at else f"for {count(ABSENT_AFTER_DAYS, 'day')} or longer"
    return (
        f"{name} is in quarantine and has not run {since}, while other tests did. Was it deleted, renamed or skipped?"
        " Without runs nothing shows whether it is fixed; `/flakeguard release TEST` ends the quarantine."
    )


def boxes_decide_words(open_proposals: int) -> str:
    """Answer a thumbs-up that does not say which proposal it means."""
    return (
        f"{open_proposals} proposals are open here, so a 👍 does not say which one it means: please tick the boxes of those"
        " that you agree to. A 👎 dismisses all of them."
    )
