import asyncio
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.github.auth import AppCredentials, InstallationTokens
from app.github.client import Patience
from app.github.errors import Gone, KeyRefused, NotOurs, TryLater
from app.github.routes import route
from app.github.wire import Answer

MINT = "/app/installations/9/access_tokens"
REPOSITORY = "/repos/acme/shop"
WHERE = route("/repos/{owner}/{repo}", owner="acme", repo="shop")


def read_jwt(header, private_key):
    public = load_pem_private_key(private_key.encode(), None).public_key()
    return jwt.decode(header.removeprefix("Bearer "), public, algorithms=["RS256"])


async def test_the_app_proves_itself_by_a_jwt_of_nine_minutes_backdated_by_one(private_key):
    credential = await AppCredentials(app_id=4711, private_key=private_key).get()
    claims = read_jwt(credential.header, private_key)
    assert claims["iss"] == "4711"
    assert time.time() - 75 < claims["iat"] <= time.time() - 60  # noqa: TID251
    assert claims["exp"] - claims["iat"] <= 9 * 60


async def test_a_jwt_is_kept_for_a_while(private_key):
    credentials = AppCredentials(app_id=4711, private_key=private_key)
    assert await credentials.get() is await credentials.get()


@pytest.mark.parametrize("key", ["", "no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"])
async def test_a_key_that_is_none_makes_jobs_wait(key):
    with pytest.raises(KeyRefused) as caught:
        await AppCredentials(app_id=1, private_key=key).get()
    assert caught.value.after >= timedelta(minutes=1)


async def test_no_secret_shows_where_a_credential_is_printed(private_key):
    credential = await AppCredentials(app_id=4711, private_key=private_key).get()
    assert credential.header not in repr(credential)


async def test_a_token_is_minted_once_for_all_who_ask_at_a_time(fake, client, say):
    fake.says("GET", REPOSITORY, say(body={"id": 1}))
    await asyncio.gather(*(client.get(WHERE) for _ in range(10)))
    assert len(fake.asked_for(MINT)) == 1
    assert {one.headers["authorization"] for one in fake.asked_for(REPOSITORY)} == {"token ghs_1"}
    assert fake.asked_for(MINT)[0].headers["authorization"].startswith("Bearer ey")


@pytest.mark.parametrize("token", ["v1.1f699f1069f60xxx", "ghs_4711_" + "eyJ0eXAi.x-_" * 60])
async def test_a_token_may_have_any_form_and_length(fake, client, say, token):
    fake.says("POST", MINT, say(201, {"token": token, "expires_at": "2099-01-01T00:00:00Z"}))
    fake.says("GET", REPOSITORY, say(body={"id": 1}))
    await client.get(WHERE)
    assert fake.asked_for(REPOSITORY)[0].headers["authorization"] == f"token {token}"


@pytest.mark.parametrize(("minutes", "minted"), [(6, 1), (4, 2)])
async def test_a_token_is_used_until_five_minutes_before_it_expires(fake, client, say, minutes, minted):
    expires_at = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()  # noqa: TID251
    fake.says("POST", MINT, say(201, {"token": "t", "expires_at": expires_at}))
    fake.says("GET", REPOSITORY, say(body={"id": 1}))
    await client.get(WHERE)
    await client.get(WHERE)
    assert len(fake.asked_for(MINT)) == minted


@pytest.mark.parametrize(("status", "message"), [(403, "This installation has been suspended"), (404, "Not Found")])
async def test_a_suspended_or_uninstalled_installation_is_not_ours(fake, client, say, status, message):
    fake.says("POST", MINT, say(status, {"message": message}))
    with pytest.raises(NotOurs) as caught:
        await client.get(WHERE)
    assert not isinstance(caught.value, Gone)
    assert len(fake.asked) == 1


async def test_an_app_that_github_does_not_know_makes_jobs_wait_rather_than_lose_them(fake, client, say):
    fake.says("POST", MINT, say(404, {"message": "Integration not found"}))
    with pytest.raises(KeyRefused, match="Integration not found"):
        await client.get(WHERE)


