"""Read a body that nobody vouches for yet: little of it in memory, so that no flood of them can fill that."""

from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from aiohttp import StreamReader

from app.github.signatures import Proof

LARGEST_BODY = 25 * 1024 * 1024
"""GitHub sends no more: "Payloads are capped at 25 MB" (Webhook events and payloads)."""

SMALL_BODY = 256 * 1024
"""What nearly all of GitHub's have less than. A body is kept in memory up to here, in a file from here on."""


class TooLarge(Exception):
    """The body has more than 25 MiB."""


class NoRoom(Exception):
    """There are too many bodies at once, or there is no place for files."""


@dataclass(slots=True)
class Room:
    """How many bytes of bodies are held at once: those of a process share one.

    Nobody waits for room, and what a sender says of its body's length reserves none: else a few who send nothing, or
    send slowly, would keep everybody else out. Once memory is used up bodies go to files from their first byte on.
    """

    memory: int = 8 * 1024 * 1024
    files: int = 4 * LARGEST_BODY
    in_memory: int = 0
    in_files: int = 0


class UnprovenBody:
    """A body as it comes in, with the proof of who sent it. A context: at its end the body is gone."""

    def __init__(self, room: Room, proof: Proof) -> None:
        self._room = room
        self._proof = proof
        self._kept = SpooledTemporaryFile[bytes]()
        self._size = 0
        self._is_in_file = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hold(-self._size)
        self._kept.close()

    async def read(self, stream: StreamReader) -> None:
        """Take in the whole body. Raises TooLarge where it has more than 25 MiB, whatever was said before; NoRoom."""
        async for piece in stream.iter_any():
            self._make_room(len(piece))
            # Also into a file without a thread: what is written there the system takes into its cache, and pieces that
            # waited for a thread would be held meanwhile.
            self._add(piece)

    def is_signed(self, signature: str | None) -> bool:
        return self._proof.fits(signature)

    def content(self) -> bytes:
        """Return the body whole, which only one whose sender is known is worth."""
        self._kept.seek(0)
        return self._kept.read()

    def _make_room(self, more: int) -> None:
        if self._size + more > LARGEST_BODY:
            raise TooLarge
        room = self._room
        if not self._is_in_file and (self._size + more > SMALL_BODY or room.in_memory + more > room.memory):
            self._move_to_file()
        if self._is_in_file and room.in_files + more > room.files:
            raise NoRoom
        self._size += more
        self._hold(more)

    def _move_to_file(self) -> None:
        try:
            self._kept.rollover()
        except OSError as error:
            raise NoRoom from error
        self._hold(-self._size)
        self._is_in_file = True
        self._hold(self._size)

    def _hold(self, more: int) -> None:
        if self._is_in_file:
            self._room.in_files += more
        else:
            self._room.in_memory += more

    def _add(self, piece: bytes) -> None:
        self._proof.add(piece)
        try:
            self._kept.write(piece)
        except OSError as error:
            raise NoRoom from error
