"""docs/policy.md has every key that a policy can have, as the models have it, and no other; its files are policies."""

import json
import re
from pathlib import Path

import pytest
import yaml

from app.core import policy_yaml
from app.core.policy import DEFAULT, BrokenPolicy, Policy, load, schema
from app.github.webhooks import POLICY_PATHS
from tests.cli.test_policy_command import flakeguard

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "policy.md").read_text(encoding="utf-8")
SCHEMA = schema()
FILES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def keys(made, before=""):
    """Yield each key of the schema that has a value of its own, dotted, with what is said of it."""
    for key, one in made["properties"].items():
        said = resolved(one)
        name, is_section = before + key, "properties" in said
        if not is_section:
            yield name, said, key in made.get("required", ())
        inner = next(iter(said.get("patternProperties", {}).values()), said.get("items", {}))
        for below, end in ((said, "."), (resolved(inner), ".*." if said["type"] == "object" else "[].")):
            if "properties" in below:
                yield from keys(below, name + end)


def resolved(one):
    return SCHEMA["$defs"][one["$ref"].rpartition("/")[2]] | one if "$ref" in one else one


def kind(made):
    """Say of which type and in which range a value is, as the page does."""
    if "enum" in made:
        *others, last = (f"`{one}`" for one in made["enum"])
        return f"{', '.join(others)} or {last}"
    match made["type"]:
        case "boolean":
            return "`true` or `false`"
        case "array":
            inside = resolved(made["items"])
            entries = "entries" if inside["type"] == "object" else f"texts of {_length(inside)}"
            return f"list of at most {made['maxItems']} {entries}"
        case "object":
            return f"mapping of at most {made['maxProperties']} entries"
        case "string":
            return f"text of {_length(made)}"
        case word:
            low, high = made["minimum"], made["maximum"]
            number = {"integer": "whole number", "number": "number"}[word]
            return f"{number}, {low:,} to {high:,}" if low < high else f"{number}, {low}"


def _length(made):
    return f"{made['minLength']} to {made['maxLength']} characters"


def usual(made, *, is_required):
    if is_required:
        return "none, it must be there"
    return (
        f"`{json.dumps(made['default'])}`".replace('`"', "`").replace('"`', "`")
        if "default" in made
        else "the policy's"
    )


def rows():
    return [
        f"| `{name}` | {kind(made)} | {usual(made, is_required=needed)} | {made['description']} |"
        for name, made, needed in keys(SCHEMA)
    ]


def test_the_page_has_a_row_for_every_key_as_the_models_have_it_and_no_other():
    assert len(rows()) > 30
    assert sorted(re.findall(r"^\| `.+ \| .+ \| .+ \| .+ \|$", PAGE, re.MULTILINE)) == sorted(rows())


def test_no_key_is_named_that_does_not_exist():
    known = {name for name, _, _ in keys(SCHEMA)} | set(SCHEMA["properties"])
    known |= {name.rpartition(".")[2] for name in known}
    named = re.findall(r"`([a-z]+_[a-z_]+|(?:%s)\.[a-z_]+)`" % "|".join(SCHEMA["properties"]), PAGE)  # noqa: UP031 - braces
    assert len(named) > 30
    assert sorted(set(named) - known) == []


@pytest.mark.parametrize("text", FILES)
def test_every_file_on_the_page_is_a_policy(text):
    assert load(text).model_fields_set


def test_the_page_begins_with_the_whole_default_file():
    whole = load(FILES[0])
    assert whole == DEFAULT
    assert whole.model_fields_set == set(Policy.model_fields)
    for name in Policy.model_fields:
        section = getattr(whole, name)
        if hasattr(section, "model_fields_set"):
            assert section.model_fields_set == set(type(section).model_fields), name


def test_every_key_stands_in_an_example_below_the_default_file():
    said = [yaml.safe_load(text) for text in FILES[1:]]
    for name, _, _ in keys(SCHEMA):
        assert any(_has(one, re.split(r"\.|(?=\[\])", name)) for one in said), name


def _has(data, path):
    if not path:
        return True
    if path[0] == "[]":
        return isinstance(data, list) and any(_has(one, path[1:]) for one in data)
    if not isinstance(data, dict):
        return False
    if path[0] == "*":
        return any(_has(one, path[1:]) for one in data.values())
    return path[0] in data and _has(data[path[0]], path[1:])


def test_the_broken_file_on_the_page_is_told_as_the_page_shows():
    text, told = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[:2]
    with pytest.raises(BrokenPolicy) as broken:
        load(text)
    assert told.splitlines() == [
        f"{POLICY_PATHS[0]}:{one.line}:{one.column}: {one.message}" for one in broken.value.problems
    ]


def test_the_page_names_the_places_and_limits_that_hold():
    assert f"`{POLICY_PATHS[0]}`, or `{POLICY_PATHS[1]}` where that is not there" in PAGE
    assert f"{policy_yaml.MOST_BYTES >> 10} KiB" in PAGE
    assert f"{policy_yaml.MOST_LEVELS} levels" in PAGE


def test_the_schema_file_is_what_the_command_prints(capsys):
    assert flakeguard("schema") == 0
    published = (DOCS / "flakeguard.schema.json").read_text(encoding="utf-8")
    assert published == capsys.readouterr().out, "run: flakeguard policy schema > docs/flakeguard.schema.json"


def test_the_readme_shows_a_default_policy_and_leads_to_the_page():
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert [load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)] == [DEFAULT]
    assert "[Policy](docs/policy.md)" in readme.splitlines()[-1]