async def test_a_token_that_github_fails_to_give_is_asked_for_again(fake, client, say):
    fake.says("POST", MINT, say(502, b"<html>"), say(201, {"token": "t", "expires_at": "2099-01-01T00:00:00Z"}))
    fake.says("GET", REPOSITORY, say(body={"id": 1}))
    assert (await client.get(WHERE)).number("id") == 1


async def test_no_installation_waits_for_the_token_of_another(fake, github, say):
    reached = asyncio.Event()

    async def wait(_):
        await reached.wait()
        return say(201, {"token": "t", "expires_at": "2099-01-01T00:00:00Z"}).respond()

    fake.says("POST", MINT, wait)
    fake.says("GET", REPOSITORY, say(body={"id": 1}))
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(github.installation(9).get(WHERE))
        await github.installation(10).get(WHERE)
        reached.set()


async def test_a_key_that_github_refuses_makes_jobs_wait(fake, client, github, say):
    fake.says("POST", MINT, say(401, {"message": "A JSON web token could not be decoded"}))
    fake.says("GET", "/app", say(401, {"message": "A JSON web token could not be decoded"}))
    with pytest.raises(KeyRefused, match="could not be decoded"):
        await client.get(WHERE)
    with pytest.raises(KeyRefused):
        await github.app.get(route("/app"))


async def test_a_new_token_that_not_all_of_github_knows_yet_is_tried_again(fake, client, say):
    unknown = say(401, {"message": "Bad credentials"})
    forbidden = say(403, {"message": "Resource not accessible by integration"})
    fake.says("GET", REPOSITORY, unknown, forbidden, unknown, say(body={"id": 1}))
    assert (await client.get(WHERE)).number("id") == 1
    assert len(fake.asked_for(MINT)) == 1


async def test_a_new_token_is_tried_four_times_and_no_more(fake, client, say):
    fake.says("GET", REPOSITORY, say(403, {"message": "Resource not accessible by integration"}))
    with pytest.raises(NotOurs):
        await client.get(WHERE)
    assert len(fake.asked_for(REPOSITORY)) == 4


async def test_the_pauses_of_a_new_token_are_those_of_its_patience(fake, connect, say, monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr("app.github.client.asyncio.sleep", sleep)
    fake.says("GET", REPOSITORY, say(401, {"message": "Bad credentials"}))
    with pytest.raises(TryLater):
        await connect(patience=Patience()).installation(9).get(WHERE)
    assert [pause for pause in slept if pause] == [1, 2, 4]


async def test_an_old_token_that_is_refused_is_replaced_once(fake, client, say, monkeypatch):
    monkeypatch.setattr("app.github.auth._FRESH", 0.0)
    fake.says("GET", REPOSITORY, say(body={"id": 1}), say(401, {"message": "Bad credentials"}), say(body={"id": 2}))
    await client.get(WHERE)
    assert (await client.get(WHERE)).number("id") == 2
    assert [one.headers["authorization"] for one in fake.asked_for(REPOSITORY)] == [
        "token ghs_1",
        "token ghs_1",
        "token ghs_2",
    ]


async def test_an_old_token_that_is_forbidden_something_is_not_tried_again(fake, client, say, monkeypatch):
    monkeypatch.setattr("app.github.auth._FRESH", 0.0)
    fake.says("GET", REPOSITORY, say(403, {"message": "Resource not accessible by integration"}))
    with pytest.raises(NotOurs):
        await client.get(WHERE)
    assert len(fake.asked_for(REPOSITORY)) == 1


async def test_a_late_refusal_of_an_old_token_does_not_take_the_new_one_away():
    minted = []

    async def post(_):
        minted.append(1)
        return Answer(what="", status=201, headers={}, body=b'{"token": "t%d"}' % len(minted))

    tokens = InstallationTokens(post)
    old = await tokens.get(9)
    tokens.invalidate(9, old)
    new = await tokens.get(9)
    tokens.invalidate(9, old)
    assert await tokens.get(9) is new
    assert len(minted) == 2
