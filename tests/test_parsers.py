"""Strangers' files are read in processes that may die."""

import gc
import os
import re
import subprocess
import sys
import time
import zipfile
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from app.cli.parsers import Parsers
from app.core.reading import read_artifact
from app.core.reports import Document, read_report


@pytest.fixture(scope="module")
def parsers():
    with Parsers(1, seconds_each=1.0) as pool:
        yield pool


def test_an_artifact_is_read_in_another_process(parsers, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("r.xml", "<testsuite><testcase name='a'/></testsuite>")
    assert parsers.submit(read_artifact, str(tmp_path / "a.zip"), files=["**"]).result().malformed == ()
    assert parsers.submit(os.getpid).result() != os.getpid()


def test_a_pool_whose_process_was_killed_is_made_anew(parsers):
    before = parsers.submit(os.getpid).result()
    with pytest.raises(BrokenProcessPool):
        parsers.submit(os._exit, 3).result()
    assert parsers.submit(os.getpid).result() != before


def test_a_file_that_needs_too_much_memory_is_an_error_and_not_the_end(parsers):
    before = parsers.submit(os.getpid).result()
    with pytest.raises(MemoryError):
        parsers.submit(bytes, 5 << 28).result()
    assert parsers.submit(os.getpid).result() == before


BEGINNING = b'{"results":{"tool":{"name":"x"},"tests":[{"status":"passed","name":"a"},'
HOSTILE = {
    "nothing but objects": lambda: b",".join([b"{}"] * (8 << 20)),
    "objects in objects": lambda: b'{"name":[' + b",".join([b'{"a":' * 100 + b"0" + b"}" * 100] * 40_000) + b"]}",
    "as many names as there may be": lambda: (
        b'{"name":{' + b",".join(b'"%x":"%xx"' % (n, n) for n in range(2_699_000)) + b"}}"
    ),
    "control characters": lambda: b'{"message":"' + b"xy\x01" * (10 << 20) + b'"}',
    "halves of pairs": lambda: b'{"message":"' + b"\\ud800xy" * (4 << 20) + b'"}',
    "one wide character": lambda: b'{"message":"' + b"x" * (85 << 20) + "\U0001f600".encode() + b'"}',
    "a wide character too far": lambda: b'{"message":"' + b"x" * (92 << 20) + b'\\ud83d\\ude00"}',
}


@pytest.mark.attack("archives")
@pytest.mark.parametrize("tests", HOSTILE.values(), ids=HOSTILE)
def test_no_json_document_makes_a_process_large(tests, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("r.json", BEGINNING + tests() + b"]}}")
    with Parsers(1) as pool:
        reading = pool.submit(read_artifact, str(tmp_path / "a.zip"), files=["**"]).result()
        status = pool.submit(Path("/proc/self/status").read_text).result()
    assert reading.found or reading.malformed == ("ctrf",)
    assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 500_000


def ctrf(number):
    return (
        f'{{"name":"test number {number} of many, {{}}","status":"passed","duration":{number % 999},"start":1706828654274,'
        f'"stop":1706828655782,"rawStatus":"passed","tags":["a","b"],"type":"e2e","filePath":"src/{number // 20}.spec.ts",'
        f'"retries":0,"flaky":false,"suite":["a > b","c {number // 20}"],"browser":"chrome","extra":{{"a":1,"b":"🟢"}}}}'
    )


def jest(number):
    return (
        f'{{"ancestorTitles":["a","b"],"duration":3,"failureDetails":[],"failureMessages":[],"fullName":"a b {number}",'
        f'"invocations":1,"location":{{"column":1,"line":2}},"numPassingAsserts":1,"retryReasons":[],"status":"passed","title":"{number} 🟢"}}'
    )


LARGE = {
    "ctrf": (ctrf, '{"results":{"tool":{"name":"x"},"tests":[', "]}}"),
    "jest": (
        jest,
        '{"numTotalTests":100000,"openHandles":[],"testResults":[{"name":"a.js","assertionResults":[',
        "]}]}",
    ),
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_real_json_document_of_a_hundred_thousand_tests_is_read(kind):
    test, before, after = LARGE[kind]
    report = read_report(Document.of((before + ",".join(test(number) for number in range(100_000)) + after).encode()))
    assert (len(report.results), report.warnings) == (100_000, ())


def test_a_file_that_takes_too_much_memory_costs_itself_and_no_other(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.json", BEGINNING + b'{"message":"' + b"x" * (120 << 20) + b'"}]}}')
        archive.writestr("b.xml", "<testsuite><testcase name='b'/></testsuite>")
    with Parsers(1, memory=300 << 20) as pool:
        reading = pool.submit(read_artifact, str(tmp_path / "a.zip"), files=["**"]).result()
    assert [one.case.name for one in reading.found] == ["b"]
    assert (reading.is_whole, reading.warnings) == (False, ("a.json is left out: reading it takes too much memory",))


def test_a_file_that_takes_too_long_is_interrupted_and_the_next_has_its_full_time(parsers):
    before = parsers.submit(os.getpid).result()
    with pytest.raises(TimeoutError, match="takes too long"):
        parsers.submit(time.sleep, 30).result()
    parsers.submit(time.sleep, 0.6).result()
    parsers.submit(time.sleep, 0.6).result()
    assert parsers.submit(os.getpid).result() == before


def test_what_python_cannot_interrupt_takes_its_process_with_it(parsers):
    with pytest.raises(BrokenProcessPool):
        parsers.submit(sum, range(10**12)).result()
    assert parsers.submit(os.getpid).result()


def test_processes_are_replaced_after_some_files_and_none_is_lost_while_they_are():
    with Parsers(1, files_each=3) as pool:
        seen = [future.result(timeout=60) for future in [pool.submit(os.getpid) for _ in range(8)]]
    assert [seen[0:3].count(seen[0]), seen[3:6].count(seen[3]), seen[6:8].count(seen[6])] == [3, 3, 2]
    assert len(set(seen)) == 3


def test_no_garbage_is_looked_for_while_a_file_is_read(parsers):
    assert parsers.submit(gc.isenabled).result() is False


def test_ended_it_does_not_wait_for_what_is_being_read():
    pool = Parsers(1)
    number = pool.submit(os.getpid).result()
    busy = pool.submit(time.sleep, 60)
    began = time.monotonic()
    pool.end()
    with pytest.raises((BrokenProcessPool, CancelledError)):
        busy.result(20)
    assert time.monotonic() - began < 20
    assert is_gone(number)


OWNER = """
import os, time
from app.cli.parsers import Parsers
if __name__ == "__main__":
    print(Parsers(1).submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


def test_no_process_outlives_a_bot_that_is_killed(tmp_path):
    (tmp_path / "owner.py").write_text(OWNER)
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen([sys.executable, tmp_path / "owner.py"], stdout=subprocess.PIPE, env=environ) as owner:
        number = int(owner.stdout.readline())
        owner.kill()
    assert is_gone(number)


def is_gone(number, seconds=20):
    """Whether a process ends in that time; one that nobody has buried yet has ended, too."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
