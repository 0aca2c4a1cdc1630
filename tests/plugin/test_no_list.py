"""Whatever is wrong with the list, pytest ends as it would without us, in time, and one line says why."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager

import pytest

from tests.plugin.pytests import LIST_PATH, PLUGIN, TOKEN, answering, dripping, listed, run, serving

NAMED = listed(("test_a", "test_bad"))
OIDC = "/oidc?api-version=2"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "test_a.py").write_text("def test_bad(): assert 0\ndef test_good(): pass\n")
    return tmp_path


def assert_plain(ran):
    assert (ran.status, ran.counts) == (1, {"failed": 1, "passed": 1}), ran.out
    assert TOKEN not in ran.out


def without_the_list(text):
    return f"no list of quarantined tests, so every failure counts: {text}"


NO_LIST = "what came is no list"
WRONG = {
    "refused": (answering("{}", 401), "FlakeGuard does not take the token (401)"),
    "portal": (answering("<html>Sign in to the Wi-Fi</html>"), f"{NO_LIST} (JSONDecodeError)"),
    "huge": (answering(b" " * 5_000_001), "the answer has more than 5,000,000 bytes"),
    "types": (answering({"tests": [*NAMED["tests"], {"name": 7}]}), f"{NO_LIST} (TypeError)"),
    "unknown": (answering("{}", 404), "FlakeGuard does not know this repository, or the token may not read it (404)"),
    "too many": (answering("{}", 429), "the answer is an error (429)"),
    "broken": (answering("oops", 500), "the answer is an error (500)"),
    "nothing": (answering("", 204), "the answer has the status 204"),
    "bytes": (answering(b"\xff\xfe\x00"), f"{NO_LIST} (UnicodeDecodeError)"),
    "empty": (answering(""), f"{NO_LIST} (JSONDecodeError)"),
    "deep": (answering("[" * 200_000), f"{NO_LIST} (RecursionError)"),
    "number": (answering("9" * 10_000), f"{NO_LIST} (ValueError)"),
    "array": (answering([]), f"{NO_LIST} (TypeError)"),
    "object": (answering({"tests": {}}), f"{NO_LIST} (TypeError)"),
    "no test": (answering({"tests": [*NAMED["tests"], 7]}), f"{NO_LIST} (TypeError)"),
    "time": (answering(listed(("test_a", "test_bad"), until="tomorrow")), f"{NO_LIST} (ValueError)"),
    "pattern": (answering(listed(("test_a", "test_bad"), name_pattern="(")), f"{NO_LIST} ("),
    "hung up": (lambda handler: handler.connection.close(), ""),
    "ssh": (
        lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n"),
        "what answers is no FlakeGuard (BadStatusLine)",
    ),
}


@pytest.mark.parametrize(
    "wrong", [name if n < 4 else pytest.param(name, marks=pytest.mark.long) for n, name in enumerate(WRONG)]
)
def test_a_wrong_answer_changes_nothing(project, wrong):
    answer, why = WRONG[wrong]
    with serving(answer) as server:
        ran = run(project, "--flakeguard", url=server.url)
    assert_plain(ran)
    assert ran.told.startswith(without_the_list(why)), ran.told


@pytest.mark.parametrize("status", [302, *(pytest.param(n, marks=pytest.mark.long) for n in (301, 303, 307, 308))])
def test_a_token_is_shown_to_no_other_host(project, status):
    with serving(answering(NAMED)) as other:
        with serving(answering("", status, Location=f"{other.url}{LIST_PATH}")) as server:
            ran = run(project, "--flakeguard", url=server.url)
        assert_plain(ran)
        assert ran.told == without_the_list(f"the answer leads elsewhere ({status}), where the token is not shown")
        assert other.asked == []


def test_where_nobody_listens_nothing_changes(project):
    ran = run(project, "--flakeguard")
    assert_plain(ran)
    assert ran.told == without_the_list("it cannot be reached (Connection refused)")


NO_ADDRESS = "FLAKEGUARD_URL is not set to an address such as https://host"
SETTINGS = {
    "no address": ({"FLAKEGUARD_URL": None}, NO_ADDRESS),
    "no token": ({"FLAKEGUARD_TOKEN": None}, "there is neither FLAKEGUARD_TOKEN nor the permission `id-token: write`"),
    "a file": ({"FLAKEGUARD_URL": "file:///etc/passwd"}, NO_ADDRESS),
    "half an address": ({"FLAKEGUARD_URL": "https://[::1"}, NO_ADDRESS),
    "path": ({"GITHUB_REPOSITORY": "../../a"}, "GITHUB_REPOSITORY is not set to OWNER/NAME"),
    "up": ({"GITHUB_REPOSITORY": "a/.."}, "GITHUB_REPOSITORY is not set to OWNER/NAME"),
    "query": ({"GITHUB_REPOSITORY": "acme/web?format=pytest#"}, "GITHUB_REPOSITORY is not set to OWNER/NAME"),
    "header": ({"FLAKEGUARD_TOKEN": "a-token\r\nX: y"}, "the token has characters that no token has"),
}


@pytest.mark.parametrize(
    "wrong", [name if n < 2 else pytest.param(name, marks=pytest.mark.long) for n, name in enumerate(SETTINGS)]
)
def test_settings_that_are_wrong_change_nothing(project, wrong):
    environ, why = SETTINGS[wrong]
    ran = run(project, "--flakeguard", **environ)
    assert_plain(ran)
    assert ran.told == without_the_list(why)


@pytest.mark.long
@pytest.mark.parametrize("given", ["away.json", ".", "list.json"])
def test_a_file_that_is_no_list_changes_nothing(project, given):
    (project / "list.json").write_bytes(b"\xff")
    ran = run(project, f"--flakeguard-file={given}")
    assert_plain(ran)
    assert ran.told.startswith(without_the_list(""))


def test_nothing_is_fetched_where_nobody_asks(project):
    with serving(answering(NAMED)) as server:
        ran = run(project, url=server.url)
        collected = run(project, "--flakeguard", "--collect-only", url=server.url)
        away = run(project, "--flakeguard", "-p", "no:pytest_flakeguard", url=server.url, plugin=False)
    assert_plain(ran)
    assert "FlakeGuard" not in ran.out + collected.out
    assert (away.status, server.asked) == (4, [])


def test_a_job_proves_by_githubs_token_which_repository_it_is(project):
    def answer(handler):
        is_proof = handler.path.startswith(OIDC)
        answering({"count": 1, "value": "a.proof"} if is_proof else NAMED)(handler)

    with serving(answer) as server:
        proof = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}{OIDC}", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job"}
        ran = run(project, "--flakeguard", url=f"{server.url}/", FLAKEGUARD_TOKEN=None, **proof)
    audience = server.url.replace(":", "%3A").replace("/", "%2F")
    assert server.asked == [(f"{OIDC}&audience={audience}", "Bearer of-the-job"), (LIST_PATH, "Bearer a.proof")]
    assert (ran.status, ran.counts) == (0, {"xfailed": 1, "passed": 1})


@pytest.mark.long
@pytest.mark.parametrize("body", ["<html>", '{"value": null}', '{"value": "a b"}', "[]", "{}"])
def test_a_proof_that_is_none_changes_nothing(project, body):
    with serving(answering(body)) as server:
        proof = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}{OIDC}", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job"}
        ran = run(project, "--flakeguard", url=server.url, FLAKEGUARD_TOKEN=None, **proof)
    assert_plain(ran)
    assert len(server.asked) == 1


def test_a_certificate_that_nobody_trusts_changes_nothing(project):
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    subprocess.run(
        [*made, "-keyout", project / "key", "-out", project / "cert"], check=True, capture_output=True, timeout=30
    )
    with serving(answering(NAMED)) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(project / "cert", project / "key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        ran = run(project, "--flakeguard", url=server.url.replace("http:", "https:"))
    assert_plain(ran)
    assert ran.told.startswith(without_the_list("it cannot be reached (its certificate is not trusted"))
    assert server.asked == []


@contextmanager
def never_answering():
    """Take connections, and say nothing ever."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def assert_in_time(project, url, *arguments, **environ):
    """Two seconds are added at most; the machine is given a third."""
    plainly = run(project, *arguments, url=url, **environ)
    ran = run(project, "--flakeguard", *arguments, url=url, **environ)
    assert_plain(ran)
    assert ran.told == without_the_list("there was none within 2 seconds")
    assert ran.seconds - plainly.seconds < 3


