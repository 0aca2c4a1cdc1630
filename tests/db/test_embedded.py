"""The server of our own is given memory according to the machine, once."""

import os

from app.db.embedded import LEAST_CACHE, MOST_CACHE, _give_it_memory


def test_a_new_server_gets_a_share_of_the_memory_and_an_operators_own_figure_stays(tmp_path):
    settings = tmp_path / "postgresql.conf"
    settings.write_text("#shared_buffers = 128MB\n")
    _give_it_memory(settings)
    [line] = [line for line in settings.read_text().splitlines() if line.startswith("shared_buffers")]
    megabytes = int(line.split("'")[1].removesuffix("MB"))
    assert LEAST_CACHE >> 20 <= megabytes <= MOST_CACHE >> 20
    assert megabytes << 20 <= max(LEAST_CACHE, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8)
    settings.write_text(settings.read_text().replace(f"{megabytes}MB", "2GB"))
    _give_it_memory(settings)
    assert "shared_buffers = '2GB'" in settings.read_text()
    assert f"{megabytes}MB" not in settings.read_text()
