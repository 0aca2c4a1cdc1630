"""Workflow runs, their jobs and artifacts as JSON."""

from hashlib import sha256

from app.sandbox.github.render.repositories import RepositoryRenderer
from app.sandbox.github.render.values import Json, node_id, stamp
from app.sandbox.github.runs import Artifact, Attempt, Job, WorkflowRun
from app.sandbox.github.world import PullData, RepositoryData


class ActionsRenderer(RepositoryRenderer):
    """Renders what GitHub Actions did."""

    def run(self, repo: RepositoryData, run: WorkflowRun, attempt: Attempt) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/actions/runs/{run.id}"
        head = self.world.find_commit(repo, run.head_sha)
        head_repo = self.world.repositories.get(run.head_repository)
        actor = self.world.account(head.author if head else "ghost")
        previous = f"{url}/attempts/{attempt.number - 1}" if attempt.number > 1 else None
        return {
            "id": run.id,
            "node_id": node_id("WR", run.id),
            "name": run.workflow,
            "path": f".github/workflows/{run.workflow.lower()}.yml",
            "display_title": head.message if head else run.workflow,
            "run_number": run.number,
            "run_attempt": attempt.number,
            "event": run.event,
            "status": attempt.status,
            "conclusion": attempt.conclusion,
            "workflow_id": run.workflow_id,
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
            "check_suite_id": run.id + 1,
            "check_suite_node_id": node_id("CS", run.id + 1),
            "url": url,
            "html_url": f"{self.web}/{repo.full_name}/actions/runs/{run.id}",
            "jobs_url": f"{url}/jobs",
            "logs_url": f"{url}/logs",
            "check_suite_url": f"{self.api}/repos/{repo.full_name}/check-suites/{run.id + 1}",
            "cancel_url": f"{url}/cancel",
            "rerun_url": f"{url}/rerun",
            "artifacts_url": f"{url}/artifacts",
            "workflow_url": f"{self.api}/repos/{repo.full_name}/actions/workflows/{run.workflow_id}",
            "previous_attempt_url": previous,
            "created_at": stamp(run.created_at),
            "updated_at": stamp(attempt.updated_at),
            "run_started_at": stamp(attempt.started_at),
            "actor": self.user(actor),
            "triggering_actor": self.user(actor),
            "head_commit": self.commit(head) if head else None,
            "head_repository": self.minimal_repository(head_repo) if head_repo else None,
            "repository": self.minimal_repository(repo),
            "pull_requests": self.pulls_of_run(repo, run),
        }

    def workflow(self, repo: RepositoryData, run: WorkflowRun) -> Json:
        path = f".github/workflows/{run.workflow.lower()}.yml"
        web = f"{self.web}/{repo.full_name}"
        return {
            "id": run.workflow_id,
            "node_id": node_id("W", run.workflow_id),
            "name": run.workflow,
            "path": path,
            "state": "active",
            "created_at": stamp(repo.created_at),
            "updated_at": stamp(repo.created_at),
            "url": f"{self.api}/repos/{repo.full_name}/actions/workflows/{run.workflow_id}",
            "html_url": f"{web}/blob/{repo.default_branch}/{path}",
            "badge_url": f"{web}/workflows/{run.workflow}/badge.svg",
        }

    def pulls_of_run(self, repo: RepositoryData, run: WorkflowRun) -> list[Json]:
        """List the open pull requests of a run's branch. GitHub never names those of forks."""
        if run.head_repository != repo.full_name:
            return []
        found = [
            p for p in repo.pulls.values() if p.head_branch == run.head_branch and p.head_repository == repo.full_name
        ]
        return [self.pull_of_run(repo, p) for p in found if repo.issues[p.number].state == "open"]

    def pull_of_run(self, repo: RepositoryData, pull: PullData) -> Json:
        place = {"id": repo.id, "name": repo.name, "url": f"{self.api}/repos/{repo.full_name}"}
        return {
            "id": pull.number + 500_000,
            "number": pull.number,
            "url": f"{self.api}/repos/{repo.full_name}/pulls/{pull.number}",
            "head": {"ref": pull.head_branch, "sha": pull.head_sha, "repo": place},
            "base": {"ref": pull.base_branch, "sha": pull.base_sha, "repo": place},
        }

    def job(self, repo: RepositoryData, run: WorkflowRun, job: Job) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/actions"
        return {
            "id": job.id,
            "node_id": node_id("J", job.id),
            "run_id": run.id,
            "run_attempt": job.attempt,
            "run_url": f"{url}/runs/{run.id}",
            "head_sha": run.head_sha,
            "head_branch": run.head_branch,
            "workflow_name": run.workflow,
            "name": job.name,
            "url": f"{url}/jobs/{job.id}",
            "html_url": f"{self.web}/{repo.full_name}/actions/runs/{run.id}/job/{job.id}",
            "check_run_url": f"{self.api}/repos/{repo.full_name}/check-runs/{job.id}",
            "status": job.status,
            "conclusion": job.conclusion,
            "created_at": stamp(job.started_at),
            "started_at": stamp(job.started_at),
            "completed_at": stamp(job.completed_at),
            "labels": ["ubuntu-latest"],
            "runner_id": 1,
            "runner_name": "GitHub Actions 1",
            "runner_group_id": 1,
            "runner_group_name": "GitHub Actions",
            "steps": [
                {
                    "number": step.number,
                    "name": step.name,
                    "status": "completed",
                    "conclusion": step.conclusion,
                    "started_at": stamp(step.started_at),
                    "completed_at": stamp(step.completed_at),
                }
                for step in job.steps
            ],
        }

    def artifact(self, repo: RepositoryData, run: WorkflowRun, artifact: Artifact) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/actions/artifacts/{artifact.id}"
        digest = {"digest": f"sha256:{sha256(artifact.data).hexdigest()}"} if self.world.edition.has_digests else {}
        return digest | {
            "id": artifact.id,
            "node_id": node_id("AR", artifact.id),
            "name": artifact.name,
            "size_in_bytes": len(artifact.data),
            "url": url,
            "archive_download_url": f"{url}/zip",
            "expired": artifact.is_expired,
            "created_at": stamp(artifact.created_at),
            "updated_at": stamp(artifact.created_at),
            "expires_at": stamp(artifact.created_at.replace(year=artifact.created_at.year + 1)),
            "workflow_run": {
                "id": run.id,
                "repository_id": repo.id,
                "head_repository_id": repo.id,
                "head_branch": run.head_branch,
                "head_sha": run.head_sha,
            },
        }
