"""How well tests are judged, held against simulated histories whose truth is known, and how fast."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

from app.core.model import Execution, Since, Standing
from app.core.score import Thresholds, judge
from tests.benchmarks.histories import HOME, Truth, plan, simulate

SEEDS = 300
WINDOW = 50
RETRIES = ("none", "job", "test")
RATES = (0.05, 0.1, 0.2, 0.5)
TESTS, RUNS = 1_500, 300


def run() -> None:
    """Print each figure beside its reach."""
    change_points()
    intervals()
    delays()
    innocents()
    throughput()


def change_points() -> None:
    print(
        "where a change lies, at least 5 runs on each side (reach: the truth in the range, one run more or less, in 90 %)"
    )
    for retry in RETRIES:
        found = [_is_found(seed, Truth(broken=(at, 10**9), retry=retry)) for seed, at in _places(3)]
        print(f"  broken, retry {retry:4}            {_held(found)}")
        for rate in RATES:
            found = [_is_found(seed, Truth(rate=rate, onset=at, retry=retry)) for seed, at in _places(5)]
            print(f"  flaky at {rate:4.0%}, retry {retry:4}    {_held(found)}")


def _places(least: int) -> Iterator[tuple[int, int]]:
    for seed in range(SEEDS):
        yield seed, Random(seed).randint(5, WINDOW - max(5, 2 * least))


def _is_found(seed: int, truth: Truth) -> tuple[bool, int] | None:
    """Say whether the range holds the truth, and how many runs are in doubt; None where the test is not seen to be either."""
    history = simulate(Random(seed), truth)
    score = judge(history, thresholds=Thresholds(), repository=HOME)
    is_break = truth.broken != (0, 0)
    if score.since is None or (score.standing is Standing.BROKEN) is not is_break:
        return None
    return _holds(history, score.since, truth.broken[0] if is_break else truth.onset), score.since.runs_in_doubt


def _holds(history: list[Execution], since: Since, at: int) -> bool:
    """Tell whether the true run lies after the run of the one commit and up to that of the other, one run more or less."""
    # A commit that ran several times is told by its last run.
    place = {one.attempt.head_sha: one.attempt.run_id - 1 for one in history}
    after = -1 if since.after is None else place[since.after]
    return after - 1 <= at <= place[since.first] + 1


def _held(found: list[tuple[bool, int] | None]) -> str:
    seen = [one for one in found if one is not None]
    share = sum(held for held, _ in seen) / len(seen)
    return f"{share:6.1%} of {len(seen):3} seen, {median(doubt for _, doubt in seen):3.0f} runs in doubt (median)"


def intervals() -> None:
    print("the 90 % interval of flake_rate holds the true rate (reach 88 to 92 %)")
    for retry in RETRIES:
        shares = [_covered(rate, retry) for rate in RATES]
        print(
            f"  retry {retry:4}   {sum(shares) / len(shares):6.1%}   "
            + "  ".join(f"{r:.0%}: {s:.1%}" for r, s in zip(RATES, shares, strict=True))
        )


def _covered(rate: float, retry: str) -> float:
    scores = [
        judge(simulate(Random(seed), Truth(rate=rate, retry=retry)), thresholds=Thresholds(), repository=HOME)
        for seed in range(SEEDS)
    ]
    return sum(one.low <= rate <= one.high for one in scores) / SEEDS


def delays() -> None:
    print(
        "runs from the onset of a 10 % flake to suspect (reach: 12 with retries, 25 without), and from its fix to passes enough"
    )
    for retry in RETRIES:
        onset = [
            _first(seed, retry, 1, lambda score: score.standing in (Standing.SUSPECT, Standing.FLAKY))
            for seed in range(60)
        ]
        fixed = [_left(seed, retry) for seed in range(60)]
        print(f"  retry {retry:4}   {median(onset):3.0f} (all seen within {max(onset)})   {median(fixed):3.0f}")


def _first(seed: int, retry: str, step: int, is_so: Callable[..., bool]) -> int:
    history = simulate(Random(seed), Truth(rate=0.1, onset=60, runs=220, retry=retry))
    for run in range(60, 220, step):
        seen = [one for one in history if one.attempt.run_id <= run + 1]
        if is_so(judge(seen, thresholds=Thresholds(), repository=HOME)):
            return run - 59
    return 220


def _left(seed: int, retry: str) -> int:
    """Count the runs after the fix until it passed as often as was asked for when the fix came."""
    history = simulate(Random(seed), Truth(rate=0.1, fixed=100, runs=220, retry=retry))
    return judge(
        [one for one in history if one.attempt.run_id <= 100], thresholds=Thresholds(), repository=HOME
    ).passes_needed


def innocents() -> None:
    print("regressions and always broken tests at every moment (reach: none is recommended for quarantine)")
    worst, moments, called = 0.0, 0, 0
    for seed in range(SEEDS // 3):
        rng = Random(seed)
        start = rng.randint(5, 60)
        truth = Truth(broken=(start, start + rng.randint(1, 40)), runs=120, retry=RETRIES[seed % 3])
        history = simulate(rng, truth)
        for run in range(start, 120, 3):
            seen = [one for one in history if one.attempt.run_id <= run]
            score = judge(seen, thresholds=Thresholds(), repository=HOME)
            worst, moments = max(worst, score.score), moments + 1
            called += score.standing is Standing.FLAKY
    print(f"  {called} of {moments} moments, highest score {worst:.2f}")


def throughput() -> None:
    print(
        f"flakeguard score over {TESTS * RUNS:,} occurrences (reach: 100,000 a second, memory below 1.5 times the file)"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.jsonl"
        _write(path)
        yardstick = _seconds(lambda: sum(len(json.loads(line)) for line in path.open("rb")))
        command = [sys.executable, "-m", "app", "score", "--json", str(path)]
        seconds = _seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
        memory = getrusage(RUSAGE_CHILDREN).ru_maxrss * 1024
        size = path.stat().st_size
    print(
        f"  {TESTS * RUNS / seconds:,.0f} a second, {seconds / yardstick:.2f} times a bare json.loads of each line, memory {memory / size:.2f} times the file"
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _write(path: Path) -> None:
    rng = Random(7)
    planned = plan(rng, RUNS)
    with path.open("w", encoding="utf-8") as file:
        for number in range(TESTS):
            truth = Truth(rate=0.05 if number % 50 == 0 else 0.0, runs=RUNS, retry="test")
            for one in simulate(rng, truth, planned):
                file.write(json.dumps(_line(number, one)) + "\n")


def _line(number: int, one: Execution) -> dict[str, object]:
    attempt = one.attempt
    names = ("run_id", "run_attempt", "event", "head_sha", "base_sha", "tree_sha", "head_repository", "branch")
    return {
        "test": {"suite": "unit", "class_name": f"shop.module_{number % 37}", "name": f"test_{number}"},
        **{name: getattr(attempt, name) for name in names},
        "is_default_branch": attempt.is_default_branch,
        "pull": attempt.pull,
        "at": attempt.at.isoformat(),
        "job": one.job,
        "ordinal": one.ordinal,
        "outcome": one.outcome,
        "duration_ms": 12,
        "message": one.loose_signature,
        "stack_trace": one.loose_signature,
    }


if __name__ == "__main__":
    run()
