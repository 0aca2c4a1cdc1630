"""The code of a new App for the App itself, secrets included: they are shown this once."""

import secrets

from app.sandbox.github.answers import Created, Refusal
from app.sandbox.github.ask import Ask
from app.sandbox.github.login.registration import Registration
from app.sandbox.github.registering.keys import make_keys
from app.sandbox.github.registering.pending import Made
from app.sandbox.github.stage import Stage


def convert(ask: Ask) -> Created:
    """Become the App that was made, and tell all about it."""
    made = ask.stage.pending.take(ask.parts["code"])
    if made is None:
        raise Refusal(404, "Not Found")
    known = _become(ask.stage, made)
    return Created(
        ask.render.app()
        | {
            "owner": ask.render.user(made.owner),
            "client_id": known.client_id,
            "client_secret": known.client_secret,
            "webhook_secret": ask.stage.webhooks.secret,
            "pem": known.private_key,
        }
    )


def _become(stage: Stage, made: Made) -> Registration:
    world, manifest = stage.world, made.manifest
    private, stage.doors.public_key = make_keys()
    world.app_id, world.app_slug = world.next_id_of_app(), manifest.slug
    world.registration = Registration(
        client_id=f"Iv23li{secrets.token_hex(7)}",
        client_secret=secrets.token_hex(20),
        callback_urls=manifest.callback_urls,
        setup_url=manifest.setup_url,
        asks_on_install=manifest.asks_on_install,
        private_key=private,
        name=manifest.name,
        permissions=manifest.permissions,
        events=manifest.events,
    )
    stage.webhooks.app_id, stage.webhooks.secret = world.app_id, secrets.token_hex(20)
    stage.webhooks.url = manifest.hook_url
    for installation in world.installations.values():
        installation.is_deleted = True
    for repo in world.repositories.values():
        repo.installation_id = None
    return world.registration
