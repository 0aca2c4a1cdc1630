"""Pairs of executions that prove a test flaky (E1 to E3) or suggest it (E4, E5)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from app.core.history import History, Run, Turn, arrange, branch_of, is_default, is_pull, place_of, same_code, same_tree
from app.core.infra import NOTHING_DROPPED, Dropped
from app.core.model import Attempt, Evidence, Execution, Grade

WEIGHTS = {Grade.E1: 1.0, Grade.E2: 1.0, Grade.E3: 1.0, Grade.E4: 0.4, Grade.E5: 0.2}
PROOFS = frozenset({Grade.E1, Grade.E2, Grade.E3})

LONGEST_EPISODE = 2
SHORTEST_STORY = 3
"""A pass, a failure and a pass: most pull requests have fewer runs, and need no look."""
FEWEST_PULLS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A piece of evidence with the head commits of its failures, by which it is told from the same event seen again."""

    evidence: Evidence
    heads: frozenset[str]


def gather(
    executions: Iterable[Execution],
    *,
    window: int,
    dropped: Dropped = NOTHING_DROPPED,
    repository: str | None = None,
) -> tuple[Evidence, ...]:
    """Return the evidence in the last `window` runs of each variant of one test, latest first.

    The executions may come in any order and more than once. `repository` is the full name of the repository itself, by
    which forks are known; None where it is unknown, and then nothing counts as a fork's.
    """
    return evidence_in(arrange(executions, window=window, dropped=dropped), repository)


def evidence_in(history: History, repository: str | None) -> tuple[Evidence, ...]:
    """Return the evidence that a window holds, latest first: each failing commit counts once, as its strongest piece."""
    if not history.passed or not any(run.failed for runs in history.variants for run in runs):
        return ()
    look = _Look(history, repository)
    kept: list[Evidence] = []
    claimed: set[str] = set()
    for kind in (look.proofs(), look.episodes(), look.pulls()):
        for one in sorted(kind, key=_strongest_first):
            if claimed.isdisjoint(one.heads):
                claimed.update(one.heads)
                kept.append(one.evidence)
    return tuple(sorted(kept, key=_latest_first))


def _strongest_first(one: Found) -> tuple[object, ...]:
    return _latest_first(one.evidence)


def _latest_first(one: Evidence) -> tuple[object, ...]:
    place = one.failed
    return one.age, one.grade, place.run_id, place.run_attempt, place.job, place.ordinal


class _Look:
    """One test's window with what several grades ask of it."""

    def __init__(self, history: History, repository: str | None) -> None:
        self._history = history
        self._repository = repository
        runs = [run for own in history.variants for run in own]
        # A pull request is not to blame for what its base brought along.
        self._failing_bases = {run.attempt.head_sha for run in runs if is_default(run.attempt) and run.only_failed}
        self._proven: set[str] = set()
        self._flaked_on_default = {one for own in history.variants for one in _flakes_on_default(own)}

    def proofs(self) -> list[Found]:
        """Find where the same code both failed and passed."""
        found = [one for runs in self._history.variants for one in self._proofs_of(runs)]
        self._proven = {head for one in found for head in one.heads}
        return found

    def _proofs_of(self, runs: Sequence[Run]) -> Iterator[Found]:
        by_code: defaultdict[str, list[Turn]] = defaultdict(list)
        by_tree: defaultdict[str, list[Turn]] = defaultdict(list)
        for run in runs:
            by_code[same_code(run.attempt) or f"run {run.attempt.run_id}"].extend(run.turns)
            if (tree := same_tree(run.attempt)) is not None:
                by_tree[tree].extend(run.turns)
        for run in runs:
            for turn in run.turns:
                if turn.failed and turn.passed:
                    yield self._found(Grade.E1, run, turn.failed, turn.passed)
        ages = {run.attempt.run_id: run for run in runs}
        for grade, groups in ((Grade.E2, by_code), (Grade.E3, by_tree)):
            for turns in groups.values():
                for failed, passed in _pairs(turns) if len(turns) > 1 else ():
                    yield self._found(grade, ages[failed.attempt.run_id], failed, passed)

    def episodes(self) -> Iterator[Found]:
        """Find failures between passes on one branch, too short and unexplained to be a regression."""
        for runs in self._history.variants:
            by_branch: defaultdict[str, list[Run]] = defaultdict(list)
            for run in runs:
                if (branch := branch_of(run.attempt)) is not None:
                    by_branch[branch].append(run)
            for own in by_branch.values():
                if len(own) >= SHORTEST_STORY:
                    yield from self._episodes_of(own)

    def _episodes_of(self, runs: Sequence[Run]) -> Iterator[Found]:
        for streak, after in _streaks(runs):
            failed, passed = streak[0].first_failure, _pass_of(after)
            if failed and passed and not self._is_explained(streak, failed):
                yield self._found(Grade.E4, streak[0], failed, passed, *(run.attempt.head_sha for run in streak))

    def _is_explained(self, streak: Sequence[Run], failed: Execution) -> bool:
        if any(run.attempt.head_sha in self._proven for run in streak):
            return True
        if is_default(failed.attempt):
            return False
        return failed.loose_signature not in self._flaked_on_default or self._base_failed(failed.attempt)

    def _base_failed(self, attempt: Attempt) -> bool:
        return attempt.base_sha in self._failing_bases

    def pulls(self) -> Iterator[Found]:
        """Find one failure that hit several pull requests once each while the default branch was well."""
        for runs in self._history.variants:
            by_signature: defaultdict[str, list[tuple[Run, Execution, Execution]]] = defaultdict(list)
            for run, failed in _single_failures(runs):
                passed = _pass_around(runs, run)
                if failed.loose_signature and passed and not self._base_failed(failed.attempt):
                    by_signature[failed.loose_signature].append((run, failed, passed))
            for signature, own in by_signature.items():
                if len(own) >= FEWEST_PULLS and signature in self._flaked_on_default:
                    yield from (self._found(Grade.E5, run, failed, passed) for run, failed, passed in own)

    def _found(self, grade: Grade, run: Run, failed: Execution, passed: Execution, *heads: str) -> Found:
        attempt = failed.attempt
        evidence = Evidence(
            grade=grade,
            weight=WEIGHTS[grade],
            failed=place_of(failed),
            passed=place_of(passed),
            at=attempt.at,
            age=self._history.age(run),
            loose_signature=failed.loose_signature,
            head_sha=attempt.head_sha,
            pull=attempt.pull,
            from_fork=_is_fork(attempt, self._repository),
        )
        return Found(evidence=evidence, heads=frozenset(heads or (attempt.head_sha,)))


