"""The pages: everything can be looked at, and nothing that somebody wrote can do anything there."""

import pytest

from app.sandbox.github.pages.markdown import to_html


@pytest.fixture
async def look(session):
    async def get(path):
        async with session.get(path) as answer:
            return answer.status, await answer.text()

    return get


async def test_a_pull_request_shows_its_checks_and_what_was_said(repo, look, ask):
    pull = await repo.open_pull(author="dana", branch="f", files={"b": "1"}, title="A <b>title</b>", labels=["ci"])
    said = await repo.comment(pull.number, "dana", "**bold** <!-- hidden -->")
    repo.react(said.id, "max", "+1")
    check = {"name": "FlakeGuard", "head_sha": pull.head_sha, "conclusion": "neutral"}
    check["output"] = {"title": "One known flake", "summary": "s"}
    await ask("POST", "/repos/acme/web/check-runs", check)
    status, text = await look(f"/acme/web/pull/{pull.number}")
    assert status == 200
    assert "A &lt;b&gt;title&lt;/b&gt;" in text
    assert "<strong>bold</strong>" in text
    assert "hidden" not in text
    assert "👍 1" in text
    assert "One known flake" in text
    assert "neutral" in text


async def test_whoever_looks_at_a_conversation_can_answer_as_one_of_its_people(github, repo, look, session):
    repo.grant("dana", "maintain")
    pull = await repo.open_pull(author="dana", branch="f", files={"b": "1"}, title="A")
    there = f"/acme/web/pull/{pull.number}"
    text = (await look(there))[1]
    assert f'action="{there}/comments"' in text
    assert '<option value="dana">dana (maintain)</option>' in text
    assert "its time, which stands still until somebody does something" in text
    before = github.now
    said = {"author": "dana", "body": "/flakeguard help"}
    async with session.post(f"{there}/comments", data=said, allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == f"{there}#issuecomment-{pull.comments[-1].id}"
    assert [(one.author, one.body) for one in pull.comments] == [("dana", "/flakeguard help")]
    assert github.now > before, "no two comments are of one moment"


@pytest.mark.parametrize(
    ("said", "headers", "status"),
    [
        ({"author": "eve", "body": "hi"}, {}, 400),
        ({"author": "dana", "body": " "}, {}, 400),
        ({"author": "dana", "body": "hi"}, {"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_strangers_empty_words_and_other_sites_say_nothing(repo, session, said, headers, status):
    repo.grant("dana", "maintain")
    pull = await repo.open_pull(author="dana", branch="f", files={"b": "1"}, title="A")
    async with session.post(f"/acme/web/pull/{pull.number}/comments", data=said, headers=headers) as answer:
        assert answer.status == status
    assert pull.comments == []


async def test_runs_attempts_jobs_and_logs_can_be_looked_at(look, start):
    run = await start()
    await run.complete()
    await run.rerun_failed(jobs=[])
    job = run.data.attempts[0].jobs[0]
    assert "attempt 2" in (await look(f"/acme/web/actions/runs/{run.id}"))[1]
    assert "junit" in (await look(f"/acme/web/actions/runs/{run.id}/attempts/1"))[1]
    assert "boom" in (await look(f"/acme/web/actions/runs/{run.id}/job/{job.id}"))[1]


async def test_a_check_shows_summary_buttons_and_annotations(repo, look, ask):
    note = {"path": "a.py", "start_line": 7, "end_line": 7, "annotation_level": "failure", "message": "<boom>"}
    button = {"label": "Re-run", "description": "again", "identifier": "rerun"}
    output = {"title": "t", "summary": "a | b\n-|-\n1 | 2", "annotations": [note]}
    check = {"name": "x", "head_sha": repo.data.branches["main"], "output": output, "actions": [button]}
    number = (await ask("POST", "/repos/acme/web/check-runs", check)).body["id"]
    text = (await look(f"/acme/web/runs/{number}"))[1]
    assert "<td>1</td>" in text
    assert "Re-run" in text
    assert "a.py, line 7" in text
    assert "&lt;boom&gt;" in text


async def test_index_repository_and_issue_lead_to_one_another(repo, look, ask):
    await ask("POST", "/repos/acme/web/issues", {"title": "Flaky test: a", "body": "why"})
    assert 'href="/acme/web"' in (await look("/"))[1]
    text = (await look("/acme/web"))[1]
    assert 'href="/acme/web/issues/1"' in text
    assert "0 open pull requests, 1 open issue, 0 workflow runs" in text
    assert "0 comments" in text
    await repo.comment(1, "dana", "I see")
    assert "1 comment<" in (await look("/acme/web"))[1]
    assert "Flaky test: a" in (await look("/acme/web/issues/1"))[1]
    assert (await look("/_pages/style.css"))[0] == 200


async def test_links_to_lines_of_files_lead_to_them(repo, look):
    sha = repo.commit(branch="main", files={"tests/a b.py": "one\n<two>\n"}, message="a", author="dana")
    status, text = await look(f"/acme/web/blob/{sha}/tests/a%20b.py")
    assert status == 200
    assert '<li id="L2">&lt;two&gt;</li>' in text
    assert (await look("/acme/web/blob/main/nothing.py"))[0] == 404


@pytest.mark.parametrize(
    "path",
    ["/acme/nothing", "/acme/web/issues/9", "/acme/web/pull/9", "/acme/web/runs/9", "/acme/web/actions/runs/9"],
)
async def test_what_is_not_there_is_a_404(repo, look, path):
    assert (await look(path))[0] == 404


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        'x <img src=x onerror="alert(1)"> y',
        "<details onclick=alert(1)>",
        "[x](javascript:alert(1))",
        "<a href='javascript:alert(1)'>x</a>",
        "<!-- --><script>alert(1)</script>",
        "<sub><iframe src=x></iframe></sub>",
    ],
)
def test_no_html_but_our_own_gets_into_a_page(evil):
    shown = to_html(evil)
    assert not any(f"<{name}" in shown for name in ("script", "img", "iframe", "details onclick", "a href"))


def test_boxes_details_tables_and_struck_text_are_shown_as_github_does():
    shown = to_html(
        "- [ ] a <!-- id -->\n- [x] b\n\n<details><summary>more</summary>\n\n~~c~~\n\n</details>\n\n- [link]"
    )
    assert shown.count('type="checkbox" disabled') == 2
    assert "disabled checked> b" in shown
    assert "<details><summary>more</summary>" in shown
    assert "<s>c</s>" in shown
    assert "id" not in shown.split("</li>")[0]
    assert "[link]" in shown
