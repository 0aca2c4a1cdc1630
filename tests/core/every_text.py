"""Every text that the bot writes, each made of one set of words of strangers."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.core import answers, check, comment, issue, notice_text, weekly
from app.core.cause_rules import Category
from app.core.causes import Cause
from app.core.commands import Misunderstood, parse
from app.core.flake_report import render_markdown
from app.core.impact_text import words_of
from app.core.model import CaseName, DecisionState, Evidence, Grade, Legs, Place, Since, Standing
from app.core.order import OrderDependence
from app.core.policy import BrokenPolicy, load
from app.core.seen import Sights
from app.core.text import plain_lines
from app.core.verdict import FailedTest, JobView, NoRuns, RunView, ShownProof, decide
from tests.core import test_flake_report as report

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHA = "0123456789abcdef0123456789abcdef01234567"
REPO = "https://github.com/o/r"


@dataclass(frozen=True)
class Words:
    """What strangers call things: each of these is theirs to choose."""

    test: str = "test"
    class_name: str = "Class"
    suite: str = "suite"
    message: str = "message"
    stack_trace: str = "trace"
    file: str = "tests/file.py"
    job: str = "job"
    workflow: str = "workflow"
    step: str = "step"
    note: str = "artifact junit is gone"
    infra: str = "infra"
    conclusion: str = "odd"
    owner: str = "owner"
    other_system: str = "circleci"
    said: str = "fly"
    pattern: str = "pattern"
    reason: str = "reason"
    login: str = "login"
    refusal: str = "refusal"
    policy_key: str = "key"
    policy_value: str = "value"

    @property
    def case(self):
        return CaseName(suite=self.suite, class_name=self.class_name, name=self.test)

    @property
    def classless(self):
        """A test whose suite is shown, as it is where there is no class."""
        return replace_case(self.case, class_name="")


def replace_case(case, **changes):
    parts = {"suite": case.suite, "class_name": case.class_name, "name": case.name}
    return CaseName(**parts | changes)


def failed_test(words, **changes):
    known = FailedTest(
        test_id=1,
        case=words.case,
        standing=Standing.FLAKY,
        decision=DecisionState.PROPOSED,
        score=0.8,
        flake_rate=0.06,
        runs=50,
        is_known_way=True,
        is_touched=False,
        broken_since=None,
        message=words.message,
        file=words.file,
        line=7,
        log_line=None,
        issue_url=f"{REPO}/issues/1",
        proposal_id=42,
        proofs=(ShownProof(grade=Grade.E2, at=NOW, failed=f"[run 3]({REPO}/actions/runs/3)", passed=None),),
        seen_since=NOW,
        other_pulls=2,
        legs=legs_of(words),
        since=Since(after=SHA, first=SHA, at=NOW, runs_in_doubt=2),
        way=words.message,
    )
    return replace(known, **changes)


def verdict_of(words, *, tests=1, **changes):
    """A known flake and a new failure, and jobs that failed of other things."""
    more = [replace_case(words.case, name=f"{number} {words.test}") for number in range(tests - 1)]
    failed = [failed_test(words, case=case, **changes) for case in (words.case, *more)]
    new = failed_test(words, case=words.classless, standing=Standing.HEALTHY, decision=None, proofs=(), **changes)
    job = JobView(
        name=words.job,
        status="completed",
        conclusion="failure",
        url=f"{REPO}/actions/runs/7/job/9",
        attempt=2,
        has_results=True,
        missing=None,
        note=words.note,
        infra=None,
        failed_step=words.step,
        failed=(*failed, new),
    )
    jobs = (
        job,
        replace(job, infra=words.infra, failed=()),
        replace(job, has_results=False, failed=(), url=None),
        replace(job, failed=()),
        replace(job, conclusion="success", name="other", failed=()),
        replace(job, conclusion=words.conclusion, failed=()),
    )
    run = RunView(
        run_id=7,
        attempt=2,
        workflow=words.workflow,
        event="push",
        status="completed",
        conclusion="failure",
        url=f"{REPO}/actions/runs/7",
        is_read=True,
        jobs=jobs,
    )
    return decide([run, replace(run, conclusion=words.conclusion, jobs=())], NoRuns.WAITING)


def proposals_of(words):
    cost, guards = words_of({"pulls": 3, "runs": 4, "minutes_lost": 50}, to=NOW, owner=words.owner)
    one = comment.Proposal(id=42, case=words.case, score=0.8, flake_rate=0.06, cost=cost, guards=guards)
    return [one, replace(one, id=43, case=words.classless)]


def legs_of(words):
    return Legs(jobs=(words.job,), flaked=3, runs=9, others=2, others_runs=20)


def evidence_in(job):
    place = Place(run_id=7, run_attempt=1, job=job, ordinal=1)
    return Evidence(
        grade=Grade.E2,
        weight=1.0,
        failed=place,
        passed=replace(place, run_attempt=2),
        at=NOW,
        age=3,
        loose_signature=None,
        head_sha=SHA,
        pull=None,
        from_fork=False,
    )


SIGHTS = Sights(places={}, run_url=lambda run, attempt: f"{REPO}/actions/runs/{run}/attempts/{attempt}")


def facts_of(words, **changes):
    order = OrderDependence(others=(words.case, words.classless), is_polluted=True, failing=4, passing=9)
    known = issue.IssueFacts(
        key=issue.key_of(1, 1),
        case=words.case,
        file=words.file,
        owner=words.owner,
        standing=Standing.FLAKY,
        score=0.8,
        flake_rate=0.06,
        low=0.02,
        high=0.14,
        runs=50,
        window=50,
        failures=3,
        evidence=[evidence_in(words.job)] * 2,
        passes_since_flake=4,
        passes_needed=49,
        last_flake_at=NOW,
        broken_since=SHA,
        decision=DecisionState.ACTIVE,
        until=NOW,
        message=words.message,
        stack_trace=words.stack_trace,
        sights=SIGHTS,
        since=Since(after=SHA, first=SHA, at=NOW, runs_in_doubt=2),
        legs=legs_of(words),
        cause=Cause(category=Category.RACE, reason="it failed only after", order=order),
    )
    return replace(known, **changes)


def _misunderstood(words):
    """Answer what nobody understands: each of these lines is a command that lacks something, or has too much."""
    said = " ".join(words.said.split())
    for line in (said, f"explain {said} for", f"quarantine x for {said}", f"help {said}"):
        [command] = parse(f"/flakeguard {line}")
        if isinstance(command, Misunderstood):
            yield answers.misunderstood(command.text, command.why)


def _problems(words):
    key, value = (_quoted(one) for one in (words.policy_key, words.policy_value))
    for policy in (f"{key}: 1", f"quarantine: {{{key}: 1}}", f"teams: {{{key}: {{}}}}", f"quarantine: {{mode: {value}}}",
                   f"infra: [{{name: a, pattern: {value}}}]", f"reports: {{files: [{value}]}}", words.policy_value):  # fmt: skip
        try:
            load(policy)
        except BrokenPolicy as broken:
            yield from (plain_lines(one.message) for one in broken.problems)


def _quoted(text):
    return '"' + "".join(f"\\U{ord(char):08X}" for char in text) + '"'


def report_of(words):
    step = report.Step(run_id=1, run_attempt=1, job=words.job, url=f"{REPO}/actions/runs/1")
    said = report.decision(DecisionState.ACTIVE, days=20, rationale=words.reason, by=words.login)
    test = report.a_test(
        "x",
        case=words.case,
        file=words.file,
        owner=words.owner,
        cause=words.message,
        proofs=(replace(report.proof(), failed=step, passed=step),),
        decision=said,
    )
    broken = replace(test, standing=Standing.BROKEN, case=words.classless, broken_since=SHA)
    incident = replace(report.INCIDENT, workflow=words.workflow, causes=(words.infra,))
    cause = replace(report.CAUSE, title=words.message)
    return report.report(test, broken, repository="o/r", causes=(cause,), incidents=(incident,))


def week_of(words):
    tests = report_of(words).tests
    week = weekly.last_week(tests[0].first_flake_at + weekly.WEEK)
    over = [weekly.Over(case=one, at=week.since, is_issue=True) for one in _cases(words)]
    return weekly.WeekFacts(
        week=week, tests=[replace(tests[0], decision=_soon(tests[0], week)), *tests], trend=(), over=over
    )


def _soon(test, week):
    return replace(test.decision, until=week.until)


def _check(words, *, tests=1):
    return check.render(verdict_of(words, tests=tests), proposals=1, others=(words.other_system,))


def _comment(words):
    return comment.render(verdict_of(words), SHA, proposals_of(words), is_there=True)


def _comment_of_a_shared_cause(words):
    return comment.render(verdict_of(words, is_shared=True, is_known_way=False), SHA, [], is_there=False)


def _cases(words):
    return [words.case, words.classless]


def _explain(words):
    return answers.explain(words.case, Standing.FLAKY, 0.8, 0.06, [evidence_in(words.job)] * 2, SIGHTS)


def _status(words):
    worst = [(one, Standing.FLAKY, 0.8, 0.06) for one in _cases(words)]
    return answers.status(worst, [(one, DecisionState.ACTIVE, NOW) for one in _cases(words)])


ANSWERS = {
    "misunderstood": lambda words: "\n\n".join(_misunderstood(words)),
    "refused": lambda words: answers.refused(words.case, "quarantine is full"),
    "takes write access": lambda words: answers.takes_write_access(f"release {words.pattern}"),
    "lacks labels": lambda words: answers.lacks_labels([words.said, words.policy_value]),
    "not done": lambda words: answers.not_done(
        words.login, "a box", [answers.refused(words.case, "quarantine is full"), answers.not_run_again(words.refusal)]
    ),
    "unknown": lambda words: answers.unknown(words.pattern, _cases(words)),
    "unknown at all": lambda words: answers.unknown(words.pattern, []),
    "ambiguous": lambda words: answers.ambiguous(words.pattern, _cases(words)),
    "explain": _explain,
    "status": _status,
    "rerun": lambda words: answers.rerun([f"{REPO}/actions/runs/7"], [words.refusal]),
}
BODIES = {
    "comment": _comment,
    "comment of a shared cause": _comment_of_a_shared_cause,
    "check summary": lambda words: _check(words).summary,
    "check text": lambda words: _check(words).text,
    "issue": lambda words: issue.render(facts_of(words)),
    "issue of a broken test": lambda words: issue.render(facts_of(words, standing=Standing.BROKEN, stack_trace=None)),
    "report": lambda words: render_markdown(report_of(words)),
    "weekly digest": lambda words: weekly.render(week_of(words)),
    "notices": lambda words: "\n\n".join(
        [
            notice_text.ends_words(words.case, NOW, passes=3, needed=9),
            notice_text.absent_words(words.classless, NOW),
            notice_text.marker("absent 7"),
        ]
    ),
    "answers": lambda words: answers.write(5, [one(words) for one in ANSWERS.values()]),
}
"""What is Markdown."""

TITLES = {
    "check title": lambda words: [_check(words).title],
    "issue title": lambda words: [issue.title(one) for one in _cases(words)],
    "annotation titles": lambda words: [one.title for one in _check(words).notes],
}
LINES = TITLES | {
    "annotations": lambda words: [one.message for one in _check(words).notes],
    "annotations of the policy": lambda words: [*_problems(words)],
}
"""What is plain text."""
