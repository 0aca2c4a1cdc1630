"""The issues that stand for tests and for what makes several of them flaky."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.issue_life import Goal
from app.core.model import RepoId, TestId
from app.db.connection import Connection
from app.db.locks import hold_in_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLink:
    """One row of fg_issue_link. `number` is None between "decided" and "opened"; `follows` is that of the issue before."""

    id: int
    key: str
    test_id: int | None
    cluster_id: int | None
    number: int | None
    url: str | None
    state: str
    state_reason: str | None
    opened_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    body_digest: str | None
    follows: int | None


_COLUMNS = """
    SELECT link.id, link.key, link.test_id, link.cluster_id, link.number, link.url, link.state, link.state_reason,
           link.opened_at, link.closed_at, link.closed_by, link.body_digest, link.follows
    FROM fg_issue_link AS link
"""


async def lock_issues(conn: Connection, repo_id: RepoId) -> None:
    """Let nobody else say in that repository which issue tells of which test, until the transaction ends."""
    await hold_in_transaction(conn, f"issues {repo_id}")


async def get_issue_link(conn: Connection, repo_id: RepoId, link_id: int) -> IssueLink | None:
    row = await conn.fetchrow(_COLUMNS + " WHERE link.repo_id = $1 AND link.id = $2", repo_id, link_id)
    return IssueLink(**row) if row else None


async def find_issue_of_test(conn: Connection, repo_id: RepoId, test_id: TestId) -> IssueLink | None:
    """Return the issue that tells of a test, alone or among others."""
    return (await list_issues_of_tests(conn, repo_id, [test_id])).get(test_id)


async def find_issue_of_cluster(conn: Connection, repo_id: RepoId, cluster_id: int) -> IssueLink | None:
    """Return the latest issue of a cause that tells of any test."""
    return max(await list_issues_of_cluster(conn, repo_id, cluster_id), key=lambda link: link.id, default=None)


async def list_issues_of_cluster(conn: Connection, repo_id: RepoId, cluster_id: int) -> list[IssueLink]:
    """Return the issues of a cause that tell of any test."""
    rows = await conn.fetch(
        _COLUMNS
        + """
        WHERE link.repo_id = $1 AND link.cluster_id = $2 AND EXISTS (
            SELECT FROM fg_issue_member AS member WHERE member.repo_id = $1 AND member.link_id = link.id)
        ORDER BY link.id
        """,
        repo_id,
        cluster_id,
    )
    return [IssueLink(**row) for row in rows]


async def list_left_issues(conn: Connection, repo_id: RepoId, cluster_id: int) -> list[IssueLink]:
    """Return the open issues of a cause that tell of no test any more: another one does."""
    rows = await conn.fetch(
        _COLUMNS
        + """
        WHERE link.repo_id = $1 AND link.cluster_id = $2 AND link.number IS NOT NULL AND link.state = 'open'
          AND NOT EXISTS (SELECT FROM fg_issue_member AS member WHERE member.repo_id = $1 AND member.link_id = link.id)
        ORDER BY link.id
        """,
        repo_id,
        cluster_id,
    )
    return [IssueLink(**row) for row in rows]


async def list_clusters_of_several_issues(conn: Connection, repo_id: RepoId) -> list[int]:
    """Return the causes of which several open issues tell."""
    rows = await conn.fetch(
        """
        SELECT link.cluster_id
        FROM fg_issue_link AS link
        WHERE link.repo_id = $1 AND link.cluster_id IS NOT NULL AND link.state = 'open' AND EXISTS (
            SELECT FROM fg_issue_member AS member WHERE member.repo_id = $1 AND member.link_id = link.id)
        GROUP BY link.cluster_id
        HAVING count(*) > 1
        ORDER BY link.cluster_id
        """,
        repo_id,
    )
    return [row["cluster_id"] for row in rows]


async def find_issue_by_number(conn: Connection, repo_id: RepoId, number: int) -> IssueLink | None:
    row = await conn.fetchrow(
        _COLUMNS + " WHERE link.repo_id = $1 AND link.provider = 'github' AND link.number = $2", repo_id, number
    )
    return IssueLink(**row) if row else None


async def list_issues_of_tests(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> dict[TestId, IssueLink]:
    """Return the issues that tell of those tests."""
    members = await _list_memberships(conn, repo_id, tests)
    if not members:
        return {}
    ids = list(set(members.values()))
    rows = await conn.fetch(_COLUMNS + " WHERE link.repo_id = $1 AND link.id = ANY ($2::bigint[])", repo_id, ids)
    links = {row["id"]: IssueLink(**row) for row in rows}
    return {test: links[link_id] for test, link_id in members.items() if link_id in links}


async def _list_memberships(conn: Connection, repo_id: RepoId, tests: Sequence[int]) -> dict[TestId, int]:
    rows = await conn.fetch(
        "SELECT test_id, link_id FROM fg_issue_member WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])",
        repo_id,
        list(tests),
    )
    return {TestId(row["test_id"]): row["link_id"] for row in rows}


async def add_issue(
    conn: Connection,
    repo_id: RepoId,
    key: str,
    *,
    test_id: int | None,
    cluster_id: int | None,
    at: datetime,
    follows: int | None = None,
) -> int:
    """Note that there is to be an issue, before it is opened: its marker must be known whatever happens then.

    It stands for a test or for a cause, and was decided about at that moment. Returns its id, that of the row that is there
    where there is one of that key.
    """
    link_id: int = await conn.fetchval(
        """
        INSERT INTO fg_issue_link AS link (repo_id, key, test_id, cluster_id, follows, begun_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (repo_id, key) DO UPDATE SET key = link.key
        RETURNING id
        """,
        repo_id,
        key,
        test_id,
        cluster_id,
        follows,
        at,
    )
    return link_id


async def join_issue(conn: Connection, repo_id: RepoId, link_id: int, tests: Sequence[int], at: datetime) -> None:
    """Let an issue tell of those tests from that moment on; which another one has told of was told of all the while."""
    await conn.execute(
        """
        INSERT INTO fg_issue_member (repo_id, test_id, link_id, joined_at)
        SELECT $1, test_id, $2, $4 FROM unnest($3::bigint[]) AS joining (test_id) ORDER BY test_id
        ON CONFLICT (repo_id, test_id) DO UPDATE
        SET link_id = excluded.link_id, before_id = fg_issue_member.link_id, moved_at = excluded.joined_at
        WHERE fg_issue_member.link_id <> excluded.link_id
        """,
        repo_id,
        link_id,
        list(tests),
        at,
    )


async def take_in_members(conn: Connection, repo_id: RepoId, link_id: int, *, of: int) -> None:
    """Let an issue tell of all tests that another one has told of."""
    await conn.execute(
        "UPDATE fg_issue_member SET link_id = $2 WHERE repo_id = $1 AND link_id = $3", repo_id, link_id, of
    )


async def give_to_cluster(
    conn: Connection, repo_id: RepoId, link_id: int, cluster_id: int, *, at: datetime | None = None
) -> None:
    """Let the issue of one test stand for the cause that other tests share with it; it is written anew, title and all.

    `at` is when another test joins it, None where two causes were made one, which holds from the beginning.
    """
    await conn.execute(
        """
        UPDATE fg_issue_link
        SET test_id = NULL, cluster_id = $3, body_digest = NULL, given_at = $4
        WHERE repo_id = $1 AND id = $2
        """,
        repo_id,
        link_id,
        cluster_id,
        at,
    )


async def list_members_of_issue(conn: Connection, repo_id: RepoId, link_id: int) -> list[TestId]:
    """Return the tests that an issue tells of."""
    rows = await conn.fetch(
        "SELECT test_id FROM fg_issue_member WHERE repo_id = $1 AND link_id = $2 ORDER BY test_id", repo_id, link_id
    )
    return [TestId(row["test_id"]) for row in rows]


async def set_goals(conn: Connection, repo_id: RepoId, goals: Sequence[Goal]) -> None:
    """Set the goals of tests that have flaked again; those that this flake, or a later one, has set stay."""
    await conn.execute(
        """
        UPDATE fg_issue_member AS member
        SET flaked_at = new.flaked_at, passes_needed = new.passes_needed
        FROM unnest($2::bigint[], $3::timestamptz[], $4::integer[]) AS new (test_id, flaked_at, passes_needed)
        WHERE member.repo_id = $1 AND member.test_id = new.test_id
          AND (member.flaked_at IS NULL OR member.flaked_at < new.flaked_at)
        """,
        repo_id,
        [one.test_id for one in goals],
        [one.flaked_at for one in goals],
        [one.passes_needed for one in goals],
    )


async def list_goals(conn: Connection, repo_id: RepoId, link_id: int) -> dict[TestId, Goal]:
    """Return the goal of each test of an issue that has flaked since it joined."""
    rows = await conn.fetch(
        """
        SELECT test_id, flaked_at, passes_needed
        FROM fg_issue_member
        WHERE repo_id = $1 AND link_id = $2 AND passes_needed IS NOT NULL
        """,
        repo_id,
        link_id,
    )
    return {
        TestId(row["test_id"]): Goal(
            test_id=TestId(row["test_id"]), flaked_at=row["flaked_at"], passes_needed=row["passes_needed"]
        )
        for row in rows
    }


async def count_issues_of(conn: Connection, repo_id: RepoId, *, test_id: int | None, cluster_id: int | None) -> int:
    """Count the issues that a test, or a cause, has ever had."""
    return int(
        await conn.fetchval(
            "SELECT count(*) FROM fg_issue_link WHERE repo_id = $1 AND (test_id = $2 OR cluster_id = $3)",
            repo_id,
            test_id,
            cluster_id,
        )
    )


async def list_waiting_issues(conn: Connection, repo_id: RepoId) -> list[IssueLink]:
    """Return the issues that are to be opened and were not yet: a day has room for so many only."""
    rows = await conn.fetch(
        _COLUMNS + " WHERE link.repo_id = $1 AND link.number IS NULL AND link.tracker_key IS NULL ORDER BY link.id",
        repo_id,
    )
    return [IssueLink(**row) for row in rows]


async def list_repositories_with_waiting_issues(conn: Connection) -> list[RepoId]:
    rows = await conn.fetch(
        """
        SELECT DISTINCT link.repo_id
        FROM fg_issue_link AS link
        JOIN fg_repository AS repo ON repo.id = link.repo_id AND repo.removed_at IS NULL
        WHERE link.number IS NULL AND link.tracker_key IS NULL
        ORDER BY link.repo_id
        """
    )
    return [RepoId(row["repo_id"]) for row in rows]


async def drop_issue(conn: Connection, repo_id: RepoId, link_id: int) -> None:
    """Drop an issue that was never opened: its tests do not deserve one any more.

    The one from which it was to go on tells of them again, so that the next one names that, too.
    """
    async with conn.transaction():
        await conn.execute(
            """
            UPDATE fg_issue_member AS member
            SET link_id = old.id, before_id = NULL, moved_at = NULL
            FROM fg_issue_link AS dropped
            JOIN fg_issue_link AS old
              ON old.repo_id = dropped.repo_id AND old.provider = 'github' AND old.number = dropped.follows
            WHERE dropped.repo_id = $1 AND dropped.id = $2 AND dropped.number IS NULL
              AND member.repo_id = $1 AND member.link_id = dropped.id
            """,
            repo_id,
            link_id,
        )
        await conn.execute(
            "DELETE FROM fg_issue_link WHERE repo_id = $1 AND id = $2 AND number IS NULL", repo_id, link_id
        )


async def note_issue(  # noqa: PLR0913 - what an opened issue is known by
    conn: Connection,
    repo_id: RepoId,
    key: str,
    *,
    number: int,
    url: str,
    opened_at: datetime,
    digest: str | None,
    cluster_id: int | None = None,
) -> None:
    """Note the issue that was opened, or found, and what its body says.

    `cluster_id` is the cause that it stood for when its text was made, None where it stood for a test. Where it has been
    given to a cause meanwhile, nothing is known of its text, so that it is written anew.
    """
    await conn.execute(
        """
        UPDATE fg_issue_link
        SET number = $3, url = $4, opened_at = coalesce(opened_at, $5),
            body_digest = CASE WHEN cluster_id IS NOT DISTINCT FROM $7 THEN $6 END
        WHERE repo_id = $1 AND key = $2
        """,
        repo_id,
        key,
        number,
        url,
        opened_at,
        digest,
        cluster_id,
    )


async def forget_issue(conn: Connection, repo_id: RepoId, number: int) -> None:
    """Forget an issue that was deleted or moved away; its test gets another one when there is reason again."""
    await conn.execute(
        "DELETE FROM fg_issue_link WHERE repo_id = $1 AND provider = 'github' AND number = $2", repo_id, number
    )


async def mirror_state(  # noqa: PLR0913 - what is known of how an issue stands
    conn: Connection,
    repo_id: RepoId,
    number: int,
    *,
    state: str,
    reason: str | None,
    closed_at: datetime | None,
    by: str | None,
    at: datetime,
) -> None:
    """Note the tracker's state, which it has had since `at` or longer; `by` is who closed it and is kept while it stays closed.

    A closing that is over is kept, since what stood then is asked later.
    """
    async with conn.transaction():
        await conn.execute(
            """
            INSERT INTO fg_issue_closing (repo_id, link_id, closed_at, reopened_at, state_reason, closed_by)
            SELECT repo_id, id, closed_at, $4, state_reason, closed_by
            FROM fg_issue_link
            WHERE repo_id = $1 AND provider = 'github' AND number = $2 AND state = 'closed' AND closed_at < $4
              AND $3 <> 'closed'
            ON CONFLICT (repo_id, link_id, closed_at) DO NOTHING
            """,
            repo_id,
            number,
            state,
            at,
        )
        await conn.execute(
            """
            UPDATE fg_issue_link
            SET state = $3, state_reason = $4, closed_at = $5,
                closed_by = CASE WHEN $3 <> 'closed' THEN NULL WHEN state = 'closed' THEN coalesce(closed_by, $6) ELSE $6 END
            WHERE repo_id = $1 AND provider = 'github' AND number = $2
            """,
            repo_id,
            number,
            state,
            reason,
            closed_at,
            by,
        )


async def count_opened_since(conn: Connection, repo_id: RepoId, since: datetime) -> int:
    return int(
        await conn.fetchval("SELECT count(*) FROM fg_issue_link WHERE repo_id = $1 AND opened_at >= $2", repo_id, since)
    )
