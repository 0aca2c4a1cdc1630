import json

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.model import CaseName
from app.core.policy import DEFAULT, BrokenPolicy, Policy, load, schema
from app.core.score import Thresholds

COMPLETE = """\
version: 1
window_size: 50             # latest runs of a test that count
warn_threshold: 0.3
quarantine_threshold: 0.6
min_runs: 10
min_failures: 2
quarantine: {mode: propose, duration_days: 30, max_tests: 10, labels_required: []}   # mode: off | propose | auto
issues: {enabled: true, labels: [flaky-test], max_per_day: 5, reopen_days: 10}
comment: {when: failures}
check: {enabled: true}
rerun: {enabled: false, max_per_day: 10}
reports: {artifacts: ["*"], files: ["**"], logs: auto, jobs: {}}
exclude: []
exempt_tests: []
teams: {}
infra: []
digest: {issue: false}
"""


def problems(text):
    with pytest.raises(BrokenPolicy) as caught:
        load(text)
    return [(one.line, one.column, one.message) for one in caught.value.problems]


def only_problem(text):
    [(line, column, message)] = problems(text)
    return f"{line}:{column} {message}"


def test_a_file_that_says_all_the_defaults_and_one_that_says_nothing_are_the_default_policy():
    assert load(COMPLETE) == load("") == load(b"\xef\xbb\xbf# nothing yet\n") == load("---\n") == DEFAULT
    assert set(load(COMPLETE).model_fields_set) == set(Policy.model_fields)
    assert DEFAULT.thresholds == Thresholds()


def test_what_a_file_says_is_in_force():
    policy = load("quarantine: {mode: off, max_tests: 0}\nwarn_threshold: 0\nmin_runs: 3\nwindow_size: 20")
    assert (policy.quarantine.mode, policy.quarantine.max_tests, policy.quarantine.duration_days) == ("off", 0, 30)
    assert (policy.thresholds.warn_threshold, policy.thresholds.min_runs, policy.thresholds.window_size) == (0, 3, 20)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("window_sise: 3", "1:1 unknown key window_sise, did you mean window_size?"),
        ("check: {enable: true}", "1:9 unknown key enable, did you mean enabled?"),
        ("duration_days: 3", "1:1 unknown key duration_days, did you mean quarantine.duration_days?"),
        ("infra: [{pattern: x, nam: y, name: y}]", "1:22 unknown key nam, did you mean name?"),
        ("x:\n  - y", "1:1 unknown key x"),
        ("{\ufeffmin_runs: 3}", "1:2 unknown key min_runs: it has a character in it that nobody sees"),
        ("check: {enabled: yes}", "1:18 this must be true or false"),
        ("check: {enabled: 1}", "1:18 this must be true or false"),
        ("min_runs: '3'", "1:11 this must be a whole number"),
        ("min_runs: 3.0", "1:11 this must be a whole number"),
        ("min_runs: true", "1:11 this must be a whole number"),
        ("min_runs: 0x3", "1:11 this must be a whole number"),
        ("version: true", "1:10 this must be a whole number"),
        ("version: 2", "1:10 this must be at most 1"),
        ("window_size: 9", "1:14 this must be at least 10"),
        ("window_size: 501", "1:14 this must be at most 500"),
        ("warn_threshold: '0.3'", "1:17 this must be a number"),
        ("warn_threshold: 1e999", "1:17 this must be a finite number"),
        ("warn_threshold: .nan", "1:17 this must be a number"),
        ("warn_threshold: 0.7", "1:17 the warn threshold 0.7 is over the quarantine threshold 0.6"),
        ("min_runs: 60", "1:11 no test reaches it in a window of 50 runs"),
        ("window_size: 10\nmin_failures: 20\n", "2:15 no test reaches it in a window of 10 runs"),
        ("quarantine:\n", "1:12 this must be a mapping of keys to values"),
        ("- a", "1:1 this must be a mapping of keys to values"),
        ("comment: {when: sometimes}", "1:17 this must be 'failures', 'always' or 'never'"),
        ("issues:\n  labels: [1]", "2:12 this must be text; what looks like a number, true or null needs quotes"),
        ("issues: {labels: ['']}", "1:19 this must not be empty"),
        ("issues: {labels: flaky}", "1:18 this must be a list"),
        ('exempt_tests: ["a\\nb"]', "1:16 this must be one line of text"),
        ("exempt_tests: [" + "x, " * 101 + "]", "1:15 more than 100 entries"),
        ("exclude: [/x]", "1:11 paths are relative to the repository and use / between folders"),
        ("exclude: ['a/../b']", "1:11 a path has no empty part and no . or .. in it"),
        ("exclude: ['**.py']", "1:11 ** stands alone between slashes, as in **/*.py"),
        ("teams: {a: {}}", "1:9 a is no team; one is written @organization/team"),
        ("teams: {'@o/t': {warn_threshold: .9}}", "1:34 the warn threshold 0.9 is over the quarantine threshold 0.6"),
        ("infra: [{pattern: x}]", "1:9 name is missing here"),
        ("infra: [{pattern: (a+)+, name: y}]", "1:19 a group cannot be repeated by +, only made optional by ?"),
        ('reports: {jobs: {"a\\nb": c}}', "1:18 the key a b must be one line of text"),
        (
            'reports: {jobs: {"[key]": 3}}',
            "1:27 this must be text; what looks like a number, true or null needs quotes",
        ),
        ("warn_threshold: 0.6000001", "1:17 the warn threshold 0.6000001 is over the quarantine threshold 0.6"),
        ("'': 1", "1:1 unknown key (empty)"),
        ("teams: {'@o/t': {warn_threshold: }}", "1:33 nothing is said here; give it a value or leave the key out"),
        ("teams: {'@o/t': {warn_threshold: yes}}", "1:34 this must be a number"),
        ("teams: {'@o/t': {quarantine: {mode: no}}}", "1:37 this must be 'off', 'propose' or 'auto'"),
        ("teams: {'@o/t': {quarantine: {mode: ~}}}", "1:37 nothing is said here; give it a value or leave the key out"),
        (
            "teams: {'@o/t': {}, '@O/T': {}}",
            "1:21 @O/T is @o/t again: GitHub does not tell small letters from capitals here",
        ),
    ],
)
def test_a_mistake_is_told_in_words_at_its_place(text, problem):
    assert only_problem(text) == problem


