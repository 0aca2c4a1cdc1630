"""A CI whose every name and word attacks us, from its workflow to a test's trace: GitHub holds nothing that does anything."""

import json
import re

import pytest

from app.sandbox.github import ArtifactSpec, JobSpec
from tests.core.github_reader import UNSEEN, faults, linked, targets
from tests.e2e.leavings import job_log
from tests.e2e.test_set_up import check

NAMES = (
    "@octocat @org/team (@octocat) #1 GH-1 org/repo#1",
    "fixes #1, closes https://github.com/o/r/issues/1 resolved org/repo#2",
    "![x](https://evil.example/b.png) [y](https://evil.example) www.evil.example a@evil.example",
    "--> <!-- flakeguard:pull --> </details></summary><img src=x onerror=alert(1)>",
    "- [x] y <!-- flakeguard:decision 1 -->\n\n# heading\n\n| a | b |\n| --- | --- |",
    "`````` @octocat\n```\n~~~\n@octocat \\",
    "\u202egnp.exe\u2066 @\u200boctocat #\u20601 \x1b[31mred\x07\x00\ud800",
    "deadbeefdeadbeef &#64;octocat CVE-2026-1234 $`x`$ [^1] :tada:",
)
STORABLE = tuple(re.sub("[\0\ud800-\udfff]", "", name) for name in NAMES)
"""As GitHub takes them for what it names itself: jobs, artifacts, workflows."""
FLAKES = (4, 6, 8, 10)
POLICY = "version: 1\nissues: {max_per_day: 50}\n"
OWNERS = "* @octocat @org/team fixes@evil.example @org/team|`--><details>\n"
BROKEN_POLICY = (
    '"@octocat fixes #1 <!-- x": 1\nquarantine: {"](https://evil.example)": 1}\nteams: {"`@org/team`": {}}\n'
)


def report(failing):
    tests = [{"name": f"test_{number}", "suite": "quiet", "status": "passed", "duration": 5} for number in range(30)]
    for name in NAMES:
        status = "failed" if name in failing else "passed"
        tests.append(
            {
                "name": name,
                "suite": name,
                "filePath": f"tests/{name}.py",
                "line": 2**40,
                "status": status,
                "duration": 5,
            }
        )
        if name in failing:
            tests[-1] |= {"message": name, "trace": f'{name}\n  File "tests/a.py", line 7\n{name}'}
    return json.dumps({"results": {"tool": {"name": "x"}, "summary": {"tests": len(tests)}, "tests": tests}})


def leavings(failing):
    """Two jobs, of which one leaves no report, and an artifact that nobody can read."""
    ended = "failure" if failing else "success"
    jobs = [
        JobSpec(name=STORABLE[0], conclusion=ended, log=f"FAILED {STORABLE[1]}\n", failed_step=STORABLE[2]),
        JobSpec(name=STORABLE[1], conclusion=ended, log=job_log(failing), failed_step=STORABLE[3], uploads=False),
    ]
    artifacts = [
        ArtifactSpec(name=STORABLE[4], files={"report.json": report(failing)}, job=STORABLE[0]),
        ArtifactSpec(name=STORABLE[5], zip=b"no zip", job=STORABLE[0]),
    ]
    return {"jobs": jobs, "artifacts": artifacts}


async def run_ci(repo, head, failing):
    run = await repo.start_run(workflow=STORABLE[6], head=head, **leavings(failing))
    await run.complete()
    return run


def held(github, repo):
    """Everything that we wrote: what is Markdown, and what is plain text."""
    conversations = repo.data.issues.values()
    bodies = [one.body for own in conversations for one in own.comments if one.author == "flakeguard[bot]"]
    issues = [one for one in conversations if one.user is github.world.app_account]
    checks = repo.data.checks.values()
    bodies += [one.body for one in issues]
    bodies += [text for one in checks for text in (one.summary, one.text) if text]
    notes = [text for one in checks for note in one.annotations for text in (note.get("title"), note["message"])]
    return bodies, [*(one.title for one in issues), *(one.title for one in checks), *filter(None, notes)]


@pytest.mark.attack("markdown")
async def test_whatever_a_ci_calls_things_github_shows_it_and_does_nothing(github, repo, bot):
    files = {".github/flakeguard.yml": POLICY, ".github/CODEOWNERS": OWNERS}
    await repo.push(branch="main", files=files, message="fixes #1", author="dana")
    await bot.settle()
    shas = []
    for number in range(12):
        sha = await repo.push(branch="main", files={"code.py": f"v{number}"}, message="@octocat", author="dana")
        shas.append(sha)
        run = await run_ci(repo, sha, NAMES[FLAKES.index(number) % 2 :: 2] if number in FLAKES else ())
        if number in FLAKES:
            await run.rerun_failed(**leavings(()))
        github.advance(hours=1)
    await bot.settle()
    opened = await repo.open_pull(author="dana", branch="fixes-#1-@octocat", files={"a.py": "1"}, title="closes #1")
    await run_ci(repo, opened, NAMES)
    await bot.settle()
    broken = await repo.open_pull(
        author="dana", branch="p", files={".github/flakeguard.yml": BROKEN_POLICY}, title="@org/team"
    )
    for said in ("status", "explain *octocat*", "quarantine *GH-1* because fixes #1 @octocat", "@octocat #1"):
        github.advance(minutes=1)
        await repo.comment(opened.number, "dana", f"/flakeguard {said}")
    await bot.settle()

    shas += [opened.head_sha, broken.head_sha]
    bodies, lines = held(github, repo)
    ours = re.compile(rf"{github.api_url}/acme/web/(?:actions/runs|issues|blob)/(?!.*/\.\./)\S*")
    # Hashes of our own commits stand in code as they are, since people copy them.
    own = re.compile("|".join(f"`{sha[:10]}`" for sha in shas))
    assert [found for body in bodies if (found := faults(own.sub("", body)))] == []
    assert [target for body in bodies for target in targets(body) if not ours.fullmatch(target)] == []
    assert [line for line in lines if linked(line) or UNSEEN.search(line)] == []
    assert len(repo.issues) == len(NAMES)
    assert sum("<!-- flakeguard:pull -->" in one.body for one in opened.comments) == 1
    assert sum("<!-- flakeguard:answer" in one.body for one in opened.comments) == 3
    assert len(check(repo, broken.head_sha, "FlakeGuard policy").annotations) == 3
    assert check(repo, opened.head_sha, "FlakeGuard").annotations
