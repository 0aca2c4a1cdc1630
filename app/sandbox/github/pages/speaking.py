"""Where whoever looks at a pull request or an issue may answer, as one of the sandbox's people."""

from datetime import timedelta
from html import escape

from aiohttp import web

from app.sandbox.github.handles import Repository
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import Issue, RepositoryData

LONGEST_COMMENT = 65_536
"""As on GitHub, in characters."""
_TAKES = timedelta(minutes=1)
"""How long it takes to write a comment, on the sandbox's clock: no two of them are of one moment."""


def speaking_box(repo: RepositoryData, issue: Issue) -> str:
    """Draw the form, with the people of the repository; nothing where there are none."""
    if not repo.roles:
        return ""
    people = "".join(
        f'<option value="{escape(login)}">{escape(login)} ({escape(role)})</option>'
        for login, role in repo.roles.items()
    )
    there = f"/{repo.full_name}/{'pull' if issue.is_pull else 'issues'}/{issue.number}/comments"
    return (
        f'<h2 id="answer">Answer</h2><form class="card speaking" method="post" action="{escape(there)}">'
        "<p>On GitHub, somebody with write access ticks a box, gives a thumb or writes a command. This sandbox takes comments:"
        " <code>/flakeguard quarantine TEST for 14d because …</code>, <code>/flakeguard dismiss TEST</code>,"
        " <code>/flakeguard explain TEST</code> or <code>/flakeguard help</code>, each at the start of a line. The bot answers"
        " in a second or two: load the page again then.</p>"
        f'<label>As <select name="author">{people}</select></label>'
        f'<label>Comment <textarea name="body" rows="3" required maxlength="{LONGEST_COMMENT}"></textarea></label>'
        "<p><button>Comment</button></p></form>"
    )


async def take_comment(stage: Stage, repo: RepositoryData, issue: Issue, request: web.Request) -> web.Response:
    """Write the comment, tell the App of it, and lead back to it."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise web.HTTPForbidden(text="this was not sent from one of the sandbox's pages\n")
    form = await request.post()
    author, body = str(form.get("author", "")), str(form.get("body", "")).strip()
    if author not in repo.roles or not 0 < len(body) <= LONGEST_COMMENT:
        raise web.HTTPBadRequest(text="a comment has an author of this repository, and a text\n")
    stage.world.now += _TAKES
    made = await Repository(stage, repo).comment(issue.number, author, body)
    raise web.HTTPSeeOther(f"{request.path.removesuffix('/comments')}#issuecomment-{made.id}")
