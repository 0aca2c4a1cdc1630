import contextlib
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import events
from app.github.webhooks import HANDLED, UnknownShape, parse, verify

EXAMPLES = Path(__file__).parents[2] / "../shared/github/webhooks"
NEEDS_EXAMPLES = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="GitHub's example payloads are not beside the checkout"
)
OWN = 4711

REPOSITORY = {
    "id": 1,
    "name": "shop",
    "owner": {"login": "acme"},
    "default_branch": "main",
    "private": False,
    "archived": False,
}
COMMON = {"repository": REPOSITORY, "installation": {"id": 9}, "sender": {"login": "ann", "type": "User"}}
ORIGIN = events.Origin(
    installation_id=9,
    repository=events.RepositoryRef(
        id=1, owner="acme", name="shop", default_branch="main", is_private=False, is_archived=False
    ),
)
RUN = {"id": 5, "run_attempt": 2, "head_sha": "abc"}


def read(event, **payload):
    return parse(event, COMMON | payload, own_app_id=OWN)


def suite(app_id, **more):
    return {"head_sha": "abc", "head_branch": None, "app": {"id": app_id, "slug": "travis-ci"}} | more


def comment(action, **more):
    return read("issue_comment", action=action, issue={"number": 3}, comment={"id": 8}, **more)


def example_files():
    return sorted(EXAMPLES.glob("*/*.json"))


# What the examples of GitHub come to; every other one has to come to nothing, as its comments, which people write to each other.
EXPECTED = {
    ("check_run", "requested_action"): events.ButtonPressed,
    ("check_run", "rerequested"): events.SuiteRerequested,
    ("check_suite", "completed"): events.SuiteCompleted,
    ("check_suite", "requested"): events.SuiteRequested,
    ("check_suite", "rerequested"): events.SuiteRerequested,
    ("installation", "created"): events.InstallationChanged,
    ("installation", "deleted"): events.InstallationChanged,
    ("installation", "suspend"): events.InstallationChanged,
    ("installation", "unsuspend"): events.InstallationChanged,
    ("installation", "new_permissions_accepted"): events.InstallationChanged,
    ("installation_repositories", "added"): events.RepositoriesChanged,
    ("installation_repositories", "removed"): events.RepositoriesChanged,
    ("issues", "deleted"): events.IssueChanged,
    ("issues", "reopened"): events.IssueChanged,
    ("issues", "transferred"): events.IssueChanged,
    ("ping", None): events.Ping,
    ("pull_request", "opened"): events.PullChanged,
    ("pull_request", "synchronize"): events.PullChanged,
    ("pull_request", "reopened"): events.PullChanged,
    ("pull_request", "closed"): events.PullChanged,
    ("pull_request", "labeled"): events.PullChanged,
    ("pull_request", "unlabeled"): events.PullChanged,
    ("pull_request", "ready_for_review"): events.PullChanged,
    ("push", None): events.Pushed,
    ("repository", "edited"): events.RepositoryChanged,
    ("repository", "privatized"): events.RepositoryChanged,
    ("repository", "publicized"): events.RepositoryChanged,
    ("repository", "renamed"): events.RepositoryChanged,
    ("repository", "transferred"): events.RepositoryChanged,
    ("workflow_run", "completed"): events.RunCompleted,
    ("workflow_run", "requested"): events.RunStarted,
}


@NEEDS_EXAMPLES
def test_every_example_of_github_becomes_what_it_should_or_nothing():
    assert len(example_files()) >= 100
    for file in example_files():
        payload = json.loads(file.read_text())
        kind = file.parent.name
        event = parse(kind, payload, own_app_id=None)
        # An example of a pushed tag or a deleted branch is no push to a branch.
        is_branch = kind != "push" or (payload["ref"].startswith("refs/heads/") and not payload["deleted"])
        expected = EXPECTED.get((kind, payload.get("action"))) if is_branch else None
        assert type(event) is (type(None) if expected is None else expected), file.name


@NEEDS_EXAMPLES
def test_an_example_without_any_one_of_its_fields_is_read_or_refused_by_name():
    for file in example_files():
        whole = json.loads(file.read_text())
        for key in whole:
            less = {k: v for k, v in whole.items() if k != key}
            with contextlib.suppress(UnknownShape):
                parse(file.parent.name, less, own_app_id=None)