@pytest.mark.attack("policies")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("min_runs: &x 3", "1:11 anchors (&name) are not supported"),
        ("min_runs: *x", "1:11 aliases (*name) are not supported"),
        ("min_runs: !!int 3", "1:11 tags (!name) are not supported"),
        ("min_runs: ! 3", "1:11 tags (!name) are not supported"),
        ("min_runs: 3\nmin_runs: 4", "2:1 the key min_runs is here twice"),
        ("--- {}\n--- {}", "2:1 a policy is one document, here a second one begins"),
        ("? [a]\n: b", "1:3 a key is a word, not a list or a mapping"),
        ("a: " + "[" * 5_000, "1:11 more than 8 levels of lists and mappings"),
        ("x\u202ey: 1\nx\u202ey: 1", "2:1 the key x⟨U+202E⟩y is here twice"),
        ("a: b: c", "1:5 a second colon cannot stand here; text with a colon in it needs quotes"),
        (
            "min_runs: 010",
            "1:11 some programs read this number as octal; leave out the 0 in front, or put it in quotes",
        ),
        ("a: [", "1:5 something is missing before this"),
        ("a: [\n", "1:5 something is missing before this"),
        ("\ufeffa: [", "1:5 something is missing before this"),
        ("a: 'b\r\n\r\n\n", "1:6 the file ends within quotes"),
        ("# x\u2028min_runs: 3", "1:4 this ends a line to some programs only; put a plain line break here, or none"),
        ("x: 1 #\r\x85\n", "2:1 this ends a line to some programs only; put a plain line break here, or none"),
        ("a: !" + "x" * 300 + "!b c", "1:4 found undefined tag handle '!" + "x" * 170 + "…"),
        ("a: 'b", "1:6 the file ends within quotes"),
        ("a: 1\n  b: 2", "2:4 a second colon cannot stand here; text with a colon in it needs quotes"),
        (
            "a:\n    b: 1\n  c: 2",
            "3:3 this does not fit what stands before it; look at indentation, quotes and brackets",
        ),
        ("  a: 1\nb: 2", "2:1 this does not fit what stands before it; look at indentation, quotes and brackets"),
        ("a: 1\nb\n", "2:2 this has no colon behind it; a key is written key: value"),
        ("a:\n\tb: 1", "2:1 a tab cannot stand here; indent with spaces"),
        ("a: {b: 1", "1:9 a comma or } is missing before this"),
        ("a: [b c: 1", "1:11 a comma or ] is missing before this"),
        ("min_runs: [3]}", "1:14 this does not fit what stands before it; look at indentation, quotes and brackets"),
        ("%YAML 1.1\n---\nmin_runs: 3", "1:1 directives (%NAME) are not supported"),
        ("\ufeff# x\r\n \r\n%X y\r\n---\r\n", "3:1 directives (%NAME) are not supported"),
        ("a: @b", "1:4 text that begins with @ needs quotes"),
        ("a: b - c\n- d", "2:1 this does not fit what stands before it; look at indentation, quotes and brackets"),
        ("a: - b", "1:4 a list cannot begin here; begin it on the next line"),
        ("x\x01y", "1:2 this character cannot be used in YAML"),
        ("a: \ud800", "1:4 this byte is not UTF-8"),
        (b"a: b\nc: \xff", "2:4 this byte is not UTF-8"),
        ('a: "\\ud800"', "1:4 this text has a character in it that cannot be stored"),
        ('a: "\\0"', "1:4 this text has a character in it that cannot be stored"),
        ('a: 1\nb: "\\U00110000"', "2:1 this is not YAML"),
        (b"#" * 65_537, "1:1 the file has 65,537 bytes; 65,536 are the most"),
    ],
)
def test_yaml_that_is_too_clever_or_none_is_a_problem(text, problem):
    assert only_problem(text) == problem


