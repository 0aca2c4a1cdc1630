"""What an operator sees of a run that goes through the real processes: its log, its figures, its trace."""

import json
from collections import Counter

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from app.sandbox.github import SandboxGitHub
from tests.e2e.conftest import START
from tests.e2e.leavings import job_and_artifact
from tests.e2e.processes import Processes, until_idle

MESSAGE = "AssertionError: the words of a stranger"


class Collector:
    """Where traces are sent to; has all spans by the hex of their trace's id."""

    def __init__(self):
        self.bodies = []

    async def take(self, request):
        self.bodies.append(await request.read())
        return web.Response(body=b"", content_type="application/x-protobuf")

    @property
    def spans(self):
        traces = {}
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        traces.setdefault(span.trace_id.hex(), []).append(span)
        return traces


@pytest.fixture
async def collector():
    made = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def github():
    async with SandboxGitHub(app_id=4242, app_slug="flakeguard", webhook_secret="secret") as sandbox:
        sandbox.now = START
        yield sandbox


def figures(text):
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    found = Counter()
    for one in samples:
        found[(one.name, *sorted(one.labels.values()))] += one.value
    return found


async def one_failed_run(github, repo):
    """A pull request with one run, in which a test fails; returns the run and the GUID that tells of its end."""
    pull = await repo.open_pull(author="dana", branch="f", files={"code.py": "1"}, title="a title")
    job, artifact = job_and_artifact(failed=("test_3",), message=MESSAGE)
    run = await repo.start_run(workflow="CI", head=pull, jobs=[job], artifacts=[artifact])
    await run.complete()
    guids = [one.guid for one in github.deliveries if (one.event, one.action) == ("workflow_run", "completed")]
    return run, guids[-1]


def told(log):
    return [json.loads(line) for line in log.splitlines()]


def shown_by(lines, **about):
    return [line["event"] for line in lines if about.items() <= line.items()]


def tree(spans):
    """The names of spans below the one without a parent, each with those below it."""
    below = {}
    for span in sorted(spans, key=lambda span: span.start_time_unix_nano):
        below.setdefault(span.parent_span_id, []).append(span)

    def names(parent):
        return [(span.name, names(span.span_id)) for span in below.get(parent, [])]

    return names(b"")


def flat(branches):
    return [name for branch, below in branches for name in (branch, *flat(below))]


def attributes(span):
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


async def test_a_run_can_be_followed_by_its_delivery_its_id_its_figures_and_its_trace(
    github, database_url, conn, tmp_path, collector
):
    repo = github.repository("acme/web")
    repo.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    where = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SERVICE_NAME": "ours"}
    async with Processes(github, database_url, tmp_path, **where) as bot:
        served = await bot.serve("all")
        # GitHub tells of a run's end more than once. Here it does so once, so that there is one way to follow.
        run, guid = await one_failed_run(github, repo)
        github.webhook_url = f"{served.address}/webhooks/github"
        await github.redeliver(guid)
        await until_idle(conn)
        counted = figures(await served.get("/metrics"))
        log = await served.end()
    the_log_tells(told(log), guid, run.id)
    the_figures_tell(counted)
    the_trace_tells(collector, guid, run.id)
    for text in (log, *(body.decode("latin-1") for body in collector.bodies)):
        assert "ghs_" not in text
        assert "the words of a stranger" not in text
        assert "a title" not in text


def the_log_tells(lines, guid, run_id):
    assert shown_by(lines, delivery=guid, github_event="workflow_run") == ["webhook_taken"]
    way = ["attempt_stored", "attempt_scored", "head_reported"]
    assert [event for event in shown_by(lines, delivery=guid) if event in way] == way
    assert [event for event in shown_by(lines, run_id=run_id) if event in way] == way
    assert {line["repository"] for line in lines if line.get("run_id") == run_id} == {"acme/web"}
    at_work = [line for line in lines if "job" in line]
    assert all({"job_id", "trace_id"} <= line.keys() for line in at_work)


def the_figures_tell(counted):
    assert counted["flakeguard_webhooks_total", "202", "workflow_run"] == 1
    assert counted["flakeguard_jobs_total", "IngestRun", "done"] == 1
    assert counted["flakeguard_comment_seconds_count",] == 2, "a check and a comment"
    assert counted["flakeguard_ingest_seconds_count",] == 1
    assert counted["flakeguard_occurrences_total",] > 1
    assert counted["flakeguard_github_requests_total", "201", "POST /repos/{owner}/{repo}/check-runs"] == 1
    assert not any("acme" in label for key in counted for label in key)


def the_trace_tells(collector, guid, run_id):
    of_run = [
        spans
        for spans in collector.spans.values()
        if any(attributes(span).get("flakeguard.run_id") == run_id for span in spans)
    ]
    assert len(of_run) == 1
    (spans,) = of_run
    (root,) = tree(spans)
    assert root[0] == "webhook"
    jobs = [name for name in flat([root]) if name.startswith("job ")]
    # Nobody has told of the repository before: its policy comes first, and the run waits for it.
    policy_first = ["job IngestRun", "job RefreshPolicy"]
    assert jobs[:6] == [*policy_first, "job IngestRun", "job ScoreRun", "job DecideTests", "job ReportHead"]
    assert {"parse read_part", "parse read_job_log"} <= set(flat([root]))
    writes = {name for name in flat([root]) if name.startswith(("POST", "PATCH"))}
    assert "POST /repos/{owner}/{repo}/issues/{issue_number}/comments" in writes
    assert {"POST /repos/{owner}/{repo}/check-runs", "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}"} & writes
    assert {attributes(span)["flakeguard.delivery"] for span in spans if span.name == "webhook"} == {guid}
    assert {attributes(span)["flakeguard.result"] for span in spans if span.name.startswith("job ")} == {
        "waits",
        "done",
    }
    asked = next(span for span in spans if span.name.startswith("GET "))
    assert attributes(asked)["http.response.status_code"] == 200
    assert not any("acme" in str(value) for span in spans for value in (span.name, *attributes(span).values()))
