"""Where a trace says that a test failed."""

import pytest

from app.core.frames import failing_line

PYTHON = """Traceback (most recent call last):
  File "/home/runner/work/r/r/tests/test_a.py", line 12, in test_x
    helper()
  File "/home/runner/work/r/r/src/helper.py", line 3, in helper
    raise ValueError
  File "/usr/lib/python3.11/json/decoder.py", line 355, in raw_decode
ValueError"""
JAVA = """java.lang.AssertionError: boom
\tat org.junit.Assert.fail(Assert.java:88)
\tat com.example.FooTest.bar(FooTest.java:42)"""
NODE = """Error: boom
    at Object.<anonymous> (/__w/r/r/src/a.test.js:7:9)
    at node:internal/process/task_queues:95:5"""
DOTNET = """   at Ns.Tests.Bar() in D:\\a\\r\\r\\test\\Bar.cs:line 31
   at System.RuntimeMethodHandle.InvokeMethod(Object target)"""


@pytest.mark.parametrize(
    ("trace", "file", "place"),
    [
        (PYTHON, None, ("/home/runner/work/r/r/src/helper.py", 3)),
        (PYTHON, "tests/test_a.py", ("/home/runner/work/r/r/tests/test_a.py", 12)),
        (JAVA, "src/test/java/com/example/FooTest.java", ("FooTest.java", 42)),
        (JAVA, None, None),
        (NODE, None, ("/__w/r/r/src/a.test.js", 7)),
        (DOTNET, None, ("D:\\a\\r\\r\\test\\Bar.cs", 31)),
        ("E   boom\ntests/test_a.py:10: AssertionError", None, ("tests/test_a.py", 10)),
        ("    pkg_test.go:12: P1 error", None, None),
        ("#0 /github/workspace/tests/ATest.php(9): A->b()", None, ("/github/workspace/tests/ATest.php", 9)),
        ("./spec/a_spec.rb:3:in `block'", None, ("./spec/a_spec.rb", 3)),
        ("panicked at tests/a.rs:154:5:", None, ("tests/a.rs", 154)),
        ("", None, None),
        (None, "a.py", None),
    ],
)
def test_the_line_at_which_a_test_failed_is_read_from_its_trace(trace, file, place):
    assert failing_line(trace, file) == place


def test_frames_of_libraries_are_no_place_of_a_failure():
    assert failing_line('  File "/usr/lib/python3.11/site-packages/x.py", line 1, in y', None) is None