def test_a_completed_run_is_read_with_its_attempt_and_origin():
    assert read("workflow_run", action="completed", workflow_run=RUN) == events.RunCompleted(
        origin=ORIGIN, run_id=5, run_attempt=2, head_sha="abc"
    )


@pytest.mark.parametrize("action", ["requested", "in_progress"])
def test_a_started_run_is_told_from_a_completed_one(action):
    assert isinstance(read("workflow_run", action=action, workflow_run=RUN), events.RunStarted)


def test_a_repository_webhook_names_no_installation():
    payload = {k: v for k, v in COMMON.items() if k != "installation"}
    event = parse("workflow_run", payload | {"action": "completed", "workflow_run": RUN}, own_app_id=OWN)
    assert event.origin.installation_id is None


def test_a_repository_that_does_not_say_who_may_see_it_is_taken_for_private():
    repository = {k: v for k, v in REPOSITORY.items() if k not in ("private", "archived")}
    event = read("repository", action="renamed", repository=repository)
    assert event.origin.repository.is_private
    assert not event.origin.repository.is_archived


@pytest.mark.parametrize(
    ("event", "payload"),
    [("fork", {}), ("", []), ("workflow_run", {"action": "dreamt"}), ("push", {"ref": "refs/tags/v1"})],
)
def test_what_is_none_of_ours_is_nothing(event, payload):
    assert parse(event, payload, own_app_id=OWN) is None


@pytest.mark.parametrize("event", sorted(HANDLED - {"ping", "push"}))
def test_an_action_that_github_adds_later_is_nothing(event):
    assert read(event, action="dreamt") is None


@pytest.mark.attack("payloads")
@pytest.mark.parametrize("event", sorted(HANDLED - {"ping"}))
@pytest.mark.parametrize("payload", [None, [], "x", 7, {}, {"action": None}, {"action": ["completed"]}])
def test_a_known_event_of_odd_shape_is_refused_with_its_name(event, payload):
    with pytest.raises(UnknownShape, match=f"^{event}: "):
        parse(event, payload, own_app_id=OWN)


@pytest.mark.parametrize(
    ("missing", "run"),
    [
        ("workflow_run.id", {"run_attempt": 1, "head_sha": "abc"}),
        ("workflow_run.id", RUN | {"id": "5"}),
        ("workflow_run.id", RUN | {"id": True}),
        ("workflow_run.id", RUN | {"id": 2**63}),
        ("workflow_run.id", RUN | {"id": -1}),
        ("workflow_run.head_sha", RUN | {"head_sha": None}),
        ("workflow_run.head_sha", RUN | {"head_sha": "a\0b"}),
        ("workflow_run.head_sha", RUN | {"head_sha": "\ud83d"}),
    ],
)
def test_a_field_that_is_missing_or_unusable_is_named(missing, run):
    with pytest.raises(UnknownShape, match=missing) as caught:
        read("workflow_run", action="completed", workflow_run=run)
    assert caught.value.missing == missing


@pytest.mark.attack("payloads")
def test_deep_json_is_no_trouble():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert read("workflow_run", action="completed", workflow_run=RUN | {"deep": deep}).run_id == 5


def test_a_check_suite_of_our_own_is_told_from_that_of_another_app():
    assert read("check_suite", action="completed", check_suite=suite(OWN)) is None
    other = read("check_suite", action="completed", check_suite=suite(1))
    assert other == events.SuiteCompleted(origin=ORIGIN, head_sha="abc", app_slug="travis-ci")
    for action in ("requested", "rerequested"):
        assert read("check_suite", action=action, check_suite=suite(1)) is None
        assert read("check_suite", action=action, check_suite=suite(OWN)).head_sha == "abc"


def test_an_app_without_a_slug_is_named_after_its_name():
    named = read("check_suite", action="completed", check_suite=suite(1, app={"id": 1, "name": "Travis CI"}))
    nameless = read("check_suite", action="completed", check_suite=suite(1, app=None))
    assert (named.app_slug, nameless.app_slug) == ("travis-ci", "unknown")


def test_only_the_buttons_of_our_own_checks_count():
    pressed = {"action": "requested_action", "requested_action": {"identifier": "quarantine"}}
    run = {"id": 6, "head_sha": "abc"}
    assert read("check_run", **pressed, check_run=run | {"app": {"id": 1}}) is None
    event = read("check_run", **pressed, check_run=run | {"app": {"id": OWN}})
    assert event == events.ButtonPressed(
        origin=ORIGIN, head_sha="abc", check_run_id=6, identifier="quarantine", sender="ann"
    )
    assert read("check_run", action="completed", check_run=run | {"app": {"id": OWN}}) is None


