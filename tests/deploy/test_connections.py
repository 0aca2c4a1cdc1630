"""How many connections to PostgreSQL the processes take, by the pools of the code, and what deploy/ says of it."""

import ast
import re

import yaml

from tests.deploy.on_machine import DEPLOY, ROOT, text

RESERVED = 3
"""PostgreSQL keeps these of its `max_connections` for superusers."""

PAGE = text("operating.md")


def functions(file):
    tree = ast.parse((ROOT / "app" / file).read_text(encoding="utf-8"))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def calls(function, name):
    found = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return [node for node in found if isinstance(node.func, ast.Name) and node.func.id == name]


def opened(file, function):
    """Add up what a function opens: its pools' sizes, and each connection of its own."""
    body = functions(file)[function]
    sizes = [
        keyword.value.value for call in calls(body, "open_pool") for keyword in call.keywords if keyword.arg == "size"
    ]
    assert len(sizes) == len(calls(body, "open_pool")), "a pool whose size does not stand there"
    return sum(sizes) + len(calls(body, "connect"))


EACH = opened("cli/serve.py", "_serve")
WEB = EACH + opened("cli/serve.py", "_serve_app")
WORKER = EACH + opened("cli/working.py", "work") + opened("cli/working.py", "open_bot") + opened("worker.py", "do_jobs")


def test_no_pool_of_who_serves_is_left_out():
    for file, counted in (("cli/serve.py", 3), ("cli/working.py", 2)):
        assert (ROOT / "app" / file).read_text(encoding="utf-8").count("open_pool(") == counted
    assert sum(len(calls(one, "connect")) for one in functions("worker.py").values()) == 1


def test_the_page_says_how_many_connections_each_takes():
    said = re.search(r"up to (\d+) for each web, (\d+) for each worker and (\d+) for a process with both roles", PAGE)
    assert [int(number) for number in said.groups()] == [WEB, WORKER, WEB + WORKER - EACH]


def test_what_the_page_calls_enough_is_enough_while_processes_are_replaced_one_by_one():
    webs, workers = map(int, re.search(r"are enough for (\d+) web and (\d+) workers, with room to", PAGE).groups())
    allowed = yaml.safe_load(text("compose.yaml"))["services"]["postgres"]["command"][-1]
    assert allowed == "max_connections=200"
    assert "The 200 of `compose.yaml` (`max_connections`)" in PAGE
    assert (webs + 1) * WEB + (workers + 1) * WORKER + 1 <= 200 - RESERVED
    assert WEB + WORKER + max(WEB, WORKER) + 1 <= 100 - RESERVED, "PostgreSQL's own 100 for 1 web and 1 worker"


def test_the_autoscaler_starts_no_more_workers_than_the_page_calls_enough():
    scaler = yaml.safe_load(text("kubernetes/base/autoscaler.yaml"))["spec"]
    web = yaml.safe_load(text("kubernetes/base/web.yaml"))["spec"]["replicas"]
    assert f"are enough for {web} web and {scaler['maxReplicas']} workers" in PAGE
    comment = (DEPLOY / "kubernetes/base/autoscaler.yaml").read_text(encoding="utf-8")
    assert f"up to {WORKER} connections to PostgreSQL, and each web {WEB}:" in comment
