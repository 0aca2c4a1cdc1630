"""Jobs of GitHub Actions ask with the token that GitHub signed for them: who is let in, and who is not."""

import json
import time

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from app.core.addresses import issuer_of
from app.web.access.job_tokens import LARGEST_TOKEN, IssuerAway, JobTokens, NotAJob

OURS = "https://flakeguard.example"
KEY, OTHER = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
SHA = "c" * 40
QUARANTINE = "/api/v1/repos/acme/web/quarantine"


class Issuer:
    """A server with GitHub's keys, which counts how often it is asked."""

    def __init__(self):
        self.asked, self.is_away, self.address = 0, False, ""

    async def keys(self, _request):
        self.asked += 1
        if self.is_away:
            raise web.HTTPServiceUnavailable
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return web.json_response({"keys": [{**jwk, "kid": "ours", "use": "sig", "alg": "RS256"}]})


@pytest.fixture
async def issuer():
    made = Issuer()
    app = web.Application()
    app.router.add_get("/.well-known/jwks", made.keys)
    async with TestServer(app) as server:
        made.address = str(server.make_url("")).rstrip("/")
        yield made


def claims_of(issuer, **other):
    now = int(time.time())  # noqa: TID251 - PyJWT reads the clock, too
    return {
        "iss": issuer.address,
        "aud": OURS,
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "repository": "acme/web",
        "repository_id": "501",
        "run_id": "77",
        "run_attempt": "2",
        "sha": SHA,
        "check_run_id": "9",
    } | other


def signed(claims, *, key=KEY, algorithm="RS256", **headers):
    wanted = {name: one for name, one in claims.items() if one is not None}
    return jwt.encode(wanted, key, algorithm, headers={"kid": "ours", **headers})


async def test_a_token_says_of_which_repository_run_and_commit_a_job_is(issuer):
    tokens = JobTokens(issuer=issuer.address, audience=OURS)
    seen = await tokens.read(signed(claims_of(issuer)))
    assert (seen.repository_id, seen.run_id, seen.run_attempt, seen.sha, seen.check_run_id) == (501, 77, 2, SHA, 9)
    assert (await tokens.read(signed(claims_of(issuer, check_run_id=None)))).check_run_id is None
    assert (await tokens.read(signed(claims_of(issuer, aud=[OURS + "/", "https://other"])))).run_id == 77
    assert issuer.asked == 1, "keys are kept"


PUBLIC_AS_SECRET = json.dumps({"n": "public"}) * 20
WRONG = {
    "another issuer": {"iss": "https://token.actions.githubusercontent.com"},
    "an issuer that begins alike": {"iss": "ISSUER.evil.example"},
    "no issuer": {"iss": None},
    "the audience that GitHub gives when none is asked for": {"aud": "https://github.com/acme"},
    "an audience that begins alike": {"aud": OURS + ".evil.example"},
    "no audience": {"aud": None},
    "over": {"exp": 1_700_000_000},
    "just over": {"exp": "AGO"},
    "no end": {"exp": None},
    "not begun": {"nbf": 4_000_000_000},
    "made in the future": {"iat": 4_000_000_000},
    "no time": {"iat": None},
    "no repository": {"repository_id": None},
    "a number for a text": {"repository_id": 501},
    "no number": {"repository_id": "501 "},
    "digits of another script": {"repository_id": "٥٠١"},
    "a number without end": {"repository_id": "5" * 5_000},
    "no run": {"run_id": None},
    "no attempt": {"run_attempt": ""},
    "no commit": {"sha": None},
    "a commit that is a path": {"sha": "../../etc/passwd"},
    "a check that is none": {"check_run_id": "nine"},
}


@pytest.mark.attack("access")
@pytest.mark.parametrize("other", WRONG.values(), ids=WRONG)
async def test_a_token_that_is_not_wholly_right_is_none(issuer, other):
    told = {
        name: one.replace("ISSUER", issuer.address) if isinstance(one, str) and name == "iss" else one
        for name, one in other.items()
    }
    if told.get("exp") == "AGO":
        told["exp"] = int(time.time()) - 90  # noqa: TID251 - as above
    with pytest.raises(NotAJob):
        await JobTokens(issuer=issuer.address, audience=OURS).read(signed(claims_of(issuer, **told)))


