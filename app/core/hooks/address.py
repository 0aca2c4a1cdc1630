"""Where a hook may be. What can be seen from its address is refused before it is ever used; a name is looked up at each use."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

from app.core.addresses import Side, is_this_machine, side_of

_LONGEST = 2_000
_ODD = re.compile(r"[^!-~]|\\")
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)")
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_METADATA = frozenset(
    {
        *("metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.com", "metadata.azure.internal"),
        *("instance-data", "instance-data.ec2.internal", "metadata.tencentyun.com", "metadata.platformequinix.com"),
    }
)
"""What clouds call the machine that gives out credentials."""
_WEB_PORTS = (80, 443)
_FIRST_FREE_PORT = 1024


def may_reach(address: str, *, allows_private: bool) -> bool:
    """Tell whether a hook may be at that address of a network; where clouds give out credentials no hook ever is."""
    side = side_of(address)
    return side is Side.PUBLIC or (allows_private and side in (Side.PRIVATE, Side.LOOPBACK))


def why_no_hook(url: str, *, allows_private: bool) -> str | None:
    """Say what is wrong with the address of a hook, without any piece of it; None where nothing is."""
    if len(url) > _LONGEST or _ODD.search(url):
        return (
            f"must be an address of {_LONGEST:,} plain characters at most: write others as %XX, names of hosts as xn--"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "must be an address such as https://host/path"
    return _why_no_scheme(parts, allows_private=allows_private) or _why_no_place(
        parts, port, allows_private=allows_private
    )


def _why_no_scheme(parts: SplitResult, *, allows_private: bool) -> str | None:
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "must be an address such as https://host/path"
    if parts.scheme == "http" and not allows_private:
        return "must begin with https:// (http:// is for hooks with allow_private)"
    if "@" in parts.netloc:
        return "must not hold a user or a password"
    if parts.fragment:
        return "must not have a # in it"
    return None


def _why_no_place(parts: SplitResult, port: int | None, *, allows_private: bool) -> str | None:
    if port is not None and port not in _WEB_PORTS and port < _FIRST_FREE_PORT:
        return f"must have port 443, 80, or one from {_FIRST_FREE_PORT} on"
    host = str(parts.hostname).rstrip(".")
    if host in _METADATA:
        return "leads to where a cloud gives out credentials"
    if "[" in parts.netloc or _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _why_no_number(host, allows_private=allows_private)
    if len(host) > 253 or not all(_NAME.fullmatch(part) for part in host.split(".")):
        return "must name a host"
    if is_this_machine(host) and not allows_private:
        return "leads to this machine itself, which takes allow_private"
    return None


def _why_no_number(host: str, *, allows_private: bool) -> str | None:
    """Say what is wrong with an address in numbers: only one that is written as it should be can be looked at."""
    try:
        ip = IPv6Address(host) if ":" in host else IPv4Address(host)
    except AddressValueError:
        return "has an address in numbers that is not written as 192.0.2.1 or [2001:db8::1]"
    if isinstance(ip, IPv6Address) and ip.scope_id is not None:
        return "has an address with a zone, which means something on one machine only"
    if may_reach(str(ip), allows_private=allows_private):
        return None
    if may_reach(str(ip), allows_private=True):
        return "leads into a private network, which takes allow_private"
    return "leads to where a cloud gives out credentials, or to no single machine"
