"""What was done, and why, as people read it in the audit trail."""

from app.core.counts import count
from app.core.model import DecisionState

ISSUE_CLOSED, ISSUE_REOPENED = "closed", "reopened"
POLICY_CHANGED = "policy"

DEEDS = {
    DecisionState.PROPOSED: "proposed quarantine",
    DecisionState.ACTIVE: "put in quarantine",
    DecisionState.RESOLVED: "took out of quarantine",
    DecisionState.DISMISSED: "dismissed the proposal",
    DecisionState.EXPIRED: "let it expire",
    "merged": "merged two causes",
    "split": "split a cause",
    "rerun": "ran failed jobs again",
    "refused": "was refused",
    ISSUE_CLOSED: "closed its issue",
    ISSUE_REOPENED: "reopened its issue",
    POLICY_CHANGED: "put another policy in force",
}
"""In words, by what stands in the trail."""

ASKED: dict[str, str] = {
    DecisionState.ACTIVE: "quarantine it",
    DecisionState.RESOLVED: "release it",
    DecisionState.DISMISSED: "dismiss the proposal",
}
"""What a person may ask for, by the state that a test would have been in."""


def what_was_done(action: str, detail: object) -> str:
    """Say what was done, and until when it holds."""
    words = DEEDS.get(action, action)
    match detail:
        case {"asked": str(asked)} if asked in ASKED:
            return f"{words} to {ASKED[asked]}"
        case {"until": str(until)}:
            return f"{words} until {until[:10]}"
        case _:
            return words


def why_it_was_done(detail: object) -> str | None:
    """Say why. Whoever can write into the database can make anything of a detail, so nothing is taken for granted."""
    match detail:
        case {"why": str(why)}:
            return why
        case {"cluster": str(cluster), "into": str(into)}:
            return f"{cluster}, into {into}"
        case {"cluster": str(cluster), "into": int(parts)}:
            return f"{cluster}, into {count(parts, 'cause')}"
        case _:
            return None
