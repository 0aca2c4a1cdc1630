"""Where our connections may lead: a download follows links, and no link may lead into a network that is not GitHub's.

Judged is the address that a socket is opened to, not a name: whatever a name server says, and however often it changes
its mind, nothing is connected that was not looked at.
"""

import socket

from aiohttp import AddrInfoType

from app.core.addresses import Side, side_of


class Forbidden(OSError):
    """A link leads to an address at which GitHub keeps nothing."""


class Reach:
    """Opens sockets to one GitHub and to the storage that it links to.

    The storage of github.com is public. That of an Enterprise Server in a private network may be there, too, so it may be
    on the side on which GitHub itself was reached; link-local addresses, at which clouds give out credentials, never.
    """

    def __init__(self) -> None:
        self._sides = {Side.PUBLIC}

    def open_to_github(self, where: AddrInfoType) -> socket.socket:
        self._sides.add(side_of(str(where[4][0])))
        return _open(where)

    def open_to_storage(self, where: AddrInfoType) -> socket.socket:
        """Open a socket, or raise Forbidden."""
        side = side_of(str(where[4][0]))
        if side is Side.LINK_LOCAL or side not in self._sides:
            raise Forbidden("a link led into a network that is not GitHub's")
        return _open(where)


def _open(where: AddrInfoType) -> socket.socket:
    return socket.socket(family=where[0], type=where[1], proto=where[2])
