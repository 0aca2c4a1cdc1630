"""Read what GitHub sends, field by field, whatever else it may hold: webhook payloads and answers of the API alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime


class UnknownShape(ValueError):
    """Something that GitHub sent lacks a field that we cannot do without; names what was read and the field."""

    def __init__(self, what: str, missing: str) -> None:
        super().__init__(f"{what}: {missing} is missing or of an unknown kind")
        self.what = what
        self.missing = missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Decoded JSON and the questions that we ask it; a path is a dotted name such as `workflow_run.id`.

    `what` names the JSON in errors. Reading never recurses, so that deep JSON is as good as any.
    """

    what: str
    root: object

    def find(self, path: str) -> object:
        """Return what stands at the path, None where nothing does."""
        node = self.root
        for key in path.split("."):
            if not isinstance(node, dict):
                return None
            node = node.get(key)
        return node

    def number(self, path: str) -> int:
        """Read an id; it has to fit PostgreSQL's bigint. Raises UnknownShape."""
        value = self.number_or_none(path)
        if value is None:
            raise UnknownShape(self.what, path)
        return value

    def number_or_none(self, path: str) -> int | None:
        match self.find(path):
            case bool():
                return None
            case int(value) if 0 <= value < 2**63:
                return value
            case _:
                return None

    def text(self, path: str) -> str:
        """Read a text that is not empty. Raises UnknownShape."""
        value = self.text_or_none(path)
        if value is None:
            raise UnknownShape(self.what, path)
        return value

    def text_or_none(self, path: str) -> str | None:
        match self.find(path):
            case str(value) if value and is_storable(value):
                return value
            case _:
                return None

    def flag(self, path: str, *, default: bool) -> bool:
        value = self.find(path)
        return value if isinstance(value, bool) else default

    def items(self, path: str) -> Iterator["Fields"]:
        """Go through the list at the path, which may be missing."""
        yield from Fields(what=f"{self.what}: {path}", root=self.find(path)).listed()

    def listed(self) -> Iterator["Fields"]:
        """Go through what was read, if it is a list."""
        for item in self.root if isinstance(self.root, list) else ():
            yield Fields(what=self.what, root=item)

    def texts(self, path: str) -> tuple[str, ...]:
        """Return the texts of the list at the path, which may be missing; what is no storable text is left out."""
        value = self.find(path)
        items = value if isinstance(value, list) else ()
        return tuple(item for item in items if isinstance(item, str) and is_storable(item))

    def time(self, path: str) -> datetime:
        """Read a point in time. Raises UnknownShape."""
        return self.latest(path)

    def time_or_none(self, path: str) -> datetime | None:
        return _read_time(self.find(path))

    def latest(self, *paths: str) -> datetime:
        """Read the latest of the times that stand at the paths. Raises UnknownShape where none does."""
        times = [at for path in paths if (at := self.time_or_none(path)) is not None]
        if not times:
            raise UnknownShape(self.what, paths[0])
        return max(times)


def is_storable(value: str) -> bool:
    """Tell whether PostgreSQL's text takes the value: no NUL and no half of a surrogate pair, both of which JSON can spell."""
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value)


def _read_time(value: object) -> datetime | None:
    """Read a time as GitHub spells it: ISO 8601, or seconds since 1970 in `push` and some `installation` payloads."""
    try:
        match value:
            case bool():
                return None
            case int():
                return datetime.fromtimestamp(value, UTC)
            case str():
                at = datetime.fromisoformat(value)
                return at if at.tzinfo else at.replace(tzinfo=UTC)
            case _:
                return None
    except (ValueError, OverflowError, OSError):
        return None
