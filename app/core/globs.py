"""Globs of names and of paths. Brackets mean themselves: names of tests and files are full of them.

Both take time in proportion to the length of the text times that of the glob, whatever they are: fnmatch builds
expressions that never go back, and `**` is tried by whole folders.
"""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

_ANY_FOLDERS = "**"


def name_matches(name: str, glob: str) -> bool:
    """Say whether the whole name matches: `*` is any text, `?` any character."""
    return fnmatchcase(name, glob.replace("[", "[[]"))


def any_name_matches(names: Iterable[str], globs: Sequence[str]) -> bool:
    return any(name_matches(name, glob) for name in names for glob in globs)


def path_matches(path: str, glob: str) -> bool:
    """Say whether the whole path matches: `**` is any number of folders, `*` and `?` stay within one of them.

    A glob that ends with a slash means everything below that folder.
    """
    parts, globs = path.split("/"), f"{glob}**".split("/") if glob.endswith("/") else glob.split("/")
    at, step, retry_at, retry_step = 0, 0, 0, -1
    while at < len(parts):
        if step < len(globs) and globs[step] == _ANY_FOLDERS:
            retry_at, retry_step = at, step
            step += 1
        elif step < len(globs) and name_matches(parts[at], globs[step]):
            at, step = at + 1, step + 1
        elif retry_step >= 0:
            # The last `**` takes one folder more; an earlier one taking more could only leave less to match.
            retry_at += 1
            at, step = retry_at, retry_step + 1
        else:
            return False
    return all(rest == _ANY_FOLDERS for rest in globs[step:])


def expression_of(glob: str) -> str:
    """Return the regular expression, PostgreSQL's or Python's, of what `path_matches` says of paths with that glob."""
    parts = f"{glob}**".split("/") if glob.endswith("/") else glob.split("/")
    *folders, last = parts
    front = "".join("(?:[^/]*/)*" if part == _ANY_FOLDERS else f"{_expression_of_part(part)}/" for part in folders)
    return f"^{front}{'.*' if last == _ANY_FOLDERS else _expression_of_part(last)}$"


def _expression_of_part(part: str) -> str:
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(letter, re.escape(letter)) for letter in part)


def why_no_path_glob(glob: str) -> str | None:
    """Say what is wrong with a glob of paths, None where nothing is."""
    if glob.startswith("/") or "\\" in glob:
        return "paths are relative to the repository and use / between folders"
    parts = glob.split("/")
    if ".." in parts or "." in parts or "" in parts[:-1]:
        return "a path has no empty part and no . or .. in it"
    if any(_ANY_FOLDERS in part and part != _ANY_FOLDERS for part in parts):
        return "** stands alone between slashes, as in **/*.py"
    return None