def test_all_mistakes_are_told_at_once_in_the_order_of_their_places():
    found = problems("min_runs: no\ncheck: {enabled: no}\nx: 1\n")
    assert [place[:2] for place in found] == [(1, 11), (2, 18), (3, 1)]
    assert len(problems("".join(f"x{i}: 1\n" for i in range(80)))) == 50


def test_the_error_reads_as_one_line():
    with pytest.raises(
        BrokenPolicy, match=r"^line 1, column 11: this must be a whole number; line 2, column 1: unknown key y$"
    ):
        load("min_runs: x\ny: 1")


YAMLISH = st.lists(
    st.sampled_from(
        [
            *"{}[],:-?&*!|>'\"%@` \n\t#~",
            "a",
            "1",
            "1.5",
            ": ",
            "- ",
            "\n  ",
            "---\n",
            "...\n",
            "<<",
            *Policy.model_fields,
            "true",
            "off",
            "mode",
            "\\U00110000",
            "%YAML 1.1\n",
            "\ufeff",
            "\x85",
            "\u2028",
            "é",
            "\ud83d",
            "!!python/object:os.system",
            "9" * 30,
        ]
    )
).map("".join)


@pytest.mark.attack("policies")
@given(st.one_of(st.binary(), st.text(), YAMLISH, YAMLISH.map(lambda text: text.encode("utf-8", "surrogatepass"))))
@example("%YAML 1." + "9" * 5_000 + "\n--- {}")
@example("\r\n" * 2_000 + "x")
@example("min_runs: " + "9" * 10_000)
@example('"\\UFFFFFFFF": 1')
@example("!")
@example("? ? ? ?")
@example("[" * 2_000)
@example("{" * 2_000)
@example("- " * 2_000)
@example("\ufeff\ufeff")
def test_any_bytes_are_a_policy_or_a_broken_one_and_never_a_silent_default(data):
    try:
        policy = load(data)
    except BrokenPolicy as error:
        found = error.problems
    else:
        assert policy.model_fields_set or not yaml.safe_load(data)
        assert Policy.from_json(policy.to_json()) == policy
        return
    assert found
    assert all(one.line >= 1 and one.column >= 1 and one.message for one in found)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "window_size": st.integers(10, 500),
            "warn_threshold": st.floats(0, 0.6),
            "quarantine": st.fixed_dictionaries({"mode": st.sampled_from(["off", "propose", "auto"])}),
            "exempt_tests": st.lists(
                st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
                max_size=4,
            ),
            "reports": st.fixed_dictionaries(
                {"jobs": st.dictionaries(st.sampled_from(["junit-*", "a", "*"]), st.just("test (*)"))}
            ),
            "teams": st.dictionaries(
                st.just("@o/t"), st.fixed_dictionaries({"quarantine_threshold": st.floats(0.6, 1)})
            ),
            "infra": st.lists(st.just({"pattern": "no space left", "name": "disk"}), max_size=2),
        },
    )
)
def test_a_policy_survives_its_way_through_the_database(said):
    policy = load(json.dumps(said, ensure_ascii=False))
    # PostgreSQL gives the keys of an object back in an order of its own.
    stored = Policy.from_json(json.loads(json.dumps(policy.to_json(), sort_keys=True)))
    assert stored == policy
    assert list(stored.reports.jobs) == list(policy.reports.jobs)


