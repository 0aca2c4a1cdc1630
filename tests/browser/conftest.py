"""Chromium, driven by Playwright, which `make test-browser` installs; the browser is the machine's own."""

import os
import shutil

import pytest

from tests.web.site.conftest import bot, browse, github, job_tokens, kept_seconds, opens_public, processes, repo

CHROMIUM = os.environ.get("FLAKEGUARD_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
)
"""Tests may run as root, and ask nobody on the network."""

__all__ = ["bot", "browse", "github", "job_tokens", "kept_seconds", "opens_public", "processes", "repo"]


@pytest.fixture
async def chromium():
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed: make test-browser")
    if not CHROMIUM:
        pytest.skip("there is no Chromium: FLAKEGUARD_TEST_CHROMIUM names none")
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()
