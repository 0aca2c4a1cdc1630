"""Ten thousand policy files that went wrong: each is read as it is written, or refused at a place in it, in words."""

import random
import re
from collections.abc import Mapping

import pytest
import yaml
from pydantic import BaseModel

from app.core.policy import BrokenPolicy, load
from app.core.policy_yaml import MOST_BYTES

pytestmark = pytest.mark.attack("policies")

FILES = 1_000
"""a seed"""

# libyaml is not the parser that policies are read by, so it does not share its faults.
AsWritten = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

GOOD = [
    "version: 1\nwindow_size: 80\nmin_runs: 12\nmin_failures: 3\n",
    "warn_threshold: 0.25   # a quarter\nquarantine_threshold: .75\n",
    "quarantine:\n  mode: auto\n  duration_days: 14\n  max_tests: 5\n  labels_required: [ci, 'needs: tests']\n",
    "issues: {enabled: true, labels: [flaky, yes, 1:30], max_per_day: 0, reopen_days: 365}\n",
    "comment: {when: always}\ncheck: {enabled: false}\ndigest: {issue: true}\n",
    "rerun:\n  enabled: True\n  max_per_day: 3\n",
    "reports:\n  artifacts: ['junit-*', \"*\"]\n  files: ['**/*.xml', a b/]\n  logs: never\n",
    "reports: {jobs: {\"junit-*\": 'test (*)', lint: '[lint]', 3: 3.x}}\n",
    "exclude:\n- tests/old/\n- '**/*_gen.py'\nexempt_tests:\n- pay.*\n- >-\n  two\n  words\n",
    "teams:\n  '@o/web': {warn_threshold: 0.5, quarantine: {mode: off}}\n  '@o/db':\n    quarantine_threshold: 1\n",
    "infra:\n  - {pattern: 'no space left', name: disk}\n  - pattern: \"^E[0-9]+ \\u00e9\"\n    name: é\n",
]
DOCUMENTS = ["---\n{min_runs: 3, window_size: 10}\n...\n", "# nothing but words\n", "---\n~\n", ""]
"""Good files behind which nothing can be added."""

ODD_VALUES = [
    *("yes", "no", "on", "Off", "y", "N", "TRUE", "~", "null", "", "''", '""', "=", "<<", "-", "?"),
    *("0", "-0", "00", "010", "0o10", "0x1F", "0b11", "1_000", "1:30", "190:20:30", "+12", "-1", "12.0", "1e1", "٣"),
    *("0.5", ".5", "5.", "+.5", "1e-1", "5E-1", "0.50000000000000001", "1e999", "-1e999", ".inf", "-.INF", ".nan"),
    *("9" * 20, "1" + "0" * 400, "0." + "3" * 40, "2020-01-01", "2020-01-01T00:00:00Z", "2020-13-45"),
    *("[]", "{}", "[1]", "[a, b]", "{a: b}", "[[]]", "[~]", "[a, ]", "'3'", '"0.5"', "'true'", "off", "auto", "never"),
    *("&a 1", "*a", "!!int 3", "!x 3", "! 3", "!!python/object:os.system x", "!<tag:yaml.org,2002:int> 3", "!a!b c"),
    *('"\\0"', '"\\ud800"', '"\\U00110000"', '"\\xff"', '"\\u2028"', '"\\q"', "|\n  text", ">-\n  text", "'a\n  b'"),
    *(
        "\t3",
        "3\t",
        "3 # x",
        "3#x",
        "a: b",
        "@o",
        "`x`",
        "%x",
        "{{x}}",
        "${X}",
        "a\x85b",
        "a\u2028b",
        "a\ufeffb",
        "\x7f",
    ),
]

ODD_LINES = [
    *(
        "<<: *a",
        "a: &a {}",
        "? x",
        "? [x]\n: y",
        ": x",
        "- x",
        "%YAML 1.1",
        "%YAML 9.9",
        "%TAG ! x",
        "---",
        "...",
        "--- 1",
    ),
    *(
        "window_size: 50",
        "min_runs: 2",
        "version: 2",
        "quarantine: {mode: off}",
        "quarantine:",
        "teams: {'@O/WEB': {}}",
    ),
    *(
        "teams: {'@o/web': {warn_threshold: }}",
        "reports: {jobs: {'[key]': 3}}",
        "{}",
        "[]",
        "x",
        "#",
        "  ",
        "\t",
        "'",
        '"',
    ),
]


def any_value(rng, text):
    """Write something odd behind a key."""
    found = list(re.finditer(r"(?<=: )[^\n,{}\[\]]+", text))
    if not found:
        return text
    one = rng.choice(found)
    return text[: one.start()] + rng.choice(ODD_VALUES) + text[one.end() :]


def any_line(rng, text):
    lines = text.splitlines(keepends=True)
    lines.insert(rng.randint(0, len(lines)), rng.choice(["", "", "  "]) + rng.choice(ODD_LINES) + "\n")
    return "".join(lines)


def line_doubled(rng, text):
    lines = text.splitlines(keepends=True) or [""]
    lines.insert(rng.randint(0, len(lines)), rng.choice(lines))
    return "".join(lines)


