"""Check runs and check suites of a commit, ours and other Apps'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.github.client import RepositoryClient
from app.github.fields import Fields

ANNOTATIONS_AT_ONCE = 50
"""GitHub takes no more in one request; each further request adds to those that are there."""

_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark at lines of a file. `level` is notice, warning or failure."""

    path: str
    start_line: int
    end_line: int
    level: str
    message: str
    title: str | None = None
    raw_details: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAction:
    """A button: label of 20 characters at most, description of 40, identifier of 20; a check run takes three."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContent:
    """What a check run shows. A `conclusion` ends it; `summary` and `text` take 65,535 characters each."""

    title: str
    summary: str
    text: str | None = None
    status: str | None = None
    conclusion: str | None = None
    details_url: str | None = None
    external_id: str | None = None
    annotations: tuple[Annotation, ...] = ()
    actions: tuple[CheckAction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRunInfo:
    """A check run of any App. `status` and `conclusion` are open sets."""

    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    external_id: str | None
    html_url: str | None
    app_id: int | None
    app_slug: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSuiteInfo:
    """All check runs of one App on one commit."""

    id: int
    head_sha: str
    status: str | None
    conclusion: str | None
    app_id: int | None
    app_slug: str | None


async def find_check_runs(
    repo: RepositoryClient, head_sha: str, *, name: str | None = None, app_id: int | None = None
) -> tuple[CheckRunInfo, ...]:
    """List the latest check runs of a commit, of one name and one App where these are given."""
    asked = {"check_name": name, "app_id": app_id, "per_page": _PAGE}
    where = repo.route("/commits/{ref}/check-runs", asked, ref=head_sha)
    runs = [_read_check_run(run) async for run in repo.client.get_all(where, "check_runs")]
    # Others may use our name; that Enterprise Servers heed app_id is not left to trust.
    return tuple(run for run in runs if app_id is None or run.app_id == app_id)


async def list_annotations(repo: RepositoryClient, check_run_id: int) -> tuple[Annotation, ...]:
    """List the annotations of a check run. Raises Gone."""
    where = repo.route("/check-runs/{check_run_id}/annotations", {"per_page": _PAGE}, check_run_id=check_run_id)
    return tuple([_read_annotation(one) async for one in repo.client.get_all(where)])


async def list_check_suites(repo: RepositoryClient, head_sha: str) -> tuple[CheckSuiteInfo, ...]:
    where = repo.route("/commits/{ref}/check-suites", {"per_page": _PAGE}, ref=head_sha)
    return tuple([_read_check_suite(one) async for one in repo.client.get_all(where, "check_suites")])


async def create_check_run(repo: RepositoryClient, name: str, head_sha: str, content: CheckContent) -> CheckRunInfo:
    """Create a check run, also on the head commit of a fork's pull request."""
    first = _write(content, content.annotations[:ANNOTATIONS_AT_ONCE]) | {"name": name, "head_sha": head_sha}
    answer = await repo.client.post(repo.route("/check-runs"), first)
    made = _read_check_run(answer.fields)
    await _add_annotations(repo, made.id, content)
    return made


async def update_check_run(repo: RepositoryClient, check_run_id: int, content: CheckContent) -> CheckRunInfo:
    """Bring a check run up to date. GitHub adds the annotations to those that are there already. Raises Gone."""
    where = repo.route("/check-runs/{check_run_id}", check_run_id=check_run_id)
    answer = await repo.client.patch(where, _write(content, content.annotations[:ANNOTATIONS_AT_ONCE]))
    await _add_annotations(repo, check_run_id, content)
    return _read_check_run(answer.fields)


async def _add_annotations(repo: RepositoryClient, check_run_id: int, content: CheckContent) -> None:
    where = repo.route("/check-runs/{check_run_id}", check_run_id=check_run_id)
    for start in range(ANNOTATIONS_AT_ONCE, len(content.annotations), ANNOTATIONS_AT_ONCE):
        more = content.annotations[start : start + ANNOTATIONS_AT_ONCE]
        await repo.client.patch(where, {"output": _write_output(content, more)})


def _write(content: CheckContent, annotations: Sequence[Annotation]) -> dict[str, object]:
    return {
        "output": _write_output(content, annotations),
        "actions": [
            {"label": one.label, "description": one.description, "identifier": one.identifier}
            for one in content.actions
        ],
    } | _drop_none(
        {
            "status": content.status,
            "conclusion": content.conclusion,
            "details_url": content.details_url,
            "external_id": content.external_id,
        }
    )


def _write_output(content: CheckContent, annotations: Sequence[Annotation]) -> dict[str, object]:
    output: dict[str, object] = {"title": content.title, "summary": content.summary}
    output |= _drop_none({"text": content.text})
    return output | {"annotations": [_write_annotation(one) for one in annotations]}


def _write_annotation(annotation: Annotation) -> dict[str, object]:
    return {
        "path": annotation.path,
        "start_line": annotation.start_line,
        "end_line": annotation.end_line,
        "annotation_level": annotation.level,
        "message": annotation.message,
    } | _drop_none({"title": annotation.title, "raw_details": annotation.raw_details})


def _drop_none(values: Mapping[str, str | None]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _read_check_run(run: Fields) -> CheckRunInfo:
    return CheckRunInfo(
        id=run.number("id"),
        name=run.text("name"),
        head_sha=run.text("head_sha"),
        status=run.text("status"),
        conclusion=run.text_or_none("conclusion"),
        external_id=run.text_or_none("external_id"),
        html_url=run.text_or_none("html_url"),
        app_id=run.number_or_none("app.id"),
        app_slug=run.text_or_none("app.slug"),
    )


def _read_annotation(one: Fields) -> Annotation:
    return Annotation(
        path=one.text("path"),
        start_line=one.number("start_line"),
        end_line=one.number("end_line"),
        level=one.text_or_none("annotation_level") or "notice",
        message=one.text_or_none("message") or "",
        title=one.text_or_none("title"),
        raw_details=one.text_or_none("raw_details"),
    )


def _read_check_suite(suite: Fields) -> CheckSuiteInfo:
    return CheckSuiteInfo(
        id=suite.number("id"),
        head_sha=suite.text("head_sha"),
        status=suite.text_or_none("status"),
        conclusion=suite.text_or_none("conclusion"),
        app_id=suite.number_or_none("app.id"),
        app_slug=suite.text_or_none("app.slug"),
    )
