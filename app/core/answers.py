"""What we answer to commands: short, to the person who asked, each answer to be found again by its hidden marker."""

from collections.abc import Sequence
from datetime import datetime

from app.core.comment import name_of
from app.core.model import CaseName, DecisionState, Evidence, Standing
from app.core.text import code, fit

HELP = """\
| Command | Does |
| --- | --- |
| `/flakeguard quarantine TEST [for 14d] [because …]` | its known flakes fail no check for that time |
| `/flakeguard release TEST` | ends a quarantine |
| `/flakeguard dismiss TEST` | drops a proposal until there are two new proofs |
| `/flakeguard explain TEST` | shows what its score is made of |
| `/flakeguard rerun` | runs the failed jobs of this pull request again |
| `/flakeguard status` | shows the flakiest tests and what is in quarantine |

`TEST` is a name, `class.name`, a unique end of it or a glob; put it in backticks or double quotes if it holds spaces."""


def marker(comment_id: int) -> str:
    return f"<!-- flakeguard:answer {comment_id} -->"


def write(comment_id: int, parts: Sequence[str]) -> str:
    """Write the one answer to a comment, which may have held several commands."""
    return fit([marker(comment_id), *parts], limit=65_000)


def misunderstood(said: str, why: str) -> str:
    return f"{code(said, limit=200)}: {why}. `/flakeguard help` lists what I know."


def refused(case: CaseName, why: str) -> str:
    return f"{code(name_of(case))}: {why}."


def unknown(pattern: str, near: Sequence[CaseName]) -> str:
    if not near:
        return f"I know no test {code(pattern)}."
    return f"I know no test {code(pattern)}. Did you mean one of these?\n\n{_list(near)}"


def ambiguous(pattern: str, candidates: Sequence[CaseName]) -> str:
    return f"{code(pattern)} could be any of these; please name one in full:\n\n{_list(candidates)}"


def _list(cases: Sequence[CaseName]) -> str:
    return "\n".join(f"- {code(name_of(case))}" for case in cases[:10])


def explain(case: CaseName, standing: Standing, score: float, flake_rate: float, evidence: Sequence[Evidence]) -> str:
    """Tell what a test's score is made of."""
    first = (
        f"{code(name_of(case))} is **{standing}**: score {score:.2f}, flaked in {flake_rate:.0%} of its latest runs."
    )
    if not evidence:
        return f"{first} Nothing in its window proves or suggests that it is flaky."
    rows = ["| When | Grade | Weight | Commit | Job |", "| --- | --- | --- | --- | --- |"]
    rows += [
        f"| {one.at:%Y-%m-%d %H:%M} | {one.grade} | {one.weight:g} × 2^(−{one.age}/60) |"
        f" {code(one.head_sha[:10])} | {code(one.failed.job, limit=60)} |"
        for one in evidence[:20]
    ]
    return f"{first}\n\n" + "\n".join(rows)


def status(
    worst: Sequence[tuple[CaseName, Standing, float, float]],
    decisions: Sequence[tuple[CaseName, DecisionState, datetime | None]],
) -> str:
    """Tell which tests are the flakiest and which decisions are open."""
    parts = []
    if worst:
        rows = ["| Test | Standing | Score | Flake rate |", "| --- | --- | --- | --- |"]
        rows += [f"| {code(name_of(c), limit=160)} | {s} | {score:.2f} | {rate:.0%} |" for c, s, score, rate in worst]
        parts.append("\n".join(rows))
    else:
        parts.append("No test has shown a flake in its latest runs.")
    for case, state, until in decisions[:50]:
        end = f" until {until:%Y-%m-%d}" if until else ""
        what = "In quarantine" if state is DecisionState.ACTIVE else "Proposed for quarantine"
        parts.append(f"- {what}: {code(name_of(case))}{end}")
    return "\n\n".join(parts[:1]) + ("\n\n" + "\n".join(parts[1:]) if parts[1:] else "")


def rerun(started: Sequence[str], refusals: Sequence[str]) -> str:
    """Tell which runs were started again, by their addresses, and which GitHub would not."""
    lines = [f"Running again: {url}" for url in started] + [
        f"Not run again: {code(why, limit=200)}" for why in refusals
    ]
    return "\n".join(lines) or "No run of this pull request's head has failed."
