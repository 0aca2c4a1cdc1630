"""Policy files that a pull request brings, made to be unfolded, run or endured: each is refused at a place, or costs nothing."""

import time

import pytest

from app.core.codeowners import parse as parse_owners
from app.core.globs import name_matches, path_matches
from app.core.policy import BrokenPolicy, load
from app.core.policy_yaml import MOST_BYTES
from tests.core.github_reader import UNSEEN

pytestmark = pytest.mark.attack("policies")

LAUGHS = "\n".join(["a0: &a0 [lol]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))])
FILES = {
    "a billion laughs": LAUGHS,
    "merge keys": "x: &x {a: 1}\n<<: [*x, *x, *x]\n",
    "an alias of itself": "exclude: &a [*a]\n",
    "an object of Python": "min_runs: !!python/object/apply:os.system ['reboot']\n",
    "a module of Python": "min_runs: !!python/module:os\n",
    "a name of Python": "min_runs: !!python/name:os.system\n",
    "a tag of its own": "%TAG ! tag:evil,2026:\n---\nmin_runs: !x 3\n",
    "a set": "exclude: !!set {a, b}\n",
    "bytes": "exclude: [!!binary aGVsbG8=]\n",
    "a key twice": "min_runs: 3\nmin_runs: 900\n",
    "a key twice, once in quotes": "quarantine: {mode: off, 'mode': auto}\n",
    "a key that is a list": "? [a, b]\n: 1\n",
    "two documents": "min_runs: 3\n---\nquarantine: {mode: auto}\n",
    "a document behind its end": "min_runs: 3\n...\nquarantine: {mode: auto}\n",
    "one byte too many": "#" * (MOST_BYTES + 1),
    "ten megabytes": "exclude:\n" + "- a\n" * 2_500_000,
    "brackets": "exclude: " + "[" * 30_000,
    "brackets that end": "exclude: " + "[" * 30_000 + "]" * 30_000,
    "braces": "{" * 60_000,
    "keys of keys": "? " * 30_000,
    "lists of lists": "- " * 30_000,
    "quotes": "exclude: ['" + "''" * 30_000,
    "one long number": "min_runs: " + "9" * 60_000,
    "a number by its sixties": "min_runs: 190:20:30\n",
    "no number": "warn_threshold: .nan\n",
    "an endless number": "warn_threshold: .inf\n",
    "a number over what a float holds": "warn_threshold: 1e999\n",
    "an octal number": "min_runs: 0777\n",
    "a negative number": "min_runs: -1\n",
    "a million days": "quarantine: {duration_days: 1000000}\n",
    "too many globs": "exclude: [" + ", ".join("a" for _ in range(101)) + "]\n",
    "too many expressions": "infra: [" + ", ".join("{pattern: a, name: b}" for _ in range(51)) + "]\n",
    "an expression that takes for ever": "infra: [{pattern: '(a+)+$', name: x}]\n",
    "an expression of everything": "infra: [{pattern: '.*', name: x}]\n",
    "a glob that climbs": "reports: {files: ['../../etc/*']}\n",
    "an absolute glob": "reports: {files: ['/etc/passwd']}\n",
    "a key that is a mention": "'@octocat fixes #1 ![x](https://evil)': 1\n",
    "a key in another direction": "'\u202emin_runs': 1\n",
    "a key that looks like another": "mіn_runs: 3\n",
    "NUL": b"min_runs: 3\0\n",
    "an escaped NUL": 'exclude: ["\\0"]\n',
    "UTF-16": "quarantine: {mode: auto}\n".encode("utf-16"),
    "bytes that are no text": b"exclude: [\xff]\n",
    "line ends of other programs": "# harmless\u2028quarantine: {mode: auto}\n",
    "tabs": "quarantine:\n\tmode: auto\n",
    "a template": "exclude: [{{ secrets.TOKEN }}]\n",
    "a prototype": "__proto__: {mode: auto}\n",
    "an unknown key": "is_admin: true\n",
    "the wrong version": "version: 2\n",
    "a list": "- quarantine\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_policy_that_is_out_for_more_is_refused_at_a_place_in_plain_words(text):
    before = time.thread_time()
    with pytest.raises(BrokenPolicy) as refused:
        load(text if isinstance(text, bytes) else text.encode())
    assert time.thread_time() - before < 5
    for problem in refused.value.problems:
        assert problem.line >= 1
        assert UNSEEN.search(problem.message) is None
        assert len(problem.message) <= 300


GLOBS = {
    "stars": "*" * 200,
    "stars between letters": "*a" * 100,
    "stars between folders": "*/" * 100,
    "any folders": "**/" * 66,
    "any folders between stars": "**/*a" * 40,
    "question marks": "?" * 200,
    "brackets": "[" * 200,
    "a range backwards": "[z-a]" * 40,
    "backslashes": "\\" * 200,
    "an expression": "(a+)+$",
}


@pytest.mark.parametrize("glob", GLOBS.values(), ids=GLOBS)
def test_no_glob_takes_long(glob):
    before = time.thread_time()
    for text in ("a" * 4_000, "a/" * 2_000, "ab" * 2_000, "/" * 4_000):
        name_matches(text, glob)
        path_matches(text, glob)
    assert time.thread_time() - before < 2


OWNERS = {
    "stars": "**/" * 1_000 + " @o\n",
    "stars between letters": "*a" * 2_000 + " @o\n",
    "twenty thousand rules": "*.py @o\n" * 20_000,
    "forty thousand rules": "a @o\n" * 40_000,
    "one line of a megabyte": "a" * 1_000_000,
    "backslashes": "\\" * 10_000 + " @o\n",
    "escaped blanks": "a\\ " * 10_000 + " @o\n",
    "a hundred thousand owners": "* " + "@o " * 100_000,
    "NUL": "*\0 @o\0\n",
}


@pytest.mark.parametrize("text", OWNERS.values(), ids=OWNERS)
def test_no_file_of_owners_takes_long(text):
    before = time.thread_time()
    owners = parse_owners(text)
    for path in ("a" * 1_000, "a/" * 500 + "x.py", "tests/test_a.py"):
        owners.owner_of(path)
    assert time.thread_time() - before < 2
