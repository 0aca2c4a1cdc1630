"""Who may do what: everybody gives every answer, and a table says what comes of it."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.core.model import DecisionState
from tests.e2e.cast import BOT, FORKERS, ROLES, Scene, name_of, set_scene

PROPOSED, ACTIVE = DecisionState.PROPOSED, DecisionState.ACTIVE


@dataclass(frozen=True)
class Seen:
    """What came of somebody's answer: what was done in their name, our reaction, and whether we answered."""

    done: str | None = None
    reaction: str | None = None
    is_answered: bool = False


NOTHING = Seen()
REFUSED = Seen(reaction="-1")
TOLD = Seen(reaction="+1", is_answered=True)


@dataclass(frozen=True)
class Answer:
    """Something that a person can say or do, and what comes of it by what that person may do there."""

    act: Callable[[Scene, str], Awaitable[object]]
    decider: Seen
    asker: Seen
    others: Seen
    where: str = "pull"

    def expected(self, login):
        return {"decide": self.decider, "ask": self.asker, "nothing": self.others, "unheard": NOTHING}[
            right(login, self.where)
        ]


def right(login, where):
    """Deciding takes write, maintain or admin; asking also triage, or to be the pull request's author."""
    if login == BOT:
        return "unheard"
    match ROLES[login]:
        case "write" | "maintain" | "admin" | "releaser":
            return "decide"
        case "triage":
            return "ask"
        case _:
            return "ask" if login in FORKERS and where == "pull" else "nothing"


def number_of(scene, login, where):
    match where:
        case "pull":
            return scene.pulls[login].number
        case "another pull":
            return scene.pulls["olaf" if login != "olaf" else "walt"].number
        case "our issue":
            return scene.our_issue(login).number
        case "a stranger's issue":
            return scene.question


def command(text, *, decider, asker=REFUSED, others=REFUSED, where="pull"):
    async def act(scene, login):
        said = f"/flakeguard {text.replace('TEST', name_of(login))}"
        return await scene.repo.comment(number_of(scene, login, where), login, said)

    return Answer(act, decider, asker, others, where)


def deciding(text, done, where="pull", *, is_answered=False):
    return command(text, decider=Seen(done=done, reaction="+1", is_answered=is_answered), where=where)


def asking(text, where="pull"):
    return command(text, decider=TOLD, asker=TOLD, where=where)


def telling_why_not(text, where):
    return command(text, decider=TOLD, where=where)


def unheard(text):
    return command(text, decider=NOTHING, asker=NOTHING, others=NOTHING, where="a stranger's issue")


def editing(old, new, done=None):
    async def act(scene, login):
        ours = scene.our_comment(login)
        assert old in ours.body
        await scene.repo.edit_comment(ours.id, login, ours.body.replace(old, new))

    return Answer(act, Seen(done=done), NOTHING, NOTHING)


def pressing(identifier, done):
    async def act(scene, login):
        await scene.repo.press_button(scene.our_check(login), identifier, login)

    return Answer(act, Seen(done=done), NOTHING, NOTHING)


def thumbing(content, done):
    """A reaction to our comment, of which GitHub tells nobody: any event of the pull request is a time to look."""

    async def act(scene, login):
        scene.repo.react(scene.our_comment(login).id, login, content)
        await scene.look_at(scene.pulls[login])

    return Answer(act, Seen(done=done), NOTHING, NOTHING)


DECIDING = ("quarantine TEST", "release TEST", "dismiss TEST", "rerun")
ASKING = ("explain TEST", "status", "help", "quarrantine TEST")

