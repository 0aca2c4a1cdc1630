"""How to run one test alone: the command of its runner, as far as its file and names tell which that is."""

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from shlex import quote

from app.core.model import CaseName
from app.core.text import plain

_LONGEST = 500
_SAFE_PATH = re.compile(r"[\w./@+ -]{1,300}")
_GO_NAME = re.compile(r"(?:Test|Fuzz|Example|Benchmark)\w*(?:/.*)?")
_PARAMETERS = re.compile(r"[\[({].*$")


def reproduce(case: CaseName, file: str | None) -> str | None:
    """Return the shell command that runs this test alone, None where no runner is told by its names.

    People paste it into a terminal, and the names are strangers': each is quoted for the shell, nothing may look like an
    option, and where a name would have to be changed to be shown here, there is no command.
    """
    if file is not None and not _is_plain_path(file):
        return None
    suffix = PurePosixPath(file).suffix if file else _GO if _GO_NAME.fullmatch(case.name) else ""
    make = _RUNNERS.get(suffix)
    command = make(case, file or "") if make else None
    if command is None or len(command) > _LONGEST or plain(command, _LONGEST) != command:
        return None
    return command


def _is_plain_path(file: str) -> bool:
    return _SAFE_PATH.fullmatch(file) is not None and not file.startswith(("-", "/")) and ".." not in file.split("/")


def _pytest(case: CaseName, file: str) -> str:
    # Classes of a module are told by a dotted name that goes on after the file's own.
    module = file.removesuffix(".py").replace("/", ".")
    inside = case.class_name.removeprefix(module).strip(".") if case.class_name.startswith(module) else ""
    node = "::".join([file, *(inside.split(".") if inside else []), case.name])
    return f"pytest {quote(node)}"


def _go(case: CaseName, file: str) -> str:
    # Each part of a subtest's name is an expression of its own.
    pattern = "/".join(f"^{re.escape(part)}$" for part in case.name.split("/"))
    package = f"./{PurePosixPath(file).parent}" if file else "./..."
    return f"go test -count=1 -run {quote(pattern)} {quote(package)}"


def _jvm(case: CaseName, _file: str) -> str | None:
    if not case.class_name:
        return None
    method = _PARAMETERS.sub("", case.name)
    return f"mvn test -Dtest={quote(f'{case.class_name}#{method}')} # or: gradle test --tests {quote(f'{case.class_name}.{method}')}"


def _javascript(case: CaseName, file: str) -> str:
    return f"npx jest {quote(file)} -t {quote(re.escape(case.name))} # or: npx vitest run {quote(file)} -t {quote(case.name)}"


def _rspec(case: CaseName, file: str) -> str:
    return f"bundle exec rspec {quote(file)} -e {quote(case.name)}"


def _cargo(case: CaseName, _file: str) -> str:
    return f"cargo test -- --exact {quote(case.name)}"


def _dotnet(case: CaseName, _file: str) -> str:
    name = f"{case.class_name}.{case.name}" if case.class_name else case.name
    return f"dotnet test --filter {quote('FullyQualifiedName~' + _PARAMETERS.sub('', name))}"


def _phpunit(case: CaseName, file: str) -> str:
    return f"vendor/bin/phpunit --filter {quote(re.escape(_PARAMETERS.sub('', case.name).split(' with data set')[0]))} {quote(file)}"


def _mix(case: CaseName, file: str) -> str:
    # ExUnit's name of a test begins with its kind (`test …`), and lines move. What is called by its file or module
    # failed outside of any test.
    if case.name in (file, case.class_name.removeprefix("Elixir.")):
        return f"mix test {quote(file)}"
    return f"mix test {quote(file)} --only {quote(f'test:{case.name}')}"


def _flutter(case: CaseName, file: str) -> str:
    return f"dart test {quote(file)} --plain-name {quote(case.name)}"


_GO = "_test.go"
_JS = (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts")
_RUNNERS: Mapping[str, Callable[[CaseName, str], str | None]] = {
    ".py": _pytest,
    ".go": _go,
    _GO: _go,
    **dict.fromkeys((".java", ".kt", ".groovy", ".scala"), _jvm),
    **dict.fromkeys(_JS, _javascript),
    ".rb": _rspec,
    ".rs": _cargo,
    **dict.fromkeys((".cs", ".fs", ".vb"), _dotnet),
    ".php": _phpunit,
    ".exs": _mix,
    ".dart": _flutter,
}
