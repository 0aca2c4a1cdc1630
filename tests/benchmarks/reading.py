"""How quickly reports are read, beside the fastest parsers that others have written, each in a process of its own.

`make bench` installs the parsers under test beside ours (tests/benchmarks/peers.lock); one that is not there is left out.
"""

import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from functools import cache
from pathlib import Path

from app.cli.parsers import Parsers
from app.core.reading import join, read_part
from app.core.reports import Document, read_report

SUITES = 2_000
CASES = 100
FILES = 2_000
TIMES = 3
STACK = "at frame (file.py:12)\n" * 90
PIECE = 1 << 18


def run():
    """Print for one JUnit file of 200,000 cases and for a zip of 2,000 small ones: seconds, MB/s, peak memory, ratios."""
    with tempfile.TemporaryDirectory(prefix="flakeguard-bench-") as folder:
        big, many = Path(folder) / "big.xml", Path(folder) / "many.zip"
        _write_big(big)
        _write_many(many)
        _print_table(f"one JUnit file, {big.stat().st_size / 1e6:.0f} MB, {SUITES * CASES:,} cases", FILE_READERS, big)
        _print_table(f"a zip of {FILES:,} JUnit files, {many.stat().st_size / 1e6:.1f} MB packed", ZIP_READERS, many)


def _print_table(title, readers, path):
    """Let the readers take turns, so that a noisy machine is noisy for all; the best turn of each counts."""
    turns = {name: [] for name in readers if not name.startswith(("test-", "junit")) or _is_there(name)}
    for _ in range(TIMES):
        for name, measured in turns.items():
            measured.append(_in_a_process(name, path))
    best = {name: min(measured, key=lambda one: one["seconds"]) for name, measured in turns.items()}
    print(title)
    yardstick = best.get("test-results-parser", next(iter(best.values())))["seconds"]
    for name, one in best.items():
        print(
            f"  {name:34} {one['seconds']:6.2f} s {one['tests'] / one['seconds']:10,.0f} tests/s {one['mb']:5.0f} MB peak"
            f" {yardstick / one['seconds']:5.2f} times the yardstick's speed"
        )


def _is_there(name):
    return importlib.util.find_spec(name.replace("-", "_")) is not None


def _in_a_process(name, path):
    """Time one reading in a new process; the memory is the process's peak with the interpreter and the results in it."""
    command = [sys.executable, "-m", "tests.benchmarks.reading", name, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _ours(path):
    # As in the processes that read for the bot, which look for garbage after each file only.
    __import__("gc").disable()
    yield
    yield len(read_report(Document(str(path), lambda: _pieces(path))).results)


def _pieces(path):
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


@cache
def _bare_target():
    class Target:
        def __init__(self):
            self.cases = []

        def start(self, tag, attributes):
            if tag == "testcase":
                self.cases.append([attributes.get(key) for key in ("classname", "name", "file", "time")])

        def end(self, tag):
            pass

        def data(self, text):
            pass

        def close(self):
            return self.cases

    return Target


def _bare_parser():
    from lxml import etree  # noqa: PLC0415 - each process loads its own reader only

    return etree.XMLParser(target=_bare_target()(), huge_tree=True)


def _bare(data):
    parser = _bare_parser()
    parser.feed(data)
    return len(parser.close())


def _bare_lxml(path):
    yield
    parser = _bare_parser()
    for piece in _pieces(path):
        parser.feed(piece)
    yield len(parser.close())


def _test_results_parser(path):
    from test_results_parser import parse_junit_xml  # noqa: PLC0415 - as above

    yield
    yield len(_taken(parse_junit_xml(path.read_bytes())))


def _taken(parsed):
    """Take each value out, as whoever wants to use it must: the parser hands out objects that make their parts when asked."""
    return [
        (one.testsuite, one.classname, one.name, one.duration, one.outcome, one.failure_message, one.filename)
        for one in parsed.testruns
    ]


def _junitparser(path):
    from junitparser import JUnitXml  # noqa: PLC0415 - as above

    yield
    suites = JUnitXml.fromfile(str(path))
    yield len(
        [(s.name, c.classname, c.name, c.time, [(r.message, r.text) for r in c.result]) for s in suites for c in s]
    )


def _test_results_parser_zip(path):
    from test_results_parser import parse_junit_xml  # noqa: PLC0415 - as above

    yield
    with zipfile.ZipFile(path) as archive:
        yield sum(len(_taken(parse_junit_xml(archive.read(info)))) for info in archive.infolist())


def _bare_part(path, part, parts):
    """The least that Python can do by lxml: four attributes of each case, of which nothing is made."""
    with zipfile.ZipFile(path) as archive:
        return sum(_bare(archive.read(info)) for info in archive.infolist()[part::parts])


def _bare_zip(path):
    with Parsers(2) as processes:
        for warm in [processes.submit(_bare_part, path, 0, FILES) for _ in range(2)]:
            warm.result()
        yield
        yield sum(one.result() for one in [processes.submit(_bare_part, path, part, 2) for part in range(2)])


def _ours_zip(path, parts):
    with Parsers(parts) as processes:
        # The bot's processes are there before an artifact comes.
        for warm in [processes.submit(read_part, str(path), ["nothing"], 0, 1) for _ in range(parts)]:
            warm.result()
        yield
        read = [processes.submit(read_part, str(path), ["**"], part, parts) for part in range(parts)]
        yield len(join(one.result() for one in read).found)


FILE_READERS = {
    "test-results-parser": _test_results_parser,
    "bare lxml target": _bare_lxml,
    "ours": _ours,
    "junitparser": _junitparser,
}
ZIP_READERS = {
    "test-results-parser": _test_results_parser_zip,
    "bare lxml target, 2": _bare_zip,
    "ours, named and fingerprinted, 1": lambda path: _ours_zip(path, 1),
    "ours, named and fingerprinted, 2": lambda path: _ours_zip(path, 2),
}


def _measure(name, path):
    reader = (FILE_READERS if path.suffix == ".xml" else ZIP_READERS)[name](path)
    next(reader)
    start = time.perf_counter()
    tests = next(reader)
    seconds = time.perf_counter() - start
    reader.close()
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "tests": tests, "mb": max(usage, children)}))


def _write_big(path):
    with path.open("w", encoding="utf-8") as file:
        file.write("<testsuites>\n")
        for suite in range(SUITES):
            file.write(f'<testsuite name="suite{suite}">{"".join(_case(suite, number) for number in range(CASES))}')
            file.write("</testsuite>\n")
        file.write("</testsuites>\n")


def _case(suite, number):
    return (
        f'<testcase classname="pkg.mod{suite}.Class" name="test_{number}" file="tests/mod{suite}.py" time="0.{number:04d}">'
        f"{_body(number)}</testcase>\n"
    )


def _body(number):
    output = f"<system-out>some output\nand more of it\n{'x' * 440}</system-out>" if number % 2 else ""
    if number % 20 == 0:
        return f'<failure message="boom {number}" type="AssertionError">{STACK}</failure>'
    if number == 51:
        return f'{output}<error message="boom {number}" type="ValueError">{STACK}</error>'
    return f"{output}<skipped/>" if number % 50 == 2 else output


def _write_many(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for suite in range(FILES):
            cases = "".join(_case(suite, number) for number in range(suite % 7 * 10, suite % 7 * 10 + 20))
            archive.writestr(f"reports/TEST-{suite}.xml", f'<testsuite name="suite{suite}">{cases}</testsuite>')


if __name__ == "__main__":
    if len(sys.argv) == 1:
        run()
    else:
        _measure(sys.argv[1], Path(sys.argv[2]))
