"""Makes docs/digest.md, what the weekly digest says: `PYTHONPATH=. python -m docs.digest.make`."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app.core.flake_report import DecisionSaid, IssueSaid, ReportedTest, TrendDay
from app.core.model import CaseName, DecisionState, Standing
from app.core.weekly import CLOSED, TITLE, Over, Week, WeekFacts, render
from docs.comment.make import quoted
from docs.comment.values import HOME

PAGE = Path(__file__).parents[1] / "digest.md"
MONDAY = datetime(2026, 2, 23, tzinfo=UTC)

BEGINNING = f"""# The weekly digest

One issue a repository, “{TITLE}”, tells each Monday what changed: which tests flaked for the first time, which are over it, which are the worst, how many minutes flakes
cost beside the week before, and which quarantines end within a week, with who decided them and why. It is there where [the policy](policy.md) asks for it:

```yaml
digest: {{issue: true}}
```

- It is opened within minutes of the policy that asks for it, about the latest week that is over. From then on it is edited in place, each repository at its own time of
  Monday (UTC). An edit notifies nobody: pin the issue, or look at it on Mondays. A week is told of once; after a stop, the latest one only.
- Close it, and it stays as it is, until you reopen it: the Monday after, it is brought up to date again. There is never a second one. If it is deleted, the next
  Monday brings another; to be rid of it, take the key out of the policy.
- Where the policy asks for it no more, it is closed, and says so. If it was closed by you, it is left alone, also when the policy asks for it again.
- It takes the right to write issues. Where that is missing, the check says so, and the digest comes on the Monday after it was granted. It has the labels of `issues.labels`
  from the start, and needs no `issues.enabled`.

`flakeguard digest OWNER/REPO` prints what the issue would say now, whatever the policy says.

## What the figures mean

| Figure | Means |
| --- | --- |
| Runs, runs that a flake hit, minutes lost | as in the trend of `flakeguard report`: a run was hit where a later attempt of the same code succeeded; what its failed attempts took and made people wait, an hour at most each |
| New | flaky or suspect tests whose oldest evidence is of that week |
| Gone | tests whose issue was closed as completed, or whose quarantine was resolved, in that week, and that have not flaked since |
| Worst | flaky and suspect tests, by their score: [how a test is judged](scoring.md). The interval is that of the rate, at 90% |
| Quarantines that end soon | those that end within seven days of the end of the week |

Runs and minutes are of the week. Scores and quarantines are as they stood when the issue was edited. A table has 20 rows at most, and says how many more there are.

## An example

The code of the bot wrote it; `make.py` in the folder `digest` makes this page."""

_TEST = ReportedTest(
    case=CaseName(suite="pytest", class_name="tests.test_search", name="test_search_suggests"),
    file="tests/test_search.py",
    owner="@acme/search",
    standing=Standing.FLAKY,
    score=0.87,
    flake_rate=0.06,
    low=0.02,
    high=0.14,
    runs=50,
    failures=3,
    evidence={},
    proofs=(),
    cause=None,
    decision=DecisionSaid(
        state=DecisionState.ACTIVE,
        rationale="the index is rebuilt while it asks",
        by="maria",
        decided_at=MONDAY - timedelta(days=18),
        until=MONDAY + timedelta(days=12, hours=9),
        is_open=True,
    ),
    issue=IssueSaid(number=204, url=f"{HOME}/issues/204", state="open", reason=None),
    first_flake_at=MONDAY - timedelta(days=20),
    last_flake_at=MONDAY + timedelta(days=3),
    broken_since=None,
    history=(),
)


def _like(name: str, place: str, **changes: object) -> ReportedTest:
    case = CaseName(suite="pytest", class_name=place, name=name)
    return replace(_TEST, **{"case": case, "decision": None, "issue": None} | changes)


EXAMPLE = WeekFacts(
    week=Week(since=MONDAY),
    tests=(
        _TEST,
        _like(
            "test_upload_resumes",
            "tests.test_upload",
            score=0.71,
            flake_rate=0.1,
            low=0.04,
            high=0.2,
            failures=5,
            first_flake_at=MONDAY + timedelta(days=1),
            issue=IssueSaid(number=219, url=f"{HOME}/issues/219", state="open", reason=None),
        ),
        _like(
            "test_prices_in_yen", "tests.test_cart", standing=Standing.SUSPECT, score=0.34, flake_rate=0.02, low=0.0,
            high=0.09, failures=1,
        ),
        _like("test_login_by_mail", "tests.test_login", standing=Standing.BROKEN, score=0.0),
    ),
    trend=(
        TrendDay(day=date(2026, 2, 17), runs=64, runs_flaked=7, flake_rate=7 / 64, minutes_lost=118.0),
        TrendDay(day=date(2026, 2, 24), runs=71, runs_flaked=4, flake_rate=4 / 71, minutes_lost=63.5),
    ),
    over=(
        Over(
            case=CaseName(suite="pytest", class_name="tests.test_mail", name="test_mail_is_sent"),
            at=MONDAY + timedelta(days=2),
            is_issue=True,
        ),
    ),
)  # fmt: skip
"""A week in a shop's tests."""


def page() -> str:
    """Return the whole page."""
    off = f"Where the policy wants it no more:\n\n{quoted(CLOSED)}"
    return "\n\n".join([BEGINNING, quoted(render(EXAMPLE)), off]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
