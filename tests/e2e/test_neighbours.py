"""Two repositories of one installation: who maintains the one decides nothing in the other and learns nothing of it."""

import pytest

from tests.e2e.leavings import run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky


@pytest.mark.attack("neighbours")
async def test_a_maintainer_of_another_repository_changes_nothing_here_and_is_told_nothing(github, repo, bot, conn):
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="f", files={"f.py": "1"}, title="F")
    await run_ci(repo, bot, pull, failed=("test_3",))
    before = await decisions(conn)
    assert before

    other = github.repository("acme/other")
    other.commit(branch="main", files={"README.md": "x"}, message="first", author="eve")
    other.grant("eve", "admin")
    theirs = await other.open_pull(author="eve", branch="f", files={"f.py": "1"}, title="F")
    assert theirs.number == 1
    for number, said in enumerate(("quarantine test_3", "dismiss test_3", "release *", "explain test_3", "status")):
        github.advance(minutes=number)
        await other.comment(theirs.number, "eve", f"/flakeguard {said}")
    # Only our own comment is looked at, whoever shows its box and marker.
    [ours] = [one for one in pull.comments if one.author == "flakeguard[bot]"]
    await other.comment(theirs.number, "eve", ours.body.replace("- [ ]", "- [x]"))
    await bot.settle()

    assert await decisions(conn) == before
    answers = [one.body for one in theirs.comments if one.author == "flakeguard[bot]"]
    assert answers
    assert [body for body in answers if "acme/web" in body or "%" in body] == []


async def decisions(conn):
    return [tuple(row) for row in await conn.fetch("SELECT id, state::text FROM fg_quarantine_decision ORDER BY id")]