def test_who_never_answers_costs_no_more_than_two_seconds(project):
    with never_answering() as url:
        assert_in_time(project, url)


@pytest.mark.long
def test_who_drips_costs_no_more_than_two_seconds(project):
    with serving(dripping) as server:
        assert_in_time(project, server.url)


@pytest.mark.long
def test_slow_proofs_and_slow_answers_are_slow_together(project):
    def answer(handler):
        time.sleep(1.2)
        answering({"value": "a.proof"} if handler.path.startswith(OIDC) else NAMED)(handler)

    with serving(answer) as server:
        proof = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}{OIDC}", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job"}
        assert_in_time(project, server.url, FLAKEGUARD_TOKEN=None, **proof)


@pytest.mark.long
def test_workers_of_xdist_wait_once_and_not_each(project):
    with never_answering() as url:
        assert_in_time(project, url, "-p", "xdist", "-n", "2")


@pytest.mark.long
def test_a_look_up_that_hangs_costs_no_more_than_two_seconds(project):
    """A name server that never answers: what looks a name up hangs in C, and only the end of its process ends it."""
    (project / "hang").mkdir()
    (project / "hang" / "pytest_flakeguard_fetch.py").write_text(
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})\ntime.sleep(60)\n"
    )
    for name in ("pytest_flakeguard.py", "pytest_flakeguard_list.py"):
        shutil.copy(PLUGIN / name, project / "hang")
    assert_in_time(project, "http://127.0.0.1:1", PYTHONPATH=str(project / "hang"))


def test_no_test_meets_what_fetches_the_list(project):
    (project / "test_a.py").write_text(
        "import sys, threading, subprocess\n"
        "def test_alone():\n"
        "    assert threading.active_count() == 1\n"
        "    assert not [one for one in ('ssl', 'urllib.request') if one in sys.modules]\n"
        "    assert subprocess._active == []\n"
    )
    with never_answering() as url:
        ran = run(project, "--flakeguard", "-W", "error", url=url)
    assert (ran.status, ran.counts) == (0, {"passed": 1}), ran.out


@pytest.mark.long
def test_it_works_where_python_and_pytest_are_old(project):
    python = os.environ.get("FLAKEGUARD_TEST_OLD_PYTHON")
    if python is None:
        pytest.skip("FLAKEGUARD_TEST_OLD_PYTHON names no Python 3.9 that has pytest 7.0")
    with serving(answering(NAMED)) as server:
        ran = run(project, "--flakeguard", url=server.url, python=python)
    assert (ran.status, ran.counts) == (0, {"xfailed": 1, "passed": 1}), ran.out
    assert ran.outcomes == {"test_a.test_bad": ["failed", "skipped"], "test_a.test_good": ["passed"]}
