"""A request that was let in, and what its operation may look at."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from app.sandbox.github.answers import Refusal
from app.sandbox.github.doors import Token
from app.sandbox.github.render import Json, Renderer
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import Account, RepositoryData, World

LONGEST_BODY = 65_536


@dataclass(slots=True)
class Ask:
    """One request: `parts` of its path, decoded `data`, the token or the person that asks (neither: the App itself)."""

    request: web.Request
    parts: dict[str, str]
    data: Json
    token: Token | None
    stage: Stage
    person: Account | None = None

    @property
    def world(self) -> World:
        return self.stage.world

    @property
    def render(self) -> Renderer:
        return self.stage.render

    @property
    def query(self) -> dict[str, str]:
        return dict(self.request.query)

    @property
    def repo(self) -> RepositoryData:
        """Return the repository that the path names, if who asks may see it: else there is none."""
        repo = self._named()
        if repo is None or not (self._is_of_person(repo) or self._is_of_token(repo)):
            raise Refusal(404, "Not Found")
        if "owner" in self.parts and repo.full_name != f"{self.parts['owner']}/{self.parts['repo']}":
            raise self._moved(repo)
        if repo.is_archived and self.request.method != "GET":
            raise Refusal(403, "Repository was archived so is read-only.")
        return repo

    def _is_of_token(self, repo: RepositoryData) -> bool:
        if self.token is None or repo.installation_id != self.token.installation_id:
            return False
        return self.token.repositories is None or repo.id in self.token.repositories

    def _is_of_person(self, repo: RepositoryData) -> bool:
        """Tell whether a person may see it by the App: what is private only where both may."""
        if self.person is None or repo.role_of(self.person) == "none":
            return False
        home = self.world.installations.get(repo.installation_id or 0)
        return not repo.is_private or (home is not None and not home.is_muted)

    def _named(self) -> RepositoryData | None:
        """Find the repository by its number, its name, or a name that it had before and no other one has taken."""
        if "repository_id" in self.parts:
            number = self.number("repository_id")
            return next((one for one in self.world.repositories.values() if one.id == number), None)
        name = f"{self.parts['owner']}/{self.parts['repo']}"
        return self.world.repositories.get(name) or self.world.former_names.get(name)

    def _moved(self, repo: RepositoryData) -> Refusal:
        """Lead to where a repository is that was named by a former name, as GitHub does: by its number."""
        root = self.world.edition.prefix
        rest = self.request.rel_url.raw_path_qs.removeprefix(root).split("/", 4)[4:]
        there = "/".join([f"{self.request.url.origin()}{root}/repositories/{repo.id}", *rest])
        return Refusal(301 if self.request.method == "GET" else 307, "Moved Permanently", headers={"Location": there})

    def number(self, name: str) -> int:
        text = self.parts[name]
        if not (text.isascii() and text.isdigit()):
            raise Refusal(404, "Not Found")
        return int(text)

    def text(self, name: str, *, most: int = LONGEST_BODY) -> str:
        """Return a text of the body that has to be there."""
        value = self.optional_text(name, most=most)
        if not value.strip():
            raise Refusal(422, "Validation Failed", errors=[{"code": "missing_field", "field": name}])
        return value

    def optional_text(self, name: str, *, most: int = LONGEST_BODY) -> str:
        """Return a text of the body, empty where there is none."""
        value = self.data.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Refusal(422, "Validation Failed", errors=[{"code": "invalid", "field": name}])
        if len(value) > most:
            message = f"{name} is too long (maximum is {most} characters)"
            raise Refusal(422, "Validation Failed", errors=[{"code": "custom", "field": name, "message": message}])
        return value


Handler = Callable[[Ask], Awaitable[object] | object]
