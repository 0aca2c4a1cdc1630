"""`pytest --flakeguard`: a failure of a test that FlakeGuard has in quarantine is an expected one.

The test runs; its failure is kept for FlakeGuard in the properties of its report. Whatever is wrong with the list, pytest
ends as it would without us, and one line says why.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

import pytest
from pytest_flakeguard_list import WHY, Fetch, File, Given, NoList, Quarantine, printable

OUTCOME, MESSAGE, TRACE = "flakeguard_outcome", "flakeguard_message", "flakeguard_trace"
"""Properties that say how a quarantined test ended in truth: `failed`, or `error` around the test; FlakeGuard reads them."""

_MESSAGE_LENGTH, _TRACE_LENGTH = 4_000, 16_000


def pytest_addoption(parser):
    group = parser.getgroup("flakeguard", "tests that FlakeGuard has in quarantine")
    group.addoption(
        "--flakeguard", action="store_true", help="let failures of quarantined tests be expected ones (xfail)"
    )
    group.addoption("--flakeguard-file", metavar="FILE", help="the same, by a list in JSON that was fetched before")
    group.addoption("--flakeguard-skip", action="store_true", help="the same, and skip the quarantined tests")
    parser.addini("flakeguard", "as --flakeguard", type="bool", default=False)


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        # A worker of xdist is told the list by whoever started it.
        text = config.workerinput.get("flakeguard")
        if text is not None:
            config.pluginmanager.register(_Guard(config, Given(text)), "flakeguard-guard")
    elif _is_on(config) and not config.getoption("collectonly"):
        config.pluginmanager.register(_Guard(config, _source(config)), "flakeguard-guard")


def _is_on(config) -> bool:
    asked = ("flakeguard", "flakeguard_file", "flakeguard_skip")
    if any(config.getoption(name) for name in asked) or config.getini("flakeguard"):
        return True
    # A test that runs pytest inherits the environment, and tests something else.
    is_within_a_test = "PYTEST_CURRENT_TEST" in os.environ
    return os.environ.get("FLAKEGUARD", "").lower() in ("1", "true", "yes", "on") and not is_within_a_test


def _source(config) -> Given:
    file = config.getoption("flakeguard_file") or os.environ.get("FLAKEGUARD_FILE")
    return File(str(Path(config.invocation_params.dir, file))) if file else Fetch()


class _Guard:
    """Knows the quarantine while pytest runs; nothing is known before `_learn`."""

    def __init__(self, config, source: Given) -> None:
        self._config = config
        self._source = source
        self._text: str | None = None
        self._quarantine: Quarantine | None = None
        self._no_list: str | None = None
        self._truths: dict[str, list[tuple[str, str]]] = {}
        self._with_failed_subtests: set[str] = set()
        self._failed: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        self._source.start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node) -> None:
        self._learn()
        node.workerinput["flakeguard"] = self._text

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtestloop(self):
        # No test may meet our process.
        self._learn()
        yield

    def pytest_unconfigure(self) -> None:
        self._source.stop()

    def _learn(self) -> None:
        if self._text is not None or self._no_list is not None:
            return
        option = self._config.option
        prefix = option.junitprefix if getattr(option, "xmlpath", None) else None
        try:
            text = self._source.text()
            self._quarantine = Quarantine(text, datetime.now(timezone.utc), prefix)
            self._text = text
        except NoList as error:
            self._no_list = printable(str(error))[:300]
        except Exception as error:  # noqa: BLE001  whatever is wrong with it, tests run as ever
            self._no_list = f"what came is no list ({type(error).__name__})"

    def _why(self, nodeid: str) -> str | None:
        return self._quarantine.why(nodeid) if self._quarantine is not None else None

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item):
        # Only now: xdist may still change a test's id once all are collected.
        why = self._why(item.nodeid) if self._config.getoption("flakeguard_skip") else None
        if why is not None:
            item.add_marker(pytest.mark.skip(reason=why), append=False)
        yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report):
        """Turn a failure into an expected one before anybody counts it, and after those who would run the test again."""
        if not hasattr(report, "wasxfail"):
            self._judge(report)
        if str(getattr(report, "wasxfail", "")).startswith(WHY):
            self._failed.add(report.nodeid)
        if report.when == "teardown":
            report.user_properties += self._truths.pop(report.nodeid, [])
        yield

    def _judge(self, report) -> None:
        is_subtest = hasattr(report, "context")
        has_failed_subtests = report.when == "call" and report.passed and report.nodeid in self._with_failed_subtests
        why = self._why(report.nodeid) if report.failed or (has_failed_subtests and not is_subtest) else None
        if why is None:
            return
        if is_subtest:
            self._with_failed_subtests.add(report.nodeid)
        # A worker of xdist that died tells of no phase; its test has no further report.
        is_crash = report.when not in ("setup", "call", "teardown")
        if report.failed:
            self._truths.setdefault(report.nodeid, _truth(report))
        if is_crash:
            report.when = "teardown"
        report.outcome = "skipped"
        report.wasxfail = why

    def pytest_terminal_summary(self, terminalreporter) -> None:
        if self._failed and "x" not in terminalreporter.reportchars:
            # Who reads the log alone must see that the tests did not pass.
            terminalreporter.reportchars += "x"
        terminalreporter.write_line(self._told())

    def _told(self) -> str:
        if self._quarantine is None:
            return (
                f"FlakeGuard: no list of quarantined tests, so every failure counts: {self._no_list or 'no test ran'}"
            )
        failed = f"; {len(self._failed)} failed, which fails nothing" if self._failed else ""
        count = len(self._quarantine)
        return f"FlakeGuard: {count} {'test' if count == 1 else 'tests'} in quarantine{failed}"


def _truth(report) -> list[tuple[str, str]]:
    """Return what pytest's JUnit file would have said of the failure."""
    crash = getattr(report.longrepr, "reprcrash", None)
    message, trace = str(getattr(crash, "message", None) or report.longrepr), str(report.longrepr)
    outcome = "failed" if report.when == "call" else "error"
    if report.when in ("setup", "teardown"):
        message = f'failed on {report.when} with "{message}"'
    return [(OUTCOME, outcome), (MESSAGE, message[:_MESSAGE_LENGTH]), (TRACE, trace[:_TRACE_LENGTH])]
