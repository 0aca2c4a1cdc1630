"""Runs a project twice, plainly and with a list of half of its tests, and says which tests ran; and the names to try."""

import os
import random
import subprocess
from dataclasses import replace

from app.core.identity import case_name, repository_path
from app.core.model import Outcome, TestId
from app.core.reports import Document, read_report
from app.core.skiplists import Format, QuarantinedTest, quarantine_for
from tests.skiplists_run.page import command, file_name

HOSTILE = (
    *("a", "ab", "b", "bc", "a[x]", "a[x][y]", "A b", "a b", "a b c", "-k a", "--deselect=a", "--", "@file", "!a", "~a"),
    *("it's", 'say "hi"', "back\\slash", "end\\", "\\\\", "\\'", "'); touch pwned; ('", "'''", '"""', "`touch pwned`"),
    *("$HOME", "${System.exit(1)}", "#{system('touch pwned')}", "$(touch pwned)", "%x(touch pwned)", "{{ a }}", "%s %d"),
    *("a*", "a?", ".*", "a|b", "^a$", "(a", "a)", "[a", "a]", "a{2}", "a+", "(?i)A", "\\Qa\\E", "\\u0061", "\\x61"),
    *("a,b", "a;b", "a:b", "a::b", "a#b", "#a", "a#01", "a=b", "a&b", "a<b>", "a~b", "%regex[a]", "//a", "/* a */", "=begin"),
    *("__END__", "not(all())", "all()", "none() or all()", "ünï → 日本 🚀", "e\u0301", "\u00a0", "<id>", "on port <port>", "null"),
    *("x" * 900, "y" * 70_000, "y" * 69_999 + "z"),
)  # fmt: skip
"""What somebody might call a test to make a runner do something else; no white space but single spaces."""

CHANGING = ("at localhost:{port}", "port {port} of {uuid}", "0x{hex} in /tmp/{hex}/f, {time}")


def changing(seed: int, names=CHANGING) -> list[str]:
    """Return names with values as a run of that number makes them."""
    chance = random.Random(seed)
    digits = f"{chance.getrandbits(128):032x}"
    uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    values = {"port": chance.randint(33_000, 60_000), "uuid": uuid, "hex": digits[:12], "time": "2024-05-06T07:08:09Z"}
    return [name.format(**values) for name in names]


class Project:
    """A folder with tests; `report` are the files in which its runner says what it ran."""

    def __init__(self, folder, known_as: Format, report: str, path: str = "") -> None:
        self.folder = folder
        self.known_as = known_as
        self.report = report
        self.path = path

    def run(self, shell: str, **environ) -> dict:
        """Run a command in the folder and return the tests that it ran, with their names as we keep them."""
        for old in self.folder.glob(self.report):
            old.unlink()
        path = os.pathsep.join(part for part in (self.path, os.environ["PATH"]) if part)
        known = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
        done = subprocess.run(
            ["bash", "-c", shell],
            check=False,
            cwd=self.folder,
            env=known | {"PATH": path} | environ,
            capture_output=True,
            text=True,
            timeout=500,
        )
        ran = {}
        for file in sorted(self.folder.glob(self.report)):
            for result in read_report(Document.of(file.read_bytes(), file.name)).results:
                assert result.outcome in (Outcome.PASSED, Outcome.SKIPPED), result
                if result.outcome is Outcome.PASSED:
                    ran[case_name(result)] = repository_path(self._inside(result.file))
        assert ran, done.stdout[-3_000:] + done.stderr[-3_000:]
        assert not list(self.folder.rglob("pwned")), "a name was run"
        return ran

    def run_without(self, tests, *, instead: tuple[str, str] = ("", ""), **environ) -> dict:
        """Run the page's command with the list of these tests; `instead` adds a flag for the report."""
        listed = quarantine_for(self.known_as, tests)
        (self.folder / file_name(self.known_as)).write_text(listed.text, encoding="utf-8")
        shell = command(self.known_as)
        assert instead[0] in shell
        return self.run(shell.replace(*instead) if instead[0] else shell, **environ)

    def _inside(self, file):
        return file.removeprefix(f"{self.folder}/") if file else None


def quarantined(ran: dict) -> list[QuarantinedTest]:
    """Return every test that ran as if it were quarantined, in the order of names."""
    return [
        QuarantinedTest(
            test_id=TestId(number),
            name=case.name,
            classname=case.class_name,
            suite=case.suite,
            file=file,
            reason='it\'s "flaky" #{1} ${2} \\',
            issue_url="https://github.com/acme/web/issues/7",
        )
        for number, (case, file) in enumerate(sorted(ran.items(), key=lambda one: one[0]), start=1)
    ]


def names(known_as: Format, tests) -> set:
    """Return class and name of those tests that the list does not refuse; Surefire calls the suite as the order falls."""
    refused = {one.test_id for one in quarantine_for(known_as, tests).refused}
    return {(test.classname, test.name) for test in tests if test.test_id not in refused}


def keys(ran: dict) -> set:
    return {(case.class_name, case.name) for case in ran}


def assert_halves(project: Project, every: dict, **run) -> None:
    """Leave out the tests of even number, then those of odd number: each time exactly the others run."""
    tests = quarantined(every)
    for half in (tests[::2], tests[1::2]):
        ran = keys(project.run_without(half, **run))
        wanted = keys(every) - names(project.known_as, half)
        assert ran == wanted, {"ran all the same": ran - wanted, "did not run": wanted - ran}
    assert keys(project.run_without([], **run)) == keys(every)


def assert_a_long_list_is_read(project: Project, every: dict, **run) -> None:
    """As many tests as the list takes, most of which are gone by now: those that are there do not run."""
    tests = quarantined(every)
    like = tests[0]
    gone = [replace(like, test_id=TestId(10_000 + n), name=f"{like.name}_{n}_[(*\\é") for n in range(6_000)]
    assert quarantine_for(project.known_as, gone).refused
    ran = keys(project.run_without([*tests[::2], *gone], **run))
    assert ran == keys(every) - names(project.known_as, [*tests[::2], *gone])
