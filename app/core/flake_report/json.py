"""The flakiness report for programs."""

from datetime import datetime

from app.core.flake_report.values import (
    Cause,
    DecisionSaid,
    FlakinessReport,
    Incident,
    IssueSaid,
    Proof,
    ReportedTest,
    Step,
    TrendDay,
)
from app.core.model import DecisionState, Grade


def to_json(report: FlakinessReport) -> dict[str, object]:
    """Return the report as JSON values; times are ISO 8601 in UTC, unknown values null, tests worst first."""
    return {
        "repository": report.repository,
        "runs": report.runs,
        "occurrences": report.occurrences,
        "tests": [_test(one) for one in report.tests],
        "as_of": report.as_of.isoformat(),
        "period": {"from": _time(report.first_at), "to": _time(report.last_at)},
        "attempts": report.attempts,
        "tests_known": report.known,
        "totals": {standing.value: number for standing, number in report.totals().items()},
        "clusters": [_cause(one) for one in report.causes],
        "quarantines": [_decided(one) for one in report.decided(DecisionState.ACTIVE)],
        "proposals": [_decided(one) for one in report.decided(DecisionState.PROPOSED)],
        "incidents": [_incident(one) for one in report.incidents],
        "trend": [_day(one) for one in report.trend],
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _name(test: ReportedTest) -> dict[str, object]:
    return {"suite": test.case.suite, "class_name": test.case.class_name, "name": test.case.name}


def _test(test: ReportedTest) -> dict[str, object]:
    return {
        **_name(test),
        "file": test.file,
        "owner": test.owner,
        "standing": test.standing.value,
        "score": test.score,
        "flake_rate": test.flake_rate,
        "low": test.low,
        "high": test.high,
        "runs": test.runs,
        "failures": test.failures,
        "evidence": {grade.value: _evidence(test, grade) for grade in Grade},
        "cluster": test.cause,
        "decision": _decision(test.decision),
        "issue": _issue(test.issue),
        "first_flake_at": _time(test.first_flake_at),
        "last_flake_at": _time(test.last_flake_at),
        "broken_since": test.broken_since,
        "history": [one.value for one in test.history],
    }


def _evidence(test: ReportedTest, grade: Grade) -> dict[str, object]:
    return {
        "count": test.evidence.get(grade, 0),
        "latest": [_proof(one) for one in test.proofs if one.grade is grade],
    }


def _proof(one: Proof) -> dict[str, object]:
    return {
        "at": one.at.isoformat(),
        "head_sha": one.head_sha,
        "pull": one.pull,
        "from_fork": one.from_fork,
        "failed": _step(one.failed),
        "passed": _step(one.passed) if one.passed is not None else None,
    }


def _step(one: Step) -> dict[str, object]:
    return {"run_id": one.run_id, "run_attempt": one.run_attempt, "job": one.job, "url": one.url}


def _decision(one: DecisionSaid | None) -> dict[str, object] | None:
    if one is None:
        return None
    return {
        "state": one.state.value,
        "is_open": one.is_open,
        "rationale": one.rationale,
        "by": one.by,
        "decided_at": one.decided_at.isoformat(),
        "until": _time(one.until),
    }


def _decided(test: ReportedTest) -> dict[str, object]:
    return {"test": _name(test), **(_decision(test.decision) or {})}


def _issue(one: IssueSaid | None) -> dict[str, object] | None:
    if one is None:
        return None
    return {"number": one.number, "url": one.url, "state": one.state, "state_reason": one.reason}


def _cause(one: Cause) -> dict[str, object]:
    return {
        "title": one.title,
        "kind": "infra" if one.is_infra else "test",
        "failures": one.failures,
        "tests": one.tests,
        "first_seen_at": one.first_at.isoformat(),
        "last_seen_at": one.last_at.isoformat(),
    }


def _incident(one: Incident) -> dict[str, object]:
    return {
        "run_id": one.run_id,
        "run_attempt": one.run_attempt,
        "workflow": one.workflow,
        "at": one.at.isoformat(),
        "failures": one.failures,
        "is_whole": one.is_whole,
        "causes": list(one.causes),
        "url": one.url,
    }


def _day(one: TrendDay) -> dict[str, object]:
    return {
        "day": one.day.isoformat(),
        "runs": one.runs,
        "runs_flaked": one.runs_flaked,
        "flake_rate": one.flake_rate,
        "minutes_lost": one.minutes_lost,
    }
