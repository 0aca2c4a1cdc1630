"""POST /api/v1/reports: take reports from a job of GitHub Actions, or of a build elsewhere."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import structlog
from aiohttp import web

from app.core.uploads import Build
from app.db.repository_keys import find_key
from app.db.uploads import TooMany, Upload, add_upload
from app.jobs import IngestUploads
from app.queue import enqueue
from app.web.access.gate import Entry, Gate
from app.web.access.visitor import UPLOAD, Job, Program
from app.web.access.visits import visitor_of
from app.web.answering import NOT_FOUND, Refusal
from app.web.api.openapi import problems
from app.web.api.receiving import FORM, Received, receive
from app.web.api.resources import answer_json

_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_WHICH = Refusal(status=400, detail="Say which `repository` it is, as `owner/name`: the token is for several.")
_NOT_ALLOWED = Refusal(
    status=403, detail="This takes write access to the repository, and a token with the scope `upload`."
)
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,99})/([A-Za-z0-9._-]{1,100})")

_log = structlog.get_logger()


class OfJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a job of GitHub Actions may say; its token tells all else."""

    job: _Line | None = None


class OfBuild(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a build elsewhere says of itself, in the address or as fields of the form.

    `repository` is `owner/name`, and may be left out where the token is for one repository. `ci` is what you call the CI
    system, `build` its number or name for the build, `attempt` counts how often that build was run. `conclusion` is how
    the job ended; where it is left out its tests decide. `url` is the build's page.
    """

    commit: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
    ci: _Line
    build: _Line
    job: _Line = "tests"
    repository: _Line | None = None
    branch: _Line | None = None
    pull: Annotated[int, msgspec.Meta(ge=1, lt=10**9)] | None = None
    attempt: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1
    conclusion: Literal["success", "failure"] | None = None
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[!-~]+$", max_length=1_000)] | None = None


T = TypeVar("T", OfJob, OfBuild)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The reports were written down and are being read. `is_new` is false where the same ones had come before."""

    id: int
    run_id: int
    run_attempt: int
    is_new: bool


PATHS: dict[str, Any] = {
    "post": {
        "operationId": "sendReports",
        "summary": "Send reports of tests: one file as the body, or a form with several. Takes a token with the scope `upload`, or a job's own.",
        "description": (
            "The formats are those that FlakeGuard reads in artifacts; zips and gzipped files are opened. What is sent "
            "again is known by its content."
        ),
        "parameters": [
            {"name": name, "in": "query", "schema": {"type": kind}, "description": said}
            for name, kind, said in (
                ("repository", "string", "`owner/name`; needless where the token is for one repository."),
                ("commit", "string", "The commit that was tested, in full."),
                ("branch", "string", "Its branch."),
                ("pull", "integer", "Number of the pull request that was tested."),
                ("ci", "string", "What you call the CI system."),
                ("build", "string", "Its number or name for the build."),
                ("attempt", "integer", "How often this build was run, 1 by default."),
                ("job", "string", "Name of the job, `tests` by default."),
                ("conclusion", "string", "`success` or `failure`; where it is left out its tests decide."),
                ("url", "string", "The build's page."),
            )
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                "multipart/form-data": {"schema": {"type": "object"}},
            },
        },
        "responses": {
            "202": {
                "description": "They will be read.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Taken"}}},
            }
        }
        | problems(400, 401, 403, 404, 413, 503),
    }
}


