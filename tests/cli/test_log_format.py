"""Nothing that opens a door gets into the log, whichever way it was logged."""

import json
import logging
import subprocess
import sys
import time

import pytest

from app.cli.log_format import library_format, redact
from app.core.redaction import without_secrets

BODY = "aZ09" * 10
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n{BODY}\n-----END RSA PRIVATE KEY-----"
JWT = f"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NSJ9.{BODY}"
SECRETS = [
    f"Cookie: __Host-flakeguard=gAAAAAB{BODY}==; other=1",
    f"Cookie: flakeguard-setup={BODY}",
    f"fgt_{BODY}",
    f"https://hooks.slack.com/services/T0/B0/{BODY}",
    f"https://hooks.slack-gov.com/triggers/T0/1/{BODY}",
    f"https://discord.com/api/webhooks/123456789/{BODY}",
    f"https://discord.com/api/v10/webhooks/123456789/{BODY}?wait=true",
    f'{{"id": 1, "client_secret": "{BODY}", "slug": "x"}}',
    f"{{'webhook_secret': '{BODY}'}}",
    f'{{"client_secret":"x\\"{BODY}"}}',
    json.dumps(json.dumps({"client_secret": f'x"{BODY}'})),
    json.dumps(json.dumps(json.dumps({"access_token": BODY, "more": 1}))),
    *(f"gh{kind}_{BODY}" for kind in "oprsu"),
    f"ghs_1234_{BODY}.{BODY}.{BODY}-x",
    f"github_pat_{BODY}",
    JWT,
    PEM,
    PEM.partition("-----END")[0],
    f"Authorization: Bearer {BODY}",
    f"authorization: token {BODY}",
    f"Authorization: Basic {BODY}==",
    f"https://blob.example/log.zip?se=2026&sig={BODY}%3D&sv=1",
    f"https://s3.example/x?X-Amz-Credential={BODY}&X-Amz-Signature={BODY}",
    f"postgresql://bot:{BODY}@db.example:5432/flakeguard",
    f"postgresql://bot:p@{BODY}@db.example/flakeguard",
    f"postgresql://db.example/x?user=bot&password={BODY}",
    f"host=db password={BODY} user=bot",
    f"host=db password='{BODY} {BODY}' user=bot",
    f"https://x-access-token:{BODY}@github.com/o/r.git",
    f"client_secret={BODY}",
]


@pytest.mark.attack("secrets")
@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_gets_through_wherever_it_stands_in_an_event(secret):
    said = f"before {secret} after"
    event = {
        "event": said,
        "error": ValueError(said),
        "deep": {"list": [said, (said,)], "bytes": said.encode()},
        "set": {said},
    }
    shown = json.dumps(redact(None, "info", event), ensure_ascii=False)
    assert BODY not in shown
    assert "before" in shown
    assert "…" in shown


@pytest.mark.parametrize(
    "text",
    [
        "job ingest of run 123456789 took 1.5 s",
        "https://api.github.com/repos/o/r/actions/runs/1?per_page=100&page=2",
        "http://127.0.0.1:8080/setup",
        "postgresql://db.example:5432/flakeguard",
        "deadbeef" * 5,
        "mail to me@example.com",
        "a token is missing",
        '{"tokens": 3, "secret": null, "is_secret": true}',
        "POST /webhooks/github",
        "https://hooks.slack.com/",
    ],
)
def test_what_is_no_secret_stays(text):
    assert without_secrets(text) == text


@pytest.mark.attack("secrets")
@pytest.mark.parametrize(
    "key", ["password", "webhook_secret", "token", "installation_token", "Authorization", "private_key"]
)
def test_a_field_that_is_named_like_a_secret_is_hidden_whatever_it_holds(key):
    assert redact(None, "info", {key: "short", "run": 7}) == {key: "…", "run": 7}
    assert redact(None, "info", {"request": {key: "short"}}) == {"request": {key: "…"}}