@pytest.mark.parametrize("action", ["created", "edited", "deleted"])
@pytest.mark.parametrize("sender", [{"login": "flakeguard[bot]", "type": "User"}, {"login": "x", "type": "Bot"}])
def test_the_comment_of_a_bot_is_nothing(action, sender):
    assert comment(action, sender=sender) is None


def test_a_comment_on_a_pull_request_is_told_from_one_on_an_issue():
    assert not comment("created").is_pull
    on_pull = read(
        "issue_comment", action="created", issue={"number": 3, "pull_request": {"url": "x"}}, comment={"id": 8}
    )
    assert on_pull == events.CommentWritten(origin=ORIGIN, issue_number=3, is_pull=True, comment_id=8, author="ann")


@pytest.mark.parametrize(
    ("body", "is_event"),
    [
        ("Looks good to me", False),
        ("> /flakeguard help", False),
        ("", False),
        (None, True),
        ("thanks!\r\n\r\n/FlakeGuard status", True),
    ],
)
def test_what_people_say_to_each_other_is_nothing_and_a_command_is_an_event(body, is_event):
    written = {"id": 8, "body": body, "user": {"login": "ann", "type": "User"}}
    event = read("issue_comment", action="created", issue={"number": 3}, comment=written)
    assert isinstance(event, events.CommentWritten) is is_event


@pytest.mark.parametrize("action", ["edited", "deleted"])
@pytest.mark.parametrize(
    ("author", "is_event"),
    [
        ({"login": "ann", "type": "User"}, False),
        ({"login": "flakeguard[bot]", "type": "Bot"}, True),
        ({"login": "flakeguard[bot]", "type": "User"}, True),
        ({"login": "x"}, True),
        (None, True),
    ],
)
def test_a_comment_of_a_person_may_be_edited_and_deleted_without_us(action, author, is_event):
    written = {"id": 8, "body": "/flakeguard help", "user": author}
    event = read("issue_comment", action=action, issue={"number": 3}, comment=written)
    assert (event is not None) is is_event


def test_a_comment_edited_or_deleted_names_who_did_it_not_its_author():
    ours = {"id": 8, "user": {"login": "flakeguard[bot]", "type": "Bot"}}
    edited = read("issue_comment", action="edited", issue={"number": 3}, comment=ours)
    deleted = read("issue_comment", action="deleted", issue={"number": 3}, comment=ours)
    assert (edited.editor, deleted.sender) == ("ann", "ann")


def test_a_closed_issue_says_why_and_when():
    issue = {"number": 3, "state": "closed", "state_reason": "not_planned", "updated_at": "2026-01-02T03:04:05Z"}
    event = read("issues", action="closed", issue=issue)
    assert (event.state, event.state_reason) == ("closed", "not_planned")
    assert event.at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert read("issues", action="closed", issue=issue | {"pull_request": {}}) is None


@pytest.mark.parametrize(
    ("pull", "is_open", "is_merged"),
    [
        ({"state": "open"}, True, False),
        ({"state": "closed", "merged": False, "merged_at": None}, False, False),
        ({"state": "closed", "merged": True}, False, True),
        ({"state": "closed", "merged_at": "2026-01-02T03:04:05Z"}, False, True),
    ],
)
def test_a_pull_request_is_open_closed_or_merged(pull, is_open, is_merged):
    event = read("pull_request", action="closed", pull_request={"number": 3, "head": {"sha": "abc"}} | pull)
    assert (event.is_open, event.is_merged) == (is_open, is_merged)


@pytest.mark.parametrize("at", [1767323045, "2026-01-02T03:04:05Z", "2026-01-02T05:04:05.000+02:00"])
def test_the_times_of_an_installation_are_read_in_each_of_their_spellings(at):
    event = read(
        "installation",
        action="suspend",
        installation={
            "id": 9,
            "account": {"login": "acme", "type": "Organization"},
            "permissions": {"checks": "write", "odd": 1},
            "created_at": 0,
            "updated_at": at,
            "suspended_at": None,
        },
    )
    assert event.at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert event.account == events.AccountRef(login="acme", type="Organization")
    assert event.permissions == {"checks": "write"}


