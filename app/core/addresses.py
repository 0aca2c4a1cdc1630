"""Names and addresses of machines, as far as they tell where a machine is."""

from ipaddress import ip_address

_SERVERS_API = "/api/v3"


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
