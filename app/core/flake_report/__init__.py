"""The flakiness report of a repository: what is known of its tests, for people (Markdown, HTML) and for programs (JSON)."""

from app.core.flake_report.html import render_html
from app.core.flake_report.json import to_json
from app.core.flake_report.markdown import issue_link, render_markdown, table
from app.core.flake_report.values import (
    TREND,
    Cause,
    DecisionSaid,
    FlakinessReport,
    Incident,
    IssueSaid,
    Proof,
    ReportedTest,
    Step,
    TrendDay,
    ending_soon,
)

__all__ = [
    "TREND",
    "Cause",
    "DecisionSaid",
    "FlakinessReport",
    "Incident",
    "IssueSaid",
    "Proof",
    "ReportedTest",
    "Step",
    "TrendDay",
    "ending_soon",
    "issue_link",
    "render_html",
    "render_markdown",
    "table",
    "to_json",
]