def test_numbers_and_truth_stay_what_they_are():
    event = {"run": 7, "seconds": 1.5, "done": True, "pull": None, "tokens": 3}
    assert redact(None, "info", event) == event


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_what_libraries_log_is_redacted_together_with_the_error(log_format):
    error = ConnectionError(SECRETS[-7])
    raised = (type(error), error, None)
    record = logging.LogRecord("lib", logging.ERROR, "f", 1, "failed: %s", (JWT,), raised)
    shown = library_format(log_format).format(record)
    assert "failed: " in shown
    assert "lib" in shown
    assert "ConnectionError" in shown
    assert BODY not in shown


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_the_configured_log_goes_to_standard_error_without_secrets(log_format):
    program = f"""
import logging, structlog
from app.cli.log_format import configure_log
configure_log({log_format!r}, "info")
log = structlog.get_logger()
log.info("started", url={SECRETS[-1]!r}, run=7)
log.debug("not shown")
try:
    raise ValueError({JWT!r})
except ValueError:
    log.exception("failed")
logging.getLogger("asyncpg").warning("cannot connect to %s", {SECRETS[-6]!r})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert BODY not in done.stderr
    assert "not shown" not in done.stderr
    assert "cannot connect" in done.stderr
    if log_format == "json":
        started, failed, theirs = [json.loads(line) for line in done.stderr.splitlines()]
        assert (started["event"], started["run"], started["level"]) == ("started", 7, "info")
        assert "ValueError: …" in failed["exception"]
        assert (theirs["logger"], theirs["level"]) == ("asyncpg", "warning")


ODD = """
import asyncio, logging, threading, warnings, structlog
from structlog.contextvars import bound_contextvars
from app.cli.log_format import configure_log
configure_log("json", "info")
log = structlog.get_logger()
log.info("two\\nlines", text="\\x1b[31m \\u2028 \\x00 \\ud800 é \\"quoted\\" {", raw=b"\\xff", deep={"a": ["\\r\\n"]})
with bound_contextvars(delivery="guid"):
    logging.getLogger("aiohttp.server").error("Error handling\\nrequest", exc_info=ValueError("two\\nlines"))
    logging.getLogger("pgqueuer").exception("Exception while processing entrypoint/job-id: x/1", exc_info=ValueError())
    logging.getLogger("pgqueuer").warning("Shutdown flush failed, %d items remaining", 3)
warnings.warn("old\\nfashioned", DeprecationWarning)

async def forgotten():
    asyncio.get_running_loop().create_future().set_exception(OSError("nobody\\nlooked"))

asyncio.run(forgotten())
many = [threading.Thread(target=lambda n=n: [log.info("x" * 3000, n=n) for _ in range(50)]) for n in range(4)]
[one.start() for one in many], [one.join() for one in many]
raise RuntimeError("the\\nend")
"""


def test_each_line_is_one_event_of_json_whoever_logs_it_and_whatever_it_holds():
    done = subprocess.run([sys.executable, "-W", "always", "-c", ODD], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert all({"event", "level", "timestamp"} <= event.keys() for event in events)
    odd, theirs, queue, old, asyncios, *many, crash = events
    assert odd["event"] == "two\nlines"
    assert (theirs["logger"], theirs["delivery"]) == ("aiohttp.server", "guid")
    assert "ValueError: two\nlines" in theirs["exception"]
    assert queue["event"] == "Shutdown flush failed, 3 items remaining", "the worker tells of a failed job by itself"
    assert old["logger"] == "py.warnings"
    assert asyncios["logger"] == "asyncio"
    assert len(many) == 200
    assert crash["event"] == "crashed"
    assert "RuntimeError: the\nend" in crash["exception"]


@pytest.mark.attack("secrets")
@pytest.mark.parametrize(
    "part", ['secret":"', 'secret\\":\\"x', "secret" + "\\" * 15, '"secret": ', "/webhooks/1", "fgt_", '\\"']
)
def test_no_text_holds_up_the_log(part):
    began = time.process_time()
    without_secrets(part * (300_000 // len(part)))
    assert time.process_time() - began < 2