def test_a_stored_policy_of_an_older_version_has_the_new_keys_defaults():
    stored = DEFAULT.to_json()
    del stored["digest"]
    assert Policy.from_json(stored) == DEFAULT


def test_a_policy_cannot_be_changed():
    with pytest.raises(ValidationError):
        DEFAULT.min_runs = 3


def test_a_team_has_its_own_thresholds_and_the_rest_of_the_policy():
    policy = load("min_runs: 5\nteams: {'@o/t': {warn_threshold: .5, quarantine: {mode: auto}}}")
    team = policy.for_team("@o/t")
    assert (team.warn_threshold, team.quarantine_threshold, team.min_runs) == (0.5, 0.6, 5)
    assert (team.quarantine.mode, team.quarantine.duration_days) == ("auto", 30)
    assert policy.for_team("@O/T") == policy.for_team("@ann @o/other @o/t") == team
    assert policy.for_team("") == policy
    assert policy.for_team("@o/other") == policy


def test_of_several_owners_the_first_that_the_policy_names_counts():
    policy = load("teams: {'@o/a': {warn_threshold: .1}, '@o/b': {warn_threshold: .2}}")
    assert policy.for_team("@o/b @o/a").warn_threshold == 0.2


def test_a_stored_policy_is_not_held_to_rules_that_came_later():
    stored = DEFAULT.to_json() | {"teams": {"@o/t": {"warn_threshold": None}, "@O/t": {}}}
    assert list(Policy.from_json(stored).teams) == ["@o/t", "@O/t"]


@pytest.mark.parametrize("glob", ["test_add[1-2]", "test_*", "calc.Sums.test_add*", "unit"])
def test_an_exempt_test_is_named_by_name_class_and_name_or_suite(glob):
    policy = Policy(exempt_tests=(glob,))
    assert policy.is_exempt(CaseName(suite="unit", class_name="calc.Sums", name="test_add[1-2]"))
    assert not policy.is_exempt(CaseName(suite="e2e", class_name="calc.Other", name="other"))


def test_excluded_files_artifacts_and_their_jobs_are_named_by_globs():
    policy = load(
        "exclude: ['tests/old/', '**/*_gen.py']\nreports: {artifacts: ['junit-*'], jobs: {'junit-?-*': 'test (*)', 'junit-*': lint}}"
    )
    assert policy.is_excluded("tests/old/a/b.py")
    assert policy.is_excluded("x_gen.py")
    assert policy.is_excluded("a/b/x_gen.py")
    assert not policy.is_excluded("tests/older/b.py")
    assert not policy.is_excluded(None)
    assert policy.artifact_wanted("junit-linux")
    assert not policy.artifact_wanted("my-junit-linux")
    assert policy.job_of_artifact("junit-1-x") == "test (*)"
    assert policy.job_of_artifact("junit-linux") == "lint"
    assert policy.job_of_artifact("coverage") is None


def test_the_schema_forbids_what_the_policy_forbids():
    made = schema()
    assert made["additionalProperties"] is False
    assert set(made["properties"]) == set(Policy.model_fields)
    assert made["properties"]["window_size"]["minimum"] == 10
    assert all("description" in one or "$ref" in one for one in made["properties"].values())