@pytest.mark.attack("access")
async def test_a_token_that_github_did_not_sign_is_none(issuer):
    tokens = JobTokens(issuer=issuer.address, audience=OURS)
    claims = claims_of(issuer)
    good = signed(claims)
    head, body, signature = good.split(".")
    forged = [
        signed(claims, key=OTHER),
        signed(claims, key=OTHER, jku="http://127.0.0.1:9/keys", jwk={"kty": "RSA"}, x5u="http://127.0.0.1:9/"),
        signed(claims, key=PUBLIC_AS_SECRET, algorithm="HS256"),
        signed(claims, kid="unknown"),
        jwt.encode(claims, KEY, "RS256"),
        signed(claims, algorithm="RS512"),
        jwt.encode(claims, None, "none", headers={"kid": "ours"}),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        f"{head}.{signed(claims_of(issuer, repository_id='502')).split('.')[1]}.{signature}",
        f"{head}.e30.{signature}",
        "eyJ.eyJ.eyJ",
        "eyJhbGciOiJSUzI1NiJ9..",
        good + "." + good,
        good + "A" * LARGEST_TOKEN,
        "eyJ" + "é" * 10 + "..",
        "..",
    ]
    for one in forged:
        with pytest.raises(NotAJob):
            await tokens.read(one)
    assert issuer.asked <= 2, "an unknown key is asked for once, not with each token"


async def test_while_github_has_no_keys_for_us_nobody_waits_for_it_again_and_again(issuer):
    tokens = JobTokens(issuer=issuer.address, audience=OURS)
    issuer.is_away = True
    for _ in range(20):
        with pytest.raises(IssuerAway):
            await tokens.read(signed(claims_of(issuer)))
    assert issuer.asked == 1


def test_each_github_signs_the_tokens_of_its_own_jobs():
    assert issuer_of("https://github.com") == "https://token.actions.githubusercontent.com"
    assert issuer_of("https://octo.ghe.com") == "https://token.actions.octo.ghe.com"
    assert issuer_of("https://github.acme.example") == "https://github.acme.example/_services/token"


@pytest.fixture
def job_tokens(issuer):
    return JobTokens(issuer=issuer.address, audience=OURS)


async def test_a_job_reads_the_quarantine_of_its_own_repository_for_its_runner(repo, browse, issuer, conn):
    await conn.execute(
        """
        INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, decided_at, until)
        SELECT repo_id, id, 'ACTIVE', 'it flakes', '2026-03-01', '2026-04-01' FROM fg_test_case WHERE name = 'test_3'
        """
    )
    job = browse()
    mine = {"Authorization": f"Bearer {signed(claims_of(issuer, repository_id=str(repo.data.id)))}"}
    seen = await job.get(QUARANTINE, headers=mine)
    [test] = json.loads(seen.text)["tests"]
    assert (test["name"], test["reason"], test["until"][:10]) == ("test_3", "it flakes", "2026-04-01")
    assert (await job.get(QUARANTINE, headers=mine | {"If-None-Match": seen.headers["Etag"]})).status == 304
    for name in ("pytest", "jest", "go", "gradle", "surefire", "rspec", "nextest"):
        text = await job.get(f"{QUARANTINE}?format={name}", headers=mine)
        assert (text.status, text.headers["Content-Type"]) == (200, "text/plain; charset=utf-8"), name
    assert "test_3" in (await job.get(f"{QUARANTINE}?format=pytest", headers=mine)).text
    assert (await job.get(f"{QUARANTINE}?format=ant", headers=mine)).status == 400
    assert (await job.get(f"{QUARANTINE}?for=me", headers=mine)).status == 400
    await conn.execute("UPDATE fg_quarantine_decision SET until = '2026-03-02' WHERE state = 'ACTIVE'")
    assert json.loads((await job.get(QUARANTINE, headers=mine)).text)["tests"] == []
    decide = {"test_id": test["test_id"], "action": "release"}
    assert (await job.ask("POST", "/api/v1/repos/acme/web/decisions", json=decide, headers=mine)).status == 403


@pytest.mark.attack("access")
async def test_a_job_of_a_fork_or_of_who_took_over_a_name_learns_nothing(repo, browse, issuer):
    job, none = browse(), browse()
    absent = await none.get("/api/v1/repos/acme/nothing/quarantine", headers=bearer(issuer, "501"))
    assert absent.status == 404
    for other in ("501", "0", str(repo.data.id + 1)):
        assert (await job.get(QUARANTINE, headers=bearer(issuer, other))).text == absent.text
        listed = json.loads((await job.get("/api/v1/repos", headers=bearer(issuer, other))).text)
        assert listed["items"] == []
    forged = {"Authorization": f"Bearer {signed(claims_of(issuer, repository_id=str(repo.data.id)), key=OTHER)}"}
    assert (await job.get(QUARANTINE, headers=forged)).status == 401
    issuer.is_away = True


def bearer(issuer, repository_id):
    return {"Authorization": f"Bearer {signed(claims_of(issuer, repository_id=repository_id))}"}