ROUNDS = (
    # Which state every test is in, and what everybody then says at the same time; what changes something stands alone.
    (PROPOSED, {one: asking(one) for one in ASKING}),
    (PROPOSED, {one: asking(one, "our issue") for one in ASKING} | {"rerun": telling_why_not("rerun", "our issue")}),
    (PROPOSED, {one: asking(one, "another pull") for one in ASKING}),
    (PROPOSED, {one: unheard(one) for one in DECIDING + ASKING}),
    (PROPOSED, {"edit": editing("score", "**score**")}),
    (PROPOSED, {"tick": editing("- [ ]", "- [x]", "ACTIVE")}),
    (PROPOSED, {"thumb up": thumbing("+1", "ACTIVE")}),
    (PROPOSED, {"thumb down": thumbing("-1", "DISMISSED")}),
    (PROPOSED, {"heart": thumbing("heart", None)}),
    (PROPOSED, {"quarantine": deciding("quarantine TEST for 3d because it is slow", "ACTIVE")}),
    (PROPOSED, {"quarantine": deciding("quarantine TEST", "ACTIVE", "our issue")}),
    (PROPOSED, {"dismiss": deciding("dismiss TEST", "DISMISSED")}),
    (PROPOSED, {"dismiss": deciding("dismiss TEST", "DISMISSED", "our issue")}),
    (ACTIVE, {"release": deciding("release TEST", "RESOLVED")}),
    (ACTIVE, {"release": deciding("release TEST", "RESOLVED", "our issue")}),
    (PROPOSED, {"press quarantine": pressing("quarantine", "ACTIVE")}),
    (PROPOSED, {"press issue": pressing("issue", "issue opened")}),
    (PROPOSED, {"rerun": deciding("rerun", "run again", is_answered=True)}),
    (PROPOSED, {"press rerun": pressing("rerun", "run again")}),
)

PREPARED = {"press issue": Scene.delete_our_issues, "press rerun": Scene.end_runs}
"""What else has to be so that an answer can do something."""


async def play(scene, state, answers):
    """Let everybody give all these answers at the same time; returns what came of each answer of each person."""
    # A thumb of the round before is no answer to what is proposed from now on.
    scene.github.advance(minutes=1)
    await scene.bring_to(state)
    for name in answers.keys() & PREPARED.keys():
        await PREPARED[name](scene)
    scene.github.advance(minutes=1)
    before = await scene.deeds()
    said = {(login, name): await one.act(scene, login) for name, one in answers.items() for login in ROLES}
    await scene.bot.settle()
    news = await scene.deeds() - before
    return {(login, name): seen(scene, login, comment, news) for (login, name), comment in said.items()}


def seen(scene, login, comment, news):
    done = ", ".join(sorted(what for who, what in news.elements() if who == login)) or None
    if comment is None:
        return Seen(done=done)
    marker = f"<!-- flakeguard:answer {comment.id} -->"
    answers = [one for one in scene.our_comments() if marker in one.body]
    assert len(answers) <= 1
    reactions = ", ".join(one.content for one in comment.reactions) or None
    return Seen(done=done, reaction=reactions, is_answered=bool(answers))


def changed_by_people(scene):
    """Whose words stand in our comment. A bot's do: it is not heard, so that two bots never answer each other."""
    bodies = {login: scene.our_comment(login).body for login in ROLES if login != BOT}
    return [login for login, body in bodies.items() if "- [x]" in body or "**score**" in body]


async def test_everybody_may_do_what_their_role_says_and_nothing_else(github, repo, bot, conn):
    scene = await set_scene(github, repo, bot, conn)
    for state, answers in ROUNDS:
        found = await play(scene, state, answers)
        expected = {(login, name): one.expected(login) for name, one in answers.items() for login in ROLES}
        wrong = {cell: f"{one} instead of {expected[cell]}" for cell, one in found.items() if one != expected[cell]}
        assert wrong == {}, {name: one.where for name, one in answers.items()}
        assert await scene.shown_wrongly() == {}
        assert changed_by_people(scene) == []
    ours = [one for one in scene.our_comments() if "flakeguard:answer" not in one.body]
    assert Counter(one.number for one in ours) == {pull.number: 1 for pull in scene.pulls.values()}
    assert [one for one in scene.our_comments() if one.number == scene.question] == []
    assert {thumb.user.login for one in scene.our_comments() for thumb in one.reactions} == set(ROLES)
