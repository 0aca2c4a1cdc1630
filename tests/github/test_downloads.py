import pytest
from aiohttp import web

from app.github.downloads import download_artifact, download_job_log
from app.github.errors import Gone, TooLarge, TryLater, UnexpectedAnswer

ZIP = "/repos/acme/shop/actions/artifacts/5/zip"
LOG = "/repos/acme/shop/actions/jobs/6/logs"
STORED = "/stored/a%2Fb?sig=x%2By%3D&se=2026-01-01T00%3A00%3A00Z"


def store(fake, say, *answers, location=STORED):
    fake.says("GET", ZIP, say(302, headers={"Location": location}))
    fake.says("GET", "/stored/a/b", *answers)


async def test_an_artifact_is_written_as_it_is_stored(fake, repo, say, tmp_path):
    store(fake, say, say(body=b"PK\x03\x04" + b"\xff" * 600_000))
    file = tmp_path / "a.zip"
    assert await download_artifact(repo, 5, file, limit=10**6) == 600_004
    assert file.stat().st_size == 600_004
    assert file.read_bytes().startswith(b"PK\x03\x04\xff")


@pytest.mark.attack("links")
async def test_the_token_goes_to_github_only_and_the_address_as_it_was_signed(fake, repo, say, tmp_path):
    store(fake, say, say(body=b"x"))
    await download_artifact(repo, 5, tmp_path / "a.zip", limit=10)
    first, second = fake.without_minting
    assert first.headers["authorization"] == "token ghs_1"
    assert "authorization" not in second.headers
    assert second.raw_path == STORED


async def test_a_log_with_bad_bytes_is_written_all_the_same(fake, repo, say, tmp_path):
    fake.says("GET", LOG, say(302, headers={"Location": fake.url("/log")}))
    fake.says("GET", "/log", say(body=b"\xef\xbb\xbfok \xff\xfe"))
    assert await download_job_log(repo, 6, tmp_path / "log", limit=100) == 8
    assert (tmp_path / "log").read_bytes() == b"\xef\xbb\xbfok \xff\xfe"


async def endless(request):
    """Send more and more without saying how much it will be."""
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        for _ in range(1000):
            await response.write(b"x" * 10_000)
    except ConnectionError:
        pass
    return response


async def test_more_than_the_limit_is_not_read_and_leaves_no_file(fake, repo, say, tmp_path):
    store(fake, say, say(body=b"x" * 11), endless)
    for _ in range(2):
        with pytest.raises(TooLarge):
            await download_artifact(repo, 5, tmp_path / "a.zip", limit=10)
    assert not list(tmp_path.iterdir())


async def test_exactly_the_limit_is_taken(fake, repo, say, tmp_path):
    store(fake, say, say(body=b"x" * 10))
    assert await download_artifact(repo, 5, tmp_path / "a.zip", limit=10) == 10


@pytest.mark.parametrize("status", [404, 410])
async def test_what_has_expired_or_was_never_stored_is_gone(fake, repo, say, tmp_path, status):
    store(fake, say, say(status, b"<Error><Code>BlobNotFound</Code></Error>"))
    with pytest.raises(Gone):
        await download_artifact(repo, 5, tmp_path / "a.zip", limit=10)
    fake.says("GET", LOG, say(status, {"message": "Not Found"}))
    with pytest.raises(Gone):
        await download_job_log(repo, 6, tmp_path / "log", limit=10)


async def break_off(request):
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"x" * 50)
    request.transport.close()
    return response


async def test_a_download_that_breaks_off_is_a_matter_of_time_and_leaves_no_file(fake, repo, say, tmp_path):
    store(fake, say, say(503, b""), say(403, b"the address has expired"), break_off)
    for _ in range(3):
        with pytest.raises(TryLater) as caught:
            await download_artifact(repo, 5, tmp_path / "a.zip", limit=1000)
        assert "sig=" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.attack("links")
@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x.example/a", "data:text/plain,x"])
async def test_only_the_web_is_downloaded_from(fake, repo, say, tmp_path, location):
    store(fake, say, location=location)
    with pytest.raises(UnexpectedAnswer, match="redirected to"):
        await download_artifact(repo, 5, tmp_path / "a.zip", limit=10)


async def test_an_answer_without_a_redirect_is_unexpected(fake, repo, say, tmp_path):
    fake.says("GET", ZIP, say(200, b"PK"))
    with pytest.raises(UnexpectedAnswer, match="no redirect"):
        await download_artifact(repo, 5, tmp_path / "a.zip", limit=10)


async def test_the_artifacts_of_a_renamed_repository_are_found(fake, repo, say, tmp_path):
    fake.says("GET", ZIP, say(301, headers={"Location": "/repositories/7/zip"}))
    fake.says("GET", "/repositories/7/zip", say(302, headers={"Location": fake.url("/stored")}))
    fake.says("GET", "/stored", say(body=b"x"))
    assert await download_artifact(repo, 5, tmp_path / "a.zip", limit=10) == 1
    assert "authorization" not in fake.asked[-1].headers
