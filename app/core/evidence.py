"""Pairs of executions that prove a test flaky (E1 to E3), or suggest it (E4, E5)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.episodes import Episode, find_episodes
from app.core.history import History, Run, Turn, arrange, is_default, is_pull, place_of, same_code, same_tree
from app.core.infra import NOTHING_DROPPED, Dropped
from app.core.model import Attempt, Evidence, Execution, Grade

WEIGHTS = {Grade.E1: 1.0, Grade.E2: 1.0, Grade.E3: 1.0, Grade.E4: 0.44, Grade.E5: 0.25}
"""E4 is a little less than what warns by itself: one short failure of the default branch may be a regression, mended at once."""

HINT = 0.05
"""Weight of an E5 that nothing on the default branch speaks for: it may be the pull request's own bug."""

BELIEVED_EACH = 2

PROOFS = frozenset({Grade.E1, Grade.E2, Grade.E3})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A piece of evidence with the head commits of its failures, by which it is told from the same event seen again."""

    evidence: Evidence
    heads: frozenset[str]
    is_on_default: bool


def is_hint(one: Evidence) -> bool:
    """Tell whether a piece only ranks a test among others: no standing and no rate ever rests on it."""
    return one.weight <= HINT


def without_hints(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return the pieces that prove or suggest a flake, on which standings and rates rest."""
    return [one for one in evidence if not is_hint(one)]


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
    if not history.passed or not history.failing_runs:
        return ()
    look = _Look(history, repository)
    claimed: set[str] = set()
    kept = _of_own_commits(look.proofs(), claimed) + _of_own_commits(look.episodes(), claimed)
    believed = max(0, _believed(kept))
    pulls = [one.evidence for one in _of_own_commits(look.pulls(), claimed)]
    hints = [replace(one, weight=HINT) for one in pulls[believed:]]
    return tuple(sorted([*(one.evidence for one in kept), *pulls[:believed], *hints], key=_latest_first))


def _of_own_commits(found: Iterable[Found], claimed: set[str]) -> list[Found]:
    """Return what stands for commits that nothing stands for yet, latest first, and claim these."""
    kept = []
    for one in sorted(found, key=lambda one: _latest_first(one.evidence)):
        if claimed.isdisjoint(one.heads):
            claimed.update(one.heads)
            kept.append(one)
    return kept


def _latest_first(one: Evidence) -> tuple[object, ...]:
    place = one.failed
    return one.age, one.grade, place.run_id, place.run_attempt, place.job, place.ordinal


class _Look:
    """One test's window with what several grades ask of it."""

    def __init__(self, history: History, repository: str | None) -> None:
        self._history = history
        self._repository = repository
        self._episodes = find_episodes(history)
        runs = [run for own in history.variants for run in own]
        # A pull request is not to blame for what its base brought along.
        self._failing_bases = {run.attempt.head_sha for run in runs if is_default(run.attempt) and run.only_failed}
        hidden = [one for own in history.clouded for one in own if is_default(one.attempt)]
        self._hidden_bases = {(one.attempt.head_sha, one.loose_signature) for one in hidden}
        self._proven: set[str] = set()
        self._flaked_on_default = frozenset(self._ways_on_default(runs))

    def _ways_on_default(self, runs: Iterable[Run]) -> Iterator[str]:
        """Yield the signatures that failed on the default branch and went away at once.

        People break and mend tests on their own branches; several of them may do so with the same test, which guards
        what they all work at. What they see counts only where the default branch, which is not theirs alone, has shown
        it too, and not as a regression that they had for a base.
        """
        short = [run for own in self._episodes for one in own if _is_between_passes(one) for run in one.runs]
        for run in (*short, *(run for run in runs if run.passed)):
            if is_default(run.attempt) and run.first_failure and run.first_failure.loose_signature:
                yield run.first_failure.loose_signature

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
        for own in self._episodes:
            for one in own:
                failed, passed = one.runs[0].first_failure, _pass_of(one.after)
                if _is_between_passes(one) and failed and passed and not self._is_explained(one, failed):
                    yield self._found(Grade.E4, one.runs[0], failed, passed, *one.heads)

    def _is_explained(self, episode: Episode, failed: Execution) -> bool:
        if not self._proven.isdisjoint(episode.heads):
            return True
        if is_default(failed.attempt):
            return False
        return failed.loose_signature not in self._flaked_on_default or self._base_failed(failed)

    def _base_failed(self, failed: Execution) -> bool:
        base = failed.attempt.base_sha
        return base in self._failing_bases or (base, failed.loose_signature) in self._hidden_bases

    def pulls(self) -> Iterator[Found]:
        """Find short failures on pull requests and other branches around which the test passed.

        They are flakes, or bugs that were mended with the next commit: what the default branch has shown tells how
        many are believed to be flakes.
        """
        for runs, own in zip(self._history.variants, self._episodes, strict=True):
            for one in own:
                failed = one.runs[0].first_failure
                if failed is None or not one.is_short or is_default(failed.attempt) or self._base_failed(failed):
                    continue
                if any(len(run.turns) > 1 for run in one.runs):
                    # Somebody tried again, and it failed again.
                    continue
                if (passed := _pass_of(one.after) if one.after else _pass_around(runs, one.runs[-1])) is not None:
                    yield self._found(Grade.E5, one.runs[0], failed, passed, *one.heads)

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
            from_fork=is_fork(attempt, self._repository),
        )
        return Found(
            evidence=evidence, heads=frozenset(heads or (attempt.head_sha,)), is_on_default=is_default(attempt)
        )


def _believed(found: Sequence[Found]) -> int:
    """Say how many failures of pull requests are taken for flakes, beside those that are proven or suggested otherwise.

    Nobody breaks the default branch and mends it by the next commit as often as they do a branch of their own. Two for
    each of its flakes, since at most repositories two thirds of the runs are those of pull requests; a share of the runs
    themselves would let a mere pass raise a score.
    """
    on_default = sum(one.is_on_default for one in found)
    return BELIEVED_EACH * on_default - (len(found) - on_default)


def _is_between_passes(episode: Episode) -> bool:
    return episode.is_short and episode.before is not None and episode.after is not None


def _pairs(turns: Sequence[Turn]) -> Iterator[tuple[Execution, Execution]]:
    """Pair each failure with the pass of another attempt that is nearest to it in time."""
    passes = [turn.passed for turn in turns if turn.passed]
    for turn in turns:
        others = [one for one in passes if one.attempt != turn.attempt]
        if turn.failed and others:
            yield turn.failed, min(others, key=lambda one, turn=turn: _distance(one.attempt, turn.attempt))  # type: ignore[misc]


def _distance(one: Attempt, other: Attempt) -> tuple[object, ...]:
    return abs(one.at - other.at), one.at, one.run_id, one.run_attempt


def _pass_of(run: Run | None) -> Execution | None:
    return next((turn.passed for turn in run.turns if turn.passed), None) if run else None


def _pass_around(runs: Sequence[Run], failing: Run) -> Execution | None:
    """Return the default branch's pass after a failing run, if the default branch passed right before and after it."""
    before = next((run for run in reversed(runs) if is_default(run.attempt) and run.index < failing.index), None)
    after = next((run for run in runs if is_default(run.attempt) and run.index > failing.index), None)
    return _pass_of(after) if before and before.passed and after else None


def is_fork(attempt: Attempt, repository: str | None) -> bool:
    """Say whether the code is another repository's; a fork that was deleted since has no name, but was one."""
    return repository is not None and is_pull(attempt) and attempt.head_repository != repository
