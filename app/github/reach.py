"""Where our connections may lead: a download follows links, and no link may lead into a network that is not GitHub's.

Judged is the address that a socket is opened to, not a name: whatever a name server says, and however often it changes
its mind, nothing is connected that was not looked at.
"""

import socket
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp import AddrInfoType


class Side(StrEnum):
    """What kind of network an address is in."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"


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


def side_of(address: str) -> Side:
    """Tell what kind of network an address is in; one IPv4 address within an IPv6 one counts as itself."""
    ip = _innermost(ip_address(address.partition("%")[0]))
    if ip.is_link_local or ip.is_multicast or ip == _CLOUD:
        return Side.LINK_LOCAL
    # Connecting to the unspecified address reaches the machine itself.
    if ip.is_loopback or ip.is_unspecified:
        return Side.LOOPBACK
    return Side.PUBLIC if ip.is_global else Side.PRIVATE


_CLOUD = ip_address("fd00:ec2::254")
"""AWS gives out credentials here as at 169.254.169.254."""
_NAT64 = IPv6Network("64:ff9b::/96")


def _innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _open(where: AddrInfoType) -> socket.socket:
    return socket.socket(family=where[0], type=where[1], proto=where[2])
