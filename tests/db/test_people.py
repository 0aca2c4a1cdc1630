"""Who signed in, and their tokens."""

from datetime import UTC, datetime, timedelta

import pytest

from app.db.people import (
    StoredToken,
    add_token,
    delete_token,
    find_token,
    get_login,
    is_signed_in,
    list_roles,
    list_tokens,
    note_sign_in,
    save_role,
    sign_out_everywhere,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def dana(conn):
    await note_sign_in(conn, 7, "dana", NOW)
    return 7


async def token(conn, person, digest=b"d", *, until=NOW + DAY):
    return await add_token(
        conn, person, name="ci", digest=digest, scopes=["read"], repositories=[1, 2], at=NOW, until=until
    )


async def test_a_person_goes_by_the_login_of_their_latest_sign_in(conn, dana):
    await note_sign_in(conn, dana, "dana2", NOW + DAY)
    assert await get_login(conn, dana) == "dana2"
    assert await get_login(conn, 8) is None


async def test_sessions_from_before_signing_out_everywhere_are_over(conn, dana):
    assert await is_signed_in(conn, dana, NOW)
    await sign_out_everywhere(conn, dana, NOW)
    assert not await is_signed_in(conn, dana, NOW)
    assert await is_signed_in(conn, dana, NOW + timedelta(seconds=1))
    assert not await is_signed_in(conn, 8, NOW)


async def test_a_token_is_found_by_its_digest_until_it_is_over(conn, dana):
    made = await token(conn, dana)
    assert await find_token(conn, b"d", NOW) == StoredToken(
        id=made,
        person_id=dana,
        login="dana",
        name="ci",
        scopes=("read",),
        repositories=(1, 2),
        created_at=NOW,
        expires_at=NOW + DAY,
        used_at=None,
    )
    assert await find_token(conn, b"e", NOW) is None
    assert await find_token(conn, b"d", NOW + DAY) is None


async def test_the_use_of_a_token_is_noted_to_the_hour(conn, dana):
    await token(conn, dana)
    for minutes, noted in ((0, 0), (59, 0), (61, 61)):
        await find_token(conn, b"d", NOW + timedelta(minutes=minutes))
        [one] = await list_tokens(conn, dana)
        assert one.used_at == NOW + timedelta(minutes=noted)


async def test_nobody_revokes_the_token_of_somebody_else(conn, dana):
    made = await token(conn, dana)
    assert not await delete_token(conn, 8, made)
    assert await delete_token(conn, dana, made)
    assert await find_token(conn, b"d", NOW) is None


async def test_what_github_said_too_long_ago_counts_no_more(conn, dana):
    await save_role(conn, dana, 1, "read", NOW)
    await save_role(conn, dana, 1, "write", NOW + DAY)
    await save_role(conn, dana, 2, "read", NOW)
    assert await list_roles(conn, dana, [1, 2, 3], NOW) == {1: "write", 2: "read"}
    assert await list_roles(conn, dana, [1, 2, 3], NOW + DAY) == {1: "write"}
