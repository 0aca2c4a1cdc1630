"""Check runs and check suites as JSON."""

from app.sandbox.github.render.repositories import RepositoryRenderer
from app.sandbox.github.render.values import Json, node_id, number_of, stamp
from app.sandbox.github.world import CheckRun, RepositoryData


class CheckRenderer(RepositoryRenderer):
    """Renders checks."""

    def check_run(self, repo: RepositoryData, check: CheckRun) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/check-runs/{check.id}"
        return {
            "id": check.id,
            "node_id": node_id("CR", check.id),
            "name": check.name,
            "head_sha": check.head_sha,
            "external_id": check.external_id or "",
            "url": url,
            "html_url": f"{self.web}/{repo.full_name}/runs/{check.id}",
            "details_url": check.details_url or self.web,
            "status": check.status,
            "conclusion": check.conclusion,
            "started_at": stamp(check.started_at),
            "completed_at": stamp(check.completed_at),
            "check_suite": {"id": check.id + 1},
            "app": self.app(),
            "pull_requests": [],
            "output": {
                "title": check.title,
                "summary": check.summary,
                "text": check.text,
                "annotations_count": len(check.annotations),
                "annotations_url": f"{url}/annotations",
            },
        }

    def check_suite(self, repo: RepositoryData, head_sha: str, status: str, conclusion: str | None, app: Json) -> Json:
        number = number_of(f"{head_sha}{app['id']}")
        head = self.world.find_commit(repo, head_sha)
        branch = next((name for name, sha in repo.branches.items() if sha == head_sha), None)
        url = f"{self.api}/repos/{repo.full_name}/check-suites/{number}"
        return {
            "id": number,
            "node_id": node_id("CS", number),
            "head_branch": branch,
            "head_sha": head_sha,
            "status": status,
            "conclusion": conclusion,
            "url": url,
            "before": head.parent if head else None,
            "after": head_sha,
            "created_at": stamp(self.world.now),
            "updated_at": stamp(self.world.now),
            "app": app,
            "head_commit": self.commit(head) if head else None,
            "latest_check_runs_count": 1,
            "check_runs_url": f"{url}/check-runs",
            "pull_requests": [],
        }

    def listed_suite(self, repo: RepositoryData, suite: Json) -> Json:
        """Render a check suite as the API gives it: webhooks name the repository elsewhere."""
        return suite | {"repository": self.minimal_repository(repo)}

    def annotation(self, one: Json) -> Json:
        """Render an annotation as it is read; what may be left out when it is written is there as null."""
        optional = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
        return {**optional, **one, "blob_href": self.web}