def test_an_enterprise_is_an_account_too():
    installation = {"id": 9, "target_type": "Enterprise", "account": {"slug": "megacorp"}, "created_at": 0}
    event = read("installation", action="created", installation=installation)
    assert event.account == events.AccountRef(login="megacorp", type="Enterprise")


def test_repositories_added_and_removed_are_listed():
    event = read(
        "installation_repositories",
        action="added",
        repositories_added=[{"id": 1, "full_name": "acme/shop"}],
        repositories_removed=None,
    )
    assert (event.added, event.removed) == (((1, "acme/shop"),), ())


@pytest.mark.parametrize("change", ["added", "modified", "removed"])
@pytest.mark.parametrize("path", [".github/flakeguard.yml", ".flakeguard.yml"])
def test_a_push_that_touches_the_policy_says_so(change, path):
    commits = [{}, None, {change: ["README.md", path]}]
    event = read("push", ref="refs/heads/feature/a", after="abc", commits=commits)
    assert event == events.Pushed(origin=ORIGIN, branch="feature/a", head_sha="abc", touches_policy=True)


@pytest.mark.parametrize("path", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])
def test_a_push_that_touches_the_owners_says_so(path):
    event = read("push", ref="refs/heads/main", after="abc", commits=[{"modified": [path]}])
    assert (event.touches_owners, event.touches_policy) == (True, False)


def test_a_push_whose_list_can_hide_a_change_to_the_policy_touches_it_on_the_default_branch_only():
    def forced(branch):
        return read("push", ref=f"refs/heads/{branch}", after="abc", forced=True, commits=[]).touches_policy

    assert forced("main")
    assert not forced("feature")


def test_a_deleted_branch_is_no_push():
    assert read("push", ref="refs/heads/x", after="0" * 40, deleted=True) is None


def sign(body, secret, algorithm="sha256"):
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def test_the_signature_of_githubs_documentation_is_right():
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert verify(b"Hello, World!", signature, ["It's a Secret to Everybody"])


def test_each_of_several_secrets_will_do():
    assert verify(b"x", sign(b"x", "new"), ["old", "new"])
    assert verify(b"x", sign(b"x", "old"), ["old", "new"])
    assert not verify(b"x", sign(b"x", "none"), ["old", "new"])


@pytest.mark.attack("signatures")
@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        sign(b"x", "s", "sha1"),
        sign(b"x", "s").replace("sha256", "sha1"),
        sign(b"x", "s").removeprefix("sha256="),
        "sha256=é",
        "sha256=\udce9",
        "sha256=" + chr(0xD800),
        sign(b"x ", "s"),
    ],
)
def test_any_other_signature_is_wrong(signature):
    assert not verify(b"x", signature, ["s"])


@pytest.mark.attack("signatures")
def test_an_empty_secret_is_no_secret():
    assert not verify(b"x", sign(b"x", ""), [""])
    assert not verify(b"x", sign(b"x", ""), [])


def test_a_secret_may_hold_any_letters():
    assert verify(b"x", sign(b"x", "pässwörd"), ["pässwörd"])


@pytest.mark.attack("signatures")
@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.binary(min_size=1))
def test_what_was_signed_is_taken_and_what_was_changed_is_not(body, secret, change):
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert verify(body, signature, [secret])
    assert not verify(body + change, signature, [secret])


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
KEYS = st.sampled_from(["id", "number", "app", "user", "login", "head", "sha", "name", "owner"])
JSON = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(KEYS, SCALARS, max_size=3)


@pytest.mark.attack("payloads")
@given(
    st.sampled_from(sorted(HANDLED)),
    st.dictionaries(st.sampled_from([*COMMON, "action", "ref", "issue", "comment", "check_run"]), JSON),
)
def test_no_json_whatever_breaks_the_reader(event, payload):
    with contextlib.suppress(UnknownShape):
        parse(event, payload, own_app_id=OWN)


@pytest.mark.parametrize(
    ("changes", "before"),
    [
        ({}, None),
        ({"changes": {}}, None),
        ({"changes": {"body": {"from": "no box"}}}, ()),
        ({"changes": {"body": {"from": "- [x] Quarantine `a` <!-- flakeguard:decision 7 -->"}}}, (7,)),
    ],
)
def test_the_boxes_that_were_ticked_before_an_edit_are_told_from_those_that_it_ticked(changes, before):
    assert comment("edited", **changes).ticked_before == before
