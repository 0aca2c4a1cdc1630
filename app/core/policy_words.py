"""What is wrong with a policy, in words for whoever wrote it, and at the place where they wrote it."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.core.policy_yaml import START, Document, Path, Place, Problem, key_in_words

_MOST_PROBLEMS = 50

_WORDS = {
    "bool_type": "this must be true or false",
    "int_type": "this must be a whole number",
    "float_type": "this must be a number",
    "string_type": "this must be text; what looks like a number, true or null needs quotes",
    "tuple_type": "this must be a list",
    "dict_type": "this must be a mapping of keys to values",
    "mapping_type": "this must be a mapping of keys to values",
    "model_type": "this must be a mapping of keys to values",
    "finite_number": "this must be a finite number",
    "enum": "this must be {expected}",
    "literal_error": "this must be {expected}",
    "greater_than_equal": "this must be at least {ge:g}",
    "less_than_equal": "this must be at most {le:g}",
    "string_too_short": "this must not be empty",
    "string_too_long": "this must have at most {max_length} characters",
    "too_long": "more than {max_length} entries",
    "missing": "{key} is missing here",
    "value_error": "{error}",
    "contradiction": "{words}",
    "nothing_said": "nothing is said here; give it a value or leave the key out",
}


def problems_of(error: ValidationError, document: Document, model: type[BaseModel]) -> tuple[Problem, ...]:
    """Return what pydantic found in the document, in the order of the places, at most fifty."""
    found = {_problem(one, document, model) for one in error.errors(include_url=False, include_input=False)}
    return tuple(sorted(found, key=lambda one: (one.line, one.column, one.message))[:_MOST_PROBLEMS])


def _problem(error: ErrorDetails, document: Document, model: type[BaseModel]) -> Problem:
    path: Path = error["loc"]
    if error["type"] == "extra_forbidden":
        return _at(document.keys.get(path, START), _unknown(path, model))
    if path and path[-1] == "[key]" and path not in document.values:
        return _at(document.keys.get(path[:-1], START), _bad_key(path[:-1]))
    context: dict[str, Any] = error.get("ctx", {})
    words = _WORDS.get(error["type"], error["msg"].replace("{", "{{").replace("}", "}}"))
    if error["type"] == "string_pattern_mismatch":
        words = "this must be one line of text"
    paths: tuple[Path, ...] = context.get("paths", (path,))
    return _at(_place(paths, document), words.format(**{**context, "key": path[-1] if path else ""}))


def _at(place: Place, message: str) -> Problem:
    return Problem(line=place.line, column=place.column, message=message)


def _place(paths: tuple[Path, ...], document: Document) -> Place:
    """Find the value of the first of the paths that was written; else what stands around it."""
    for path in paths:
        if path in document.values:
            return document.values[path]
    path = paths[0]
    while path not in document.values and path:
        path = path[:-1]
    return document.keys.get(path) or document.values.get(path, START)


def _bad_key(path: Path) -> str:
    key = key_in_words(path[-1])
    if path[0] == "teams":
        return f"{key} is no team; one is written @organization/team"
    return f"the key {key} must be one line of text"


def _unknown(path: Path, model: type[BaseModel]) -> str:
    """Name the key and, where there is one, the key that was meant, here or in another place."""
    key = str(path[-1])
    here = _model_at(model, path[:-1])
    if key not in here.model_fields and key_in_words(key) in here.model_fields:
        return f"unknown key {key_in_words(key)}: it has a character in it that nobody sees"
    near = get_close_matches(key, here.model_fields, n=1)
    elsewhere = [dotted for dotted in _dotted(model) if dotted.rpartition(".")[2] == key]
    guesses = near or elsewhere
    return f"unknown key {key_in_words(key)}" + (f", did you mean {guesses[0]}?" if guesses else "")


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel]:
    """Return the model of what stands at the path; names of teams and places in lists are no steps."""
    for step in path:
        if (field := model.model_fields.get(str(step))) is not None:
            model = _model_in(field.annotation) or model
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model that an annotation is, or that its lists or mappings hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)


def _dotted(model: type[BaseModel], before: str = "") -> Iterator[str]:
    fields: Mapping[str, Any] = model.model_fields
    for name, field in fields.items():
        yield before + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _dotted(field.annotation, f"{before}{name}.")
