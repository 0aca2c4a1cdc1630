"""All that there is on GitHub and in the database after a story, to be compared with how it was told otherwise."""

import json
import re

ROWS = {
    "occurrences": """
        SELECT run.run_id, run.run_attempt, job.variant, test.name, o.ordinal, o.outcome::text, o.failure_msg_signature
        FROM fg_occurrence AS o
        JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run
        JOIN fg_job AS job ON job.repo_id = o.repo_id AND job.id = o.job
        JOIN fg_test_case AS test ON test.repo_id = o.repo_id AND test.id = o.test_id
        ORDER BY 1, 2, 3, 4, 5
    """,
    "scores": """
        SELECT test.name, s.score, s.standing::text, s.runs, s.failures, s.e1, s.e2, s.passes_since_flake
        FROM fg_flake_score AS s
        JOIN fg_test_case AS test ON test.repo_id = s.repo_id AND test.id = s.test_id ORDER BY 1
    """,
    "proofs": """
        SELECT test.name, p.loose_signature, p.pull_number
        FROM fg_proof AS p JOIN fg_test_case AS test ON test.repo_id = p.repo_id AND test.id = p.test_id ORDER BY 1, 2, 3
    """,
    "decisions": """
        SELECT DISTINCT ON (test.name) test.name, d.state::text, d.ended_at IS NULL AS is_open
        FROM fg_quarantine_decision AS d
        JOIN fg_test_case AS test ON test.repo_id = d.repo_id AND test.id = d.test_id ORDER BY 1, d.id DESC
    """,
    "clusters": "SELECT failure_msg_signature, occurrence_count, test_count FROM fg_failure_cluster ORDER BY 1",
    "issue links": "SELECT state FROM fg_issue_link ORDER BY 1",
    "re-runs": "SELECT run_id, run_attempt, by_user, refusal FROM fg_rerun ORDER BY 1, 2",
    "said once": "SELECT count(*) FROM fg_notice",
    "jobs held": "SELECT entrypoint FROM pgqueuer WHERE status = 'failed'",
}


def plain(text):
    """Take out the numbers that GitHub and the database give as they come, and those that were true when a decision was made."""
    known = r"`score [\d.]+, flaked in \d+% of its latest runs`|hit \d+ [^<]*? in the 30 days to"
    needed = r"(?<=\| \d of )\d+(?= \|)"
    ids = r"decision \d+|issues/\d+|127\.0\.0\.1:\d+|check_run_id=\d+|(?<=flakeguard:issue )[0-9a-f]{12}"
    return re.sub(rf"{known}|{needed}|{ids}", "…", text)


def without_history(body):
    """Leave out what the bot decided before: who knows of a run later has decided otherwise until then. The table has what holds now."""
    return re.sub(r"^- \d{4}-\d\d-\d\d, FlakeGuard .*\n?", "", body, flags=re.MULTILINE)


def place(annotation):
    """Say what an annotation is about. GitHub takes none back: it says what was known when it was made."""
    return [annotation.get(name) for name in ("path", "start_line", "title")]


async def all_that_is(conn, repo, pulls):
    """Return what there is on GitHub and in the database, by parts, as JSON: ids and times left out."""
    rows = {name: [tuple(row) for row in await conn.fetch(sql)] for name, sql in ROWS.items()}
    checks = sorted(
        (c.head_sha, c.name, c.status, c.conclusion, c.title, plain(c.summary), sorted(map(place, c.annotations)))
        for c in repo.data.checks.values()
    )
    comments = [[(plain(c.body), sorted(r.content for r in c.reactions)) for c in pull.comments] for pull in pulls]
    issues = sorted(
        (issue.title, issue.state, issue.labels, without_history(plain(issue.body))) for issue in repo.issues
    )
    github = {"checks": checks, "comments": comments, "issues": issues, "labels": sorted(repo.data.labels)}
    return json.loads(json.dumps(rows | github, default=str))


def differences(undisturbed, end, whose):
    """Say what came out otherwise, a line each."""
    return [
        f"{whose}: {name}: {sign} {one}"
        for name, part in undisturbed.items()
        for sign, these, those in (("-", part, end[name]), ("+", end[name], part))
        for one in these
        if one not in those
    ]
