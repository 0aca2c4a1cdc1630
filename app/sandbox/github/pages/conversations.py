"""Pages of a repository and its files, of an issue and of a pull request."""

from collections import Counter
from html import escape

from aiohttp import web

from app.core.counts import count
from app.sandbox.github.pages.layout import at, card, dot, home_of, labels, page, rows, sha, state
from app.sandbox.github.pages.speaking import speaking_box
from app.sandbox.github.runs import WorkflowRun
from app.sandbox.github.world import CheckRun, Comment, Commit, Issue, PullData, RepositoryData, World

_EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "❤️",
    "rocket": "🚀",
    "eyes": "👀",
}


def show_index(world: World) -> web.Response:
    items = [
        f'<a class="title" href="/{escape(repo.full_name)}">{escape(repo.full_name)}</a>'
        f'<span class="small">{_count(repo)}</span>'
        for repo in world.repositories.values()
    ]
    return page("Sandbox GitHub", f"<h1>Repositories</h1>{rows(items, 'There are none yet.')}")


def _count(repo: RepositoryData) -> str:
    open_ones = [one for one in repo.issues.values() if one.state == "open"]
    pulls = sum(one.is_pull for one in open_ones)
    return f"{count(pulls, 'open pull request')}, {count(len(open_ones) - pulls, 'open issue')}, {count(len(repo.runs), 'workflow run')}"


def show_repository(repo: RepositoryData) -> web.Response:
    pulls = [_issue_row(repo, one) for one in reversed(repo.issues.values()) if one.is_pull]
    issues = [_issue_row(repo, one) for one in reversed(repo.issues.values()) if not one.is_pull]
    runs = [run_row(repo, run) for run in list(reversed(repo.runs.values()))[:30]]
    body = (
        f'<h1>{escape(repo.full_name)}</h1><p class="meta">{_count(repo)}</p>'
        f"<h2>Pull requests</h2>{rows(pulls, 'There are none.')}"
        f"<h2>Issues</h2>{rows(issues, 'There are none.')}"
        f"<h2>Latest workflow runs</h2>{rows(runs, 'None has run.')}"
    )
    return page(repo.full_name, body, home_of(repo))


def _issue_row(repo: RepositoryData, issue: Issue) -> str:
    kind = "pull" if issue.is_pull else "issues"
    return (
        f"{dot(_state_of(repo, issue))}"
        f'<a class="title" href="/{escape(repo.full_name)}/{kind}/{issue.number}">{escape(issue.title)}</a>'
        f'{labels(issue.labels)}<span class="small">#{issue.number} by {escape(issue.user.login)}, '
        f"{at(issue.created_at)} · {count(len(issue.comments), 'comment')}</span>"
    )


def run_row(repo: RepositoryData, run: WorkflowRun) -> str:
    there = f"/{escape(repo.full_name)}/actions/runs/{run.id}"
    return (
        f'{dot(run.latest.conclusion or run.latest.status)}<a class="title" href="{there}">{escape(run.workflow)} '
        f'#{run.number}</a><span class="small">{sha(run.head_sha)} on {escape(run.head_branch)} by {escape(run.event)}, '
        f"attempt {len(run.attempts)}, {at(run.latest.started_at)}</span>"
    )


def _state_of(repo: RepositoryData, issue: Issue) -> str:
    pull = repo.pulls.get(issue.number)
    return "merged" if pull is not None and pull.merged else issue.state


def show_file(repo: RepositoryData, commit: Commit, path: str) -> web.Response:
    """Show a file as it is at a commit, its lines numbered from 1: `#L7` leads to the seventh."""
    lines = commit.files[path].splitlines()
    numbered = "".join(f'<li id="L{number}">{escape(line) or " "}</li>' for number, line in enumerate(lines, 1))
    body = f'<h1>{escape(path)} <span class="number">at {sha(commit.sha)}</span></h1><ol class="file">{numbered}</ol>'
    return page(path, body, home_of(repo))


def show_issue(repo: RepositoryData, issue: Issue) -> web.Response:
    pull = repo.pulls.get(issue.number)
    reason = f" as {escape(issue.state_reason.replace('_', ' '))}" if issue.state_reason else ""
    about = (
        "" if pull is None else f" wants to merge {sha(pull.head_sha)} from <code>{escape(_head(repo, pull))}</code>"
    )
    body = (
        f'<h1>{escape(issue.title)} <span class="number">#{issue.number}</span></h1>'
        f'<p class="meta">{state(_state_of(repo, issue))}{reason} <strong>{escape(issue.user.login)}</strong>{about}'
        f"{labels(issue.labels)}</p>{_checks(repo, pull)}<h2>Conversation</h2>{card(issue.user, issue.created_at, issue.body)}"
        f"{''.join(_comment(one) for one in issue.comments)}{speaking_box(repo, issue)}"
    )
    return page(f"{issue.title} · #{issue.number}", body, home_of(repo), form_action="'self'")


def _head(repo: RepositoryData, pull: PullData) -> str:
    is_own = pull.head_repository == repo.full_name
    return pull.head_branch if is_own else f"{pull.head_repository.partition('/')[0]}:{pull.head_branch}"


def _comment(comment: Comment) -> str:
    counts = Counter(one.content for one in comment.reactions)
    given = " ".join(f"<span>{_EMOJI[content]} {number}</span>" for content, number in counts.items())
    more = f'<div class="reactions">{given}</div>' if given else ""
    return card(comment.user, comment.created_at, comment.body, more=more, anchor=f"issuecomment-{comment.id}")


def _checks(repo: RepositoryData, pull: PullData | None) -> str:
    if pull is None:
        return ""
    items = [check_row(repo, one) for one in repo.checks.values() if one.head_sha == pull.head_sha]
    items += [run_row(repo, run) for run in repo.runs.values() if run.head_sha == pull.head_sha]
    return f"<h2>Checks of {sha(pull.head_sha)}</h2>{rows(items, 'None has reported.')}"


def check_row(repo: RepositoryData, check: CheckRun) -> str:
    return (
        f'{dot(check.conclusion or check.status)}<a class="title" href="/{escape(repo.full_name)}/runs/{check.id}">'
        f'{escape(check.name)}</a> {escape(check.title or "")}<span class="small">{state(check.conclusion or check.status)}'
        f" {at(check.completed_at or check.started_at)}</span>"
    )
