"""All benchmarks, one after the other; each prints its own lines. A single one: `python -m tests.benchmarks.reading`."""

from tests.benchmarks import asking, bot, fairness, reading, signatures

BENCHMARKS = (reading.run, signatures.run, bot.run, asking.run, fairness.run)


if __name__ == "__main__":
    for benchmark in BENCHMARKS:
        benchmark()
