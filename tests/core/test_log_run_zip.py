from hypothesis import given
from hypothesis import strategies as st

from app.core.logs.run_zip import job_logs


def test_of_a_job_that_is_there_as_a_whole_its_steps_are_not_read():
    assert job_logs(
        ["0_build (1).txt", "build (1)/1_Set up job.txt", "build (1)/2_Run tests.txt", "build (1)/system.txt"]
    ) == {"build (1)": ("0_build (1).txt",)}


def test_of_a_job_with_its_steps_alone_they_are_read_in_the_order_of_their_numbers():
    names = ["build/", "build/10_Test.txt", "build/2_Install.txt", "build/1_Set up job.txt", "build/system.txt"]
    assert job_logs(names) == {"build": ("build/1_Set up job.txt", "build/2_Install.txt", "build/10_Test.txt")}


def test_each_job_is_read_in_the_way_that_is_there():
    assert job_logs(["1_a.txt", "a/1_x.txt", "b/1_x.txt"]) == {"a": ("1_a.txt",), "b": ("b/1_x.txt",)}


def test_what_a_desktop_left_in_an_archive_is_no_log():
    assert job_logs(["__MACOSX/a/._1_x.txt", "a/.DS_Store", "results.xml", "a/junit.xml"]) == {}


def test_one_file_of_another_kind_shows_an_artifact():
    assert job_logs(["0_build.txt", "junit.xml"]) == {}


@given(st.lists(st.from_regex(r"(?:[ab]/)?[0-9]{1,2}_[ab]\.txt", fullmatch=True), unique=True), st.randoms())
def test_the_order_of_an_archive_does_not_matter_and_nothing_is_read_twice(names, random):
    shuffled = random.sample(names, len(names))
    read = job_logs(names)
    everything = [name for members in read.values() for name in members]
    assert len(everything) == len(set(everything))
    assert set(read) == set(job_logs(shuffled))
    assert set(everything) <= set(names)
