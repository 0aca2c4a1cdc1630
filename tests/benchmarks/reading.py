"""How quickly reports are read, beside a parser that only collects four attributes of each case."""

import gc
import tempfile
import time
import zipfile
from pathlib import Path

from lxml import etree

from app.core.reading import read_artifact
from app.core.reports import Document, read_report

SUITES = 2_000
CASES = 100
TIMES = 3
STACK = "at frame (file.py:12)\n" * 90


def run():
    """Print MB/s for one JUnit file of 200,000 cases, the ratio to the bare parser, and tests/s for a whole artifact."""
    data = _report()
    tests = SUITES * CASES
    # As in the processes that read for the bot, which look for garbage after each file only.
    gc.disable()
    try:
        bare, ours = _side_by_side(data)
        artifact = _artifact_seconds(data)
    finally:
        gc.enable()
    size = len(data) / 1e6
    print(f"JUnit XML, {size:.0f} MB, {tests:,} cases: {size / ours:.0f} MB/s, {ours / bare:.2f} times a bare parser")
    print(f"the same in an artifact, named and fingerprinted: {artifact:.1f} s, {tests / artifact:,.0f} tests/s")


class _Bare:
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


def _read_bare(data):
    parser = etree.XMLParser(target=_Bare(), huge_tree=True)
    parser.feed(data)
    return parser.close()


def _side_by_side(data):
    """Take turns, so that a noisy machine is noisy for both; the best of each counts."""
    turns = [(_seconds(_read_bare, data), _seconds(read_report, Document.of(data))) for _ in range(TIMES)]
    return tuple(min(column) for column in zip(*turns, strict=True))


def _seconds(function, *args):
    gc.collect()
    start = time.perf_counter()
    function(*args)
    return time.perf_counter() - start


def _artifact_seconds(data):
    with tempfile.TemporaryDirectory(prefix="flakeguard-bench-") as folder:
        path = Path(folder) / "artifact.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("junit.xml", data)
        return _seconds(read_artifact, str(path), ["**"])


def _report():
    suites = (f'<testsuite name="suite{suite}">{_cases(suite)}</testsuite>' for suite in range(SUITES))
    return f"<testsuites>{''.join(suites)}</testsuites>".encode()


def _cases(suite):
    return "".join(
        f'<testcase classname="pkg.mod{suite}.Class" name="test_{number}" file="tests/mod{suite}.py" time="0.0123"'
        f' extra="{_padding(suite, number)}">{_body(number)}</testcase>'
        for number in range(CASES)
    )


def _padding(suite, number):
    # Text that packs about as well as real reports do, so that the limit of the ratio is not what is measured.
    return " ".join(f"{(suite * 7919 + number * 104_729 + i * 31) % 65_536:04x}" for i in range(46))


def _body(number):
    output = "<system-out>hello</system-out>" if number % 2 else ""
    return output + (f'<failure message="boom {number}">{STACK}</failure>' if number % 20 == 0 else "")


if __name__ == "__main__":
    run()
