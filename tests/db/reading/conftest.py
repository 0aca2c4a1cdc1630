import pytest

from tests.db.reading.world import build


@pytest.fixture
async def world(conn):
    return await build(conn)
