"""What we answer to commands: short, to the person who asked, each answer to be found again by its hidden marker."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import fsum

from app.core.counts import count
from app.core.evidence import is_hint, without_hints
from app.core.model import CaseName, DecisionState, Evidence, Standing
from app.core.moments import as_of
from app.core.pull_report import name_of
from app.core.score import CERTAINTY, HALF_LIFE, MOST_OF_HINTS
from app.core.seen import Sights, evidence_cells
from app.core.text import LONGEST_BODY, code, fit, link

_CANDIDATES = 10
_EVIDENCE = 20
_DECISIONS = 50
_NEVER = datetime.max.replace(tzinfo=UTC)

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
    return fit([marker(comment_id), *parts], LONGEST_BODY)


def misunderstood(said: str, why: str) -> str:
    """Tell what was not understood; both texts are the author's words, who may be anybody. `said` may be empty."""
    what = f"{code(said, limit=200)}: " if said else ""
    return f"{what}{code(why, limit=300)}. `/flakeguard help` lists what I know."


def refused(case: CaseName, why: str) -> str:
    return f"{code(name_of(case))}: {why}."


def takes_write_access(command: str) -> str:
    """Tell who may ask, but not decide, which of several commands was refused."""
    return f"{code(command, limit=200)}: that takes write access."


def not_done(login: str, how: str, why_not: Sequence[str]) -> str:
    """Tell whoever ticked a box, pressed a button or gave a thumb what was refused; `how` is our own word for it."""
    more = [f"- and {len(why_not) - _DECISIONS} more"] if len(why_not) > _DECISIONS else []
    lines = "\n".join([*(f"- {one}" for one in why_not[:_DECISIONS]), *more])
    return f"Of what {code(login)} asked for here with {how}, this was not done:\n\n{lines}"


def lacks_labels(labels: Sequence[str]) -> str:
    """Tell why proposals are not to be accepted at once on a pull request."""
    named = ", ".join(code(one, limit=60) for one in labels[:_CANDIDATES])
    return f"proposals are shown on pull requests that carry all of {named} (`quarantine.labels_required`)."


def not_run_again(why: str) -> str:
    """Tell why failed jobs are not run again: often in GitHub's words."""
    return f"Not run again: {code(why, limit=200)}"


def unknown(pattern: str, near: Sequence[CaseName]) -> str:
    if not near:
        return f"I know no test {code(pattern)}."
    return f"I know no test {code(pattern)}. Did you mean one of these?\n\n{_list(near)}"


def ambiguous(pattern: str, candidates: Sequence[CaseName]) -> str:
    return f"{code(pattern)} could be any of these; please name one in full:\n\n{_list(candidates)}"


def _list(cases: Sequence[CaseName]) -> str:
    more = [f"- and {len(cases) - _CANDIDATES} more"] if len(cases) > _CANDIDATES else []
    return "\n".join([*(f"- {code(name_of(case))}" for case in cases[:_CANDIDATES]), *more])


def explain(
    case: CaseName,
    standing: Standing,
    score: float,
    flake_rate: float,
    evidence: Sequence[Evidence],
    sights: Sights,
    judged_at: datetime | None = None,
) -> str:
    """Tell what a test's score is made of, so that anybody can look at each piece and add them up."""
    name = code(name_of(case))
    first = (
        f"{name} is **{standing}**: score {score:.2f}, flaked in {flake_rate:.0%} of its latest runs{_when(judged_at)}."
    )
    if not evidence:
        return f"{first} Nothing in its window proves or suggests that it is flaky."
    rows = ["| When | Evidence | Counts | Failed | Passed | Commit |", "| --- | --- | --- | --- | --- | --- |"]
    rows += [_evidence_row(one, sights) for one in evidence[:_EVIDENCE]]
    rest = len(evidence) - _EVIDENCE
    more = f"\n\nand {rest} more" if rest > 0 else ""
    return f"{first}\n\n" + "\n".join(rows) + f"{more}\n\n{_sum(evidence)}"


def _when(judged_at: datetime | None) -> str:
    return f", {as_of(judged_at)}" if judged_at else ""


def _evidence_row(one: Evidence, sights: Sights) -> str:
    counts = f"{_counts(one):.2f} ({one.weight:g}, {count(one.age, 'run')} ago{', a hint' if is_hint(one) else ''})"
    when, what, failed, passed, commit = evidence_cells(one, sights)
    return f"| {when} | {what}, {code(one.failed.job, limit=60)} | {counts} | {failed} | {passed} | {commit} |"


def _sum(evidence: Sequence[Evidence]) -> str:
    """Add up what counts: hints do not beside anything stronger, and alone they make no more than so much."""
    counted = without_hints(evidence)
    total = fsum(_counts(one) for one in counted or evidence)
    rule = f"The score is 1 − exp(−{CERTAINTY} × {total:.2f}), {total:.2f} being the sum of what counts"
    if not counted:
        return f"{rule}, but never more than {MOST_OF_HINTS:g} where there are hints alone."
    return f"{rule}; hints do not beside the rest." if len(counted) < len(evidence) else f"{rule}."


def _counts(one: Evidence) -> float:
    return float(one.weight * 2.0 ** (-one.age / HALF_LIFE))


def status(
    worst: Sequence[tuple[CaseName, Standing, float, float]],
    decisions: Sequence[tuple[CaseName, DecisionState, datetime | None]],
    judged_at: datetime | None = None,
) -> str:
    """Tell which tests are the flakiest and which decisions are open: quarantines first, the one that ends first before others."""
    parts = ["No test has shown a flake in its latest runs."]
    if worst:
        rows = ["| Test | Standing | Score | Flake rate |", "| --- | --- | ---: | ---: |"]
        rows += [f"| {code(name_of(c), limit=160)} | {s} | {score:.2f} | {rate:.0%} |" for c, s, score, rate in worst]
        parts = [f"The flakiest tests{_when(judged_at)}:", "\n".join(rows)]
    ordered = sorted(decisions, key=lambda one: (one[1] is not DecisionState.ACTIVE, one[2] or _NEVER, name_of(one[0])))
    lines = [_open_decision(case, state, until) for case, state, until in ordered[:_DECISIONS]]
    if len(decisions) > _DECISIONS:
        lines.append(f"- and {len(decisions) - _DECISIONS} more")
    return "\n\n".join([*parts, *(["\n".join(lines)] if lines else [])])


def _open_decision(case: CaseName, state: DecisionState, until: datetime | None) -> str:
    what = "In quarantine" if state is DecisionState.ACTIVE else "Proposed for quarantine"
    end = f" until {until:%Y-%m-%d}" if until else ""
    return f"- {what}: {code(name_of(case), limit=160)}{end}"


def rerun(started: Sequence[str], refusals: Sequence[str]) -> str:
    """Tell which runs were started again, by their addresses, and why GitHub would not start others."""
    lines = [f"- Running again: {link(url.rsplit('/', 1)[-1], url)}" for url in started]
    lines += [f"- {not_run_again(why)}" for why in refusals]
    return "\n".join(lines) or "No run of this pull request's head has failed."
