"""Names and addresses of machines, as far as they tell where a machine is."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_SERVERS_API = "/api/v3"

_CLOUDS = frozenset(
    ip_address(one) for one in ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
"""Where AWS, Google, Alibaba, Azure and Oracle give out credentials or settings, beside 169.254.169.254."""
_UNICAST = IPv6Network("2000::/3")
"""All that was ever given out of IPv6 to be reached from everywhere; Python calls more than that global."""
_EXAMPLES = IPv6Network("3fff::/20")
_AROUND_IPV4 = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))
"""IPv6 addresses that end with an IPv4 one: compatible, mapped, translated, and those of NAT64."""
_ISATAP = (0x00005EFE, 0x02005EFE)


class Side(StrEnum):
    """What kind of network an address is in."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"


def is_this_machine(host: str) -> bool:
    """Tell whether a host is, on each machine, that machine itself."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ip = ip_address(name)
    except ValueError:
        return False
    return ip.is_loopback or ip.is_unspecified


def issuer_of(github_url: str) -> str:
    """Return who signs the tokens of a GitHub's jobs. Source: GitHub's "OpenID Connect" reference, and Enterprise Server's."""
    scheme, _, host = github_url.partition("://")
    if host == "github.com":
        return f"{scheme}://token.actions.githubusercontent.com"
    if host.endswith(".ghe.com"):
        return f"{scheme}://token.actions.{host}"
    return f"{github_url}/_services/token"


def api_of(github_url: str) -> str:
    """Return where a GitHub has its API: an Enterprise Server at /api/v3, and it must never be mistaken for github.com.

    An enterprise of its own region, at SUBDOMAIN.ghe.com, has it at a host beside, as github.com has.
    """
    scheme, _, host = github_url.partition("://")
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"{scheme}://api.{host}"
    return f"{github_url}{_SERVERS_API}"


def github_of(api_url: str) -> str | None:
    """Return which GitHub has its API there, None where the address does not tell."""
    scheme, _, host = api_url.partition("://")
    if host.startswith("api.") and host.endswith(".ghe.com"):
        return f"{scheme}://{host.removeprefix('api.')}"
    return api_url.removesuffix(_SERVERS_API) if api_url.endswith(_SERVERS_API) else None


def side_of(address: str) -> Side:
    """Tell what kind of network an address is in; one IPv4 address within an IPv6 one counts as itself."""
    ip = _innermost(ip_address(address.partition("%")[0]))
    if ip.is_link_local or ip.is_multicast or ip in _CLOUDS:
        return Side.LINK_LOCAL
    # Connecting to the unspecified address reaches the machine itself.
    if ip.is_loopback or ip.is_unspecified:
        return Side.LOOPBACK
    return Side.PUBLIC if ip.is_global and _is_given_out(ip) else Side.PRIVATE


def _is_given_out(ip: IPv4Address | IPv6Address) -> bool:
    return isinstance(ip, IPv4Address) or (ip in _UNICAST and ip not in _EXAMPLES)


def _innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address) or ip.is_loopback or ip.is_unspecified:
        return ip
    is_around = any(ip in net for net in _AROUND_IPV4) or (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP
    if is_around:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.teredo is not None:
        return ip.teredo[1]
    return ip.sixtofour or ip
