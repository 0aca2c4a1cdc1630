"""The schema that editors check policies by says the same as the bot, as far as a schema can."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.core.policy import DEFAULT, BrokenPolicy, load, schema

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def is_policy(data):
    try:
        load(json.dumps(data))
    except BrokenPolicy:
        return False
    return True


def objects(made):
    """Find all in the schema that describes a mapping."""
    if isinstance(made, list):
        return [found for one in made for found in objects(one)]
    if not isinstance(made, dict):
        return []
    return [made] * (made.get("type") == "object") + [found for one in made.values() for found in objects(one)]


def test_it_is_a_schema_of_draft_2020_12_that_allows_no_key_that_it_does_not_name():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert len(objects(SCHEMA)) > 10
    assert all(one["additionalProperties"] is False for one in objects(SCHEMA))


def test_each_key_is_described_and_each_default_is_allowed():
    for made in [SCHEMA, *SCHEMA["$defs"].values()]:
        for key, one in made.get("properties", {}).items():
            said = SCHEMA["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            assert one.get("description") or said["description"], key
            if "default" in one:
                assert Draft202012Validator({**one, "$defs": SCHEMA["$defs"]}).is_valid(one["default"]), key
    assert VALIDATOR.is_valid(DEFAULT.model_dump(mode="json", exclude_none=True))


SIMPLE = st.sampled_from([True, False, None, 0, 1, -1, 3, 10, 51, 365, 366, 501, 0.3, 1.5, "", "x", "auto", [], {}])
TEXTS = st.sampled_from(
    ["", "x", "é", "1", "a\nb", "x" * 50, "x" * 51, "x" * 80, "x" * 81, "x" * 500, "x" * 501, 1, None]
)
NUMBERS = st.one_of(st.integers(-1, 12), st.sampled_from([30, 365, 366, 500, 501, 1_000, 1_001]))
SHARES = st.sampled_from([-0.1, 0, 0.2, 0.31, 0.6, 1, 1.1, True])
CHOICES = st.sampled_from(["off", "propose", "auto", "failures", "always", "never", "Auto", False])
SWITCHES = st.sampled_from([True, False, 1, "yes"])
PATHS = st.one_of(st.text("./*a", max_size=8), st.sampled_from(["tests/", "**/*.py", "a\\b", "[x]"]), TEXTS)
TEAM_NAMES = st.sampled_from(["@o/t", "@Org-1/t.e_a-m", "@o/t", "o/t", "@o", "@o/t/u", "@o /t", "[key]", ""])
PATTERNS = st.sampled_from(["x", "x" * 200, "x" * 201, "", 1])


def some(**keys):
    """Make mappings of two keys at most: of many, one would always be wrong."""
    one = st.sampled_from(sorted(keys)).flatmap(lambda key: keys[key].map(lambda value: {key: value}))
    return st.one_of(one, one, st.tuples(one, one).map(lambda two: two[0] | two[1]), SIMPLE)


def several(of, most):
    return st.one_of(st.lists(of, max_size=2), st.sampled_from([most, most + 1]).map(lambda n: ["x"] * n), SIMPLE)


def mapping(keys, values):
    return st.one_of(st.dictionaries(keys, values, max_size=2), st.just({f"@o/{i}": {} for i in range(101)}), SIMPLE)


POLICIES = some(
    version=NUMBERS,
    window_size=NUMBERS,
    min_failures=NUMBERS,
    warn_threshold=SHARES,
    quarantine=some(mode=CHOICES, duration_days=NUMBERS, max_tests=NUMBERS, labels_required=several(TEXTS, 20)),
    issues=some(enabled=SWITCHES, labels=several(TEXTS, 20), max_per_day=NUMBERS, reopen_days=NUMBERS),
    comment=some(when=CHOICES),
    reports=some(artifacts=several(TEXTS, 100), logs=CHOICES, jobs=mapping(TEXTS.map(str), TEXTS)),
    exclude=several(PATHS, 100),
    teams=mapping(TEAM_NAMES, some(quarantine_threshold=SHARES, quarantine=some(mode=CHOICES, x=SIMPLE))),
    infra=several(st.fixed_dictionaries({"pattern": PATTERNS}, optional={"name": TEXTS}), 50),
    digest=some(issue=SWITCHES, issues=SIMPLE),
    no_such_key=SIMPLE,
)


def contradicts_itself(data):
    """Tell of what no schema can say: that one value is over another one."""
    if not isinstance(data, dict):
        return False
    teams = data["teams"].values() if isinstance(data.get("teams"), dict) else ()
    return any(
        one.get("warn_threshold", data.get("warn_threshold", 0.3))
        > one.get("quarantine_threshold", data.get("quarantine_threshold", 0.6))
        for one in (data, *teams)
    ) or any(data.get(key, 1) > data.get("window_size", 50) for key in ("min_runs", "min_failures"))


@given(POLICIES)
@settings(max_examples=max(settings().max_examples, 200))
def test_it_allows_what_the_bot_reads_and_nothing_else(data):
    if VALIDATOR.is_valid(data):
        assert is_policy(data) or data is None or contradicts_itself(data)
    else:
        assert not is_policy(data) or data is None
