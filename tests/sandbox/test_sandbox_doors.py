"""Who gets in: the App with its JWT, installations with tokens, and each only where it has a right to be."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.sandbox.conftest import Asker, sign


def other_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"issuer": "2"}, "could not be decoded"),
        ({"seconds": -1}, "could not be decoded"),
        ({"seconds": 700}, "too far in the future"),
        ({"key": other_key()}, "could not be decoded"),
    ],
)
async def test_a_jwt_of_another_app_or_key_or_time_is_refused(github, session, wrong, says):
    said = await Asker(session, f"Bearer {sign(github, **wrong)}")("GET", "/app")
    assert said.status == 401
    assert says in said.body["message"]


async def test_the_app_gets_in_with_its_own_jwt(app):
    assert (await app("GET", "/app")).body["slug"] == "flakeguard"


async def test_a_token_has_the_long_format_and_an_hour_to_live(app, repo):
    said = await app("POST", f"/app/installations/{repo.data.installation_id}/access_tokens")
    token = said.body["token"]
    assert token.startswith("ghs_1_")
    assert 480 <= len(token) <= 560
    assert token.count(".") == 2
    assert said.body["permissions"]["checks"] == "write"


async def test_nobody_gets_in_without_a_token_or_with_a_jwt_where_a_token_is_needed(app, session, repo):
    assert (await Asker(session, "")("GET", "/repos/acme/web")).status == 401
    assert (await Asker(session, "token ghs_made_up")("GET", "/repos/acme/web")).status == 401
    assert (await app("GET", "/repos/acme/web")).status == 401


async def test_an_installation_sees_no_repository_of_another(github, buy, ask):
    other = await buy(github.repository("umbrella/secret", private=True))
    assert (await other("GET", "/repos/umbrella/secret")).status == 200
    assert (await ask("GET", "/repos/umbrella/secret")).status == 404
    assert (await other("GET", "/repos/acme/web/issues")).status == 404
    listed = await ask("GET", "/installation/repositories")
    assert [one["full_name"] for one in listed.body["repositories"]] == ["acme/web"]


async def test_a_token_can_be_narrowed_to_repositories_and_rights_and_never_widened(github, app, buy, repo):
    github.repository("acme/other")
    narrow = await buy(repo, {"repositories": ["other"], "permissions": {"issues": "read", "metadata": "read"}})
    assert (await narrow("GET", "/repos/acme/other/issues")).status == 200
    assert (await narrow("POST", "/repos/acme/other/issues", {"title": "x"})).status == 403
    assert (await narrow("GET", "/repos/acme/web/issues")).status == 404
    where = f"/app/installations/{repo.data.installation_id}/access_tokens"
    assert (await app("POST", where, {"permissions": {"contents": "write"}})).status == 422
    assert (await app("POST", where, {"repositories": ["nothing"]})).status == 422


async def test_a_missing_right_is_a_403_that_names_it(github, repo, ask):
    await github.permit(repo, checks="read", issues=None)
    said = await ask("POST", "/repos/acme/web/check-runs", {"name": "x", "head_sha": "main"})
    assert (said.status, said.body["message"]) == (403, "Resource not accessible by integration")
    assert said.headers["x-accepted-github-permissions"] == "checks=write"
    assert (await ask("GET", "/repos/acme/web/issues")).status == 403
    # Comments can be written with the rights on pull requests as well.
    assert (await ask("GET", "/repos/acme/web/issues/1/comments")).status == 404


async def test_a_suspended_installation_is_refused_until_it_is_not(github, app, repo, ask, receiver):
    minting = f"/app/installations/{repo.data.installation_id}/access_tokens"
    await github.suspend(repo)
    said = await app("POST", minting)
    assert (said.status, said.body["message"]) == (403, "This installation has been suspended")
    assert (await ask("GET", "/repos/acme/web")).status == 403
    await repo.push(branch="main", files={"a": "1"}, message="a", author="dana")
    await github.unsuspend(repo)
    assert (await ask("GET", "/repos/acme/web")).status == 200
    assert [one.action for one in github.deliveries] == ["suspend", "unsuspend"]


async def test_an_uninstalled_app_finds_nothing_any_more(github, app, repo, ask):
    number = repo.data.installation_id
    await github.uninstall(repo)
    assert (await app("POST", f"/app/installations/{number}/access_tokens")).status == 404
    assert (await app("GET", f"/app/installations/{number}")).status == 404
    assert (await app("GET", "/repos/acme/web/installation")).status == 404
    assert (await app("GET", "/app/installations")).body == []
    assert (await ask("GET", "/repos/acme/web")).status == 401