def _streaks(runs: Iterable[Run]) -> Iterator[tuple[list[Run], Run]]:
    """Yield the failing runs of each short episode of one branch, with the run that passed after it."""
    streaks = [list(streak) for _, streak in groupby(runs, key=lambda run: run.only_failed)]
    for streak, after in pairwise(streaks[1:]):
        if streak[0].only_failed and len(streak) <= LONGEST_EPISODE:
            yield streak, after[0]


def _flakes_on_default(runs: Sequence[Run]) -> Iterator[str]:
    """Yield the signatures that failed on the default branch and went away at once.

    People break and mend tests on their own branches; several of them may do so with the same test, which guards what
    they all work at. What they see counts only where the default branch, which is not theirs alone, has shown it too,
    and not as a regression that they had for a base.
    """
    own = [run for run in runs if is_default(run.attempt)]
    episodes = [run for streak, _ in _streaks(own) for run in streak]
    for run in (*episodes, *(run for run in own if run.passed)):
        if run.first_failure and run.first_failure.loose_signature:
            yield run.first_failure.loose_signature


def _pairs(turns: Sequence[Turn]) -> Iterator[tuple[Execution, Execution]]:
    """Pair each failure with the pass of another attempt that is nearest to it in time."""
    passes = [turn.passed for turn in turns if turn.passed]
    for turn in turns:
        others = [one for one in passes if one.attempt != turn.attempt]
        if turn.failed and others:
            yield turn.failed, min(others, key=lambda one, turn=turn: _distance(one.attempt, turn.attempt))  # type: ignore[misc]


def _distance(one: Attempt, other: Attempt) -> tuple[object, ...]:
    return abs(one.at - other.at), one.at, one.run_id, one.run_attempt


def _pass_of(run: Run) -> Execution | None:
    return next((turn.passed for turn in run.turns if turn.passed), None)


def _single_failures(runs: Sequence[Run]) -> Iterator[tuple[Run, Execution]]:
    """Yield the one failing run of each pull request that has exactly one."""
    by_pull: defaultdict[int, list[Run]] = defaultdict(list)
    for run in runs:
        if is_pull(run.attempt) and run.attempt.pull is not None and run.failed:
            by_pull[run.attempt.pull].append(run)
    for own in by_pull.values():
        failed = own[0].first_failure
        if len(own) == 1 and failed:
            yield own[0], failed


def _pass_around(runs: Sequence[Run], failing: Run) -> Execution | None:
    """Return the default branch's pass after a failing run, if the default branch passed right before and after it."""
    before = next((run for run in reversed(runs) if is_default(run.attempt) and run.index < failing.index), None)
    after = next((run for run in runs if is_default(run.attempt) and run.index > failing.index), None)
    return _pass_of(after) if before and before.passed and after else None


def _is_fork(attempt: Attempt, repository: str | None) -> bool:
    """Say whether the code is another repository's; a fork that was deleted since has no name, but was one."""
    return repository is not None and is_pull(attempt) and attempt.head_repository != repository
