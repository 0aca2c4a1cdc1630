"""What persons do on our pages and by the API, as far as it takes the App's own rights."""

from datetime import datetime, timedelta

from app.core.decisions import Refusal
from app.core.model import DecisionState
from app.db.audit import Deed, add_audit, has_deed
from app.db.cases import get_cases
from app.db.people import get_login, save_role
from app.db.repository_keys import find_key
from app.github.errors import NotOurs
from app.github.repositories import get_permission
from app.handlers.bot import Bot
from app.handlers.will import Person, Will, carry_out
from app.jobs import CheckReader, DecideAsPerson

NONE = "none"


async def check_reader(bot: Bot, job: CheckReader) -> None:
    """Ask GitHub what a person may do in a repository, and note it."""
    async with bot.pool.acquire() as conn:
        login, key = await get_login(conn, job.person_id), await find_key(conn, job.external_id)
    if login is None:
        return
    role = NONE
    if key is not None:
        try:
            repo = await bot.open(key.id)
            role = await get_permission(repo.client, login, person_id=job.person_id)
        except NotOurs:
            role = NONE
    async with bot.pool.acquire() as conn:
        await save_role(conn, job.person_id, job.external_id, role, bot.clock())


async def decide_as_person(bot: Bot, job: DecideAsPerson) -> None:
    """Do what a person decided about a test, as far as the policy lets them; else the audit says why not."""
    repo = await bot.open(job.repo_id)
    will = Will(
        state=DecisionState(job.state),
        duration=None if job.days is None else timedelta(days=job.days),
        because=job.because,
    )
    person = Person(login=job.by, at=datetime.fromisoformat(job.at))
    async with bot.pool.acquire() as conn, conn.transaction():
        case = (await get_cases(conn, repo.id, [job.test_id])).get(job.test_id)
        if case is None:
            return
        refusal = await carry_out(conn, repo, case, will, person)
        if refusal is not None and not await has_deed(conn, repo.id, job.test_id, by=person.login, at=person.at):
            await add_audit(conn, repo.id, _refused(job, person, refusal))


def _refused(job: DecideAsPerson, person: Person, refusal: Refusal) -> Deed:
    """Write down that a person's word was not followed: who decides on a page has nobody to answer them."""
    detail = {"asked": job.state, "why": refusal.why}
    return Deed(at=person.at, actor=person.login, action="refused", test_id=job.test_id, detail=detail)
