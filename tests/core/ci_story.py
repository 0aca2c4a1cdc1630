"""Histories of one test, written as one letter a run."""

from datetime import UTC, datetime, timedelta

from app.core.model import Attempt, Execution, Outcome

START = datetime(2026, 3, 2, tzinfo=UTC)
HOME = "acme/shop"

# What each letter means: the outcomes of each attempt, in the order of their ordinals.
MARKS = {
    "P": ["P"],
    "F": ["F"],
    "S": ["S"],
    "M": ["FP"],  # failed, and passed when the runner retried it
    "R": ["F", "P"],  # failed, and passed when the job was re-run
    "A": ["F", "F"],  # failed, and again when the job was re-run
}
OUTCOMES = {"P": Outcome.PASSED, "F": Outcome.FAILED, "S": Outcome.SKIPPED}


def attempt(run, number=1, **fields):
    """Run `run` starts `run` hours after the story's start, and its attempts ten minutes apart."""
    pull = fields.get("pull")
    known = {
        "run_id": run,
        "run_attempt": number,
        "event": "push" if pull is None else "pull_request",
        "head_sha": f"head-{run}" if pull is None else f"pull-{pull}-{run}",
        "base_sha": None if pull is None else "base",
        "tree_sha": None,
        "head_repository": HOME,
        "branch": "main" if pull is None else f"feature-{pull}",
        "is_default_branch": pull is None,
        "pull": pull,
        "at": START + timedelta(hours=run, minutes=10 * (number - 1)),
    }
    return Attempt(**(known | fields))


def execution(of, mark, *, ordinal=1, job="test", signature="boom"):
    return Execution(
        attempt=of,
        job=job,
        ordinal=ordinal,
        outcome=OUTCOMES[mark],
        loose_signature=signature if mark == "F" else None,
    )


def story(marks, *, first=1, step=1, job="test", signature="boom", **fields):
    """Return the executions of runs `first`, `first + step`, …, one a letter; other fields are those of the attempts."""
    return [
        execution(attempt(first + step * index, number, **fields), mark, ordinal=ordinal, job=job, signature=signature)
        for index, letter in enumerate(marks.replace(" ", ""))
        for number, outcomes in enumerate(MARKS[letter], start=1)
        for ordinal, mark in enumerate(outcomes, start=1)
    ]
