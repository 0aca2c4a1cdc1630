"""Everything that people and programs look at: pages, API, sign-in, put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from app.github.people import OAuthClient
from app.github.wire import Wire
from app.web.access.gate import Gate
from app.web.access.session import Cookies
from app.web.access.sign_in import SigningDesk
from app.web.answering import Answering
from app.web.api.problems import refuse
from app.web.api.routes import TellPull, WriteReport, add_api
from app.web.badge import Badges
from app.web.pages.rendering import Pages, ReplayPolicy, View
from app.web.pages.routes import add_dashboard, refuse_with
from app.web.pages.statics import Statics


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The pages and the API. Without a `client` nobody can sign in: then it is the demo, or open to all."""

    gate: Gate
    api: Wire
    web_url: str
    keys: Sequence[str] = ()
    cookies: Cookies | None = None
    client: OAuthClient | None = None
    public_url: str = ""
    replay: ReplayPolicy | None = None
    write_report: WriteReport | None = None
    tell_pull: TellPull | None = None

    def add_routes(self, app: web.Application) -> None:
        statics = Statics()
        badges = Badges(pool=self.gate.pool, keys=self.keys)
        pages = Pages(
            public_url=self.public_url,
            web_url=self.web_url,
            is_demo=self.gate.is_demo,
            can_sign_in=self.client is not None,
            static=statics.address,
        )
        view = View(gate=self.gate, pages=pages, badge_address=badges.address, replay=self.replay)
        app.router.add_get("/static/{name}", statics.answer)
        badges.add_routes(app)
        add_api(app, Answering(gate=self.gate, cookies=self.cookies, refuse=refuse), self.write_report, self.tell_pull)
        answering = Answering(gate=self.gate, cookies=self.cookies, refuse=refuse_with(view))
        if self.client is not None and self.cookies is not None:
            desk = SigningDesk(
                gate=self.gate, cookies=self.cookies, client=self.client, api=self.api, public_url=self.public_url
            )
            desk.add_routes(app, answering)
        add_dashboard(app, answering, view)