async def take_reports(request: web.Request, gate: Gate) -> web.Response:
    """Write down what is sent, and have it read."""
    visitor = visitor_of(request)
    if not isinstance(visitor, Program | Job):
        raise Refusal(status=401, detail="Reports take a token with the scope `upload`, or the token of a job.")
    named = request.query.get("repository")
    entry = None
    if named is not None or _is_for_one(visitor):
        entry = await _enter(gate, visitor, named)
    else:
        _leave_it_to_the_form(request, visitor)
    received = await receive(request)
    said = {**received.fields, **request.query}
    if entry is None or (isinstance(visitor, Program) and said.get("repository") != named):
        entry = await _enter(gate, visitor, said.get("repository"))
    now = gate.clock()
    upload = _of_job(visitor, said, received, now) if isinstance(visitor, Job) else _of_build(said, received, now)
    job = IngestUploads(repo_id=entry.repo_id, run_id=upload.run_id, run_attempt=upload.run_attempt)
    async with gate.pool.acquire() as conn, conn.transaction():
        try:
            number, is_new = await add_upload(conn, entry.repo_id, upload, received.reports)
        except TooMany as error:
            raise Refusal(status=413, detail="This run has sent as many reports as are taken.") from error
        await enqueue(conn, job)
    _log.info("reports_taken", repo_id=entry.repo_id, run_id=upload.run_id, upload=number, is_new=is_new)
    taken = Taken(id=number, run_id=upload.run_id, run_attempt=upload.run_attempt, is_new=is_new)
    return answer_json(request, taken, status=202)


def _is_for_one(visitor: Program | Job) -> bool:
    return isinstance(visitor, Job) or len(visitor.token.repositories) == 1


def _leave_it_to_the_form(request: web.Request, visitor: Program | Job) -> None:
    """Let a form be read to find the repository's name in it. Raises Refusal where there is none, or the token may send nothing."""
    if request.content_type != FORM:
        raise _WHICH
    if isinstance(visitor, Program) and UPLOAD not in visitor.token.scopes:
        raise _NOT_ALLOWED


async def _enter(gate: Gate, visitor: Program | Job, named: str | None) -> Entry:
    """Find the repository: a job's is the one that GitHub names, a token's the one that is named, or its only one."""
    if isinstance(visitor, Program) and named is not None:
        match = _NAME.fullmatch(named)
        entry = await gate.enter(visitor, match[1], match[2]) if match else None
    else:
        ids = [visitor.identity.repository_id] if isinstance(visitor, Job) else list(visitor.token.repositories)
        if len(ids) != 1:
            raise _WHICH
        async with gate.pool.acquire() as conn:
            key = await find_key(conn, ids[0])
        entry = await gate.enter(visitor, key.owner, key.name) if key else None
    if entry is None:
        raise NOT_FOUND
    if not entry.may_upload:
        raise _NOT_ALLOWED
    return entry


def _of_job(visitor: Job, said: dict[str, str], received: Received, now: datetime) -> Upload:
    wanted = _read(said, OfJob)
    own = visitor.identity
    return Upload(
        run_id=own.run_id,
        run_attempt=own.run_attempt,
        job_id=own.check_run_id or 0,
        job=wanted.job or "",
        ci=None,
        head_sha=own.sha,
        head_branch=None,
        pull_number=None,
        conclusion=None,
        html_url="",
        created_at=now,
        digest=received.digest,
    )


def _of_build(said: dict[str, str], received: Received, now: datetime) -> Upload:
    wanted = _read(said, OfBuild)
    build = Build(ci=wanted.ci, build=wanted.build, job=wanted.job)
    return Upload(
        run_id=build.run_id,
        run_attempt=wanted.attempt,
        job_id=build.job_id(wanted.attempt),
        job=wanted.job,
        ci=wanted.ci,
        head_sha=wanted.commit,
        head_branch=wanted.branch,
        pull_number=wanted.pull,
        conclusion=wanted.conclusion,
        html_url=wanted.url or "",
        created_at=now,
        digest=received.digest,
    )


def _read(said: dict[str, str], kind: type[T]) -> T:
    if bad := [name for name, text in said.items() if not text.isprintable()]:
        raise Refusal(status=400, detail=f"`{bad[0][:60]}` must be one line of printable characters.")
    try:
        return msgspec.convert(said, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Refusal(status=400, detail=f"{error}.") from error
