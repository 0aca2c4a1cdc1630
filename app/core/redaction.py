"""What no text that we keep may hold: keys, tokens and passwords, told by their looks."""

import re

HIDDEN = "…"

# No text may hold up whoever looks through it: each expression either takes what it has begun with or fails within a few
# characters, and none begins again within what it has looked at.
_SECRET = re.compile(
    r"gh[oprsu]_[A-Za-z0-9._-]{20,}|github_pat_\w{20,}|fgt_[A-Za-z0-9_-]{20,}|(?i:bearer|token|basic) [A-Za-z0-9+/=._-]{16,}"
    r"|eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+)*"
    # A session as its browser keeps it: aiohttp logs the line of a request that it cannot read.
    r"|gAAAA[A-Za-z0-9_-]{20,}={0,2}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=://)[^/\s:]*:[^/\s]*(?=@)"
    # The path of such an address is all that it takes to write to somebody's channel.
    r"|(?:(?<=hooks\.slack\.com/)|(?<=hooks\.slack-gov\.com/)|(?<=/webhooks/)(?=\d))[^\s\"'\\<>]+"
)
# The signature of a link to a blob, a password in a database's URL, the parameters of an OAuth answer, the set-up page's cookie.
_PARAMETER = re.compile(
    r"""(?i)((?:sig|signature|password|passwd|passfile|secret|token|credential|api_?key|flakeguard-setup)=)(?:"[^"]*"|'[^']*'|[^&\s"']+)"""
)
# A member of JSON, or of a dict, within a text; where that was quoted itself, a quotation ends with as many backslashes as it began.
_MEMBER = re.compile(
    r"""(?i)((?:password|passwd|secret|token|credential|api_?key|private_?key|cookie)\\{0,15}["']\s{0,5}:\s{0,5}(\\{0,15})(["']))"""
    r"""[\s\S]*?((?<!\\)\2\3|\Z)"""
)


def without_secrets(text: str) -> str:
    """Return the text with an ellipsis in place of each token, JWT, private key, signature, password and address of a chat's hook."""
    text = _PARAMETER.sub(rf"\1{HIDDEN}", _SECRET.sub(HIDDEN, text))
    return _MEMBER.sub(rf"\1{HIDDEN}\4", text)
