"""Strangers' files are read in processes that may die."""

import gc
import os
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
        parsers.submit(bytes, 5 << 30).result()
    assert parsers.submit(os.getpid).result() == before


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
