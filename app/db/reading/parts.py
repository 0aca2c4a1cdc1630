"""A row of a list as the beginning of the same thing shown whole."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def parts_of(row: "DataclassInstance") -> dict[str, Any]:
    """Return the fields of a dataclass by name, as they are: what is in them is not taken apart."""
    return {one.name: getattr(row, one.name) for one in fields(row)}