def line_lost(rng, text):
    lines = text.splitlines(keepends=True) or [""]
    lines.pop(rng.randrange(len(lines)))
    return "".join(lines)


def key_misspelt(rng, text):
    found = list(re.finditer(r"\w+(?=:)", text)) or list(re.finditer(r"^", text))
    one = rng.choice(found)
    return (
        text[: one.start()]
        + rng.choice([one[0][1:], one[0].upper(), f'"{one[0]}"', "x", "name", "1"])
        + text[one.end() :]
    )


def cut_short(rng, text):
    return text[: rng.randint(0, len(text))]


def character(rng, text):
    at = rng.randint(0, len(text))
    odd = rng.choice("{}[],:-?&*!|>'\"%@` \n\r\t#~\0\x01\x7f\x85\u2028\ufeff\ud800é\U0001f600")
    return text[:at] + odd + text[at + rng.randint(0, 1) :]


def indented(rng, text):
    lines = text.splitlines(keepends=True) or [""]
    at = rng.randrange(len(lines))
    lines[at] = rng.choice([" ", "  ", "\t", "        "]) + lines[at]
    return "".join(lines)


def nested(rng, text):
    depth = rng.choice([1, 2, 7, 8, 9, 50, 3_000])
    opened, closed = rng.choice([("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("{", "}"), ("!x [", "]")])
    return f"{text}exclude: {opened * depth}{closed * rng.choice([depth, depth - 1])}\n"


def laughing(rng, text):
    """Give everybody's billion laughs, by anchors or by merge keys."""
    lines = ["a0: &a0 [lol]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    return text + "\n".join(rng.choice([lines, ["x: &x {a: 1}", "<<: *x"], ["<<: {min_runs: 3}"]])) + "\n"


def joined(rng, text):
    return text + rng.choice(["", "---\n", "...\n", "\ufeff", "\r"]) + rng.choice(GOOD)


def padded(rng, text):
    """Fill the file up to the most that is read, or to a byte on either side of it."""
    wanted = MOST_BYTES + rng.choice([-1, 0, 1])
    rest = wanted - len(text.encode("utf-8", "surrogatepass")) - 2
    return f"{text}#{rng.choice(' #x') * rest}\n"


def other_line_ends(rng, text):
    return text.replace("\n", rng.choice(["\r\n", "\r", "\n\n", "\x85", "\u2028", "\n\r"]))


USUAL = [any_value, any_value, any_line, line_doubled, line_lost, key_misspelt, cut_short, character, indented, joined]
RARE = [nested, laughing, other_line_ends]
ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp037", "utf-7"]


def spoilt(rng):
    """Return one file as bytes: a good one or two that went wrong in one way to three."""
    text = rng.choice(DOCUMENTS) if rng.random() < 0.1 else "".join(rng.sample(GOOD, rng.choice([1, 1, 2])))
    for _ in range(rng.choice([0, 1, 1, 1, 2])):
        text = rng.choice(rng.choices([USUAL, RARE], [12, 1])[0])(rng, text)
    if rng.random() < 0.01:
        text = padded(rng, text)
    if rng.random() < 0.04:
        return text.encode(rng.choice(ENCODINGS), "replace")
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    if data and rng.random() < 0.1:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def hold_to_text(value, written):
    """Compare what is in force with what stands there, key by key; numbers are the same in YAML 1.1, too."""
    match value:
        case BaseModel():
            assert value.model_fields_set == written.keys()
            for key, said in written.items():
                hold_to_text(getattr(value, key), said)
        case Mapping():
            assert list(value) == list(written)
            for key, said in written.items():
                hold_to_text(value[key], said)
        case tuple():
            assert len(value) == len(written)
            for one, said in zip(value, written, strict=True):
                hold_to_text(one, said)
        case bool() | int():
            assert yaml.safe_load(written) == value
            assert type(yaml.safe_load(written)) is type(value)
        case float():
            assert float(written) == float(yaml.safe_load(written)) == value
        case _:
            assert str(value) == written


def hold_to_place(problem, data):
    """See that a problem stands inside of the file, on a line as editors and GitHub count them."""
    lines = re.split(r"\r\n|\r|\n", data.decode("utf-8", "replace").removeprefix("\ufeff"))
    assert 1 <= problem.line <= len(lines)
    assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
    assert problem.message.isprintable()
    assert 5 < len(problem.message) <= 300
    assert not problem.message.startswith("Input should")


def read(data):
    try:
        return load(data), ()
    except BrokenPolicy as broken:
        return None, broken.problems


@pytest.mark.parametrize("seed", range(10))
def test_of_a_thousand_spoilt_files_each_is_read_as_it_is_written_or_refused_at_its_place(seed):
    rng = random.Random(seed)
    refused = 0
    for _ in range(FILES):
        data = spoilt(rng)
        policy, problems = read(data)
        if policy is not None:
            written = yaml.load(data, AsWritten)
            hold_to_text(policy, {} if written in (None, "", "~", "null") else written)
            continue
        assert problems
        refused += 1
        for problem in problems:
            hold_to_place(problem, data)
    # Neither all good nor all bad: then the files would try nothing.
    assert FILES / 3 < refused < FILES * 3 / 4
