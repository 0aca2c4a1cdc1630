"""The end of the manifest flow: what GitHub made of our manifest, secrets included."""

from dataclasses import dataclass, field

from app.github.refusals import refusal
from app.github.routes import route
from app.github.wire import Request, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A new App. GitHub shows its secrets here and never again; `webhook_secret` may be missing."""

    id: int
    slug: str
    html_url: str
    client_id: str
    client_secret: str = field(repr=False)
    private_key: str = field(repr=False)
    webhook_secret: str | None = field(repr=False)


async def convert_manifest(wire: Wire, code: str) -> Registration:
    """Trade the code that came with the redirect for the App; it is good once and for an hour.

    Asked without any authorization. Raises Gone where the code is no good any more, TryLater.
    Source: "Registering a GitHub App from a manifest".
    """
    where = route("/app-manifests/{code}/conversions", code=code)
    answer = await wire.exchange(Request(method="POST", where=where), authorization=None)
    if not answer.is_good:
        raise refusal(answer)
    made = answer.fields
    return Registration(
        id=made.number("id"),
        slug=made.text("slug"),
        html_url=made.text("html_url"),
        client_id=made.text("client_id"),
        client_secret=made.text("client_secret"),
        private_key=made.text("pem"),
        webhook_secret=made.text_or_none("webhook_secret"),
    )
